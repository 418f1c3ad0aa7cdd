"""What the payer writes, and when."""

import io

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from x12sdk.io import X12ModelReader

from services.payer.tables import load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office
from tests.unit.payer.lots import member
from tests.unit.payer.made import Made, Service, interchange

# pyx12's list of remark codes ends before this one came into use
LATER_REMARKS = frozenset({"N822"})


def accepted_by_pyx12(text: str) -> bool:
    """Validate against pyx12's map, its (older) list of remark codes apart."""
    told = params()
    told.set("exclude_external_codes", "remark_code")
    return bool(x12n_document(told, io.StringIO(text), None, None))


def mixed(payer: str, number: int = 90) -> list[Made]:
    """Return claims of many kinds: right, wrongly coded, refused at the door."""
    made = []
    for n in range(number):
        claim = Made(control=f"C{n}", member=f"{n:011d}", lines=[Service(line_id=f"L{n}")])
        if n % 9 == 1:
            claim.lines = [Service(code="99203", line_id=f"L{n}")]
        elif n % 9 == 2:
            claim.lines = [Service(line_id=f"L{n}"), Service("96360", "185", line_id=f"M{n}")]
        elif n % 9 == 3:
            claim.lines = [Service(units="3", line_id=f"L{n}"), Service("36415", "18.05")]
        elif n % 9 == 4:
            claim.diagnoses, claim.place = ("S93401A",), "23"
            claim.lines = [Service("29075", "285.5", line_id=f"L{n}")]
        elif n % 9 == 5:
            claim.lines = [Service("96415", line_id=f"L{n}")]
        elif n % 30 == 5:
            claim.member = "ABC"
        elif n % 30 == 6:
            claim.lines = [Service(pointers="7", line_id=f"L{n}")]
        elif n % 30 == 7:
            claim.frequency = "7"
        made.append(claim)
    return made


@pytest.mark.parametrize("payer", sorted(load().plans))
def test_every_answer_is_accepted_by_pyx12_and_every_835_by_x12sdk(
    office: Office, payer: str
) -> None:
    office.drop(interchange(mixed(payer), payer), payer)
    office.drop(interchange(mixed(payer, 3), payer), payer, "again.837")
    office.days(14)
    for text in office.answers(payer=payer):
        assert accepted_by_pyx12(text), text[:600]
    remittances = office.answers("-835", payer)
    for text in remittances:
        with X12ModelReader(text) as reader:
            assert len(list(reader.models())) == 1
    remarks = {part for text in remittances for part in text.replace("~", "*").split("*")}
    assert remarks & LATER_REMARKS
    assert {name.split("*")[1] for text in remittances for name in text.split("~\n") if
            name.startswith("CAS")} >= {"CO"}  # fmt: skip


@pytest.mark.parametrize("payer", sorted(load().plans))
def test_every_835_balances_at_three_levels(office: Office, payer: str) -> None:
    office.drop(interchange(mixed(payer), payer), payer)
    office.days(14)
    read = [remits.read(text) for text in office.answers("-835", payer)]
    assert read
    assert [remits.unbalanced(one) for one in read] == [[]] * len(read)
    assert len({one.trace for one in read}) == len(read)


def test_answers_come_in_their_order_and_not_before_their_time(office: Office) -> None:
    office.drop(interchange([Made(member=member(Made(), "paid"))]))
    assert office.answers() == []
    office.days(0)
    office.clock.at += office.clock.at.resolution * 3_600_000_000
    office.partner.step()
    assert [text for text in office.answers() if "ST*999*" in text]
    assert office.answers("-277CA") == []
    office.days(1)
    assert len(office.answers("-277CA")) == 1
    assert office.answers("-835") == []
    office.days(11)
    assert len(office.answers("-835")) == 1


def test_a_277ca_gives_the_payers_number_to_the_claims_it_takes(office: Office) -> None:
    good, bad = Made("GOOD", member=member(Made(), "paid")), Made("BAD", member="X1")
    office.drop(interchange([good, bad]))
    office.days(2)
    (text,) = office.answers("-277CA")
    of_good = text[text.index("TRN*2*GOOD") : text.index("TRN*2*BAD")]
    of_bad = text[text.index("TRN*2*BAD") :]
    assert "STC*A2:20" in of_good
    assert "*WQ*" in of_good
    assert "REF*1K*" in of_good
    assert "STC*A7:164:IL" in of_bad
    assert "*U*" in of_bad
    assert "REF*1K" not in of_bad


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (Made(member="1234"), "A7:164:IL"),
        (Made(diagnoses=("E1199999",)), "A7:254"),
        (Made(diagnoses=("E119", "9X")), "A7:255"),
        (Made(lines=[Service(pointers="4")]), "A7:477"),
        (Made(total="999"), "A7:178"),
        (Made(frequency="7"), "A6:464"),
        (Made(frequency="7", f8="NOSUCHNUMBER"), "A7:464"),
        (Made(frequency="8", f8="NOSUCHNUMBER"), "A7:464"),
        (Made(frequency="5"), "A7:535"),
    ],
)
def test_the_front_door_refuses(office: Office, claim: Made, status: str) -> None:
    office.drop(interchange([claim]))
    office.days(12)
    (text,) = office.answers("-277CA")
    assert f"STC*{status}*" in text
    assert office.answers("-835") == []
    assert office.claims("outcome") == [("refused",)]


def test_medicare_takes_no_replacement_of_a_professional_claim(office: Office) -> None:
    office.drop(interchange([Made(frequency="7", f8="ANY")], "MEDICARE"), "MEDICARE")
    office.days(2)
    (text,) = office.answers("-277CA", "MEDICARE")
    assert "STC*A7:535*" in text


def test_a_member_that_was_not_found_is_found_when_the_claim_comes_again(office: Office) -> None:
    claim = Made(member=member(Made(), "refused"))
    office.drop(interchange([claim], isa13=1))
    office.days(2)
    office.drop(interchange([claim], isa13=2), name="b.837")
    office.days(2)
    first, second = office.answers("-277CA")
    assert "STC*A3:33:IL*" in first
    assert "STC*A2:20*" in second


def test_a_set_with_a_missing_segment_is_refused_by_the_999(office: Office) -> None:
    content = interchange([Made()]).replace(b"HI*ABK:E119*ABF:I10~\n", b"")
    content = content.replace(b"SE*25*", b"SE*24*")
    office.drop(content)
    office.days(3)
    (text,) = office.answers("-999")
    assert "IK3*HI*" in text
    assert "IK5*R" in text
    assert "AK9*R*1*1*0" in text
    assert office.answers("-277CA") == []
    assert office.claims("outcome") == [("refused_999",)]


def test_a_wrong_count_of_segments_is_refused_by_the_999(office: Office) -> None:
    office.drop(interchange([Made()]).replace(b"SE*25*", b"SE*99*"))
    office.days(3)
    (text,) = office.answers("-999")
    assert "IK5*R*4" in text


def test_a_truncated_interchange_is_refused_by_a_ta1(office: Office) -> None:
    office.drop(interchange([Made()])[:-30])
    office.days(3)
    (text,) = office.answers()
    assert "TA1*000000001*260701*1200*R*023~" in text


def test_what_is_no_interchange_is_kept_and_not_answered(office: Office) -> None:
    office.drop(b"hello")
    office.drop(b"", name="empty.837")
    office.days(3)
    assert office.answers() == []
    rows = office.partner.journal.rows("select outcome from file")
    assert [row["outcome"] for row in rows] == ["unreadable", "unreadable"]
    kept = office.root / "home" / "payer" / "BCBS" / "received"
    assert sorted(p.name for p in kept.iterdir()) == ["000001-a.837", "000002-empty.837"]
