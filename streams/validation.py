"""Validation: may this coded version be billed?

    claims.coded --> validate --> claims.validated

Every coded version comes out, once, with what every edit found. What is clean or warned goes on
to `assembly`, what is held goes back by way of `denials`. Nobody else writes `validated`, so
there is no way around the edits. It keeps no state.
"""

from schemas import ids, topics
from schemas.events import Coded, Validated
from services.claims import edits
from services.claims.terms import Terms
from services.delivery.processor import Moment, Processor


def validate(coded: Coded, moment: Moment, terms: Terms) -> Validated:
    """Run every edit over a coded version."""
    findings = edits.check(coded, moment.now.date(), terms)
    return Validated(
        event_id=ids.derive("validated", coded.event_id),
        occurred_at=moment.now,
        recorded_at=moment.now,
        cause_id=coded.event_id,
        encounter_id=coded.encounter_id,
        version=coded.version,
        coder_id=coded.coder_id,
        verdict=edits.verdict(findings),
        findings=findings,
        edit_set=edits.EDIT_SET,
        code_set=terms.library.edition,
        rework_id=coded.rework_id,
        predecessor=coded.predecessor,
        bill=coded.bill,
        reason=coded.reason,
        dropped=coded.dropped,
    )


def processor(terms: Terms) -> Processor[None]:
    """Return the processor under some terms."""

    def step(state: None, coded: Coded, moment: Moment) -> tuple[None, tuple[Validated]]:
        return None, (validate(coded, moment, terms),)

    return Processor("validation", (topics.CODED,), (topics.VALIDATED,), step)
