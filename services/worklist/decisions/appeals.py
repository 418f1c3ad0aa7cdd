"""Appeals and reopenings: asked with a letter and a packet, kept sealed, answered by the payer.

    item ──ask──▶ waiting (for the payer) ──won──▶ decided; the payer's next 835 pays
                     │                    ├──lost, partly──▶ todo: the next level, or something else
                     │                    └──withdrawn─────▶ todo
                     └── packet (PDF, sealed)

Each level is asked once, and one claim has one appeal or reopening with the payer at a time, on
whatever item it was asked: who asks in the same moment waits (`alone`), and is refused. Beside an
appeal no corrected claim goes out unless the payer takes both (`services.claims.guards`, in
assembly and gateway too).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import ids
from schemas.events import Bill, Encounter, PaidLine
from services.claims import appeals as rules
from services.claims.appeals import Level
from services.codes import hcpcs, icd10cm, revenue
from services.db import bulk
from services.db.tables.decisions import APPEAL
from services.phi import vault
from services.phi.keys import SiteKey
from services.worklist.bill.typed import Problem
from services.worklist.decisions import claim_facts, letters
from services.worklist.decisions.case import Case, day, move, tell
from services.worklist.decisions.claim_facts import TIMELY, Facts
from services.worklist.decisions.letters.packet import Packet, Quote, city_line, pdf, phone
from services.worklist.item.moves import BILLING, MANUAL, PAYER, TODO, Refused
from services.worklist.shown import happened, opened, wording

PURPOSE, WITHDRAWN = "appeal", "withdrawn"
SHORTEST, LONGEST = 40, 8_000
OF_LETTER = "appeal_of_letter"
"""What an appeal is called while no remittance has decided the claim: its life waits for one."""
SIGNED = "For the provider"
ASKING = ("appeal", "reopening")
"""Moves that ask the payer."""
LOCK_SPACE = 7309


@dataclass(frozen=True, slots=True)
class Composed:
    """An appeal as it would be sent.

    Attributes:
        facts: Of the item.
        level: What is asked for.
        template: Of the letter.
        words: Of the letter, as edited.
        content: The packet, a PDF.
        pages: How many it has.
        name: Of its file.
    """

    facts: Facts
    level: Level
    template: str
    words: str
    content: bytes
    pages: int
    name: str


def alone(conn: Connection, row: Row[Any]) -> None:
    """Let appeals of one claim come one after the other, until the commit.

    Call it with the item locked, before the guards look. The lock is another than `replaced.alone`:
    a remittance holds that one while it waits for the items of letters.
    """
    conn.execute(
        text("select pg_advisory_xact_lock(:space, hashtext(:claim))"),
        {"space": LOCK_SPACE, "claim": f"{row.control_number}|{row.payer_id}"},
    )


def level_of(move_name: str, facts: Facts) -> Level | None:
    """Return what a move asks for: the next level of appeal, or the reopening."""
    if move_name == "reopening":
        return rules.reopening(facts.plan, facts.today)
    return claim_facts.next_level(facts)


def due_on(level: Level, facts: Facts) -> date:
    """Return the last day to ask; the item's own deadline where no clock says."""
    kind = "corrected" if level.level == rules.REOPENING else level.level
    found = claim_facts.clock(facts, kind)
    return found.due_on if found else facts.row.due_on


def draft(level: Level, facts: Facts, template: str = "", passages: int = 0) -> str:
    """Return the letter's text as a template has it, to be edited."""
    known = template or template_of(level, facts)
    told = [_why(one) for one in facts.row.reasons]
    return letters.draft(known, letters.About(
        level=level.words, decided_on=claim_facts.decided_on(facts),
        amount=wording.money(facts.row.at_stake_cents), reasons=told, passages=passages,
        proof=facts.proof if TIMELY in facts.carcs else None,
        corrected=facts.proposal is not None,
    ))


def template_of(level: Level, facts: Facts) -> str:
    """Return the template a level and the item's category call for."""
    if level.level == rules.REOPENING:
        return letters.REOPENING
    return letters.template_of(facts.row.category)


def compose(case: Case) -> Composed | list[Problem]:
    """Return what would be sent, its packet made; or what is wrong with the letter.

    Raises:
        Refused: every level was asked.
    """
    facts = claim_facts.gather(case.conn, case.desk, case.person, case.row, case.current)
    level = level_of(case.move.name, facts)
    if level is None:
        raise Refused("Every level of appeal was asked.", "last_level")
    quotes = _quotes(case)
    template = case.said("template")
    if template not in letters.NAMES:
        template = template_of(level, facts)
    words = case.said("letter") or draft(level, facts, template, len(quotes))
    if not SHORTEST <= len(words) <= LONGEST:
        says = f"The letter has between {SHORTEST} and {LONGEST:,} characters."
        return [Problem("letter", says)]
    made, pages = pdf(_packet(case, facts, level, words, quotes))
    name = f"{level.level}-{case.row.control_number or str(case.row.rework_id)[:8]}.pdf"
    return Composed(facts, level, template, words, made, pages, name)


def ask(case: Case) -> list[Problem]:
    """Send an appeal or a request for a reopening: its packet is made and kept."""
    made = compose(case)
    if not isinstance(made, Composed):
        return made
    facts, level, row = made.facts, made.level, case.row
    last, answer_on = due_on(level, facts), None
    if level.answer_days:
        answer_on = facts.today + timedelta(days=level.answer_days)
    appeal_id = ids.derive("appeal", row.rework_id, level.level, case.act.seen)
    bulk.insert(case.conn, APPEAL, [{
        "appeal_id": appeal_id, "rework_id": row.rework_id, "encounter_id": row.encounter_id,
        "control_number": row.control_number, "payer_id": row.payer_id, "level": level.level,
        "step": level.step, "template": made.template, "state": "sent",
        "amount_cents": row.at_stake_cents, "due_on": last, "filed_on": facts.today,
        "filed_at": case.desk.clock.now(), "filed_by": case.person.name, "answer_on": answer_on,
        "letter": _seal(case.desk.site, appeal_id, made.words.encode()),
        "packet": _seal(case.desk.site, appeal_id, made.content), "pages": made.pages,
        "sha256": hashlib.sha256(made.content).digest(), "file_name": made.name,
    }])
    decision = OF_LETTER if _by_letter(case, facts) else case.move.name
    move(
        case, decision=case.move.name, sets={"waits_for": PAYER}, level=level.level,
        amount_cents=row.at_stake_cents, due_on=last.isoformat(), pages=made.pages,
    )
    tell(
        case, decision, level=level.level, due_on=last, recipient=level.recipient,
        amount_cents=row.at_stake_cents,
    )
    return []


def answered(case: Case) -> list[Problem]:
    """Note how the payer answered; what is not won is billing's work again."""
    today = case.desk.clock.today()
    outcome, on = case.said("outcome"), day(case, "answered_on")
    if not case.said("answered_on"):
        on = today
    if outcome not in (*rules.OUTCOMES, WITHDRAWN):
        return [Problem("outcome", "Say how the payer answered.")]
    row = case.conn.execute(
        text(
            "select cast(appeal_id as text) as appeal_id, level, amount_cents, filed_on"
            " from appeal where rework_id = :id and state = 'sent'"
        ),
        {"id": case.row.rework_id},
    ).one()
    if on is None or not row.filed_on <= on <= today:
        return [Problem("answered_on", "The answer is between the day it was asked and today.")]
    case.conn.execute(
        text(
            "update appeal set state = :state, answered_on = :on, answered_by = :name"
            " where appeal_id = cast(:id as uuid)"
        ),
        {"state": outcome, "on": on, "name": case.person.name, "id": row.appeal_id},
    )
    facts = claim_facts.gather(case.conn, case.desk, case.person, case.row, case.current)
    decision = rules.DECIDED_AS.get(outcome, rules.DECIDED_AS[rules.LOST])
    if outcome == rules.WON:
        move(case, decision=decision, level=row.level, outcome=outcome)
    else:
        move(case, TODO, sets={"place": BILLING}, level=row.level, outcome=outcome)
    told = OF_LETTER if _by_letter(case, facts) else decision
    tell(case, told, level=row.level, outcome=outcome, amount_cents=row.amount_cents)
    return []


def packet_of(
    conn: Connection, site: SiteKey, rework_id: str, appeal_id: str
) -> tuple[bytes, str] | None:
    """Return the packet of an appeal of an item and its file name; none where there is none."""
    row = conn.execute(
        text(
            "select packet, file_name from appeal where appeal_id = cast(:id as uuid)"
            " and rework_id = cast(:rework_id as uuid)"
        ),
        {"id": appeal_id, "rework_id": rework_id},
    ).one_or_none()
    if row is None:
        return None
    return vault.unseal_bytes(site, PURPOSE, bytes(row.packet), appeal_id), row.file_name


def _by_letter(case: Case, facts: Facts) -> bool:
    """Say whether only a letter decided: the claim's own life knows nothing of it yet."""
    return case.row.kind == MANUAL and facts.decided is None


def _seal(site: SiteKey, appeal_id: str, content: bytes) -> bytes:
    return vault.seal_bytes(site, PURPOSE, content, appeal_id)


def _why(reason: dict[str, Any]) -> str:
    told = wording.why(reason)
    remarks = "".join(f"; {one.code} {one.words}" for one in told.remarks)
    on = f" (on {told.place})" if told.place else ""
    return f"{told.code} {told.words}{remarks}: {wording.money(told.amount_cents)}{on}"


def _packet(
    case: Case, facts: Facts, level: Level, words: str, quotes: Sequence[Quote]
) -> Packet:
    row, desk, bill = case.row, case.desk, facts.bill
    facility = desk.reference.facilities.get(bill.facility_id)
    payer = desk.reference.payers.get(row.payer_id)
    who = opened.whole(case.conn, desk.site, row.encounter_id, bill, ()).patient
    served = " to ".join(dict.fromkeys((str(bill.starts_on), str(bill.ends_on))))
    sender = (
        facility.name, facility.address, city_line(facility.city, facility.state, facility.zip),
        f"NPI {facility.npi}", f"Phone {phone(facility.phone)}",
    ) if facility else (bill.facility_id,)
    return Packet(
        title=f"{level.words}: claim {row.control_number}", at=desk.clock.now(), sender=sender,
        recipient=(
            payer.name if payer else row.payer_id, f"For: {level.recipient}",
            *((payer.address, city_line(payer.city, payer.state, payer.zip)) if payer else ()),
        ),
        reference=(
            ("Request", level.words), ("Patient", who.name), ("Born", who.birth_date),
            ("Member number", who.member_id), ("Our claim number", row.control_number),
            ("Your claim number", row.payer_claim_number), ("Dates of service", served),
            ("Amount", wording.money(row.at_stake_cents)),
        ),
        letter=words,
        signature=(SIGNED, case.person.name, desk.reference.submitter.contact,
                   phone(desk.reference.submitter.phone)),
        claim=_claim(bill, facts.decided.lines if facts.decided else ()),
        diagnoses=[f"{d.code} {icd10cm.describe(d.code)}" for d in bill.diagnoses],
        remittance=_remittance(facts),
        corrected=_claim(facts.proposal.bill, ()) if facts.proposal else (),
        evidence=quotes, proof=facts.proof if TIMELY in facts.carcs else None,
    )


def _claim(bill: Bill, paid: Sequence[PaidLine]) -> list[tuple[str, ...]]:
    by_line = {line.line_id: line for line in paid}
    rows: list[tuple[str, ...]] = [
        ("Line", "Date", "Service", "Modifiers", "Place", "Units", "Charge", "Paid"),
    ]
    for number, line in enumerate(bill.lines, start=1):
        answer = by_line.get(line.line_id)
        code = line.code or line.revenue_code
        words = hcpcs.describe(line.code) or revenue.describe(line.revenue_code)
        rows.append((
            str(number), str(line.served_on), f"{code} {words}".strip(),
            " ".join(line.modifiers), line.place_of_service or bill.place_of_service,
            str(line.units),
            wording.money(line.charge_cents), wording.money(answer.paid_cents) if answer else "",
        ))
    return rows


def _remittance(facts: Facts) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("On", "Reason", "In words", "Amount")]
    for one in facts.row.reasons:
        told = wording.why(one)
        rows.append((told.place, told.code, told.words, wording.money(told.amount_cents)))
        rows += [("", remark.code, remark.words, "") for remark in told.remarks]
    if facts.decided:
        rows.append(("claim", "", f"Decided {facts.decided.decided_on}, paid",
                     wording.money(facts.decided.paid_cents)))
    return rows


def _quotes(case: Case) -> list[Quote]:
    """Return the passages that were marked; what is in no note is left out."""
    known = happened.latest(
        happened.timeline(case.conn, case.row.encounter_id), Encounter
    )
    named = case.act.evidence
    if known is None or not named:
        return []
    texts = opened.note_texts(case.conn, case.desk.site, case.row.encounter_id, known.notes)
    notes = {note.note_id: note for note in known.notes}
    found = []
    for one in named:
        words = texts.get(one.note_id, "")[max(0, one.start):max(0, one.end)].strip()
        if words:
            note = notes[one.note_id]
            signed = f"signed {note.signed_at.date()}" if note.signed_at else "not signed"
            found.append(Quote(title=note.title, signed=signed, text=words))
    return found

