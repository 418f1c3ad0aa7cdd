"""The decisions of an item's page: the panel, and what its forms post."""

import re
from dataclasses import replace
from typing import Any

from litestar.datastructures import FormMultiDict
from sqlalchemy import Connection, Row, text

from services.web import forms
from services.web.panels import PANELS, Seen
from services.worklist.decisions import acts, appeals, claim_facts, offers
from services.worklist.decisions.acts import Act
from services.worklist.decisions.offers import Decisions, Sent
from services.worklist.item import moves
from services.worklist.shown import record
from services.worklist.shown.page import ItemPage

SAID = (
    "reason", "team", "template", "outcome", "answered_on", "recipient", "way", "requested_on",
    "finding", "name",
)
"""Short fields of the forms; longer ones are read by themselves."""
_LINES = re.compile(r"\r\n?")


def wish(move: str, form: FormMultiDict) -> Act:
    """Return what a posted form wants done, trusting none of it."""
    said = {name: forms.one(form, name) for name in SAID}
    letter = form.get("letter", "")
    if isinstance(letter, str):
        said["letter"] = _LINES.sub("\n", letter).strip()[: appeals.LONGEST + 1]
    change = forms.change(form)
    return Act(
        move=move, seen=forms.number(forms.one(form, "seen")),
        change=change if move in ("correct", "code") else None, said=said,
        evidence=change.evidence, chosen=tuple(forms.listed(form, "notes")),
    )


def panel(seen: Seen) -> Decisions | None:
    """Return what the reader may decide; nothing where the role decides nothing."""
    row, person, desk = seen.row, seen.person, seen.web.desk
    if person.role not in moves.ROLES:
        return None
    current = acts.coded(seen.conn, row)
    standing = record.standing(row, current, desk.reference)
    legal = moves.legal(person.role, standing, person.team)
    facts = claim_facts.gather(seen.conn, desk, person, row, current)
    return offers.of(
        facts, legal, seen.page.notes, _sent(seen.conn, row), desk.write_off_limit_cents
    )


def offered(page: ItemPage, panel: Decisions | None) -> ItemPage:
    """Return a page without the buttons that a guard refuses; the panel says why."""
    refused = {one.name for one in panel.offers if one.refused} if panel else set()
    return replace(page, moves=tuple(one for one in page.moves if one.name not in refused))


def _sent(conn: Connection, row: Row[Any]) -> list[Sent]:
    rows = conn.execute(
        text(
            "select control_number, recipient, way, jsonb_array_length(notes) as notes, sent_at,"
            " sent_by, due_on from records_sent where rework_id = :id order by sent_at"
        ),
        {"id": row.rework_id},
    )
    return [
        Sent(
            control_number=one.control_number, recipient=one.recipient, way=one.way,
            notes=one.notes, sent_on=one.sent_at.date(), sent_by=one.sent_by, due_on=one.due_on,
        )
        for one in rows
    ]


PANELS["decide"] = panel
