"""What a correction does: in dollars, to the DRG, and to the claim that would go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas.events import Bill
from services.claims import changes, paid
from services.claims.lifecycle import ORIGINAL
from services.codes.reference import Reference
from services.worklist.item import moves

REPLACEMENT = "7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a correction does.

    Attributes:
        charge_before: Cents.
        charge_after: Cents.
        expected_before: What this payer pays of it by its history, in cents; none when unknown.
        expected_after: The same of the correction.
        lines: Paid lines that the rates stand on, the fewest of any code concerned.
        drg_before: MS-DRG as coded; empty for outpatients.
        drg_after: As corrected.
        frequency: CLM05-3 of the claim that goes out; empty when none can.
        frequency_words: What that is.
        reason: Claim change reason of an institutional replacement; else empty.
        reason_words: What that is.
    """

    charge_before: int
    charge_after: int
    expected_before: int | None
    expected_after: int | None
    lines: int
    drg_before: str
    drg_after: str
    frequency: str
    frequency_words: str
    reason: str
    reason_words: str


def of(
    conn: Connection, row: Row[Any], old: Bill, new: Bill, billed: Bill | None,
    reference: Reference,
) -> Effect:
    """Return what a correction does.

    Args:
        conn: A connection.
        row: The item.
        old: As coded last.
        new: As typed.
        billed: As the payer holds it, if it was sent.
        reference: What payers take.
    """
    rates = _rates(conn, row.payer_id, [*_charges(old), *_charges(new)])
    before, after = (_expected(bill, rates) for bill in (old, new))
    frequency, words = _frequency(row, new, reference)
    reason = changes.reason(billed or old, new, frequency) if frequency else ""
    return Effect(
        charge_before=old.charge_cents, charge_after=new.charge_cents,
        expected_before=before, expected_after=after,
        lines=min((n for _, n in rates.values()), default=0),
        drg_before=_drg(old), drg_after=_drg(new), frequency=frequency, frequency_words=words,
        reason=reason, reason_words=changes.WORDS.get(reason, ""),
    )


def _drg(bill: Bill) -> str:
    return bill.institutional.drg if bill.institutional else ""


def _charges(bill: Bill) -> list[str]:
    return [code for _, code, _ in paid.lines(bill)]


def _rates(
    conn: Connection, payer_id: str, codes: list[str]
) -> Mapping[str, tuple[float, int]]:
    """Return code -> (paid of charged, lines) by this payer's history; of all codes under ""."""
    rows = conn.execute(
        text(
            "select code, paid_cents, charged_cents, lines from paid_history"
            " where payer_id = :payer and code = any(:codes) and charged_cents > 0 and lines > 0"
            " union all select '', sum(paid_cents), sum(charged_cents), sum(lines)"
            " from paid_history where payer_id = :payer having sum(charged_cents) > 0"
        ),
        {"payer": payer_id, "codes": sorted(set(codes) - {""})},
    )
    return {
        row.code: (float(row.paid_cents) / float(row.charged_cents), int(row.lines))
        for row in rows
    }


def _expected(bill: Bill, rates: Mapping[str, tuple[float, int]]) -> int | None:
    """Return what the payer pays of a bill by its rates; none when nothing is known of it."""
    if "" not in rates:
        return None
    return round(sum(
        charge * rates.get(code, rates[""])[0] for _, code, charge in paid.lines(bill)
    ))


def _frequency(row: Row[Any], bill: Bill, reference: Reference) -> tuple[str, str]:
    """Return the frequency of the claim that goes out, and what that is."""
    adjudicated = row.kind == moves.CHANGE or (row.kind in moves.DENIALS and row.appealable)
    if not adjudicated:
        return ORIGINAL, "a new claim: the payer has adjudicated none"
    policy = reference.policy(row.payer_id, bill.claim_type, row.opened_at.date())
    if policy is not None and policy.takes(REPLACEMENT):
        return REPLACEMENT, "replaces the claim the payer holds"
    return "", "this payer takes no replacement of it: a reopening or an appeal by billing"
