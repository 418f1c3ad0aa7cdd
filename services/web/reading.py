"""Reading an item: its page as this reader may see it, noted in the audit log; the way to the EHR.

Who the patient is and what the notes say is opened only for a reader with a ground for it
(`services.worklist.item.disclosure`); for any other nothing sealed is opened at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Row

from services.phi import audit
from services.web import access, decide, panels
from services.web.desk import Web
from services.web.panels import Seen
from services.worklist.bill import coding
from services.worklist.item import disclosure, lease
from services.worklist.item.scope import Person
from services.worklist.shown import opened, record
from services.worklist.shown.page import ItemPage

VISIT = "{visit}"
"""What stands in the link template for the id of the visit in the EHR."""
MASKED = "masked"
"""Purpose of a row for who saw an item without name, numbers and notes."""


def page(conn: Connection, web: Web, person: Person, row: Row[Any]) -> ItemPage:
    """Return an item's page as the reader may see it; that it was read is noted with it.

    Masked it still shows what was billed, of what age and when: that was seen, not read.
    """
    ground = disclosure.ground(conn, person, row)
    lease.renew(conn, person, row)
    reader = record.Reader(web.desk.site, web.reference)
    shown = record.load(conn, reader, person, row, web.today(), sees=bool(ground))
    if ground == disclosure.BROKEN:
        shown = replace(shown, glass_until=disclosure.glass_until(conn, person, row))
    audit.note(
        conn, "item.read" if ground else "item.seen", "item", str(row.rework_id),
        facility_id=row.facility_id, purpose=ground or MASKED,
    )
    return shown


def values(  # noqa: PLR0913 - a page has these parts
    conn: Connection, web: Web, person: Person, row: Row[Any], *,
    problems: Iterable[Any] = (), typed: Any = None, marked: Iterable[str] = (),
) -> Mapping[str, Any]:
    """Return what the page of an item shows; what was typed and refused stands there again."""
    shown = page(conn, web, person, row)
    mine = shown.item.taken_by == person.name
    beside = panels.load(Seen(conn, web, person, row, shown, typed))
    return {
        "page": decide.offered(shown, beside.get("decide")),
        "problems": list(problems), "typed": typed, "marked": tuple(marked),
        "panels": beside,
        "may_take": not mine and not shown.item.taken_by and not shown.item.settled
        and access.may(person.role, "work.take"),
        "may_put_back": mine,
        "may_break": access.may(person.role, "glass.break"),
        "ehr": bool(web.ehr_link), "exchange_id": "" if row.encounter_id else row.subject,
    }


def ehr_address(conn: Connection, web: Web, person: Person, row: Row[Any]) -> str:
    """Return where the visit is in the EHR; empty for who may not see it, or without a link."""
    ground = disclosure.ground(conn, person, row)
    if not ground or not web.ehr_link:
        return ""
    bill = coding.current(conn, row.encounter_id).bill
    visit = opened.visit_id(conn, web.desk.site, row.encounter_id, bill)
    audit.note(
        conn, "item.ehr", "item", str(row.rework_id), facility_id=row.facility_id, purpose=ground,
    )
    return web.ehr_link.replace(VISIT, quote(visit, safe=""))
