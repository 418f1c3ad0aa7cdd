"""What the payer writes, and when."""


import pytest
from x12sdk.io import X12ModelReader

from services.payer.tables import load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office
from tests.unit.payer.judged import accepted_by_pyx12
from tests.unit.payer.lots import member
from tests.unit.payer.made import Made, Service, interchange
from tests.unit.payer.mixed import mixes

EVERY = [(payer, "all") for payer in sorted(load().plans)]


@pytest.mark.parametrize(("payer", "habits"), [("BCBS", "calm"), *EVERY])
def test_every_answer_is_accepted_by_pyx12_and_every_835_by_x12sdk(
    office: Office, payer: str, habits: str
) -> None:
    office.behave(habits)
    for n, content in enumerate(mixes(payer)):
        office.drop(content, payer, f"{n}.837")
        office.drop(content, payer, f"again{n}.837")
    office.days(40)
    answers = office.answers(payer=payer)
    assert {kind for text in answers for kind in ("TA1*", "*999*", "*277*", "*835*")
            if kind in text} == {"TA1*", "*999*", "*277*", "*835*"}  # fmt: skip
    for text in answers:
        assert accepted_by_pyx12(text), text[:600]
    for text in office.answers("-835", payer):
        with X12ModelReader(text) as reader:
            assert len(list(reader.models())) == 1


@pytest.mark.parametrize(("payer", "habits"), [("BCBS", "calm"), *EVERY])
def test_every_835_balances_at_three_levels_but_those_with_a_slip(
    office: Office, payer: str, habits: str
) -> None:
    office.behave(habits)
    for n, content in enumerate(mixes(payer)):
        office.drop(content, payer, f"{n}.837")
    office.days(40)
    rows = office.partner.journal.rows(
        "select content, habit, trace, paid_cents from answer where kind = '835'"
    )
    assert rows
    for row in rows:
        remit = remits.read(row["content"].decode())
        assert bool(remits.unbalanced(remit)) == (row["habit"] == "unbalanced")
        assert remit.paid * 100 == row["paid_cents"]
        assert remit.trace == row["trace"]
    if habits == "calm":
        assert len({row["trace"] for row in rows}) == len(rows)


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


def test_what_only_the_payer_can_know_is_put_right_when_the_claim_comes_again(
    office: Office,
) -> None:
    claim = Made(member=member(Made(), "refused"))
    office.drop(interchange([claim], isa13=1))
    office.days(2)
    office.drop(interchange([claim], isa13=2), name="b.837")
    office.days(2)
    first, second = office.answers("-277CA")
    assert "*U*200~" in first
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
