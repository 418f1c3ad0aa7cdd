"""What an item's page offers to decide: each move as a form, or the reason why it is not offered.

Each says what will happen, and until when it must. The same values are the page's JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.claims import appeals as rules
from services.claims import clocks, guards, overrides
from services.claims.routing import TEAMS
from services.worklist.decisions import appeals, claim_facts, decide, letters, reasons
from services.worklist.decisions.claim_facts import Asked, Facts
from services.worklist.decisions.proof import Proof
from services.worklist.item import moves
from services.worklist.item.moves import Move
from services.worklist.shown import wording
from services.worklist.shown.page import NoteShown

SELECT, TEXT, DAY, LETTER, PASSAGES, NOTES = (
    "select", "text", "day", "letter", "passages", "notes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a form asks for.

    Attributes:
        name: Of the field.
        says: Its label.
        kind: select, text, day, letter, passages or notes.
        options: Of a select: value -> words.
        value: What stands there at first.
    """

    name: str
    says: str
    kind: str = SELECT
    options: Mapping[str, str] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One move.

    Attributes:
        name: As in the address.
        says: On the button.
        key: The key that makes it.
        will: What will happen, in words.
        due_on: Until when it must be done; none where no clock runs for it.
        due_note: Where that comes from.
        late: That the day has passed, and what follows; empty where it has not.
        fields: What its form asks for.
        usual: It is what is usually done with such an item.
        refused: Why it may not be made; empty when it may.
        rules: The rules that say so.
    """

    name: str
    says: str
    key: str
    will: str
    due_on: date | None = None
    due_note: str = ""
    late: str = ""
    fields: tuple[Field, ...] = ()
    usual: bool = False
    refused: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Records that were sent."""

    control_number: str
    recipient: str
    way: str
    notes: int
    sent_on: date
    sent_by: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The panel.

    Attributes:
        offers: What may be done, the usual first; what is refused stands last.
        missing: Teams that have not acted yet, in words.
        proof: Of timely filing, where the denial is about it.
        in_time: Whether that proof holds.
        appeals: Asked so far.
        records: Sent so far.
        notes: The record, to mark passages in.
        waits_for: Of an item that waits, whom.
        write_off_cents: The write-off that waits for a second person; 0 for none.
        write_off_by: Who asked for it.
    """

    offers: tuple[Offer, ...]
    missing: tuple[str, ...]
    proof: Proof | None
    in_time: bool
    appeals: tuple[Asked, ...]
    records: tuple[Sent, ...]
    notes: tuple[NoteShown, ...]
    waits_for: str
    write_off_cents: int = 0
    write_off_by: str = ""


def of(
    facts: Facts, legal: Sequence[Move], notes: tuple[NoteShown, ...], sent: Sequence[Sent],
    limit_cents: int,
) -> Decisions:
    """Return the panel of an item for a reader.

    Args:
        facts: Of the item.
        legal: The moves the table allows the reader.
        notes: The record, as the reader may see it.
        sent: Records that were sent.
        limit_cents: Up to this one person writes off.
    """
    offers = [
        one for move in legal if move.name not in EDITED
        and not BESIDE_THE_POINT & set((one := _offer(move, facts, limit_cents)).rules)
    ]
    about_filing = claim_facts.TIMELY in facts.carcs
    asked = facts.write_off_by or ("", 0, "")
    return Decisions(
        offers=tuple(sorted(offers, key=lambda one: (bool(one.refused), not one.usual))),
        missing=tuple(
            wording.TEAMS.get(team, team)
            for team in moves.missing(facts.standing, facts.standing.team)
        ),
        proof=facts.proof if about_filing else None,
        in_time=bool(about_filing and facts.proof and facts.proof.in_time),
        appeals=facts.asked, records=tuple(sent), notes=notes,
        waits_for=wording.WAITS.get(facts.row.waits_for, ""),
        write_off_cents=asked[1], write_off_by=asked[0],
    )


USUAL: Mapping[str, tuple[str, ...]] = {
    "FIX_REPLACE": ("release", "replace", "resend", "done"), "FIX_NEW": ("release", "resend"),
    "REOPEN": ("reopening",), "APPEAL_CLIN": ("appeal",), "APPEAL_ADMIN": ("appeal",),
    "RETRO_AUTH": ("appeal",), "SEND_DOCS": ("send_records",), "WO_REVIEW": ("write_off",),
    "PATIENT_BILL": ("bill_patient",), "VERIFY_DUP": ("verify_duplicate",),
    "REBILL_OTHER": ("bill_registered", "route"), "ENROLL_FIX": ("done", "wait"),
    "TRIAGE": ("route",),
}
"""Action of the item -> moves that do it."""
BESIDE_THE_POINT = frozenset({"no_duplicate", "nothing_asked"})
"""Rules that refuse what nobody would want here: not shown."""
LIMITED = ("appeal", "reopening", "release", "replace", "resend", "send_records")
"""Moves that a payer refuses once its limit has passed; taking a claim back is none of them."""
EDITED = ("correct", "code")
"""Their form is the coding itself."""


def _offer(move: Move, facts: Facts, limit_cents: int) -> Offer:
    refusals = decide.why_not(move.name, facts)
    due_on, note = _due(move, facts)
    return Offer(
        name=move.name, says=_says(move, facts), key=move.key,
        will=_will(move, facts, limit_cents), due_on=due_on, due_note=note,
        late=wording.passed(due_on, facts.today) if due_on and move.name in LIMITED else "",
        fields=() if refusals else tuple(_fields(move, facts)),
        usual=not refusals and move.name in USUAL.get(facts.row.action, ()),
        refused=tuple(one.text for one in refusals), rules=tuple(one.rule for one in refusals),
    )


def _says(move: Move, facts: Facts) -> str:
    level = appeals.level_of(move.name, facts) if move.name == "appeal" else None
    return f"{move.says}: {level.words}" if level else move.says


def _due(move: Move, facts: Facts) -> tuple[date | None, str]:
    match move.name:
        case "appeal" | "reopening":
            level = appeals.level_of(move.name, facts)
            if level is None:
                return None, ""
            last = appeals.due_on(level, facts)
            clock = claim_facts.clock(facts, level.level)
            return last, clock.note if clock else ""
        case "release" | "replace":
            clock = claim_facts.clock(facts, clocks.CORRECTED)
        case "send_records":
            clock = claim_facts.clock(facts, clocks.RECORDS)
        case "resend":
            return facts.row.due_on, clocks.named(facts.row.due_rule)
        case _:
            return None, ""
    return (clock.due_on, clock.note) if clock else (None, "")


def _will(move: Move, facts: Facts, limit_cents: int) -> str:
    held = guards.holds(facts.chain)
    number = f" of {held.payer_claim_number}" if held and held.payer_claim_number else ""
    money = wording.money(facts.row.at_stake_cents)
    match move.name:
        case "release":
            kind = f"as a replacement (7){number}" if held else "as a new claim (1)"
            return f"The correction is validated and goes to the payer {kind}."
        case "resend":
            kind = f"as a replacement (7){number}" if held else "as a new claim (1)"
            return f"The coding is judged again and goes out {kind}, unchanged."
        case "replace":
            return f"The same coding goes out as a replacement (7){number}."
        case "void":
            return f"The claim{number} is taken back (8): the payer takes back what it paid."
        case "write_off" | "no_action" if _by_two(move, facts, limit_cents):
            limit = wording.money(limit_cents)
            return f"{money} waits for a second person: it is above {limit}."
        case "write_off":
            return f"{money} is written off and the item closed."
        case "approve":
            _, cents, reason = facts.write_off_by or ("", 0, "")
            closed = reasons.NO_ACTION.get(reason, "written off")
            return f"{wording.money(cents)}: {closed.lower()}; the item is closed."
        case "bill_patient":
            return f"{money} is billed to the patient and the item closed."
        case _:
            return WILL.get(move.name, "")


def _by_two(move: Move, facts: Facts, limit_cents: int) -> bool:
    """Say whether a move gives up more than one person may."""
    return facts.row.at_stake_cents > limit_cents and (
        move.name == "write_off" or facts.row.kind in moves.DENIALS
    )


WILL = {
    "confirm": "The coding stays; billing decides how to answer the payer.",
    "query": "The item waits for the physician; the payer's clocks run on.",
    "done": "The item goes to the next team, or to billing once all have acted.",
    "return": "The item goes back to who worked on it, and the correction is made anew.",
    "route": "Another team acts in place of this one.",
    "wait": "The item waits while another team does its part outside of it.",
    "resume": "The item is to be worked again.",
    "reopening": "A letter asks the payer to reopen its decision; the item waits for the answer.",
    "appeal": "The packet (letter, claim, remittance, evidence) is made, and the item waits for"
              " the payer's answer.",
    "outcome": "Won closes the item until the payer's next remittance; else it is billing's again.",
    "send_records": "It is noted which notes went to whom, under a number that links them to the"
                    " claim; the item waits for the payer.",
    "verify_duplicate": "One service closes the item; two let it be corrected or appealed.",
    "no_action": "The item is closed with the reason.",
    "refuse": "The item goes back to who asked for the write-off.",
    "override": "The finding stays as information, with your name and reason, and the claim is"
                " judged again.",
    "assign": "The item is that person's.",
    "bill_registered": "The coverage as registration has it is proposed; billing releases it, and"
                       " a former payer's claim is taken back.",
}


def _fields(move: Move, facts: Facts) -> Iterator[Field]:
    if move.name in reasons.LISTS:
        fit = reasons.fitting(move.name, facts.row.reasons, facts.row.due_on, facts.today)
        yield Field(name="reason", says="Reason", options=fit)
    match move.name:
        case "route" | "wait":
            others = {
                team: wording.TEAMS.get(team, team) for team in sorted(TEAMS)
                if team != facts.row.place or move.name == "wait"
            }
            yield Field(name="team", says="Team", options=others)
        case "appeal" | "reopening":
            level = appeals.level_of(move.name, facts)
            if level is not None:
                known = appeals.template_of(level, facts)
                yield Field(name="template", says="Letter", options=letters.NAMES, value=known)
                yield Field(
                    name="letter", says="Its text", kind=LETTER,
                    value=appeals.draft(level, facts, known),
                )
            yield Field(name="evidence", says="Passages of the record", kind=PASSAGES)
        case "outcome":
            outcomes = {**rules.OUTCOMES, appeals.WITHDRAWN: "Withdrawn by us"}
            yield Field(name="outcome", says="Outcome", options=outcomes)
            yield Field(name="answered_on", says="Answered on", kind=DAY, value=str(facts.today))
        case "send_records":
            yield Field(name="notes", says="Notes", kind=NOTES)
            yield Field(name="recipient", says="To", options=reasons.RECIPIENTS)
            yield Field(name="way", says="How", options=reasons.WAYS)
            yield Field(name="requested_on", says="Asked for on", kind=DAY)
        case "override":
            found = {
                f"{one['edit']}|{one['place']}": f"{one['place']}: {one['text']}"
                for one in facts.row.reasons if one["edit"]
            }
            yield Field(name="finding", says="Finding", options=found)
            yield Field(name="reason", says="Reason", options=overrides.REASONS)
            yield Field(name="evidence", says="Passages of the record", kind=PASSAGES)
        case "assign":
            yield Field(name="name", says="To", kind=TEXT, value=facts.row.assigned_to)
        case _:
            return
