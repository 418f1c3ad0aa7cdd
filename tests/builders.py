"""Valid events of one small office visit; a test overrides what it is about."""

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas import ids
from schemas.events import (
    Acknowledged,
    Adjudicated,
    Adjustment,
    Bill,
    Coded,
    Coverage,
    Decided,
    Diagnosis,
    Institutional,
    Line,
    PaidLine,
    Patient,
    Sealed,
    Status,
    Submitted,
    Validated,
)
from services.claims.terms import Terms
from services.codes import reference
from services.codes.library import library
from services.codes.reference import Policy

PARTIES = reference.load()
ENCOUNTER = "ENC1"
CODER = "coder-1"
SERVED_ON = date(2026, 3, 2)
AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def control_number(encounter_id: str, payer_id: str, ordinal: int, version: int) -> str:
    """A control number a reader of a failing test can understand."""
    return f"{encounter_id}.{payer_id}.{ordinal}.{version}"




def policy(payer_id: str, claim_type: str = "professional") -> Policy:
    """What a payer takes, on the day of service."""
    found = PARTIES.policy(payer_id, claim_type, SERVED_ON)
    assert found
    return found


_TABLES = tempfile.TemporaryDirectory(prefix="claimloop-tables-")
LIBRARY = library.open_with_seeds(Path(_TABLES.name))
TERMS = Terms(PARTIES.payers, PARTIES.policies, control_number, LIBRARY)


def dx(code: str, assigned_by: str = CODER, source: str = "coder") -> Diagnosis:
    return Diagnosis(code=code, assigned_by=assigned_by, source=source)


def line(number: int = 1, **over: Any) -> Line:
    content: dict[str, Any] = {
        "line_id": f"L{number}", "code": "99213", "units": 1, "charge_cents": 15_000,
        "pointers": (1,), "place_of_service": "11", "served_on": SERVED_ON,
        "assigned_by": CODER, "source": "coder",
    }
    return Line(**content | over)


def bill(**over: Any) -> Bill:
    content: dict[str, Any] = {
        "claim_type": "professional", "facility_id": "main", "department": "internal_medicine",
        "encounter_class": "ambulatory", "place_of_service": "11", "starts_on": SERVED_ON,
        "ends_on": SERVED_ON, "patient": Patient(age_years=54, sex="F"),
        "coverage": Coverage(payer_id="BCBS", plan="commercial", starts_on=date(2026, 1, 1)),
        "billing_npi": "2000000010", "rendering_npi": "2000001208",
        "diagnoses": (dx("E11.9"), dx("I10")),
        "lines": (line(1), line(2, code="85025", charge_cents=4_000, pointers=(2,))),
        "demographics": Sealed(kid="k", version=1, schema="demographics", ciphertext=b"sealed"),
    }
    return Bill(**content | over)


def hospital(**over: Any) -> Bill:
    """Return a stay in the hospital, as an institutional bill."""
    content: dict[str, Any] = {
        "claim_type": "institutional", "encounter_class": "inpatient", "place_of_service": "",
        "institutional": Institutional(
            facility_type="11", admitted_at=AT, patient_status="01", attending_npi="2000001208"
        ),
        "lines": (
            line(1, revenue_code="0450", pointers=(), place_of_service=""),
            line(2, revenue_code="0300", code="85025", pointers=(), place_of_service=""),
        ),
    }
    return bill(**content | over)


def payer(payer_id: str) -> Coverage:
    return Coverage(payer_id=payer_id, plan=PARTIES.payers[payer_id].plan)


def coded(version: int = 1, **over: Any) -> Coded:
    content: dict[str, Any] = {
        "event_id": ids.derive("coded", over.get("encounter_id", ENCOUNTER), version),
        "occurred_at": AT, "recorded_at": AT, "encounter_id": ENCOUNTER, "version": version,
        "encounter_version": 1, "coder_id": CODER, "reason": "initial", "bill": bill(),
    }
    return Coded(**content | over)


def validated(version: int = 1, verdict: str = "clean", **over: Any) -> Validated:
    encounter_id = over.get("encounter_id", ENCOUNTER)
    content: dict[str, Any] = {
        "event_id": ids.derive("validated", encounter_id, version),
        "cause_id": ids.derive("coded", encounter_id, version),
        "occurred_at": AT, "recorded_at": AT, "encounter_id": encounter_id, "version": version,
        "coder_id": CODER, "verdict": verdict, "bill": bill(),
    }
    return Validated(**content | over)


def submitted(version: int = 1, ordinal: int = 1, **over: Any) -> Submitted:
    encounter_id, content_bill = over.get("encounter_id", ENCOUNTER), over.get("bill", bill())
    payer_id = content_bill.coverage.payer_id
    number = control_number(encounter_id, payer_id, ordinal, version)
    content: dict[str, Any] = {
        "event_id": ids.derive("submitted", number), "occurred_at": AT, "recorded_at": AT,
        "encounter_id": encounter_id, "control_number": number, "payer_id": payer_id,
        "version": version, "coder_id": CODER, "frequency": "1", "bill": content_bill,
    }
    return Submitted(**content | over)


def _answer(claim: Submitted) -> dict[str, Any]:
    return {
        "encounter_id": claim.encounter_id, "control_number": claim.control_number,
        "payer_id": claim.payer_id, "version": claim.version, "coder_id": claim.coder_id,
        "frequency": claim.frequency, "rework_id": claim.rework_id, "bill": claim.bill,
        "occurred_at": AT, "recorded_at": AT,
    }


def acknowledged(
    claim: Submitted, hop: str = "277CA", accepted: bool = True, **over: Any
) -> Acknowledged:
    status = Status(category="A2", code="20") if accepted else Status(category="A7", code="255")
    content: dict[str, Any] = _answer(claim) | {
        "event_id": ids.derive("acknowledged", claim.control_number, hop),
        "hop": hop, "accepted": accepted, "statuses": (status,),
    }
    return Acknowledged(**content | over)


def paid(claim: Submitted) -> tuple[PaidLine, ...]:
    """Every line paid in full."""
    return tuple(
        PaidLine(
            line_id=one.line_id, code=one.code, charge_cents=one.charge_cents,
            paid_cents=one.charge_cents, units=one.units,
        )
        for one in claim.bill.lines
    )


def denied(
    claim: Submitted, carc: str, *remarks: str, lines: tuple[int, ...] = (1,), group: str = "CO"
) -> tuple[PaidLine, ...]:
    """These lines denied in full for one reason, the others paid in full."""
    return tuple(
        replace(
            one, paid_cents=0, remarks=remarks,
            adjustments=(Adjustment(group=group, carc=carc, amount_cents=one.charge_cents),),
        )
        if position in lines
        else one
        for position, one in enumerate(paid(claim), 1)
    )


def adjudicated(
    claim: Submitted, lines: tuple[PaidLine, ...] | None = None, day: int = 20, **over: Any
) -> Adjudicated:
    lines = paid(claim) if lines is None else lines
    remittance_id = over.get("remittance_id", f"R{day}")
    ordinal = over.get("ordinal", 1)
    content: dict[str, Any] = _answer(claim) | {
        "event_id": ids.derive("adjudicated", remittance_id, ordinal, claim.control_number),
        "occurred_at": datetime(2026, 3, day, 9, 30, tzinfo=UTC),
        "remittance_id": remittance_id, "ordinal": ordinal, "count": 1,
        "decided_on": date(2026, 3, day), "status": "1",
        "charge_cents": sum(one.charge_cents for one in lines),
        "paid_cents": sum(one.paid_cents for one in lines),
        "payer_claim_number": f"PCN-{claim.control_number}", "lines": lines,
    }
    return Adjudicated(**content | over)


def reversal(decision: Adjudicated, day: int = 25, **over: Any) -> Adjudicated:
    """The exact negation of a decision, in a later remittance."""
    remittance_id = over.get("remittance_id", f"R{day}")
    content: dict[str, Any] = {
        "event_id": ids.derive("adjudicated", remittance_id, 1, decision.event_id),
        "remittance_id": remittance_id, "status": "22", "decided_on": date(2026, 3, day),
        "occurred_at": datetime(2026, 3, day, 9, 30, tzinfo=UTC),
        "charge_cents": -decision.charge_cents, "paid_cents": -decision.paid_cents,
        "lines": tuple(
            replace(
                one, charge_cents=-one.charge_cents, paid_cents=-one.paid_cents,
                adjustments=tuple(
                    replace(a, amount_cents=-a.amount_cents) for a in one.adjustments
                ),
            )
            for one in decision.lines
        ),
    }
    return replace(decision, **content | over)


def decided(sent: Submitted, decision: str, hours: int = 24 * 15) -> Decided:
    """Return what a person decided on a claim, some hours after the visit was coded."""
    return Decided(
        event_id=f"{decision}-{hours}", encounter_id=sent.encounter_id,
        control_number=sent.control_number, payer_id=sent.payer_id, decision=decision,
        occurred_at=AT + timedelta(hours=hours), decided_by="person",
    )
