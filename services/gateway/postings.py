"""A remittance to its rows: what is posted of it, to the cent; pure.

    cash 100.00 | receivable        what the payer paid
    adjustment 20.00 | receivable   CO, OA, PI: written off unless overturned
    patient 15.50 | receivable      PR: the patient's share
    recoupment 20.00 | cash         PLB, by kind (`plb.csv`): a positive amount reduces the payment
    cash 40.00 | suspense           paid on an occurrence that cannot be posted, with the reason

(debit, amount, credit). Credits of the receivable of one occurrence add up to CLP03, debits of cash
less its credits to BPR02. A predetermination (CLP02 25) prices a claim nobody has billed: nothing
is posted of it.
"""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from schemas.ids import derive
from services.x12.remit835 import Adjustment, ClaimPayment, Remittance

Row = dict[str, Any]
PREDETERMINATION, UNKNOWN_PATIENT, NOT_PROCESSED = "25", "4", "MA130"
UNMATCHED, PAYEE, REVERSAL = "unmatched", "payee", "reversal"
UNBALANCED, DIFFERENCE = "unbalanced", "difference"
_KINDS = Path(__file__).with_name("plb.csv")


@cache
def provider_kinds() -> Mapping[str, tuple[str, str]]:
    """Return what a PLB code is: the account it goes to, and our own words."""
    with _KINDS.open(newline="", encoding="utf-8") as file:
        return {row["code"]: (row["account"], row["words"]) for row in csv.DictReader(file)}


def remittance_id(remittance: Remittance) -> str:
    """Return the id of a remittance: from TRN03, TRN02, BPR02, BPR16 and the payee.

    Payers reuse TRN02 for remittances that pay nothing, so there the content tells them apart.
    """
    key = (
        remittance.payer_id, remittance.trace, remittance.paid_cents,
        remittance.paid_on.isoformat(), remittance.payee_npi,
    )
    return derive("remittance", *key, *(() if remittance.paid_cents else (remittance.digest,)))


def payment_id(remittance: Remittance) -> str:
    """Return what a remittance and a mended one after it have in common."""
    if not remittance.paid_cents:
        return remittance_id(remittance)
    return derive("payment", remittance.payer_id, remittance.trace, remittance.payee_npi)


def remittance_row(
    remittance: Remittance, payer_id: str, file_id: str, suspense_cents: int, now: datetime
) -> Row:
    """Return the row of a remittance."""
    return {
        "remittance_id": remittance_id(remittance), "payer_id": payer_id, "file_id": file_id,
        "payer_key": remittance.payer_id, "trace": remittance.trace,
        "paid_cents": remittance.paid_cents, "paid_on": remittance.paid_on,
        "payee_npi": remittance.payee_npi, "content_hash": bytes.fromhex(remittance.digest),
        "claims": len(remittance.claims), "suspense_cents": suspense_cents,
        "difference_cents": difference_cents(remittance), "posted_at": now,
    }


def payment_row(rid: str, payment: ClaimPayment, reason: str, reverses: "Key | None") -> Row:
    """Return the row of one claim occurrence; `reason` says why it is in suspense, or nothing."""
    event_id = None if reason else derive("adjudicated", rid, payment.ordinal)
    return {
        "remittance_id": rid, "ordinal": payment.ordinal,
        "control_number": payment.control_number, "matched": not reason, "reason": reason,
        "status": payment.status, "charge_cents": payment.charge_cents,
        "paid_cents": payment.paid_cents, "patient_cents": payment.patient_cents,
        "payer_claim_number": payment.payer_claim_number, "event_id": event_id,
        "unprocessable": unprocessable(payment),
        "reverses_id": reverses[0] if reverses else None,
        "reverses_ordinal": reverses[1] if reverses else None,
    }


def unprocessable(payment: ClaimPayment) -> bool:
    """Say whether a decision says that the claim was never adjudicated."""
    return (
        payment.status == UNKNOWN_PATIENT
        or NOT_PROCESSED in payment.remarks
        or any(NOT_PROCESSED in line.remarks for line in payment.lines)
    )


def difference_cents(remittance: Remittance) -> int:
    """Return BPR02 less what claims and PLB add up to: 0 of what balances."""
    paid = sum(claim.paid_cents for claim in remittance.claims)
    carried = sum(p.amount_cents for p in remittance.provider_adjustments)
    return remittance.paid_cents - (paid - carried)


def entries(remittance: Remittance, reasons: Mapping[int, str]) -> Iterator[Row]:
    """Yield every posting of a remittance.

    Args:
        remittance: It balances, or was released although it does not.
        reasons: Ordinal -> why the occurrence is in suspense; those that are not there are posted.
    """
    rid = remittance_id(remittance)
    for number, adjustment in enumerate(remittance.provider_adjustments, 1):
        if adjustment.amount_cents:
            account = provider_kinds().get(adjustment.reason, ("provider", ""))[0]
            yield _provider_level(rid, number) | {
                "debit": account, "credit": "cash", "reason": adjustment.reason,
                "reference": adjustment.reference, "amount_cents": adjustment.amount_cents,
            }
    difference = difference_cents(remittance)
    if difference:
        yield _provider_level(rid, 0) | {
            "debit": "cash", "credit": "suspense", "reason": DIFFERENCE, "amount_cents": difference,
        }
    for payment in remittance.claims:
        reason = reasons.get(payment.ordinal, "")
        moves = _suspended(payment, reason) if reason else claim_moves(payment)
        yield from rows_of(rid, rid, payment, moves)


def suspense_cents(remittance: Remittance, reasons: Collection[int]) -> int:
    """Return what goes to suspense: paid on some ordinals, and what does not add up."""
    paid = sum(c.paid_cents for c in remittance.claims if c.ordinal in reasons)
    return paid + difference_cents(remittance)


def settlement(rid: str, payment: ClaimPayment, reason: str, journal_id: str) -> Iterator[Row]:
    """Yield what takes an occurrence out of suspense and posts it to its claim."""
    undo = tuple((*move[:4], -move[4]) for move in _suspended(payment, reason))
    yield from rows_of(journal_id, rid, payment, (*undo, *claim_moves(payment)))


Move = tuple[str, str, str, str, int]
"""Line, debit, credit, reason, cents."""

Key = tuple[str, int]
"""A claim occurrence: remittance and ordinal."""


def rows_of(
    journal_id: str, rid: str, payment: ClaimPayment, moves: Iterable[Move]
) -> Iterator[Row]:
    """Yield the rows of moves of one occurrence."""
    for number, (line_id, debit, credit, reason, cents) in enumerate(moves, 1):
        yield {
            "journal_id": journal_id, "ordinal": payment.ordinal, "entry": number,
            "remittance_id": rid, "control_number": payment.control_number, "line_id": line_id,
            "debit": debit, "credit": credit, "reason": reason, "reference": "",
            "amount_cents": cents,
        }


def _provider_level(rid: str, entry: int) -> Row:
    return {
        "journal_id": rid, "ordinal": 0, "entry": entry, "remittance_id": rid,
        "control_number": "", "line_id": "", "debit": "", "credit": "", "reason": "",
        "reference": "", "amount_cents": 0,
    }


def claim_moves(payment: ClaimPayment) -> tuple[Move, ...]:
    """Return what an occurrence does to the balance of its claim."""
    return () if payment.status == PREDETERMINATION else tuple(_matched(payment))


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


def _suspended(payment: ClaimPayment, reason: str) -> Iterator[Move]:
    if payment.paid_cents:
        yield "", "cash", "suspense", reason, payment.paid_cents
