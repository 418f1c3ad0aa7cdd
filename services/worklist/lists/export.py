"""A list as CSV (RFC 4180): what the list shows, nothing of a patient, nothing a spreadsheet runs.

A spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for a formula; such
a cell gets an apostrophe before it, which the spreadsheet shows and does not run. Every cell is
quoted, so that none can begin another. Every line says to whom and when it was given.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from services.worklist.item import lease
from services.worklist.item.scope import Person
from services.worklist.lists import queue
from services.worklist.lists.filters import Filter
from services.worklist.shown import wording

PAGE = 1000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
COLUMNS = (
    "item", "kind", "state", "fate", "team", "assigned_to", "taken_by", "worked_by", "payer",
    "claim_type", "facility", "department", "control_number", "payer_claim_number", "category",
    "reasons", "remarks", "services", "tags", "at_stake", "score_a_day", "due_on", "due_rule",
    "days_left", "opened_on", "age_days", "waits_for", "decision", "given_to", "given_on",
)


def lines(
    conn: Connection, person: Person, wanted: Filter, today: date, payers: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield the lines of a list, a page at a time, however long it is.

    Args:
        conn: A connection, in a transaction of the reader's.
        person: The reader.
        wanted: The list.
        today: The business day.
        payers: Payer id -> name.
    """
    yield _packed([COLUMNS])
    asked = replace(wanted, size=PAGE, after="")
    while True:
        page = queue.select(conn, person, asked, today, payers)
        yield _packed(
            (*_cells(row, today, payers), person.name, today) for row in page.rows
        )
        if not page.next:
            return
        asked = replace(asked, after=page.next)


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> safe("=HYPERLINK(1)"), safe("CO-11"), safe(" -1+1")
    ("'=HYPERLINK(1)", 'CO-11', "' -1+1")
    """
    clean = cell.replace("\0", "")
    risky = clean.startswith(FORMULA) or clean.lstrip().startswith(FORMULA)
    return f"'{clean}" if risky else clean


def _packed(rows: Any) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([safe(str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode()


def _cells(row: Row[Any], today: date, payers: Mapping[str, str]) -> tuple[Any, ...]:
    opened = row.opened_at.date()
    return (
        row.rework_id, row.kind, row.state, wording.fate(row)[0], row.place, row.assigned_to,
        lease.holder(row), row.worked_by, payers.get(row.payer_id, row.payer_id), row.claim_type,
        row.facility_id, row.department, row.control_number, row.payer_claim_number, row.category,
        " ".join(row.carcs), " ".join(row.remarks), " ".join(row.codes), ", ".join(row.tags),
        _dollars(row.at_stake_cents), _dollars(row.score), row.due_on, row.due_rule,
        max(0, (row.due_on - today).days), opened, (today - opened).days, row.waits_for,
        row.decision,
    )


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else f"-{_dollars(-cents)}"
