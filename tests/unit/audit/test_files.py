"""The audit's own readers: what an 835 comes to in the ledger, what an 837 says."""

import hashlib
from pathlib import Path

import pytest

from services.audit import acks, claimfile, plain, remit
from services.audit.plain import Unreadable

EDI = Path(__file__).parents[4] / "shared" / "data" / "x12"


def interchange(*segments: str, marks: str = "*:^~", kind: str = "HP") -> bytes:
    element, component, repetition, terminator = marks
    isa = (
        f"ISA*00*          *00*          *ZZ*PAYER          *ZZ*US             *260501*1200*"
        f"{repetition}*00501*000000007*0*P*"
    ).replace("*", element)
    rows = [f"GS*{kind}*P*U*20260501*1200*7*X*005010X221A1", *segments, "GE*1*7", "IEA*1*000000007"]
    body = "".join(row.replace("*", element).replace(":", component) + terminator for row in rows)
    return (isa + component + terminator + body).encode()


HEAD = (
    "ST*835*0001", "BPR*I*80*C*ACH************20260501", "TRN*1*T1*1999",
    "N1*PE*US*XX*1234567893",
)  # fmt: skip
CLAIM = (
    "CLP*C1*1*150*100*10*12*P1", "CAS*CO*45*25*1*OA*0", "MOA***MA01", "SVC*HC:99213*150*100",
    "CAS*PR*2*10**3*15", "REF*6R*L1", "LQ*HE*N30",
)  # fmt: skip


def one(*segments: str, **how: str) -> remit.Remittance:
    (found,) = remit.read(interchange(*HEAD, *segments, "SE*9*0001", **how))
    return found


def test_a_remittance_says_what_was_paid_to_whom_for_what():
    found = one(*CLAIM, "PLB*1*20261231*WO:1*10*L6*-5*FB:2*15")
    assert found.key == ("1999", "T1", 8000, "20260501", "1234567893")
    (claim,) = found.claims
    assert (claim.charge, claim.paid, claim.patient) == (15000, 10000, 1000)
    assert claim.remarks == {"MA01", "N30"}
    assert found.plb == [("WO", 1000), ("L6", -500), ("FB", 1500)]
    assert found.difference == 0


def test_a_remittance_balances_at_three_levels_or_says_where_not():
    assert one(*CLAIM, "PLB*1*20261231*WO:1*20").unbalanced() == ["line"]  # CO-45 is not there
    good = (*CLAIM[:1], *CLAIM[3:4], "CAS*CO*45*50", "PLB*1*20261231*WO:1*20")
    assert one(*good).unbalanced() == []
    assert one(*good[:-1]).unbalanced() == ["remittance"]
    assert one(good[0], "CAS*CO*45*40", "PLB*1*20261231*WO:1*20").unbalanced() == ["claim"]


def test_an_occurrence_comes_to_moves_that_add_up_to_its_charge():
    (claim,) = one(*CLAIM).claims
    assert dict(claim.moves) == {
        ("", "cash", "receivable", ""): 10000,
        ("", "adjustment", "receivable", "CO-45"): 2500,
        ("L1", "patient", "receivable", "PR-2"): 1000,
        ("L1", "patient", "receivable", "PR-3"): 1500,
    }
    assert sum(dict(claim.moves).values()) == claim.charge


def test_a_reversal_is_the_negation_of_what_it_undoes():
    (paid,) = one(*CLAIM).claims
    back = [s.replace("*1*150*100*10", "*22*-150*-100*-10") for s in CLAIM]
    back = [s.replace("CO*45*25*1*OA*0", "CO*45*-25").replace("150*100", "-150*-100") for s in back]
    back = [s.replace("PR*2*10**3*15", "PR*2*-10**3*-15") for s in back]
    (reversal,) = one(*back).claims
    assert reversal.moves == remit.negated(paid.moves)


def test_what_only_foretells_a_decision_moves_nothing():
    (claim,) = one("CLP*C1*25*150*100**12*P1").claims
    assert claim.moves == frozenset()


@pytest.mark.parametrize("marks", ["*:^~", "|<{~", "^>|\\"])
def test_separators_are_those_of_the_file(marks: str):
    assert one(*CLAIM, marks=marks).content == one(*CLAIM).content


def test_several_interchanges_and_sets_are_read_and_garbage_is_not():
    content = interchange(*HEAD, *CLAIM, "SE*9*0001", *HEAD, "SE*4*0002")
    found = remit.read(content + b"\r\n" + content)
    assert [len(x.claims) for x in found] == [1, 0, 1, 0]
    with pytest.raises(Unreadable):
        remit.read(b"garbage")
    with pytest.raises(Unreadable):
        one("CLP*C1*1*15O*100")


CLAIMS = (
    "GS*HC*U*P*20260501*1200*9*X*005010X223A2", "ST*837*0021*005010X223A2", "HL*2*1*22*0",
    "SBR*P*18", "CLM*C1*150.5***13:A:7*Y*A*Y*Y", "REF*F8*P1", "HI*BK:I10", "HI*BG:D9*BG:C5",
    "SBR*S*18", "REF*F8*OTHER", "LX*1", "SV2*0450*HC:99283*100.5*UN*1", "REF*6R*L1", "LX*2",
    "SV2*0300**50*UN*1", "REF*6R*L2", "SE*15*0021", "GE*1*9",
)  # fmt: skip


@pytest.mark.parametrize("marks", ["*:^~", "|<{~"])
def test_an_837_says_what_each_claim_comes_to(marks: str):
    (claim,) = claimfile.read(interchange(*CLAIMS, kind="HC", marks=marks))
    assert (claim.control_number, claim.frequency, claim.charge) == ("C1", "7", 15050)
    assert (claim.claim_type, claim.payer_claim_number) == ("institutional", "P1")
    assert (claim.interchange, claim.group, claim.set_control) == (7, "9", "0021")
    assert (claim.lines, claim.line_charges) == (["L1", "L2"], [10050, 5000])
    assert claim.conditions == ["D9", "C5"]
    content = interchange(*CLAIMS, kind="HC", marks=marks)
    begins, ends = (content.index(name + marks[0].encode()) for name in (b"ST", b"GE"))
    raw = content[begins:ends]
    assert claim.set_sha256 == hashlib.sha256(raw).hexdigest()


def test_line_breaks_between_segments_are_part_of_a_set() -> None:
    broken = interchange(*CLAIMS, kind="HC").replace(b"~", b"~\n")
    (claim,) = claimfile.read(broken)
    raw = broken[broken.index(b"ST*") : broken.index(b"GE*") - 1]
    assert claim.set_sha256 == hashlib.sha256(raw).hexdigest()


ACKS = (
    "TA1*000000007*260701*1200*E*000", "ST*999*0001", "AK1*HC*9*005010X222A1", "AK2*837*0001",
    "IK5*A", "AK2*837*0002", "IK3*CLM*22**8", "IK5*R*5", "AK9*P*3*3*1", "SE*9*0001", "ST*277*0002",
    "HL*1**20*1", "TRN*1*T", "HL*2*1*21*1", "TRN*2*B", "STC*A1:19**WQ*9", "HL*4*3*PT", "TRN*2*C1",
    "STC*A5:20**WQ*9", "TRN*2*C1", "STC*A5:20**WQ*1", "TRN*2*C2", "STC*A2:20**WQ*9", "SVC*HC:1*9",
    "STC*A7:562**U*9", "SE*9*0002",
)  # fmt: skip


def test_acknowledgements_say_what_they_answer_and_how():
    found = acks.read(interchange(*ACKS))
    assert found.interchanges == {7: "E"}
    (group,) = found.groups
    assert [group.verdict(one) for one in ("0001", "0002", "0003")] == ["A", "R", ""]
    assert found.claims == {"C1": True, "C2": False}


def test_files_others_wrote_are_read_to_the_cent():
    if not EDI.is_dir():
        pytest.skip(f"no {EDI}")
    files = claims = 0
    for path in sorted(EDI.rglob("*")):
        if path.is_file() and path.stat().st_size < 2_000_000:
            try:
                found = remit.read(path.read_bytes())
                written = claimfile.read(path.read_bytes())
            except (plain.Unreadable, ValueError, IndexError):
                continue
            files += 1
            claims += sum(len(x.claims) for x in found) + len(written)
    assert files > 10
    assert claims > 10
