"""Which version of an encounter's coding goes out, when, to whom and as which frequency.

    validated v1 ──▶ submission 1, frequency 1 ──denied──▶ validated v2 ──▶ submission 2, 7

State is kept per encounter: its versions, and a chain of submissions with each payer. Facts may
come in any order and more than once; after each, everything that may go out goes out:

1. the newest version that is ready governs (ready: it names no predecessor, or one that has been
   settled); older ones that were not sent are superseded;
2. it waits while any submission of the encounter to its payer is open: never two outstanding;
3. if the payer holds a claim it goes out as 7 with the payer's number of it, else as 1; a version
   that takes the claim back (reason void) as 8, with the bill the payer holds;
4. what the guards refuse stays, in a state that says why and who acts;
5. then the payers after it have their turn, and payers billed before it are voided (`turns`).

Example: submission 1 was adjudicated as P1, submission 2 (a 7) was rejected by a 277CA. The next
version goes out as 7 with P1 again: the payer still holds P1.

What order can decide is only what must: of two versions that race a payer's answer, the one that
is known when the answer comes goes out. A version that names its predecessor does not race.
"""

from dataclasses import replace

from schemas.events import Acknowledged, Adjudicated, Bill, Decided, Submitted, Validated
from services.claims import lifecycle, orders, routing, standing, turns
from services.claims.chain import Claim, Submission, Version
from services.claims.orders import Due, Order
from services.claims.terms import Terms

VOID = "void"
Outcome = tuple[Claim, list[Submitted]]


def validated(claim: Claim, event: Validated, terms: Terms) -> Outcome:
    """Take in a version and send what may go out."""
    if event.version in claim.versions:
        return claim, []
    held = event.verdict == "held"
    version = Version(
        event.version, event.bill.coverage.payer_id,
        lifecycle.HELD if held else lifecycle.WAITING, event.predecessor, None if held else event,
    )
    versions = {**claim.versions, event.version: version}
    return _release(replace(claim, versions=versions), event.encounter_id, terms)


def acknowledged(claim: Claim, event: Acknowledged, terms: Terms) -> Outcome:
    """Take in a hop's answer; only a refusal changes anything."""
    if event.accepted:
        return claim, []
    known = _known(claim, event)
    return _release(claim.with_(replace(known, rejected=True)), event.encounter_id, terms)


def adjudicated(claim: Claim, event: Adjudicated, terms: Terms) -> Outcome:
    """Take in a decision or a reversal; a predetermination is neither."""
    if event.status == lifecycle.PREDETERMINATION:
        return claim, []
    known = _known(claim, event)
    decision = lifecycle.decision(event, reviewed=routing.reviewed(event, terms))
    decisions = standing.add(known.decisions, decision)
    return _release(claim.with_(replace(known, decisions=decisions)), event.encounter_id, terms)


def decided(claim: Claim, event: Decided, terms: Terms) -> Outcome:
    """Take in that a person appeals, or how the appeal ended; the latest word counts."""
    about = event.decision == lifecycle.APPEAL or event.decision in lifecycle.APPEAL_ENDS
    if not about or not event.control_number:
        return claim, []
    number = event.control_number
    unsent = Submission(number, event.payer_id, frequency=lifecycle.ORIGINAL)
    known = claim.submissions.get(number) or unsent
    if known.appealed_at is not None and event.occurred_at <= known.appealed_at:
        return claim, []
    known = replace(known, appeal=event.decision, appealed_at=event.occurred_at)
    return _release(claim.with_(known), event.encounter_id, terms)


def _known(claim: Claim, event: Acknowledged | Adjudicated) -> Submission:
    number = event.control_number
    known = claim.submissions.get(number) or Submission(number, event.payer_id)
    if known.ordinal:
        return known
    return replace(
        known, version=event.version, frequency=event.frequency,
        charge_cents=event.bill.charge_cents, secondary=bool(event.bill.prior),
    )


def _release(claim: Claim, encounter_id: str, terms: Terms) -> Outcome:
    """Send what may go out, then say what each version, and each further payer's turn, is."""
    events: list[Submitted] = []
    while True:
        governing = _governing(claim, terms)
        due, waiting = (governing[2], claim.turns) if governing else (None, claim.turns)
        if due is None:
            waiting, due = turns.look(claim, terms)
        if due is None:
            return _label(replace(claim, turns=waiting), governing), events
        submission, event = orders.freeze(claim, encounter_id, due, terms)
        claim = claim.with_(submission)
        events.append(event)


def _governing(claim: Claim, terms: Terms) -> tuple[Version, str, Due | None] | None:
    """Return the version that is next, what it is to be, and what of it is due."""
    last = max((s.version for s in claim.sent()), default=0)
    ready = [v for v in claim.versions.values() if v.version > last and _ready(claim, v)]
    if not ready:
        return None
    version = max(ready, key=lambda v: v.version)
    return version, *_fate(claim, version, terms)


def _ready(claim: Claim, version: Version) -> bool:
    if not version.predecessor:
        return True
    known = claim.submissions.get(version.predecessor)
    return known is not None and bool(known.ordinal) and claim.state(known) != lifecycle.OPEN


def _fate(claim: Claim, version: Version, terms: Terms) -> tuple[str, Due | None]:
    """Return what the governing version is, and what goes out when it may go now."""
    event = version.event
    if version.state == lifecycle.HELD or event is None:
        return lifecycle.HELD, None
    bill, void = event.bill, event.reason == VOID
    if terms.policy(version.payer_id, bill.claim_type, bill.starts_on) is None:
        return lifecycle.HELD, None
    if bill.claim_type == "institutional" and bill.institutional is None and not void:
        return lifecycle.AWAITING_INSTITUTIONAL, None
    if not void:
        bill = _addressed(claim, version, bill)
    order = Order(
        bill, version.version, event.coder_id, event.event_id, event.rework_id, event.dropped, void,
        event.change_reason,
    )
    return orders.judged(claim, order, bill.coverage.payer_id, terms)


def _addressed(claim: Claim, version: Version, bill: Bill) -> Bill:
    """Return the bill for the payer it answers.

    A correction of a secondary claim goes to the secondary alone while the coding is what the
    primary decided; with another coding the primary has to decide first.
    """
    answered = claim.submissions.get(version.predecessor)
    if answered is None or not answered.secondary:
        return bill
    event, primary = answered.content(), claim.held(version.payer_id)
    decided_on = primary.content() if primary else None
    if event is None or decided_on is None or _coding(decided_on.bill) != _coding(bill):
        return bill
    told = event.bill
    return replace(bill, coverage=told.coverage, others=told.others, prior=told.prior)


def _coding(bill: Bill) -> object:
    return bill.lines, bill.diagnoses, bill.institutional


def _label(claim: Claim, governing: tuple[Version, str, Due | None] | None) -> Claim:
    """Say what each version is; let go of events that can no longer go out."""
    billed = {s.version for s in claim.sent()}
    newest = governing[0].version if governing else max(billed, default=0)
    versions = {}
    for number, version in claim.versions.items():
        if number in billed:
            version = replace(version, state=lifecycle.SENT, event=None)
        elif number < newest:
            version = replace(version, state=lifecycle.SUPERSEDED, event=None)
        elif governing and number == newest and version.state != lifecycle.HELD:
            version = replace(version, state=governing[1])
        versions[number] = version
    return replace(claim, versions=versions)
