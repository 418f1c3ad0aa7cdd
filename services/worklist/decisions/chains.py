"""What went to payers of a visit and what they answered, as the guards see it.

Built from the timeline, with the rules assembly keeps its own state by; assembly and the gateway
ask the same guards again before anything leaves.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from schemas.events import Acknowledged, Adjudicated, Submitted
from services.claims import lifecycle, routing, standing
from services.claims.chain import Claim, Frozen, Submission
from services.claims.terms import Terms
from services.worklist.shown.happened import Place


def claim(places: Iterable[Place], terms: Terms, appealed: dict[str, datetime]) -> Claim:
    """Return the chains of a visit.

    Args:
        places: Its timeline.
        terms: What payers take.
        appealed: Control number -> when, of the appeals that run.
    """
    known: dict[str, Submission] = {}
    ordinals: dict[str, int] = {}
    for place in places:
        event = place.event
        if not isinstance(event, Submitted | Acknowledged | Adjudicated):
            continue
        number = event.control_number
        one = known.get(number) or Submission(number, event.payer_id)
        match event:
            case Submitted():
                ordinals[event.payer_id] = ordinals.get(event.payer_id, 0) + 1
                one = _sent(one, event, ordinals[event.payer_id])
            case Acknowledged():
                one = replace(one, rejected=one.rejected or not event.accepted)
            case Adjudicated() if event.status != lifecycle.PREDETERMINATION:
                made = lifecycle.decision(event, reviewed=routing.reviewed(event, terms))
                one = replace(one, decisions=standing.add(one.decisions, made))
        known[number] = one
    for number, at in appealed.items():
        if number in known:
            known[number] = replace(known[number], appeal=lifecycle.APPEAL, appealed_at=at)
    return Claim(submissions=known)


def _sent(one: Submission, event: Submitted, ordinal: int) -> Submission:
    return replace(
        one, ordinal=ordinal, version=event.version, frequency=event.frequency,
        predecessor=event.predecessor, filing_deadline_on=event.filing_deadline_on,
        charge_cents=event.bill.charge_cents, secondary=bool(event.bill.prior),
        event=Frozen(event),
    )
