"""The simulated payers answer a host of their own; the shadow reads both sides."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas import codec, topics
from services.x12 import document
from services.x12.remittance import Remittance
from tests.unit.payer import conftest as payer
from tests.unit.payer.made import Made, Service, inpatient, interchange, outpatient
from tests.unit.shadow.host import coding

CODES = (("99213", "165"), ("99214", "240"), ("80061", "82"), ("93000", "95"), ("99397", "245"))
DIAGNOSES = ("I10", "E785", "E119", "J449", "N189", "C189")
KINDS = ("TA1", "999", "277CA", "835")


def host_claims(count: int) -> list[Made]:
    """Return claims of different people, each with one or two lines."""
    found = []
    for n in range(count):
        lines = [
            Service(*CODES[(n + k) % len(CODES)], line_id=f"HL{n}-{k}") for k in range(1 + n % 2)
        ]
        found.append(Made(
            f"HOST{n:05d}", lines=lines, member=f"{n * 7919 % 10**11:011d}",
            diagnoses=(DIAGNOSES[n % len(DIAGNOSES)],),
        ))
    return found


def hospital_claims(count: int) -> list[Made]:
    kinds = (inpatient, outpatient)
    return [
        kinds[n % 2](f"STAY{n:05d}", member=f"{n * 104729 % 10**11:011d}") for n in range(count)
    ]


@pytest.fixture
def office(tmp_path):
    clock = payer.SetClock()
    opened = payer.Office(tmp_path, clock, payer.open_partner(tmp_path, clock, "demo"), "demo")
    yield opened
    opened.partner.close()


def test_every_answer_of_the_payers_finds_its_claim(shadow, office):
    made, stays = host_claims(60), hospital_claims(20)
    files = [interchange(made, isa13=1), interchange(stays, isa13=2)]
    for n, content in enumerate(files):
        office.drop(content, name=f"{n}.837")
    office.days(60)
    answers = [one.encode() for one in office.answers()]
    coders = coding(*((m.control, "amy", "2026-06-20", "coder", "") for m in (*made, *stays)))

    summary = shadow.take(*answers, *files, coders)

    assert summary.quarantined == []
    assert (summary.claims["told"], summary.waiting) == (80, {})
    paid = _decisions(answers)
    assert _told(shadow) == paid
    assert sum(paid.values()) > 40
    assert {item[4] for item in shadow.items if item[3] == "CODING"} <= {"amy"}
    assert office.clock.at > payer.START + timedelta(days=59)


def _decisions(answers: list[bytes]) -> Counter[tuple[str, int]]:
    """Return what the payers' files say: (CLP07, CLP04) of each remittance, once."""
    found: dict[str, Remittance] = {}
    for content in answers:
        for one in document.read([content]):
            if isinstance(one.content, Remittance):
                found[one.content.digest] = one.content
    return Counter(
        (claim.payer_claim_number, claim.paid_cents)
        for remittance in found.values() for claim in remittance.claims
    )


def _told(shadow) -> Counter[tuple[str, int]]:
    with shadow.engine.connect() as conn:
        rows = conn.execute(
            text("select value from outbox where topic = :topic"),
            {"topic": topics.ADJUDICATED.name},
        ).all()
    events = [codec.decode(topics.ADJUDICATED.name, bytes(row.value)) for row in rows]
    return Counter((event.payer_claim_number, event.paid_cents) for event in events)
