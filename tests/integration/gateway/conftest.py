"""A gateway on a real database and real folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.settings import Settings
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench


@pytest.fixture
def bench(database: Settings, tmp_path: Path) -> Iterator[Bench]:
    """A sender and a receiver in a home of their own."""
    one = made.bench(database, tmp_path)
    yield one
    one.engine.dispose()
