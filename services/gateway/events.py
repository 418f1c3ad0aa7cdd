"""The events the gateway says of a submission; what readers need is copied from the submitted one.

Event ids derive from what was said and by which file, so the same file gives the same events.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.events import Acknowledged, Adjudicated, PaidLine, Status, Submitted
from schemas.events import Adjustment as EventAdjustment
from schemas.ids import derive
from services.x12 import remit835

MOST_STATUSES = 30


def acknowledged(  # noqa: PLR0913 - one argument for each thing a hop says
    claim: Submitted,
    *,
    hop: str,
    accepted: bool,
    file_id: str,
    digest: str,
    at: datetime,
    now: datetime,
    statuses: Sequence[Status] = (),
    payer_claim_number: str = "",
) -> Acknowledged:
    """Return what one hop said of one submission.

    Args:
        claim: The submission.
        hop: sent, TA1, 999 or 277CA.
        accepted: False when the hop refused it.
        file_id: The file that said so; for ``sent`` the interchange.
        digest: SHA-256 of that file, hexadecimal.
        at: When it was said, business time.
        now: Business time.
        statuses: Why.
        payer_claim_number: REF*1K, if given.
    """
    return Acknowledged(
        event_id=derive("acknowledged", claim.control_number, hop, digest),
        occurred_at=at, recorded_at=now, cause_id=claim.event_id,
        encounter_id=claim.encounter_id, control_number=claim.control_number,
        payer_id=claim.payer_id, version=claim.version, coder_id=claim.coder_id,
        frequency=claim.frequency, hop=hop, accepted=accepted,
        statuses=tuple(statuses[:MOST_STATUSES]), payer_claim_number=payer_claim_number,
        file_id=file_id, rework_id=claim.rework_id, bill=claim.bill,
    )


def adjudicated(
    claim: Submitted,
    payment: remit835.ClaimPayment,
    remittance: remit835.Remittance,
    remittance_id: str,
    at: datetime,
    now: datetime,
) -> Adjudicated:
    """Return the payer's decision in one occurrence of a claim in a remittance."""
    return Adjudicated(
        event_id=derive("adjudicated", remittance_id, payment.ordinal),
        occurred_at=at, recorded_at=now, cause_id=claim.event_id,
        encounter_id=claim.encounter_id, control_number=claim.control_number,
        payer_id=claim.payer_id, version=claim.version, coder_id=claim.coder_id,
        frequency=claim.frequency, remittance_id=remittance_id, ordinal=payment.ordinal,
        count=len(remittance.claims), decided_on=remittance.paid_on, status=payment.status,
        charge_cents=payment.charge_cents, paid_cents=payment.paid_cents,
        patient_cents=payment.patient_cents, payer_claim_number=payment.payer_claim_number,
        adjustments=tuple(map(_adjustment, payment.adjustments)), remarks=payment.remarks,
        lines=tuple(map(_line, payment.lines)), rework_id=claim.rework_id, bill=claim.bill,
    )


def said_at(day: str, minute: str, now: datetime) -> datetime:
    """Return when a file says it was made (ISA09, ISA10); now, if that is no time or to come."""
    try:
        said = datetime.strptime(day + minute[:4], "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return now
    return min(said, now)


def _adjustment(found: remit835.Adjustment) -> EventAdjustment:
    quantity = None if found.quantity is None else int(found.quantity)
    return EventAdjustment(
        group=found.group, carc=found.reason, amount_cents=found.amount_cents, quantity=quantity
    )


def _line(found: remit835.ServiceLine) -> PaidLine:
    return PaidLine(
        line_id=found.line_id, code=found.code, modifiers=found.modifiers,
        charge_cents=found.charge_cents, paid_cents=found.paid_cents, units=int(found.units),
        adjustments=tuple(map(_adjustment, found.adjustments)), remarks=found.remarks,
    )
