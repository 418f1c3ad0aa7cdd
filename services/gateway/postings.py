"""A balanced remittance to its rows: what is posted of it, to the cent; pure.

    cash 100.00 | receivable        what the payer paid
    adjustment 20.00 | receivable   CO, OA, PI: written off unless overturned
    patient 15.50 | receivable      PR: the patient's share
    provider 20.00 | cash           PLB: a positive amount reduces the payment
    cash 40.00 | suspense           paid on a claim we do not know

(debit, amount, credit). Credits of the receivable of one occurrence add up to CLP03, debits of cash
less its credits to BPR02.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from schemas.ids import derive
from services.x12.remit835 import Adjustment, ClaimPayment, Remittance

Row = dict[str, Any]


def remittance_id(remittance: Remittance) -> str:
    """Return the id of a remittance: from TRN03, TRN02, BPR02, BPR16 and the payee.

    Payers reuse TRN02 for remittances that pay nothing, so there the content tells them apart.
    """
    key = (
        remittance.payer_id, remittance.trace, remittance.paid_cents,
        remittance.paid_on.isoformat(), remittance.payee_npi,
    )
    return derive("remittance", *key, *(() if remittance.paid_cents else (remittance.digest,)))


def remittance_row(
    remittance: Remittance, payer_id: str, file_id: str, suspense_cents: int, now: datetime
) -> Row:
    """Return the row of a remittance."""
    return {
        "remittance_id": remittance_id(remittance), "payer_id": payer_id, "file_id": file_id,
        "payer_key": remittance.payer_id, "trace": remittance.trace,
        "paid_cents": remittance.paid_cents, "paid_on": remittance.paid_on,
        "payee_npi": remittance.payee_npi, "content_hash": bytes.fromhex(remittance.digest),
        "claims": len(remittance.claims), "suspense_cents": suspense_cents, "posted_at": now,
    }


def payment_row(rid: str, payment: ClaimPayment, matched: bool) -> Row:
    """Return the row of one claim occurrence."""
    event_id = derive("adjudicated", rid, payment.ordinal) if matched else None
    return {
        "remittance_id": rid, "ordinal": payment.ordinal,
        "control_number": payment.control_number, "matched": matched,
        "status": payment.status, "charge_cents": payment.charge_cents,
        "paid_cents": payment.paid_cents, "patient_cents": payment.patient_cents,
        "payer_claim_number": payment.payer_claim_number, "event_id": event_id,
    }


def entries(remittance: Remittance, matched: Collection[str]) -> Iterator[Row]:
    """Yield every posting of a remittance.

    Args:
        remittance: A balanced one.
        matched: Control numbers that are ours.
    """
    rid = remittance_id(remittance)
    for number, adjustment in enumerate(remittance.provider_adjustments, 1):
        if adjustment.amount_cents:
            yield {
                "remittance_id": rid, "ordinal": 0, "entry": number, "control_number": "",
                "line_id": "", "debit": "provider", "credit": "cash",
                "reason": adjustment.reason, "amount_cents": adjustment.amount_cents,
            }
    for payment in remittance.claims:
        known = payment.control_number in matched
        moves = _matched(payment) if known else _unmatched(payment)
        for number, (line_id, debit, credit, reason, cents) in enumerate(moves, 1):
            yield {
                "remittance_id": rid, "ordinal": payment.ordinal, "entry": number,
                "control_number": payment.control_number, "line_id": line_id, "debit": debit,
                "credit": credit, "reason": reason, "amount_cents": cents,
            }


def suspense_cents(remittance: Remittance, matched: Collection[str]) -> int:
    """Return what was paid on claims that are not ours."""
    return sum(c.paid_cents for c in remittance.claims if c.control_number not in matched)


Move = tuple[str, str, str, str, int]


def _matched(payment: ClaimPayment) -> Iterator[Move]:
    if payment.paid_cents:
        yield "", "cash", "receivable", "", payment.paid_cents
    for adjustment in payment.adjustments:
        yield from _adjusted("", adjustment)
    for line in payment.lines:
        for adjustment in line.adjustments:
            yield from _adjusted(line.line_id, adjustment)


def _adjusted(line_id: str, found: Adjustment) -> Iterator[Move]:
    if found.amount_cents:
        account = "patient" if found.group == "PR" else "adjustment"
        reason = f"{found.group}-{found.reason}"
        yield line_id, account, "receivable", reason, found.amount_cents


def _unmatched(payment: ClaimPayment) -> Iterator[Move]:
    if payment.paid_cents:
        yield "", "cash", "suspense", "", payment.paid_cents
