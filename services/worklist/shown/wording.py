"""Plain words for what the page shows: fates, reasons, events. No value of a patient in them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from schemas import events
from schemas.events import Adjustment
from services.claims import clocks
from services.codes import carc, rarc
from services.worklist.events import projection
from services.worklist.shown.page import Item, Said, Sentence, Why

KINDS = {
    "coding": "To be coded", "held": "Held before billing", "rejection": "Rejected by the payer",
    "denial": "Denied", "manual_denial": "Denied by letter",
    "charge_change": "Changed after billing",
    "remittance": "Remittance", "acknowledgement": "No acknowledgement",
}
CATEGORIES = {
    "CODING": "Coding", "UNITS": "Units", "BUNDLING": "Bundling", "MED_NEC": "Medical necessity",
    "DOCUMENTATION": "Documentation", "CLINICAL_REVIEW": "Clinical review", "AUTH": "Authorisation",
    "ELIGIBILITY": "Eligibility", "REGISTRATION": "Registration", "COB": "Other coverage",
    "PROVIDER": "Provider", "BILLING_DATA": "Billing data", "TIMELY": "Timely filing",
    "DUPLICATE": "Duplicate", "NONCOVERED": "Not covered", "CONTRACT": "Contract",
    "CONTRACTUAL": "Contractual", "PATIENT_SHARE": "Patient's share", "INFO": "Information",
    "OTHER": "Other",
}
SHORT_KINDS = {
    **KINDS, "held": "Held", "rejection": "Rejected", "manual_denial": "Denied, letter",
    "coding": "To code", "charge_change": "Changed", "acknowledgement": "No answer",
}
"""For lists."""
FREQUENCIES = {"1": "original", "7": "replacement", "8": "void"}
TEAMS = {
    "CODING": "coding", "BILLING": "billing", "PATIENT_ACCESS": "patient access",
    "AUTH_UM": "authorisation", "HIM": "health records", "CDI": "documentation",
    "PHYS_ADVISOR": "physician advisor", "CHARGE_INTEGRITY": "charge integrity",
    "ENROLLMENT": "enrolment", "CONTRACTING": "contracting", "CASE_MGMT": "case management",
    "POSTING": "posting",
}
WAITS = {
    "query": "a physician", "payer": "the payer", "approval": "an approval", "team": "another team",
}
MOVED = {
    "take": "took it", "put_back": "put it back", "tag": "tagged it", "untag": "took a tag off",
    "undo": "undid what was done to many",
    "not_written_off": "had it written off with many, which was not possible any more",
    "correct": "corrected the coding", "confirm": "confirmed the coding",
    "query": "set it aside for a physician query", "release": "released the correction",
    "return": "returned it to the coder", "resend": "sent it again as it is",
    "answer": "answered the query", "code": "coded it", "override": "overrode a finding",
    "done": "did its team's part", "bill_registered": "proposed the coverage as registered",
    "route": "passed it on", "wait": "set it aside for another team",
    "resume": "took it up again", "replace": "replaced the claim as it is",
    "void": "took the claim back", "reopening": "asked for a reopening", "appeal": "appealed",
    "outcome": "noted the payer's answer", "send_records": "sent records",
    "bill_patient": "billed the patient", "write_off": "wrote it off",
    "ask_write_off": "asked to write it off",
    "verify_duplicate": "looked at the duplicate", "no_action": "closed it",
    "approve": "approved the write-off", "refuse": "refused the write-off",
    "assign": "gave it to a person", "enter": "entered it",
    "replaced": "closed it: the remittance has come",
    "reassign": "gave it to somebody else",
}
CLOCKS = {
    "filing": "timely filing", "corrected": "corrected claim or reopening",
    "appeal_1": "first appeal", "appeal_2": "second appeal", "appeal_3": "external review",
    "reconsideration": "reconsideration", "alj": "hearing by a judge",
    "council": "appeals council", "court": "federal court",
    "record_request": "records the payer asked for", "internal": "our own turnaround",
}
_FATES = {
    projection.HELD: ("Held again", "bad"),
    projection.PASSED: ("Passed the edits", "busy"),
    projection.SUBMITTED: ("Claim made", "busy"),
    projection.SENT: ("Sent to the payer", "busy"),
    projection.ACCEPTED: ("Accepted by the payer", "busy"),
    projection.REJECTED: ("Rejected again", "bad"),
}
_BACK = {"held": "Held again", "rejection": "Rejected again", "denial": "Denied again"}


def fate(row: Any) -> tuple[str, str, bool]:
    """Return where an item stands: words, tone, whether it is settled."""
    if row.state == "decided":
        return ("Closed", "plain", True)
    if row.state == "released":
        if row.came_back:
            return (_BACK.get(row.came_back, "Came back"), "bad", True)
        if row.decisions:
            paid = row.paid_cents > 0
            return (f"Paid {money(row.paid_cents)}" if paid else "Decided, nothing paid",
                    "good" if paid else "plain", True)
        return (*_FATES.get(row.rank, ("On its way", "busy")), False)
    if row.status == "closed":
        return ("Settled by the payer", "plain", True)
    if row.state == "handed_on":
        return ("With billing", "plain", False)
    if row.state == "waiting":
        return ("Waiting", "waiting", False)
    return ("To do", "plain", False)


def told(item: Item, claim_cents: int, decided: events.Adjudicated | None) -> str:
    """Return what came back, in one sentence."""
    on = item.opened_on.strftime("%-d %b %Y")
    match item.kind:
        case "denial" if decided:
            paid = f"paid {money(decided.paid_cents)} of {money(claim_cents)}"
            said = "denied the claim" if not decided.paid_cents else paid
            decided_on = decided.decided_on.strftime("%-d %b %Y")
            stake = f"{money(item.at_stake_cents)} {'was' if item.settled else 'is'} at stake"
            return f"{item.payer} {said} on {decided_on}; {stake}."
        case "denial" | "manual_denial":
            return f"{item.payer} denied {money(item.at_stake_cents)}; known since {on}."
        case "rejection":
            return f"{item.payer} refused the claim on {on} before deciding on it."
        case "held":
            return f"The edits held version {item.version} on {on}: {item.payer} has not seen it."
        case "coding":
            return f"This visit needs a coder since {on}: no claim is made before it is coded."
        case "charge_change":
            return f"The record or the charges changed on {on}, after the claim was sent."
        case "remittance":
            return f"A payment of {item.payer} of {on} has no claim or does not add up."
        case "acknowledgement":
            return f"{item.payer} has not answered what was sent; overdue since {on}."
        case _:
            return f"Open since {on}."


def money(cents: int) -> str:
    """Return cents as dollars.

    >>> money(-1234567)
    '-$12,345.67'
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def passed(due_on: date, today: date) -> str:
    """Return that a limit of a payer's has passed and what follows; empty where it has not.

    >>> passed(date(2026, 6, 30), date(2026, 7, 1)).split(":")[0]
    'The limit passed on 30 June 2026, 1 day ago'
    """
    days = (today - due_on).days
    if days <= 0 or due_on == events.NO_DAY:
        return ""
    ago = f"{days} day{'' if days == 1 else 's'} ago"
    return (f"The limit passed on {due_on:%-d %B %Y}, {ago}: the payer will refuse unless good"
            " cause for being late is shown.")


def why(reason: Mapping[str, Any]) -> Why:
    """Return a reason of a rework event in words."""
    code, words = reason["edit"], reason["text"]
    if reason["group"]:
        code = f"{reason['group']}-{reason['carc']}"
        words = carc.describe(reason["carc"]) or words or "The payer's reason is not in our table"
    elif reason["category"]:
        code = f"{reason['category']} {reason['carc']}".strip()
    return Why(
        place=reason["place"], line_id=reason["line_id"], code=code, words=words,
        remarks=remarks(reason["remarks"]), amount_cents=reason["amount_cents"],
    )


def together(reasons: Sequence[Why]) -> tuple[Why, ...]:
    """Return reasons that say the same of several places as one, with all places and the sum."""
    found: dict[tuple[str, str, tuple[Said, ...]], Why] = {}
    for one in reasons:
        key = one.code, one.words, one.remarks
        first = found.get(key)
        found[key] = one if first is None else replace(
            first, place=", ".join(filter(None, (first.place, one.place))),
            amount_cents=first.amount_cents + one.amount_cents,
        )
    return tuple(found.values())


def remarks(codes: Iterable[str]) -> tuple[Said, ...]:
    """Return remark codes in words."""
    return tuple(Said(code=code, words=rarc.describe(code)) for code in codes)


def adjustment(one: Adjustment) -> Why:
    """Return a CAS triple in words."""
    return Why(
        place="", line_id="", code=f"{one.group}-{one.carc}", words=carc.describe(one.carc),
        remarks=(), amount_cents=one.amount_cents,
    )


def says(event: events.EncounterEvent) -> tuple[str, str]:
    """Return what an event says, and its detail."""
    match event:
        case events.Encounter():
            return "Visit documented", event.state
        case events.Validated():
            found = len(event.findings)
            return f"Version {event.version} of the coding: {event.verdict}", (
                f"{found} finding{'s' if found != 1 else ''}" if found else "no findings"
            )
        case events.Submitted():
            words = FREQUENCIES.get(event.frequency, event.frequency)
            return f"Claim made: {words}", event.control_number
        case events.Acknowledged():
            if event.hop == "sent":
                return "Sent to the payer", event.control_number
            return (
                f"{event.hop}: {'accepted' if event.accepted else 'refused'}",
                " ".join(f"{s.category} {s.code}".strip() for s in event.statuses),
            )
        case events.Adjudicated():
            back = " (reversal)" if event.status == "22" else ""
            return f"Decided{back}: {money(event.paid_cents)} paid", event.payer_claim_number
        case events.Rework():
            kind = KINDS.get(event.kind, event.kind).lower()
            done = "closed" if event.status == "closed" else "opened"
            return f"Work item {done}: {kind}", CATEGORIES.get(event.category, event.category)
        case events.Deadline():
            what = CLOCKS.get(event.clock, event.clock)
            said = "has passed" if event.said == "missed" else "is near"
            rule = clocks.named(event.rule)
            return f"Deadline {said}: {what}", f"{event.due_on:%-d %B %Y}, {rule}"
        case _:
            return type(event).__name__, ""


def signed(addendum: events.Note) -> str:
    """Return what the version of a record says that brings an addendum."""
    on = f" on {addendum.signed_at:%-d %B %Y}" if addendum.signed_at else ""
    return f"Addendum signed{on}{', after billing' if addendum.post_bill else ''}"


_BREAK = re.compile(r"(?<=[a-z)%\]]\.)\s+(?=[A-Z0-9])")


def sentences(text: str) -> tuple[Sentence, ...]:
    r"""Return the passages of a note, one a sentence or line, with their positions.

    >>> [s.text for s in sentences("No cough. Lungs clear.\n1. Asthma: stable.")]
    ['No cough.', 'Lungs clear.', '1. Asthma: stable.']
    """
    found = []
    at = 0
    for line in text.split("\n"):
        start = at
        for gap in [*_BREAK.finditer(line), None]:
            end = at + (gap.start() if gap else len(line))
            if text[start:end].strip():
                found.append(Sentence(start=start, end=end, text=text[start:end]))
            start = at + (gap.end() if gap else len(line))
        at += len(line) + 1
    return tuple(found)
