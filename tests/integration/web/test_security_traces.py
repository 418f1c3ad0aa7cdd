"""W14, W15: what stays behind in a browser, on an error page and in the log."""

import io
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from litestar import Litestar
from sqlalchemy import Engine

from services.ops import logs
from services.settings import Settings
from tests.integration.web import scene
from tests.integration.web.hostile import SignIn, routes


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


# W14: what stays behind


def test_w14_no_answer_is_kept_by_a_browser_or_a_cache_between(
    app: Litestar, somebody: SignIn
) -> None:
    sue, nobody = somebody("sue"), somebody("")
    for method, path in routes(app):
        if method == "GET" and path != "/work/events":
            for one in (sue, nobody):
                answer = one.client.get(path, follow_redirects=False)
                assert "no-store" in answer.headers.get("cache-control", "no-store"), path
                if answer.text:
                    assert "no-store" in answer.headers.get("cache-control", ""), path
    gone = sue.client.post("/sign-out", data={"csrf": sue.csrf}, follow_redirects=False)
    assert gone.headers["clear-site-data"] == '"cache", "cookies", "storage"'


# W15: what errors and logs say


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the logs say, as the processes are set to log."""
    before, out = structlog.get_config(), io.StringIO()
    logs.configure(Settings(), "test")
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(out), cache_logger_on_first_use=False
    )
    yield out
    structlog.configure(**before)


def test_w15_an_error_page_says_a_number_and_the_log_no_value(
    somebody: SignIn, items: dict[str, str], monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    from services.web import reading

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Marigold Ostrander\r\n\x1b[31m forged line")

    monkeypatch.setattr(reading, "values", broken)
    answer = somebody("sue").client.get(f"/work/{items['auth']}")
    assert answer.status_code == 500
    assert "Ostrander" not in answer.text
    assert "Traceback" not in answer.text
    number = re.search(r"number ([0-9a-f]{8})", answer.text)
    assert number is not None
    (line,) = [orjson.loads(one) for one in logged.getvalue().splitlines()]
    assert (line["event"], line["reason"], line["kind"]) == (
        "page_failed", number[1], "RuntimeError",
    )
    assert "Ostrander" not in logged.getvalue()


def test_w15_line_breaks_and_colours_in_a_value_do_not_forge_a_line_of_the_log(
    logged: io.StringIO,
) -> None:
    structlog.get_logger().info("x", reason='a\r\n{"event":"forged"}\x1b[31m', name="anna")
    assert logged.getvalue().count("\n") == 1
    assert "\x1b" not in logged.getvalue()
    assert "anna" not in logged.getvalue()
