"""The work list with 100,000 open items: a page for a coder, a biller, a supervisor; take next.

    python -m tests.bench queue [--items 100000] [--rounds 15]

The items are made up and written by COPY, what stands beside them by SQL. Each page is asked
for as the pages ask for it: in a transaction of the pages' role, under row-level security. Rows
read are those the plan's scans of the list's table gave or passed over. A short form, with fewer
items, is in the suite (`tests/integration/web/test_queue_plans.py`).
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Connection, Engine, text

from schemas import ids
from services.db import keyset, rls
from services.db.engine import connect
from services.worklist.item import lease
from services.worklist.item.scope import Person
from services.worklist.lists import board, filters, queue
from services.worklist.talk import lessons, query_shown

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
PAYERS = ("MEDICARE", "MA_PLAN", "MEDICAID", "BCBS", "EMPLOYER", "TRICARE")
CARCS = ("4", "11", "16", "18", "22", "29", "45", "50", "97", "109", "151", "167", "197", "204")
REMARKS = ("N822", "M76", "MA130", "N362", "M15", "N115", "N130")
CODES = ("99213", "99214", "93000", "36415", "80053", "71046", "G0008", "45378")
PLACES = ("CODING",) * 9 + ("BILLING",) * 6 + ("AUTH_UM", "PATIENT_ACCESS", "HIM", "CDI", "POSTING")
KINDS = ("denial",) * 6 + ("held",) * 2 + ("rejection", "coding")
CODERS = 24
PEOPLE = {
    "coder": Person("coder-7", "coder", "coder-7", "CODING"),
    "biller": Person("bert", "biller", "", "BILLING"),
    "supervisor": Person("sue", "supervisor"),
    "of one facility": Person("sue", "supervisor", facilities=("main",)),
}
PHYSICIAN = Person("phil", "physician", npi="1000000007")
ASKED = {
    "first view": "",
    "own": "view=mine",
    "1 filter": "payer=MEDICAID",
    "2 filters": "payer=MEDICAID&payer=BCBS&kind=denial",
    "3 filters": "kind=denial&carc=50&due=30",
    "a rare tag": "tag=audit",
    "a rare code": "code=J3490",
    "a rare payer": "payer=WORKERS_COMP",
    "a rare category": "category=ELIGIBILITY",
    "a common code": "code=71046",
    "at stake": "sort=worth",
    "by payer": "sort=payer",
    "page 40": "",
    "closed": "view=closed",
    "a number": "q=CN0000000777",
    "a code": "q=71046",
}
COLUMNS = (
    "rework_id", "encounter_id", "event_id", "revision", "kind", "status", "subject",
    "control_number", "payer_claim_number", "payer_id", "version", "follows", "category", "team",
    "coder_id", "action", "appealable", "reasons", "at_stake_cents", "due_on", "due_rule",
    "opened_at", "facility_id", "department", "carcs", "remarks", "codes", "needs", "place",
    "band", "score", "state", "assigned_to", "tags", "worked_by", "answered",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    from services.local import instance, programs
    from services.settings import Settings

    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        Path(home).chmod(0o755)
        settings = instance.start(Settings(home=Path(home)), programs.CORE, site_key=b"b" * 32)
        try:
            engine = connect(settings.database_url.get_secret_value())
            seed(engine, args.items)
            seed_beside(engine)
            _print(engine, args)
            engine.dispose()
        finally:
            instance.stop(Path(home))
    return 0


def seed(engine: Engine, items: int) -> None:
    """Write open items, half as many closed ones, and a visit for each."""
    total = items + items // 2
    with engine.begin() as conn:
        raw: Any = conn.connection.driver_connection
        with raw.cursor() as cursor:
            names = ", ".join(COLUMNS)
            with cursor.copy(f"copy work_item ({names}) from stdin") as copy:
                for n in range(total):
                    copy.write_row(tuple(_item(n, closed=n >= items).values()))
            with cursor.copy(
                "copy visit (encounter_id, patient, starts_on, encounter_class, department,"
                " facility_id) from stdin"
            ) as copy:
                for n in range(total):
                    copy.write_row((f"E{n:025d}", f"P{n % 9973}", TODAY, "ambulatory",
                                    "primary_care", _facility(n)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("vacuum analyze work_item"))
        conn.execute(text("vacuum analyze visit"))


def _facility(n: int) -> str:
    return "main" if n % 4 else "north"


def _rare(n: int) -> bool:
    """Say whether an item is of the few that a rare filter fits: every 20,000th."""
    return n % 20_000 == 19


def seed_beside(engine: Engine) -> None:
    """Write a lesson for each denial of coding, a query for each item, what payers decided."""
    with engine.begin() as conn:
        for statement in _BESIDE:
            conn.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for table in ("lesson", "physician_query", "code_decided"):
            conn.execute(text(f"vacuum analyze {table}"))


_BESIDE = (
    "insert into lesson (rework_id, coder_id, encounter_id, facility_id, control_number, category,"
    " opened_at, state) select rework_id, coder_id, encounter_id, facility_id, control_number,"
    " category, opened_at, (array['new', 'read', 'acknowledged', 'contested', 'confirmed',"
    " 'refuted'])[1 + cast(subject as int) / 7 % 6]"
    " from work_item where kind = 'denial' and coder_id <> ''",
    "insert into physician_query (query_id, rework_id, encounter_id, facility_id, npi, template,"
    " state, asked_by, asked_at, due_on, post_bill, denied, content) select rework_id, rework_id,"
    " encounter_id, facility_id, cast(1000000000 + cast(subject as int) % 200 as text),"
    " 'specificity', (array['open', 'answered', 'withdrawn'])[1 + cast(subject as int) / 7 % 3],"
    " 'coder-' || cast(subject as int) % 24, opened_at, due_on, false, false, '' from work_item",
    "insert into code_decided (event_id, position, kind, code, payer_id, control_number,"
    " decided_on, ordinal, charge_cents, paid_cents, denied, reasons, reversal) select event_id,"
    " n, 'code', case n when 0 then '' else codes ->> 0 end, payer_id, control_number,"
    " date '2026-06-20', 1, at_stake_cents, 0, true, carcs, false"
    " from work_item, generate_series(0, 1) n where kind = 'denial'",
)


def _item(n: int, *, closed: bool) -> dict[str, Any]:
    """Return the n-th item; each property takes its turn at a pace of its own."""
    place = PLACES[n % len(PLACES)]
    coder = f"coder-{n % CODERS}" if place == "CODING" else ""
    carc, remark = CARCS[n * 7 % len(CARCS)], REMARKS[n * 3 % len(REMARKS)]
    reason = {
        "place": "line 1", "line_id": "L1", "edit": "", "text": "", "group": "CO", "carc": carc,
        "category": "", "remarks": [remark], "amount_cents": 12_000,
    }
    state = ("waiting", "handed_on")[n % 2] if n % 11 == 0 else "todo"
    opened = NOW - timedelta(minutes=n * 37 % 129_600)
    return {
        "rework_id": ids.derive("bench", n), "encounter_id": f"E{n:025d}",
        "event_id": ids.derive("bench", "event", n), "revision": 1,
        "kind": KINDS[n * 13 % len(KINDS)], "status": "closed" if closed else "open",
        "subject": str(n), "control_number": f"CN{n:010d}", "payer_claim_number": f"PCN{n:010d}",
        "payer_id": "WORKERS_COMP" if _rare(n) else PAYERS[n * 5 % len(PAYERS)], "version": 1,
        "follows": "", "category": "ELIGIBILITY" if _rare(n) else "CODING",
        "team": place, "coder_id": coder, "action": "FIX_REPLACE", "appealable": True,
        "reasons": json.dumps([reason]), "at_stake_cents": 1000 + n * 7919 % 900_000,
        "due_on": TODAY + timedelta(days=n * 17 % 180 - 5), "due_rule": "corrected claim",
        "opened_at": opened, "facility_id": _facility(n), "department": "primary_care",
        "carcs": json.dumps([f"CO-{carc}"]), "remarks": json.dumps([remark]),
        "codes": json.dumps(["J3490" if _rare(n) else CODES[n * 11 % len(CODES)]]),
        "needs": json.dumps([place]),
        "place": "BILLING" if state == "handed_on" else place,
        "band": 0 if n * 17 % 180 < 12 else 1, "score": n * 31 % 40_000, "state": state,
        "assigned_to": coder if n % 3 and state != "handed_on" else "",
        "tags": json.dumps(["audit"] if _rare(n) else []),
        "worked_by": f"coder-{n % CODERS}" if closed or state == "handed_on" else "",
        "answered": n % 50 == 0,
    }


def enter(conn: Connection, person: Person) -> None:
    """Go on as the pages do for a person."""
    rls.enter(conn, rls.Subject(person.name, person.role, person.facilities))


def explained(conn: Connection, statement: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the plan of a statement after running it."""
    found = conn.execute(text(f"explain (analyze, format json) {statement}"), given).scalar_one()
    return found[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the nodes of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def rows_read(plan: dict[str, Any], table: str = "work_item") -> int:
    """Return how many rows of a table a plan read or passed over."""
    return sum(
        int(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                                    + node.get("Rows Removed by Index Recheck", 0)))
        for node in nodes(plan) if node.get("Relation Name") == table
    )


def asked(conn: Connection, person: Person, name: str) -> filters.Filter:
    """Return a question by name; the later page by its cursor."""
    wanted = filters.parse(parse_qsl(ASKED[name]))
    if name != "page 40":
        return wanted
    for _ in range(39):
        wanted = filters.parse([("after", queue.select(conn, person, wanted, TODAY).next)])
    return wanted


def _print(engine: Engine, args: argparse.Namespace) -> None:
    print(f"| a page of {args.items:,} open items, ms (rows read) | {' | '.join(PEOPLE)} |")
    print(f"|---|{'---|' * len(PEOPLE)}")
    for name in ASKED:
        cells = [_page(engine, person, name, args.rounds) for person in PEOPLE.values()]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    cells = [_timed(engine, p, lambda c, p: queue.counts(c, p), args.rounds)
             for p in PEOPLE.values()]
    print(f"| counts of all tabs | {' | '.join(f'{ms:.1f}' for ms in cells)} |")
    takers = [
        f"{_timed(engine, p, lambda c, p: lease.take_next(c, p, NOW), args.rounds):.1f}"
        if p.role != "supervisor" else "-" for p in PEOPLE.values()
    ]
    print(f"| take next | {' | '.join(takers)} |")
    print("\n| other lists, ms (rows read) | |\n|---|---|")
    for name, cell in _others(engine, args.rounds):
        print(f"| {name} | {cell} |", flush=True)


def _others(engine: Engine, rounds: int) -> Iterator[tuple[str, str]]:
    """Yield what the lists of lessons and queries cost, and the board, which reads all there is."""
    for whose in ("coder", "supervisor"):
        for name, after in (("first page", ""), ("page 40", _later(engine, PEOPLE[whose]))):
            page = lessons.paged(PEOPLE[whose], "done", after)
            yield f"lessons done of a {whose}, {name}", _statement(
                engine, PEOPLE[whose], page, "lesson", rounds)
        ms = _timed(engine, PEOPLE[whose], lessons.counts, rounds)
        yield f"counts of the lessons of a {whose}", f"{ms:.1f}"
    for person in (PHYSICIAN, PEOPLE["coder"], PEOPLE["supervisor"]):
        page = query_shown.paged(person, "open")
        yield f"open queries of a {person.role}, first page, nothing opened", _statement(
            engine, person, page, "physician_query", rounds)
    boards = {
        "how queries fare": lambda c, p: query_shown.rates(c, p, TODAY),
        "the board: by team": lambda c, p: board.teams(c, p, TODAY),
        "the board: by person": lambda c, p: board.people(c, p, TODAY),
        "the board: what came of denials": board.outcomes,
    }
    for name, work in boards.items():
        yield name, f"{_timed(engine, PEOPLE['supervisor'], work, max(1, rounds // 5)):.1f}"


def _later(engine: Engine, person: Person) -> str:
    """Return the cursor of page 40 of the lessons that are done, or of the last but one."""
    after = ""
    with engine.begin() as conn:
        enter(conn, person)
        for _ in range(39):
            statement, given = lessons.paged(person, "done", after)
            rows = conn.execute(text(statement), given).all()
            after = keyset.cut(lessons.ORDER, rows, keyset.PAGE).next or after
    return after


def _statement(
    engine: Engine, person: Person, page: tuple[str, dict[str, Any]], table: str, rounds: int
) -> str:
    with engine.begin() as conn:
        enter(conn, person)
        with keyset.streaming(conn):
            plan = explained(conn, *page)

    def read(conn: Connection, _: Person) -> None:
        with keyset.streaming(conn):
            conn.execute(text(page[0]), page[1]).all()

    return f"{_timed(engine, person, read, rounds):.1f} ({rows_read(plan, table):,})"


def _page(engine: Engine, person: Person, name: str, rounds: int) -> str:
    with engine.begin() as conn:
        enter(conn, person)
        wanted = asked(conn, person, name)
        ask = queue.asked(conn, person, wanted, TODAY)
        with queue.reading(conn, wanted):
            plan = explained(conn, *queue.paged(ask, wanted))
    ms = _timed(engine, person, lambda c, p: queue.select(c, p, wanted, TODAY), rounds)
    return f"{ms:.1f} ({rows_read(plan):,})"


def _timed(engine: Engine, person: Person, work: Any, rounds: int) -> float:
    """Return the median of some rounds, in ms, each in a transaction of the person's."""
    took: list[float] = []
    for _ in range(rounds):
        with engine.begin() as conn:
            enter(conn, person)
            began = time.perf_counter()
            work(conn, person)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
