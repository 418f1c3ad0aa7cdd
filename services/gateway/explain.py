"""One remittance in words and sums: what was paid, for what, and what became of it; pure.

    BPR 90.00 = claims 100.00 - PLB 10.00
    claim: charge 155.50 = paid 100.00 + adjusted 40.00 + patient 15.50

No name, no member id: claims are named by their control numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.codes import carc
from services.gateway import postings
from services.x12 import remit835
from services.x12.remit835 import Adjustment, ClaimPayment, Remittance

GROUPS = {
    "CO": "by contract, not the patient's", "PR": "the patient's", "OA": "other",
    "PI": "the payer's own decision", "CR": "correction (4010)",
}
STATUSES = {
    "1": "processed as primary", "2": "processed as secondary", "3": "processed as tertiary",
    "4": "the payer does not know the patient", "19": "processed as primary, forwarded",
    "20": "processed as secondary, forwarded", "21": "processed as tertiary, forwarded",
    "22": "reversal of an earlier payment", "23": "not this payer's, forwarded",
    "25": "predetermination: a price, no payment",
}
REASONS = {
    postings.UNMATCHED: "no claim of ours has this number",
    postings.PAYEE: "the payee is not ours",
    postings.REVERSAL: "what it reverses was not posted",
    postings.UNBALANCED: "it does not add up",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a remittance here.

    Attributes:
        state: posted, held, quarantined, duplicate, released, or unknown here.
        reason: Why it is held or quarantined.
        matched: Ordinal -> posted to its claim.
        reasons: Ordinal -> why it is in suspense.
        deposits: State, amount and day of each deposit with its trace.
    """

    state: str = "unknown here"
    reason: str = ""
    matched: Mapping[int, bool] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    deposits: Sequence[tuple[str, int, str]] = ()


def explain(remittance: Remittance, standing: Standing) -> dict[str, Any]:
    """Return a remittance as plain values; `lines` puts them into words."""
    claims = sum(claim.paid_cents for claim in remittance.claims)
    plb = sum(pair.amount_cents for pair in remittance.provider_adjustments)
    wrong = remit835.balance(remittance)
    return {
        "remittance_id": postings.remittance_id(remittance),
        "trace": remittance.trace, "payer": remittance.payer_id, "payee": remittance.payee_npi,
        "paid_on": remittance.paid_on.isoformat(), "method": remittance.method,
        "paid_cents": remittance.paid_cents, "claims_cents": claims, "plb_cents": plb,
        "difference_cents": postings.difference_cents(remittance),
        "balances": not wrong, "wrong": [str(error) for error in wrong[:20]],
        "state": standing.state, "reason": standing.reason,
        "deposits": [
            {"state": state, "amount_cents": cents, "on": day}
            for state, cents, day in standing.deposits
        ],
        "plb": [_provider(pair) for pair in remittance.provider_adjustments],
        "claims": [_claim(claim, standing) for claim in remittance.claims],
        "posted_cents": _part(remittance, standing, posted=True),
        "suspense_cents": _part(remittance, standing, posted=False),
    }


def _part(remittance: Remittance, standing: Standing, *, posted: bool) -> int:
    return sum(
        claim.paid_cents for claim in remittance.claims
        if standing.matched.get(claim.ordinal) is posted
    )


def _provider(pair: remit835.ProviderAdjustment) -> dict[str, Any]:
    account, words = postings.provider_kinds().get(pair.reason, ("provider", ""))
    return {
        "reason": pair.reason, "words": words, "account": account, "reference": pair.reference,
        "amount_cents": pair.amount_cents,
    }


def _claim(claim: ClaimPayment, standing: Standing) -> dict[str, Any]:
    found = [*claim.adjustments, *(a for line in claim.lines for a in line.adjustments)]
    sums: Counter[tuple[str, str]] = Counter()
    for one in found:
        sums[one.group, one.reason] += one.amount_cents
    patient = _sum(one for one in found if one.group == "PR")
    reason = standing.reasons.get(claim.ordinal, "")
    posted = standing.matched.get(claim.ordinal)
    return {
        "ordinal": claim.ordinal, "control_number": claim.control_number,
        "payer_claim_number": claim.payer_claim_number, "status": claim.status,
        "says": STATUSES.get(claim.status, ""), "charge_cents": claim.charge_cents,
        "paid_cents": claim.paid_cents, "patient_cents": patient,
        "adjusted_cents": _sum(found) - patient,
        "balances": claim.ordinal not in _wrong(claim),
        "adjustments": [
            {"group": group, "carc": code, "amount_cents": cents,
             "words": carc.describe(code) or "not in our table", "whose": GROUPS.get(group, "")}
            for (group, code), cents in sums.items()
        ],
        "posted": posted, "suspense": REASONS.get(reason, reason),
    }


def _wrong(claim: ClaimPayment) -> set[int]:
    return {claim.ordinal} if remit835.Balance().claim(claim) else set()


def _sum(found: Iterable[Adjustment]) -> int:
    return sum(one.amount_cents for one in found)


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the explanation for a person to read."""
    yield f"Remittance {told['trace']} of {told['paid_on']}, {told['method']}, to {told['payee']}"
    yield f"  id {told['remittance_id']}: {told['state']}" + (
        f" ({told['reason']})" if told["reason"] else ""
    )
    yield (
        f"  paid {money(told['paid_cents'])} = claims {money(told['claims_cents'])}"
        f" - PLB {money(told['plb_cents'])}"
        + (f" + difference {money(told['difference_cents'])}" if told["difference_cents"] else "")
    )
    yield from (f"  DOES NOT BALANCE: {error}" for error in told["wrong"])
    for one in told["plb"]:
        takes = "takes" if one["amount_cents"] > 0 else "adds"
        yield (
            f"  PLB {one['reason']} {takes} {money(abs(one['amount_cents']))}:"
            f" {one['words'] or 'a code we have no words for'}"
            + (f", reference {one['reference']}" if one["reference"] else "")
        )
    if told["state"] in ("posted", "released"):
        yield (
            f"  posted to claims {money(told['posted_cents'])},"
            f" in suspense {money(told['suspense_cents'] + told['difference_cents'])}"
        )
    yield from _deposits(told)
    for claim in told["claims"]:
        yield from _of_claim(claim)


def _deposits(told: Mapping[str, Any]) -> Iterator[str]:
    for one in told["deposits"]:
        yield f"  deposit of {one['on']}: {money(one['amount_cents'])}, {one['state']}"
    if not told["deposits"] and told["paid_cents"]:
        yield "  no deposit with this trace is known"


def _of_claim(claim: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {claim['ordinal']}. {claim['control_number']}: {claim['says']}" + (
        "" if claim["balances"] else ", DOES NOT ADD UP"
    )
    yield (
        f"     charge {money(claim['charge_cents'])} = paid {money(claim['paid_cents'])}"
        f" + adjusted {money(claim['adjusted_cents'])} + patient {money(claim['patient_cents'])}"
    )
    for one in claim["adjustments"]:
        yield (
            f"     {one['group']}-{one['carc']} {money(one['amount_cents'])}: {one['words']}"
            f" ({one['whose']})"
        )
    if claim["posted"] is False:
        yield f"     in suspense: {claim['suspense']}"


def money(cents: int) -> str:
    """Return an amount as people write it.

    >>> money(-123456)
    '-1,234.56'
    """
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}"
