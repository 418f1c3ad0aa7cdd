"""Work that no `rework` event brings: charts to be coded, changes after billing, money, silence.

    chart awaiting coding ────────▶ coding          (unsigned or missing notes stop it: with HIM)
    chart changed after coding ───▶ charge_change   (to who coded it)
    exchange_item about money ────▶ remittance      (posting)
    exchange_item about silence ──▶ acknowledgement (billing)

One item a subject and kind, its id derived from both; it is closed when its subject is settled, and
opened again when that comes up anew. Whatever people did with it stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import codec, ids, topics
from schemas.events import NO_DAY, Bill, Encounter, Reason
from services.claims import routing
from services.db import bulk
from services.db.tables.clocks import CHART_SEEN
from services.db.tables.worklist import WORK_ITEM
from services.worklist.bill import coding, encoder

CODING, CHARGE_CHANGE = "coding", "charge_change"
REMITTANCE, ACKNOWLEDGEMENT = "remittance", "acknowledgement"
HIM, POSTING = "HIM", "POSTING"
CATEGORY = {
    CODING: "CODING", CHARGE_CHANGE: "BILLING_DATA", REMITTANCE: "OTHER", ACKNOWLEDGEMENT: "OTHER",
}
BATCH = 200
CHOOSE = "A person has to choose the diagnosis codes"
CONFIRM = "Nobody has coded this visit: a suggestion is to be confirmed"
EXCHANGE = {
    "remittance_held": (REMITTANCE, "A remittance does not balance; its file is held whole."),
    "claim_unmatched": (REMITTANCE, "A payment for a claim that is not ours is in suspense."),
    "claim_unbalanced": (REMITTANCE, "A claim of a released remittance does not add up."),
    "reversal_unmatched": (REMITTANCE, "A reversal undoes nothing that was posted."),
    "payee_unknown": (REMITTANCE, "A remittance is to a payee that is not ours."),
    "remittance_difference": (REMITTANCE, "A remittance paid other than its claims add up to."),
    "deposit_differs": (REMITTANCE, "The bank received another amount than the remittance says."),
    "acknowledgement_overdue": (ACKNOWLEDGEMENT, "The payer's answer is overdue."),
    "delivery_unknown": (ACKNOWLEDGEMENT, "Nothing tells whether the payer has this file."),
}
"""Kind of an exchange item -> kind of a work item and its reason, in words."""
_CHARTS = text("""
    select c.encounter_id, c.version, c.state, c.event, k.coder_id, k.encounter_version,
        (select array_agg(t.value) from timeline t where t.encounter_id = c.encounter_id
            and t.topic = 'claims.encounter' and k.coder_id is not null) as records
    from chart c
    left join chart_seen s on s.encounter_id = c.encounter_id
    left join lateral (
        select n.coder_id, n.encounter_version from coding n
        where n.encounter_id = c.encounter_id order by n.version desc limit 1
    ) k on c.state = 'changed_after_coding'
    where c.state in ('awaiting_coding', 'changed_after_coding')
    and coalesce(s.version, -1) < c.version
    order by c.encounter_id limit :most
""")
_CODED = text("""
    update work_item w set status = 'closed', row_version = row_version + 1
    where w.kind in ('coding', 'charge_change') and w.status = 'open'
    and (exists (select from coding n where n.encounter_id = w.encounter_id
            and n.encounter_version >= w.version)
        or not exists (select from chart c where c.encounter_id = w.encounter_id
            and c.state in ('awaiting_coding', 'changed_after_coding')))
""")
_EXCHANGED = text("""
    select e.item_id, e.kind, e.subject, e.payer_id, e.opened_at, e.reason,
        coalesce(abs(e.amount_cents), s.cents, 0) as cents
    from exchange_item e
    left join lateral (
        select sum(g.charge_cents) as cents from gateway_claim g where g.interchange_id
            = case when e.kind in ('acknowledgement_overdue', 'delivery_unknown')
                then cast(split_part(e.subject, '/', 1) as uuid) end
    ) s on true
    where e.state = 'open' and e.kind = any(:kinds)
    and not exists (select from work_item w where w.subject = cast(e.item_id as text)
        and w.kind in ('remittance', 'acknowledgement'))
    order by e.opened_at, e.item_id limit :most
""")
_SETTLED = text("""
    update work_item w set status = 'closed', row_version = row_version + 1
    from exchange_item e where w.kind in ('remittance', 'acknowledgement') and w.status = 'open'
    and e.item_id = cast(w.subject as uuid) and e.state = 'closed'
""")
_SAME = text("""
    update work_item set status = 'closed', row_version = row_version + 1
    where kind = 'charge_change' and status = 'open' and state not in ('released', 'decided')
    and encounter_id = any(:ids)
""")
_OVER = "(work_item.status = 'closed'" \
    " or (work_item.state = 'decided' and work_item.reasons <> excluded.reasons)" \
    " or (work_item.state = 'released' and (work_item.reasons <> excluded.reasons" \
    " or exists (select from coding n where n.encounter_id = work_item.encounter_id" \
    " and n.encounter_version >= work_item.version))))"
"""What was to be done is done; what arrives is work of its own: whatever words it has where a
version of the coding answered, in other words where somebody decided without one."""
_ANEW = f"({_OVER} or work_item.state = 'todo'" \
    " or (work_item.state = 'waiting' and work_item.waits_for = 'team'))"
"""It is over, nobody has begun, or it waits for the record alone: where it stands is anew."""
_SETS = ", ".join((
    *(f"{name} = excluded.{name}" for name in (
        "event_id", "status", "payer_id", "version", "coder_id", "reasons", "at_stake_cents",
        "facility_id", "department", "carcs", "needs",
    )),
    *(f"{name} = case when {_ANEW} then excluded.{name} else work_item.{name} end"
      for name in ("place", "state", "waits_for")),
    f"acted = case when {_OVER} then '[]' else work_item.acted end",
    f"proposal = case when {_OVER} then null else work_item.proposal end",
    f"decision = case when {_OVER} then '' else work_item.decision end",
    f"opened_at = case when {_OVER} then excluded.opened_at else work_item.opened_at end",
    "row_version = work_item.row_version + 1",
))


def arrive(conn: Connection, now: datetime) -> int:
    """Open and close the items there are to open and to close; return how many."""
    charts = conn.execute(_CHARTS, {"most": BATCH}).all()
    exchanged = conn.execute(_EXCHANGED, {"kinds": sorted(EXCHANGE), "most": BATCH}).all()
    found = [(chart.encounter_id, _of_chart(chart, now)) for chart in charts]
    rows = [row for _, row in found if row is not None]
    rows += [_of_exchange(one) for one in exchanged]
    bulk.merge(conn, WORK_ITEM, sorted(rows, key=lambda row: str(row["rework_id"])), sets=_SETS)
    seen = [{"encounter_id": one.encounter_id, "version": one.version} for one in charts]
    bulk.insert(conn, CHART_SEEN, seen, conflict="update")
    conn.execute(_SAME, {"ids": [encounter_id for encounter_id, row in found if row is None]})
    closed = conn.execute(_CODED).rowcount + conn.execute(_SETTLED).rowcount
    return len(charts) + len(exchanged) + closed


def item_id(subject: str, kind: str) -> str:
    """Return the id of the one item of a subject and kind that no `rework` event brings."""
    return ids.derive("work", subject, kind)


def missing_notes(encounter: Encounter) -> list[str]:
    """Return what of the record is not there to code from, in words, without patient data."""
    if not encounter.notes:
        return ["No note of the visit has arrived"]
    unsigned = [note.title or "a note" for note in encounter.notes if note.signed_at is None]
    return [f"Not signed by its author: {title}" for title in sorted(unsigned)]


def changes(before: Bill, after: Bill) -> list[str]:
    """Return what changed of a record that was coded, in words: charges, diagnoses, dates, payer.

    A note alone is no change of the bill: the answer to a query comes back to its own item.
    """
    def charged(bill: Bill) -> dict[str, tuple[str, int, int]]:
        return {
            one.line_id: (one.code or one.revenue_code, one.units, one.charge_cents)
            for one in bill.lines
        }

    old, new = charged(before), charged(after)
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    said = [f"Charge added: {new[key][0]} x{new[key][1]}" for key in added]
    said += [f"Charge taken off: {old[key][0]} x{old[key][1]}" for key in gone]
    said += [
        f"Charge changed: {new[key][0]} x{new[key][1]}" for key in sorted(old.keys() & new.keys())
        if old[key] != new[key]
    ]
    for name, one, other in (
        ("The documented diagnoses", _codes(before), _codes(after)),
        ("The dates of service", before.starts_on, after.starts_on),
        ("The dates of service", before.ends_on, after.ends_on),
        ("The payer", before.coverage.payer_id, after.coverage.payer_id),
    ):
        if one != other and f"{name} changed" not in said:
            said.append(f"{name} changed")
    return said


def _codes(bill: Bill) -> list[str]:
    return sorted(one.code for one in bill.diagnoses)


def _of_chart(chart: Row[Any], now: datetime) -> dict[str, Any] | None:
    encounter: Encounter = codec.decode(topics.ENCOUNTER.name, bytes(chart.event))
    row = _to_code(encounter) if chart.state == coding.AWAITING else _changed(chart, encounter, now)
    bill = encounter.bill
    return row and row | {
        "encounter_id": encounter.encounter_id, "event_id": encounter.event_id,
        "version": encounter.version, "payer_id": bill.coverage.payer_id,
        "at_stake_cents": bill.charge_cents, "facility_id": bill.facility_id,
        "department": bill.department, "due_on": bill.ends_on,
    }


def _to_code(encounter: Encounter) -> dict[str, Any]:
    stopped = missing_notes(encounter)
    words = stopped or [CONFIRM if encoder.encode(encounter, 0) else CHOOSE]
    row = _item(
        CODING, encounter.encounter_id, encounter.recorded_at, team="CODING", words=words,
        acts=HIM if stopped else "CODING",
    )
    if stopped:
        row |= {"state": "waiting", "waits_for": "team", "place": HIM, "needs": [HIM, "CODING"]}
    return row


def _changed(chart: Row[Any], encounter: Encounter, now: datetime) -> dict[str, Any] | None:
    """Return the item of a record that changed after it was coded; none when it is as coded."""
    records: list[Encounter] = [
        codec.decode(topics.ENCOUNTER.name, bytes(value)) for value in chart.records or ()
    ]
    before = next((one for one in records if one.version == chart.encounter_version), None)
    words = changes(before.bill, encounter.bill) if before else ["The record changed"]
    if not words:
        return None
    row = _item(CHARGE_CHANGE, encounter.encounter_id, now, team="CODING", words=words)
    return row | {"coder_id": chart.coder_id}


def _of_exchange(one: Row[Any]) -> dict[str, Any]:
    kind, words = EXCHANGE[one.kind]
    team = POSTING if kind == REMITTANCE else routing.BILLING
    subject = str(one.item_id)
    row = _item(kind, subject, one.opened_at, team=team, words=[words], edit=one.kind)
    return row | {
        "event_id": subject, "payer_id": one.payer_id, "at_stake_cents": int(one.cents),
        "due_on": one.opened_at.date(),
    }


def _item(  # noqa: PLR0913 - an item has these parts
    kind: str, subject: str, opened_at: datetime, *, team: str, words: Iterable[str],
    acts: str = "", edit: str = "",
) -> dict[str, Any]:
    reasons: Sequence[Reason] = [
        Reason(place="claim", edit=edit, text=f"{said}.".replace("..", "."),
               team=acts or team)
        for said in words
    ]
    return {
        "rework_id": item_id(subject, kind), "encounter_id": "", "event_id": "", "revision": 0,
        "kind": kind, "status": "open", "subject": subject, "control_number": "",
        "payer_claim_number": "", "payer_id": "", "version": 0, "follows": "",
        "category": CATEGORY[kind], "team": team, "coder_id": "", "action": "",
        "appealable": False, "reasons": [asdict(one) for one in reasons], "at_stake_cents": 0,
        "due_on": NO_DAY, "due_rule": "", "opened_at": opened_at, "source": kind,
        "facility_id": "", "department": "", "carcs": [edit] if edit else [],
        "needs": [team], "place": team, "state": "todo", "waits_for": "",
    }
