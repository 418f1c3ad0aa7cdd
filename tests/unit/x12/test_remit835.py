"""Remittances: read in full, balanced at three levels, refused with a place and a rule."""

from decimal import Decimal

import pytest

from services.x12 import document, remit835
from services.x12.remit835 import Remittance

BODY = """BPR*I*130*C*ACH*CCP*01*111000025*DA*33*1234567890**01*111000025*DA*22*20260520
TRN*1*TRACE1*1234567890
DTM*405*20260519
N1*PR*DEMO PAYER*XV*99001
N3*1 CARRIER WAY
N4*BALTIMORE*MD*212440001
PER*BL*HELP DESK*TE*8005550100
N1*PE*DEMO HOSPITAL*XX*2000000010
REF*TJ*001234567
LX*1
CLP*CTRL1*1*155.5*100*25.5*MB*ICN1*11*1
NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73
MOA***MA01*MA18
DTM*232*20260504
SVC*HC:99213:25*125.5*80**1
DTM*472*20260504
CAS*CO*45*20
CAS*PR*1*15.5**2*10*2
REF*6R*L1
AMT*B6*105.5
SVC*HC:G0008*30*20**2
DTM*472*20260504
CAS*CO*45*3**59*2**97*1**16*1**253*2**B7*1
REF*6R*L2
LQ*HE*N130
LQ*HE*M20
CLP*CTRL2*2*60*40**MB*ICN2
CAS*CO*45*20
PLB*2000000010*20261231*WO:ICN0*20*L6:X*-10"""


def made(body: str = BODY) -> bytes:
    lines = body.splitlines()
    head = (
        "ISA*00*          *00*          *ZZ*99001          *ZZ*CLAIMLOOP1     *260520*1200*^*00501"
        "*000000001*0*T*:~\nGS*HP*99001*CLAIMLOOP1*20260520*1200*1*X*005010X221A1~\nST*835*0001~\n"
    )
    tail = f"SE*{len(lines) + 2}*0001~\nGE*1*1~\nIEA*1*000000001~\n"
    return (head + "".join(f"{line}~\n" for line in lines) + tail).encode()


def read(body: str = BODY) -> Remittance:
    (one,) = document.read([made(body)])
    assert isinstance(one.content, Remittance)
    return one.content


def rules(body: str) -> list[tuple[str, str]]:
    return [(e.segment_id + f"{e.element:02d}", e.rule) for e in document.check([made(body)])]


def test_every_level_is_read() -> None:
    remittance = read()
    assert (remittance.paid_cents, remittance.trace, remittance.payer_id) == (
        13000, "TRACE1", "1234567890",
    )
    assert (remittance.paid_on.isoformat(), remittance.payee_npi) == ("2026-05-20", "2000000010")
    first, second = remittance.claims
    assert (first.control_number, first.status, first.payer_claim_number) == ("CTRL1", "1", "ICN1")
    assert (first.charge_cents, first.paid_cents, first.patient_cents) == (15550, 10000, 2550)
    assert first.remarks == ("MA01", "MA18")
    assert [line.line_id for line in first.lines] == ["L1", "L2"]
    assert first.lines[0].modifiers == ("25",)
    assert first.lines[1].units == Decimal(2)
    assert first.lines[1].remarks == ("N130", "M20")
    assert (second.ordinal, second.adjustments[0].amount_cents) == (2, 2000)


def test_a_cas_segment_holds_up_to_six_triples() -> None:
    adjustments = read().claims[0].lines[1].adjustments
    assert [(a.group, a.reason, a.amount_cents) for a in adjustments] == [
        ("CO", "45", 300), ("CO", "59", 200), ("CO", "97", 100), ("CO", "16", 100),
        ("CO", "253", 200), ("CO", "B7", 100),
    ]
    assert read().claims[0].lines[0].adjustments[2].quantity == Decimal(2)


def test_a_positive_provider_adjustment_reduces_the_payment() -> None:
    remittance = read()
    assert [(p.reason, p.amount_cents) for p in remittance.provider_adjustments] == [
        ("WO", 2000), ("L6", -1000),
    ]
    assert remit835.balance(remittance) == []
    assert rules(BODY.replace("ICN0*20*", "ICN0*-20*")) == [("BPR02", "balance_transaction")]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("CAS*CO*45*20\nCAS*PR", "CAS*CO*45*21\nCAS*PR",
         [("SVC03", "balance_service"), ("CLP04", "balance_claim")]),
        ("CLP*CTRL2*2*60*40", "CLP*CTRL2*2*61*40", [("CLP04", "balance_claim")]),
        ("BPR*I*130*", "BPR*I*130.01*", [("BPR02", "balance_transaction")]),
        ("AMT*B6*105.5", "AMT*B6*9999", []),
    ],
)
def test_what_does_not_balance_is_found_at_its_level(
    old: str, new: str, found: list[tuple[str, str]]
) -> None:
    assert rules(BODY.replace(old, new)) == found


def test_a_reversal_balances_with_negated_amounts() -> None:
    body = BODY.replace(
        "CLP*CTRL2*2*60*40**MB*ICN2\nCAS*CO*45*20", "CLP*CTRL2*22*-60*-40**MB*ICN2\nCAS*CO*45*-20"
    ).replace("BPR*I*130*", "BPR*I*50*")
    assert rules(body) == []
    assert read(body).claims[1].status == remit835.REVERSAL


def test_a_claim_or_line_adjusted_at_both_levels_does_not_balance() -> None:
    body = BODY.replace("NM1*QC", "CAS*CO*45*32\nNM1*QC")
    assert rules(body) == [("CLP04", "balance_claim")]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("TRN*1*TRACE1*1234567890\n", "", ("TRN", "required")),
        ("N1*PE*", "N1*PR*", ("N101", "bad_code")),
        ("CAS*CO*45*20\nCAS*PR", "CAS*XX*45*20\nCAS*PR", ("CAS01", "bad_code")),
        ("CAS*CO*45*20\nCAS*PR", "CAS*CO*45\nCAS*PR", ("CAS03", "required")),
        ("CLP*CTRL1*1*", "CLP*CTRL1*99*", ("CLP02", "bad_code")),
        ("CLP*CTRL1*1*", "CLP**1*", ("CLP01", "required")),
        ("SVC*HC:G0008", "SVC*G0008", ("SVC01", "bad_composite")),
        ("LX*1", "ZZZ*1", ("ZZZ", "unexpected_segment")),
        ("DTM*472*20260504\nCAS*CO*45*20", "DTM*472*20260431\nCAS*CO*45*20", ("DTM02", "bad_date")),
        ("*22*20260520", "*22", ("BPR16", "required")),
        ("MOA***MA01*MA18", "MOA***MA01\nMOA***MA18", ("MOA", "too_many")),
        ("80**1", "80**1E2", ("SVC05", "bad_number")),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    old: str, new: str, found: tuple[str, str]
) -> None:
    body = BODY.replace(old, new, 1)
    assert body != BODY
    segment, rule = found
    place = segment if len(segment) > 3 else segment + "00"
    assert rules(body) == [(place, rule)]


def test_a_quantity_or_unit_may_have_decimals() -> None:
    assert read(BODY.replace("80**1", "80**1.5")).claims[0].lines[0].units == Decimal("1.5")


def test_a_debit_is_negative() -> None:
    body = BODY.replace("BPR*I*130*C*", "BPR*I*130*D*")
    assert read(body).paid_cents == -13000
