"""The pages on a real database with a few visits in it."""

import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection, Engine

from services.codes import reference
from services.db import bulk
from services.db.engine import connect
from services.db.tables.security import USER_ACCOUNT
from services.ops.stages import Stage
from services.settings import Settings
from services.web import passwords
from services.web.app import build
from services.web.desk import Web
from services.web.sessions import COOKIE
from services.worklist.decisions.acts import Desk
from tests.integration.web import scene, visits
from tests.integration.web.scene import Made

PASSWORD = "a long password"
STAGES = [Stage("denials", "claims.denials", "claims.validated", 3, 1.5, 1, 2.0, 4.0, 0)]
PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"role": "coder", "coder_id": "C-01"},
    "carl": {"role": "coder", "coder_id": "C-02"},
    "bert": {"role": "biller"},
    "bea": {"role": "biller"},
    "ada": {"role": "specialist", "team": "AUTH_UM"},
    "hugo": {"role": "specialist", "team": "HIM"},
    "rita": {"role": "specialist", "team": "PATIENT_ACCESS"},
    "sue": {"role": "supervisor"},
    "sam": {"role": "supervisor"},
    "phil": {"role": "physician", "npi": "2000001109"},
    "petra": {"role": "physician", "npi": "2000001208"},
    "olga": {"role": "ops"},
    "adam": {"role": "admin"},
    "aude": {"role": "auditor"},
    "nora": {"role": "coder", "coder_id": "C-03", "facilities": ["north"]},
    "nils": {"role": "biller", "facilities": ["north"]},
    "nina": {"role": "supervisor", "facilities": ["north"]},
}
"""Sign-in name -> account; the scene's facility is ``main``."""


class Person:
    """Somebody at a browser."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.csrf = ""

    def sign_in(self, name: str, password: str = PASSWORD) -> int:
        """Sign in; return the status."""
        answer = self.client.post(
            "/sign-in", data={"name": name, "password": password}, follow_redirects=False
        )
        if answer.status_code < 400:
            self.csrf = self.client.get("/me").json()["csrf"]
        return answer.status_code

    def bring(self, cookie: str) -> None:
        """Come with a session."""
        self.client.cookies.set(COOKIE, cookie)
        self.csrf = self.client.get("/me").json()["csrf"]

    def page(self, path: str) -> Any:
        """Return a page's values."""
        return self.client.get(path, headers={"Accept": "application/json"}).json()

    def status(self, path: str) -> int:
        """Return the status of a page."""
        return self.client.get(path, follow_redirects=False).status_code

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        """Post a form as the page does."""
        return self.client.post(
            path, data={"csrf": self.csrf, **fields}, headers={"Accept": "application/json"},
            follow_redirects=False,
        )


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


def add_people(conn: Connection) -> None:
    """Add everybody, with one hash for all: hashing is slow on purpose."""
    bulk.insert(conn, USER_ACCOUNT, [
        {
            "user_id": user_id(name), "name": name, "coder_id": "", "npi": "",
            "team": {"coder": "CODING", "biller": "BILLING"}.get(account["role"], ""),
            "facilities": ["*"], "password_hash": _hash(), "disabled": False, **account,
        }
        for name, account in PEOPLE.items()
    ])


def user_id(name: str) -> str:
    """Return the id of somebody's account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@pytest.fixture(scope="module")
def engine(database: Settings) -> Iterator[Engine]:
    """A migrated database with the demo's people."""
    made = connect(database.database_url.get_secret_value(), pool=4, name="test")
    with made.begin() as conn:
        add_people(conn)
    yield made
    made.dispose()


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    with engine.connect() as made:
        yield made
        made.rollback()


@pytest.fixture
def held(engine: Engine) -> Made:
    """A held visit of coder C-01."""
    return visits.held(engine)


@pytest.fixture
def denied(engine: Engine) -> Made:
    """A denied visit of coder C-01."""
    return visits.denied(engine)


@pytest.fixture(scope="module")
def app(engine: Engine) -> Litestar:
    """The application."""
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    return build(Web(engine, desk, lambda: STAGES))


@pytest.fixture
def somebody(app: Litestar) -> Callable[[str], Person]:
    """Return what brings a person, each with a browser of their own; no name, no session."""

    def bring(name: str) -> Person:
        person = Person(
            TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        )
        if name:
            person.bring(app.state.sessions.open(user_id(name)))
        return person

    return bring
