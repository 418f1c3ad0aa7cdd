"""An engine on a database whose delivery tables are empty."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from services.db.engine import connect
from services.settings import Settings


@pytest.fixture
def engine(database: Settings) -> Iterator[Engine]:
    """An engine whose delivery tables are empty."""
    engine = connect(database.database_url.get_secret_value())
    with engine.begin() as conn:
        conn.execute(text("truncate inbox, outbox, offset_range"))
    yield engine
    engine.dispose()
