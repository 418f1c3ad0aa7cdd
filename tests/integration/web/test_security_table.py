"""Every role on every route and method with every object it may stand in relation to.

What is expected is `authorisation.csv`, written by hand. A route that is not in it fails.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection, Engine, text

from services.codes import reference
from services.db import bulk
from services.db.tables import decisions
from services.db.tables.security import USER_ACCOUNT
from services.phi import vault
from services.web import access
from services.web.app import build
from services.web.desk import Web
from services.web.rules import ROLES
from services.worklist.decisions import appeals
from services.worklist.decisions.acts import Desk
from services.worklist.item import private
from tests.integration.web import scene
from tests.integration.web.conftest import Person, user_id

FILE = Path(__file__).with_name("authorisation.csv")
NOBODYS = "5b57ecf4-d950-5e22-bf99-dd96372e84e5"
APPEAL = "6d57ecf4-d950-5e22-bf99-dd96372e84e5"
QUERY = "7c57ecf4-d950-5e22-bf99-dd96372e84e5"
RELATIONS = "txkfno"
"""Its own last: what one has had, one may read for a while after."""
ANSWERS = (200, 201, 303, 302, 404, 409, 422)
"""What a role that may gets: a page, a way on, or why this is not possible."""
OPEN_TO_ALL = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/back"), ("GET", "/static/{file_path}"),
}
TEAM = {"coder": "CODING", "biller": "BILLING", "specialist": "AUTH_UM"}
NPI = "2000001109"
START = scene.START.date()


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    method: str
    path: str
    about: str
    cells: dict[str, str]


def _lines() -> list[Line]:
    with FILE.open(newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            Line(row["method"], row["path"], row["object"], {role: row[role] for role in ROLES})
            for row in rows
        ]


LINES = _lines()


def _routes(app: Litestar) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:
        path = re.sub(r":\w+\}", "}", route.path)
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            found |= {(m, path) for m in handler.http_methods if m not in ("HEAD", "OPTIONS")}
    return found


def test_the_table_has_every_route_and_no_other(app: Litestar) -> None:
    told = {(line.method, line.path) for line in LINES}
    assert _routes(app) - OPEN_TO_ALL - told == set(), f"missing in {FILE.name}"
    assert told - _routes(app) == set(), f"{FILE.name} names what is no route"
    assert len(told) == len(LINES)


@pytest.fixture(scope="module")
def app(engine: Engine) -> Iterator[Litestar]:
    """The application, with a way to the EHR, and with a live channel that ends at once."""
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    made = build(Web(engine, desk, list, ehr_link="https://ehr.example/{visit}"))
    made.state.news.ending = lambda: True
    yield made
    made.state.news.stop()


@pytest.fixture(scope="module")
def people(engine: Engine) -> None:
    """Somebody of each role at the facility main, called by it."""
    with engine.begin() as conn:
        bulk.insert(conn, USER_ACCOUNT, [
            {
                "user_id": user_id(role), "name": role, "role": role,
                "coder_id": "C-77" if role == "coder" else "", "password_hash": "",
                "disabled": False, "team": TEAM.get(role, ""), "facilities": ["main"],
                "npi": NPI if role == "physician" else "",
            }
            for role in ROLES
        ])


@dataclass(frozen=True)
class Object:
    """The item, query and lesson that the table is tried on."""

    rework_id: str
    encounter_id: str


@pytest.fixture(scope="module")
def tried(engine: Engine, people: None) -> Object:
    """An item with a query and a lesson."""
    with engine.begin() as conn:
        made = scene.denied(conn, "tried")
        rework_id = scene.play(conn, made)
        kid = made.bill.demographics.kid
        sealed = _sealed(conn, kid, made.encounter_id)
        conn.execute(
            text(
                "insert into physician_query (query_id, rework_id, encounter_id, facility_id, npi,"
                " template, asked_by, asked_at, due_on, post_bill, denied, content) values"
                " (cast(:query as uuid), cast(:item as uuid), :encounter, 'main', :npi,"
                " 'specificity', 'anna', now(), current_date, false, false, :content)"
            ),
            {"query": QUERY, "item": rework_id, "encounter": made.encounter_id, "npi": NPI,
             "content": sealed},
        )
        packet = vault.seal_bytes(scene.SITE, appeals.PURPOSE, b"%PDF-", APPEAL)
        bulk.insert(conn, decisions.APPEAL, [{
            "appeal_id": APPEAL, "rework_id": rework_id, "encounter_id": made.encounter_id,
            "control_number": "C1", "payer_id": "BCBS", "level": "first", "step": 1,
            "template": "letter", "state": "sent", "amount_cents": 1, "due_on": START,
            "filed_on": START, "filed_at": scene.START, "filed_by": "bert", "letter": b"",
            "packet": packet, "sha256": b"", "pages": 1, "file_name": "appeal.pdf",
        }])
    return Object(rework_id, made.encounter_id)


def _sealed(conn: Connection, kid: str, encounter_id: str) -> bytes:
    content: dict[str, Any] = {
        "condition": "x", "question": "y", "options": [["a", "b"]], "passages": [],
    }
    return private.seal(conn, scene.SITE, kid, encounter_id, f"query:{QUERY}", content)


def _relate(conn: Connection, one: Object, role: str, relation: str) -> None:
    """Put the object into a relation to somebody of a role."""
    mine = TEAM.get(role, "CODING")
    team = "HIM" if relation == "x" else mine
    place = {
        "item": one.rework_id, "encounter": one.encounter_id, "team": team,
        "facility": "north" if relation == "f" else "main",
        "assigned": role if relation == "o" else "",
        "taken": "somebody" if relation == "k" else "",
        "npi": NPI if relation in "of" else "2000001117",
        "coder": "C-77" if relation == "o" else "C-88",
        "asker": role if relation == "o" else "somebody",
        "open": relation == "o" and role == "auditor",
    }
    for statement in _PLACE:
        conn.execute(text(statement), place)


_PLACE = (
    "update work_item set needs = jsonb_build_array(cast(:team as text)), place = :team,"
    " team = :team, assigned_to = :assigned, taken_by = :taken, facility_id = :facility,"
    " state = 'todo', status = 'open', waits_for = '',"
    " lease_until = case when :taken <> '' then now() + interval '1 hour' end"
    " where rework_id = cast(:item as uuid)",
    "update visit set facility_id = :facility where encounter_id = :encounter",
    "update chart set facility_id = :facility where encounter_id = :encounter",
    "update physician_query set facility_id = :facility, npi = :npi, state = 'open',"
    " asked_by = :asker"
    " where rework_id = cast(:item as uuid)",
    "update lesson set facility_id = :facility, coder_id = :coder, state = 'new'"
    " where rework_id = cast(:item as uuid)",
    "delete from break_glass",
    "insert into break_glass (glass_id, who, role, patient, rework_id, facility_id, reason, at,"
    " until) select gen_random_uuid(), 'auditor', 'auditor', v.patient, cast(:item as uuid),"
    " :facility, 'for the table', now(), now() + interval '30 minutes' from visit v"
    " where v.encounter_id = :encounter and :open",
)


def _path(line: Line, one: Object, relation: str) -> str:
    item = NOBODYS if relation == "n" else one.rework_id
    query = NOBODYS if relation == "n" else QUERY
    coder = "C-77" if relation == "o" else "C-88"
    values = {
        "rework_id": item, "query_id": query, "coder_id": coder,
        "appeal_id": NOBODYS if relation == "n" else APPEAL,
        "move": "acknowledge" if line.about == "lesson" else "close",
        "item_id": NOBODYS, "view_id": NOBODYS, "glass_id": NOBODYS, "name": "nobody",
        "act": "disable",
    }
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], NOBODYS), line.path)


def _expected(line: Line, role: str, relation: str) -> str:
    cell = line.cells[role]
    if cell == "-":
        return "refused"
    if cell == "y":
        return "there"
    return "there" if relation in cell else "missing"


def _cells() -> Iterator[tuple[Line, str]]:
    for relation in ("", *RELATIONS):
        yield from ((line, relation) for line in LINES if bool(line.about) == bool(relation))


def _told(status: int, line: Line) -> str:
    if status == 403:
        return "refused"
    if status == 404 and line.about:
        return "missing"
    return "there" if status in ANSWERS else f"broken ({status})"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says_and_nothing_else(
    app: Litestar, engine: Engine, tried: Object, role: str, capsys: pytest.CaptureFixture[str],
) -> None:
    differences, count = [], 0
    person = Person(TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False))
    person.bring(app.state.sessions.open(user_id(role)))
    for line, relation in _cells():
        count += 1
        if relation and relation != "n":
            with engine.begin() as conn:
                _relate(conn, tried, role, relation)
        status = _ask(person, line, _path(line, tried, relation))
        if line.path == "/sign-out":
            person.bring(app.state.sessions.open(user_id(role)))
        told, expected = _told(status, line), _expected(line, role, relation)
        if told != expected:
            differences.append(
                f"{role} {line.method} {line.path} {relation or '-'}: {told}, not {expected}"
            )
    with capsys.disabled():
        print(f"\nauthorisation: {role}: {count} cells, {len(differences)} differences")
    assert not differences, "\n".join(differences)


def _ask(person: Person, line: Line, path: str) -> int:
    data = {"csrf": person.csrf, "seen": "0"} if line.method == "POST" else None
    return person.client.request(
        line.method, path, data=data, follow_redirects=False,
        headers={"Accept": "application/json"},
    ).status_code


NO_RECORD = {
    "/work/{rework_id}/fate": "what became of a correction: paid, denied, on its way",
    "/work/{rework_id}/news": "who moved it",
    "/work/{rework_id}/paid-here": "sums by payer and code",
}
"""What is shown of an item without anything of its record."""


@pytest.mark.parametrize("role", ROLES)
def test_whatever_shows_an_object_leaves_a_row_at_its_facility(
    app: Litestar, engine: Engine, tried: Object, role: str
) -> None:
    person = Person(TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False))
    person.bring(app.state.sessions.open(user_id(role)))
    silent = []
    for line in LINES:
        if line.method != "GET" or "o" not in line.cells[role] or line.path in NO_RECORD:
            continue
        with engine.begin() as conn:
            _relate(conn, tried, role, "o")
            before = conn.execute(text("select max(seq) from phi_access")).scalar_one()
        assert _ask(person, line, _path(line, tried, "o")) in (200, 303), line.path
        with engine.connect() as conn:
            rows = conn.execute(
                text(
                    "select from phi_access where seq > :before and actor = :name"
                    " and outcome = 'done' and facility_id = 'main'"
                ),
                {"before": before, "name": role},
            ).all()
        if not rows:
            silent.append(line.path)
    assert silent == []


def test_each_action_is_of_known_roles() -> None:
    assert {role for roles in access.MAY.values() for role in roles} == set(ROLES)


