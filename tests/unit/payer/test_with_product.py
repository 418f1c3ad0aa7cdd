"""The two sides meet: files the product writes, answers the product reads."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.gateway import partners
from services.payer.tables import load
from services.x12 import document, write837
from services.x12.ack999 import GroupVerdict
from services.x12.claim837 import (
    INSTITUTIONAL,
    PROFESSIONAL,
    Address,
    Adjustment,
    BillingProvider,
    Claim,
    Diagnosis,
    Institutional,
    OtherCoverage,
    PayerName,
    Provider,
    ServiceLine,
    Submission,
    Subscriber,
)
from services.x12.remit835 import Remittance, balance
from services.x12.status277 import StatusReport
from tests.unit.payer.conftest import Office
from tests.unit.payer.made import NPI
from tests.unit.payer.mixed import mixes

GUIDES = {"P": PROFESSIONAL, "I": INSTITUTIONAL}
ADDRESS = Address(street="1 Way", city="Boston", state="MA", zip="021430001")
CODES = (("99213", 16_500, ()), ("99203", 30_000, ()), ("29075", 28_500, ()), ("36415", 1_805, ()))


def claim(number: int) -> Claim:
    code, charge, modifiers = CODES[number % len(CODES)]
    return Claim(
        control_number=f"CLM{number:017d}", place_of_service="22", frequency="1",
        payer_claim_number="", diagnoses=(Diagnosis(code="I10"), Diagnosis(code="S52.501A")),
        lines=(
            ServiceLine(
                line_id=f"LINE{number:08d}", code=code, modifiers=modifiers, units=1,
                charge_cents=charge, pointers=(1, 2), place_of_service="22",
                served_on=date(2026, 6, 10),
            ),
        ),
        billing=BillingProvider(
            name="Riverside Demo Hospital", npi=NPI, tax_id="001234567", taxonomy="282N00000X",
            address=ADDRESS,
        ),
        rendering=Provider(
            family="Abbott", given="Avery", npi=NPI, taxonomy="207RC0000X"
        ),
        subscriber=Subscriber(
            family="Müller~Smith", given="Zoë", member_id=f"{number:011d}",
            birth_date=date(1980, 5, 1), sex="F", address=ADDRESS,
        ),
        payer=PayerName(name="Demo Plan", number="99004", filing="CI"),
    )  # fmt: skip


def hospital_claim(number: int) -> Claim:
    """Return a stay, or an emergency visit; each fifth after another payer's decision."""
    base, stay = claim(number), bool(number % 2)
    day = date(2026, 6, 10)
    lines = (
        ServiceLine(
            line_id=f"LINE{number:08d}", code="" if stay else "99284", modifiers=(), units=2,
            unit="DA" if stay else "UN", charge_cents=500_000, served_on=day,
            revenue_code="0120" if stay else "0450",
        ),
        ServiceLine(
            line_id=f"MORE{number:08d}", code="", modifiers=(), units=3, charge_cents=9_505,
            served_on=day, revenue_code="0250",
        ),
    )  # fmt: skip
    hospital = Institutional(
        facility_type="11" if stay else "13", starts_on=date(2026, 6, 8) if stay else day,
        ends_on=day, patient_status="01", admission_type="1", admission_source="1",
        admitted_at=datetime(2026, 6, 8, 9, 30, tzinfo=UTC) if stay else None,
        discharged_at=datetime(2026, 6, 10, 14, 0, tzinfo=UTC) if stay else None,
        attending=base.rendering, admitting="R07.9" if stay else "",
        visit_reasons=() if stay else ("R07.9",),
    )  # fmt: skip
    second = number % 5 == 0
    return replace(
        base, place_of_service="", rendering=None, lines=lines, institutional=hospital,
        diagnoses=(Diagnosis(code="I50.21", present="Y" if stay else ""),),
        sequence="S" if second else "P", others=(PRIOR,) if second else (),
    )  # fmt: skip


PRIOR = OtherCoverage(
    sequence="P", relationship="18", family="Smith", given="Zoe", member_id="12345678901",
    payer=PayerName(name="First Plan", number="99001", filing="MA"), paid_cents=300_000,
    patient_cents=109_505,
    adjustments=(
        Adjustment(group="CO", carc="45", amount_cents=100_000),
        Adjustment(group="PR", carc="1", amount_cents=109_505),
    ),
    decided_on=date(2026, 6, 20),
)  # fmt: skip


def written(payer: str, kind: str, count: int) -> bytes:
    partner = partners.load()[payer]
    submission = Submission(
        sender_qualifier=partner.sender_qualifier, sender=partner.sender,
        receiver_qualifier=partner.receiver_qualifier, receiver=partner.receiver,
        receiver_name=partner.receiver_name, submitter_name="Riverside Demo Hospital",
        contact="Patient Accounts", phone="6175550101", usage=partner.usage,
        at=datetime(2026, 7, 1, tzinfo=UTC), interchange_control=7, group_control=7,
        first_set_control=1, guide=GUIDES[kind], claims_per_set=20, delimiters=partner.delimiters,
    )  # fmt: skip
    make = claim if kind == "P" else hospital_claim
    return write837.write(submission, [make(n) for n in range(count)]).content


MEETINGS = [(p.payer_id, kind, False) for p in load().plans.values() for kind in p.claims]
ODD = [("TRICARE", "P", True), ("MEDICAID", "I", True)]  # separators of their own


@pytest.mark.parametrize(("payer", "kind", "whole_map"), MEETINGS + ODD)
def test_the_product_and_the_payer_understand_each_other(
    office: Office, payer: str, kind: str, whole_map: bool
) -> None:
    office.behave("calm", whole_map=whole_map)
    count = 45
    partner = partners.load()[payer]
    office.drop(written(payer, kind, count), payer)
    office.days(16)
    found = [one for text in office.answers(payer=payer) for one in document.read([text.encode()])]
    assert {one.kind for one in found} == {"999", "277CA", "835"}
    ends = {(one.interchange.sender, one.interchange.receiver) for one in found}
    assert ends == {(partner.receiver, partner.sender)}
    contents = [one.content for one in found]
    assert all(c.code == "A" for c in contents if isinstance(c, GroupVerdict))
    statuses = [s for c in contents if isinstance(c, StatusReport) for s in c.claims]
    assert len(statuses) == count
    assert sum(s.accepted for s in statuses) > count * 0.9
    remits = [c for c in contents if isinstance(c, Remittance)]
    assert [balance(one) for one in remits] == [[]] * len(remits)
    decided = [c.control_number for one in remits for c in one.claims]
    assert sorted(decided) == sorted(s.control_number for s in statuses if s.accepted)
    if kind == "I":
        second = {c.control_number for one in remits for c in one.claims if c.status == "2"}
        assert second <= {hospital_claim(n).control_number for n in range(0, count, 5)}
        assert len(second) > 5


def test_claims_of_a_kind_the_payer_does_not_take_are_refused_by_the_999(office: Office) -> None:
    office.drop(written("BCBS", "I", 2), "MEDICARE")
    office.drop(written("BCBS", "P", 2), "MEDICARE_A")
    office.days(2)
    for payer in ("MEDICARE", "MEDICARE_A"):
        (text,) = office.answers(payer=payer)
        assert "AK9*R*1*1*0*2~" in text


@pytest.mark.parametrize("payer", sorted(load().plans))
def test_the_product_reads_what_a_payer_with_every_habit_says(office: Office, payer: str) -> None:
    office.behave("all")
    for n, content in enumerate(mixes(payer)):
        office.drop(content, payer, f"{n}.837")
    office.days(50)
    rows = office.partner.journal.rows("select content, habit from answer where kind = '835'")
    for row in rows:
        (found,) = document.read([row["content"]])
        assert isinstance(found.content, Remittance)
        assert bool(balance(found.content)) == (row["habit"] == "unbalanced")
    others = [text for text in office.answers(payer=payer) if "ST*835" not in text]
    kinds = {one.kind for text in others for one in document.read([text.encode()])}
    assert kinds >= {"277CA"}
