"""The two sides meet: files the product writes, answers the product reads."""

from datetime import UTC, date, datetime

import pytest

from services.gateway import partners
from services.payer.tables import load
from services.x12 import document, write837
from services.x12.ack999 import GroupVerdict
from services.x12.claim837 import (
    Address,
    BillingProvider,
    Claim,
    Diagnosis,
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


def written(payer: str, count: int) -> bytes:
    partner = partners.load()[payer]
    submission = Submission(
        sender_qualifier=partner.sender_qualifier, sender=partner.sender,
        receiver_qualifier=partner.receiver_qualifier, receiver=partner.receiver,
        receiver_name=partner.receiver_name, submitter_name="Riverside Demo Hospital",
        contact="Patient Accounts", phone="6175550101", usage=partner.usage,
        at=datetime(2026, 7, 1, tzinfo=UTC), interchange_control=7, group_control=7,
        first_set_control=1, claims_per_set=20, delimiters=partner.delimiters,
    )  # fmt: skip
    return write837.write(submission, [claim(n) for n in range(count)]).content


@pytest.mark.parametrize(
    "payer", sorted(p.payer_id for p in load().plans.values() if "P" in p.claims)
)
def test_the_product_and_the_payer_understand_each_other(office: Office, payer: str) -> None:
    count = 45
    partner = partners.load()[payer]
    office.drop(written(payer, count), payer)
    office.days(16)
    found = [one for text in office.answers(payer=payer) for one in document.read([text.encode()])]
    assert {one.kind for one in found} == {"999", "277CA", "835"}
    ends = {(one.interchange.sender, one.interchange.receiver) for one in found}
    assert ends == {(partner.receiver, partner.sender)}
    contents = [one.content for one in found]
    assert all(c.code == "A" for c in contents if isinstance(c, GroupVerdict))
    statuses = [s for c in contents if isinstance(c, StatusReport) for s in c.claims]
    assert len(statuses) == count
    remits = [c for c in contents if isinstance(c, Remittance)]
    assert [balance(one) for one in remits] == [[]] * len(remits)
    decided = [c.control_number for one in remits for c in one.claims]
    assert sorted(decided) == sorted(s.control_number for s in statuses if s.accepted)
