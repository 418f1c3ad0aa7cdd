"""Charges that changed after a visit was coded, put into its coding: added, taken off, changed.

    record it was coded from ──┐
    record as it is           ─┴─▶ lines that differ ──▶ the coding, with these lines as charged

What a coder decided of a line (code, modifiers, pointers) stays, unless the charge itself changed.
"""

from dataclasses import replace

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Bill, Coded, Encounter, Line
from services.worklist.bill import coding, encoder, hospital


def base(conn: Connection, kind: str, current: Coded) -> Bill:
    """Return what the editor starts from: the coding, or with the charges as they are by now."""
    if kind != "charge_change" or not current.version:
        return current.bill
    latest = coding.charted(conn, current.encounter_id)
    if latest is None or latest.version <= current.encounter_version:
        return current.bill
    before = record(conn, current.encounter_id, current.encounter_version)
    return merged(current.bill, before.bill if before else current.bill, latest)


def record(conn: Connection, encounter_id: str, version: int) -> Encounter | None:
    """Return a version of the record, if it was seen here."""
    rows = conn.execute(
        text("select value from timeline where encounter_id = :id and topic = :topic"),
        {"id": encounter_id, "topic": topics.ENCOUNTER.name},
    )
    told = (codec.decode(topics.ENCOUNTER.name, bytes(row.value)) for row in rows)
    return next(
        (one for one in told if isinstance(one, Encounter) and one.version == version), None
    )


def merged(bill: Bill, before: Bill, latest: Encounter) -> Bill:
    """Return the coding with the charges that changed between two versions of the record."""
    old = {line.line_id: line for line in before.lines}
    new = {line.line_id: line for line in latest.bill.lines}
    suggested = {line.line_id: line for line in encoder.suggested(latest).lines}
    lines: list[Line] = []
    for line in bill.lines:
        was, is_ = old.get(line.line_id), new.get(line.line_id)
        if was is not None and is_ is None:
            continue
        lines.append(line if was is None or is_ is None or was == is_ else replace(
            line, code=is_.code if was.code != is_.code else line.code, units=is_.units,
            charge_cents=is_.charge_cents, served_on=is_.served_on,
            revenue_code=is_.revenue_code, source=is_.source, assigned_by=is_.assigned_by,
        ))
    there = {line.line_id for line in bill.lines}
    added = [suggested[key] for key in new if key not in old and key not in there]
    return hospital.grouped(replace(
        bill, lines=(*lines, *(replace(one, pointers=_within(one, bill)) for one in added)),
        starts_on=latest.bill.starts_on, ends_on=latest.bill.ends_on,
    ))


def _within(line: Line, bill: Bill) -> tuple[int, ...]:
    """Return the pointers of a line that is added, to diagnoses that are on the claim."""
    if bill.institutional is not None:
        return ()
    return tuple(at for at in line.pointers if at <= len(bill.diagnoses)) or (1,)
