"""Postings of any balanced remittance: cash is what was paid, a claim's credits are its charge."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.gateway import book, postings
from services.x12 import remit835
from services.x12.loops import Party
from services.x12.remit835 import (
    Adjustment,
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    ServiceLine,
)

CENTS = st.integers(-1_000_000, 1_000_000)
ADJUSTMENTS = st.lists(
    st.builds(
        Adjustment, group=st.sampled_from(("CO", "OA", "PI", "PR")),
        reason=st.sampled_from(("45", "1", "97", "253")), amount_cents=CENTS,
        quantity=st.none(),
    ),
    max_size=6,
).map(tuple)


@st.composite
def lines(draw: st.DrawFn) -> ServiceLine:
    adjustments, paid = draw(ADJUSTMENTS), draw(CENTS)
    charge = paid + sum(a.amount_cents for a in adjustments)
    return ServiceLine(
        1, "HC", "99213", (), charge, paid, "", Decimal(1), "", "L1", adjustments, (), ()
    )


@st.composite
def claims(draw: st.DrawFn, ordinal: int) -> ClaimPayment:
    found = draw(st.lists(lines(), max_size=3))
    adjustments = draw(ADJUSTMENTS)
    own = sum(a.amount_cents for a in adjustments)
    paid = draw(CENTS) if not found else sum(x.paid_cents for x in found) - own
    charge = sum(x.charge_cents for x in found) if found else paid + own
    return ClaimPayment(
        1, ordinal, "1", draw(st.sampled_from(("OURS", "ALSO", "OTHER"))), "1", charge, paid, 0,
        "", "ICN", "", "", "", adjustments, (), (), tuple(found), (),
    )


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    found = [draw(claims(n)) for n in range(1, draw(st.integers(0, 4)) + 1)]
    plb = [
        ProviderAdjustment(1, "2000000010", date(2026, 12, 31), "WO", "X", cents)
        for cents in draw(st.lists(CENTS, max_size=3))
    ]
    paid = sum(c.paid_cents for c in found) - sum(p.amount_cents for p in plb)
    return Remittance(
        1, "0001", "I", paid, "ACH", date(2026, 7, 1), "T", "P", Party("PR", "P"), Party("PE", "E"),
        tuple(found), tuple(plb), (), "00",
    )


@given(remittances())
def test_cash_is_bpr02_and_every_claim_of_ours_is_credited_its_charge(one: Remittance) -> None:
    assert remit835.balance(one) == []
    ours = {"OURS", "ALSO"}
    why = book.reasons(one, ours, ())
    rows = list(postings.entries(one, why))
    cash = sum(r["amount_cents"] for r in rows if r["debit"] == "cash")
    cash -= sum(r["amount_cents"] for r in rows if r["credit"] == "cash")
    assert cash == one.paid_cents
    for claim in one.claims:
        credited = sum(
            r["amount_cents"] for r in rows
            if r["ordinal"] == claim.ordinal and r["credit"] == "receivable"
        )
        assert credited == (claim.charge_cents if claim.control_number in ours else 0)
    suspended = sum(r["amount_cents"] for r in rows if r["credit"] == "suspense")
    assert suspended == postings.suspense_cents(one, why)
    assert len({(r["ordinal"], r["entry"]) for r in rows}) == len(rows)
    assert all(r["amount_cents"] and r["debit"] != r["credit"] for r in rows)


def test_pr_is_the_patients_share_and_everything_else_an_adjustment() -> None:
    claim = ClaimPayment(
        1, 1, "1", "OURS", "1", 10000, 6000, 1500, "", "ICN", "", "", "",
        (Adjustment("CO", "45", 2500, None), Adjustment("PR", "1", 1500, None)), (), (), (), (),
    )
    one = Remittance(
        1, "0001", "I", 5900, "ACH", date(2026, 7, 1), "T", "P", Party("PR", "P"),
        Party("PE", "E"), (claim,),
        (ProviderAdjustment(1, "2000000010", date(2026, 12, 31), "WO", "X", 100),), (), "00",
    )
    rows = list(postings.entries(one, {}))
    assert [(r["debit"], r["credit"], r["reason"], r["amount_cents"]) for r in rows] == [
        ("recoupment", "cash", "WO", 100),
        ("cash", "receivable", "", 6000),
        ("adjustment", "receivable", "CO-45", 2500),
        ("patient", "receivable", "PR-1", 1500),
    ]
