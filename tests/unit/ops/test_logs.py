"""Logs hold declared fields only; an exception is its type and place."""

import io
import json
import logging
from pathlib import Path

import pytest
import structlog

from services.ops import logs
from services.settings import Settings


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> io.StringIO:
    """Configure logging into a text."""
    text = io.StringIO()
    monkeypatch.setattr("sys.stderr", text)
    logs.configure(Settings(home=tmp_path), "tests")
    structlog.configure(cache_logger_on_first_use=False)
    return text


def _lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_field_that_is_not_declared_is_left_out_and_counted(written: io.StringIO) -> None:
    structlog.get_logger().info("seen", topic="claims.coded", patient="Ostrander")
    assert "Ostrander" not in written.getvalue()
    assert _lines(written)[0]["left_out"] == 1


def test_an_exception_is_logged_without_its_message(written: io.StringIO) -> None:
    try:
        raise ValueError("Ostrander")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("sqlalchemy").exception("failed for %s", "Ostrander")
    assert "Ostrander" not in written.getvalue()
    assert [line["kind"] for line in _lines(written)] == ["ValueError", "ValueError"]
