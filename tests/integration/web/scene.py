"""A small made-up hospital for the pages: a few visits, and what came back of them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from schemas import ids, topics
from schemas.codec import encode
from schemas.events import (
    Acknowledged,
    Adjudicated,
    Adjustment,
    Bill,
    Coded,
    Coverage,
    Diagnosis,
    Encounter,
    EncounterEvent,
    Finding,
    Institutional,
    Line,
    Note,
    PaidLine,
    Patient,
    Procedure,
    Reason,
    Rework,
    Status,
    Submitted,
    Validated,
    Value,
)
from services.clock import Clock
from services.delivery.processor import Moment
from services.phi import vault
from services.phi.keys import SiteKey
from services.worklist.bill import coding
from services.worklist.events import projection
from services.worklist.events.projection import Seen
from services.worklist.feed import feed

SITE = SiteKey(bytes(range(32)))
START = datetime(2026, 6, 1, 9, tzinfo=UTC)
CLOCK = Clock(START + timedelta(days=30), START, 0.0)
NOTE = (
    "Subjective: 58-year-old female patient presenting for follow-up of her diabetes. "
    "Follow-up of chronic conditions: Type 2 diabetes mellitus without complications.\n"
    "Objective: BP 138/86 mmHg, HR 74 bpm. ECG 12-lead recorded and read separately.\n"
    "Assessment:\n1. Type 2 diabetes mellitus without complications: stable on metformin.\n"
    "2. Essential (primary) hypertension: fair control; continue amlodipine.\n"
    "Plan: return in three months."
)
STAY_NOTE = (
    "Assessment (diagnoses by rank):\n"
    "1. Heart failure, unspecified: present on admission\n"
    "2. Essential (primary) hypertension: present on admission\n"
    "Procedures documented:\n- One coronary artery widened (02703ZZ), on day 1"
)


@dataclass(frozen=True)
class Made:
    """An encounter and its events so far."""

    encounter_id: str
    bill: Bill
    events: tuple[EncounterEvent, ...]
    rework: Rework


def visit(conn: Any, name: str, codes: tuple[str, ...], lines: tuple[Line, ...], **other: Any) -> tuple[Encounter, Coded]:  # noqa: E501
    """Return a documented visit and its first coding."""
    encounter_id = SITE.opaque("encounter", "main", name)
    kid = vault.data_key_id(SITE, f"patient-{other.get('patient', name)}")
    key = vault.ensure_keys(conn, SITE, [kid])[kid]
    who = {
        "family": "Ostrander", "given": f"Marigold {name.title()}", "birth_date": "1968-02-03",
        "sex": "F", "address": "12 Hill Street", "city": "Boston", "state": "MA", "zip": "02108",
        "member_id": f"MBR-{name}", "record_number": f"MRN-{name}",
        "patient_source_id": f"patient-{name}", "encounter_source_id": name,
    }
    note = Note(
        note_id=SITE.opaque("note", name), kind="34131-3", title="Outpatient Progress note",
        signed_at=START,
        text=vault.seal(key, kid, encounter_id, "note", {"text": other.get("note", NOTE)}),
    )
    bill = Bill(
        claim_type="professional", facility_id="main", department="primary_care",
        encounter_class="ambulatory", place_of_service="22",
        starts_on=other.get("on", START.date()), ends_on=other.get("on", START.date()),
        patient=Patient(age_years=58, sex="F"),
        coverage=Coverage(payer_id=other.get("payer", "BCBS"), plan=other.get("plan", "commercial"),
                          starts_on=date(2020, 1, 1)),
        billing_npi="2000000010", rendering_npi="2000001109",
        diagnoses=tuple(Diagnosis(code=c, assigned_by="C-01", source="coder") for c in codes),
        lines=lines,
        demographics=vault.seal(key, kid, encounter_id, "demographics", who),
    )
    encounter = Encounter(
        event_id=ids.derive("encounter", encounter_id, 1), encounter_id=encounter_id,
        occurred_at=START, recorded_at=START, version=1, state="ready", source="fhir", bill=bill,
        notes=(note,),
    )
    coded = Coded(
        event_id=ids.derive("coded", encounter_id, 1), encounter_id=encounter_id,
        occurred_at=START + timedelta(days=1), recorded_at=START + timedelta(days=1), version=1,
        encounter_version=1, coder_id="C-01", reason="initial", bill=bill,
    )
    return encounter, coded


def line(number: int, code: str, cents: int, **other: Any) -> Line:
    """Return a service line."""
    return Line(
        line_id=f"L{number}", code=code, modifiers=other.get("modifiers", ()),
        units=other.get("units", 1), charge_cents=cents, pointers=other.get("pointers", (1,)),
        place_of_service="22", served_on=START.date(), assigned_by="chargemaster",
        source="chargemaster",
    )


def held(conn: Any, name: str = "held") -> Made:
    """Return a visit whose coding our edits hold: a category instead of a code."""
    encounter, coded = visit(conn, name, ("E11", "I10"), (line(1, "99213", 16500),))
    text = "E11 is a category and not billable: choose a code below it."
    finding = Finding(edit="dx_billable", severity="hold", place="diagnosis 1", text=text,
                      source="ICD-10-CM FY2026", snip=5)
    validated = _validated(coded, "held", (finding,))
    reason = Reason(place="diagnosis 1", edit="dx_billable", text=text, amount_cents=16500)
    rework = _rework(coded, "held", validated.event_id, (reason,), 16500, cause=validated)
    return Made(encounter.encounter_id, coded.bill, (encounter, validated, rework), rework)


def stay(conn: Any, name: str = "stay", **other: Any) -> Made:
    """Return a stay whose coding our edits hold: a diagnosis does not say whether it was there."""
    lines = tuple(
        replace(one, place_of_service="", pointers=(), revenue_code=revenue)
        for one, revenue in (
            (line(1, "", 855000, units=3), "0120"), (line(2, "", 21600, units=9), "0250"),
        )
    )
    encounter, coded = visit(conn, name, ("I50.9", "I10"), lines, note=STAY_NOTE, **other)
    first, second = coded.bill.diagnoses
    bill = replace(
        coded.bill, claim_type="institutional", encounter_class="inpatient", place_of_service="",
        ends_on=START.date() + timedelta(days=3), diagnoses=(first, replace(second, present="Y")),
        coverage=Coverage(payer_id="MEDICARE_A", plan="medicare"),
        others=(Coverage(payer_id="MEDICAID", plan="medicaid"),),
        institutional=Institutional(
            facility_type="11", admitted_at=START, admission_type="2", admission_source="1",
            discharged_at=START + timedelta(days=3), patient_status="03",
            attending_npi="2000001109", admitting="R06.02",
            procedures=(Procedure(code="02703ZZ", performed_on=START.date(), source="coder"),),
            values=(Value(code="80", amount_cents=300),),
        ),
    )
    encounter, coded = replace(encounter, bill=bill), replace(coded, bill=bill)
    text = "Diagnosis 1 does not say whether it was present on admission."
    finding = Finding(edit="poa_missing", severity="hold", place="diagnosis 1", text=text,
                      source="ICD-10-CM guidelines, Appendix I", snip=2)
    validated = _validated(coded, "held", (finding,))
    reason = Reason(place="diagnosis 1", edit="poa_missing", text=text, amount_cents=876600)
    rework = _rework(coded, "held", validated.event_id, (reason,), 876600, cause=validated)
    return Made(encounter.encounter_id, bill, (encounter, validated, rework), rework)


def denied(conn: Any, name: str = "denied", **other: Any) -> Made:
    """Return a visit of which the payer denies the visit line: modifier 25 is missing."""
    lines = (line(1, "99213", 16500, pointers=(1, 2)), line(2, "93000", 9500, pointers=(2,)))
    encounter, coded = visit(conn, name, ("E11.9", "I10"), lines, **other)
    validated = _validated(coded, "clean", ())
    submitted = _submitted(coded, validated)
    group, carc = other.get("reason", ("CO", "4"))
    adjudicated = Adjudicated(
        event_id=ids.derive("adjudicated", name), encounter_id=coded.encounter_id,
        occurred_at=START + timedelta(days=16), recorded_at=START + timedelta(days=16),
        cause_id=submitted.event_id, control_number=submitted.control_number,
        payer_id=coded.bill.coverage.payer_id, version=1, coder_id="C-01", frequency="1",
        remittance_id="R1", ordinal=1, count=1, decided_on=date(2026, 6, 17), status="1",
        charge_cents=26000, paid_cents=6100, payer_claim_number=f"PCN{name.upper()[:8]}",
        lines=(
            PaidLine(line_id="L1", code="99213", charge_cents=16500, paid_cents=0, units=1,
                     adjustments=(Adjustment(group=group, carc=carc, amount_cents=16500),),
                     remarks=other.get("remarks", ("N822",))),
            PaidLine(line_id="L2", code="93000", charge_cents=9500, paid_cents=6100, units=1,
                     adjustments=(Adjustment(group="CO", carc="45", amount_cents=3400),)),
        ),
        bill=coded.bill,
    )
    reason = Reason(line_id="L1", place="line 1", group=group, carc=carc,
                    remarks=other.get("remarks", ("N822",)), amount_cents=16500)
    rework = _rework(
        coded, "denial", submitted.control_number, (reason,), 16500, cause=adjudicated,
        control_number=submitted.control_number,
        payer_claim_number=adjudicated.payer_claim_number,
        team=other.get("team", "CODING"), category=other.get("category", "CODING"),
        due=other.get("due", date(2026, 12, 14)),
    )
    events = (encounter, validated, submitted, *_acks(submitted), adjudicated, rework)
    return Made(encounter.encounter_id, coded.bill, events, rework)


def _validated(coded: Coded, verdict: str, findings: tuple[Finding, ...]) -> Validated:
    return Validated(
        event_id=ids.derive("validated", coded.event_id), encounter_id=coded.encounter_id,
        occurred_at=coded.occurred_at, recorded_at=coded.recorded_at, cause_id=coded.event_id,
        version=coded.version, coder_id=coded.coder_id, verdict=verdict, findings=findings,
        edit_set="e1", code_set="c1", rework_id=coded.rework_id, predecessor=coded.predecessor,
        bill=coded.bill,
    )


def _submitted(coded: Coded, validated: Validated, frequency: str = "1") -> Submitted:
    return Submitted(
        event_id=ids.derive("submitted", coded.event_id), encounter_id=coded.encounter_id,
        occurred_at=coded.occurred_at + timedelta(hours=1), recorded_at=coded.recorded_at,
        cause_id=validated.event_id, control_number=SITE.opaque("control", coded.event_id)[:18],
        payer_id=coded.bill.coverage.payer_id, version=coded.version, coder_id=coded.coder_id,
        frequency=frequency, predecessor=coded.predecessor, rework_id=coded.rework_id,
        filing_deadline_on=date(2027, 6, 1), bill=coded.bill,
    )


def _acks(submitted: Submitted) -> tuple[Acknowledged, ...]:
    hops = (("sent", (), 1), ("999", (Status(category="A"),), 2),
            ("277CA", (Status(category="A1", code="20"),), 3))
    return tuple(
        Acknowledged(
            event_id=ids.derive("ack", submitted.event_id, hop), cause_id=submitted.event_id,
            encounter_id=submitted.encounter_id, occurred_at=submitted.occurred_at
            + timedelta(days=days), recorded_at=submitted.recorded_at,
            control_number=submitted.control_number, payer_id=submitted.payer_id,
            version=submitted.version, coder_id=submitted.coder_id, frequency=submitted.frequency,
            hop=hop, accepted=True, statuses=statuses, rework_id=submitted.rework_id,
            bill=submitted.bill,
        )
        for hop, statuses, days in hops
    )


def _rework(
    coded: Coded, kind: str, subject: str, reasons: tuple[Reason, ...], cents: int,
    *, cause: EncounterEvent, control_number: str = "", payer_claim_number: str = "",
    team: str = "CODING", category: str = "CODING", due: date = date(2026, 12, 14),
) -> Rework:
    rework_id = ids.derive("rework", subject, kind)
    return Rework(
        event_id=ids.derive("rework", rework_id, 1), encounter_id=coded.encounter_id,
        occurred_at=cause.occurred_at, recorded_at=cause.recorded_at, cause_id=cause.event_id,
        rework_id=rework_id, revision=1, kind=kind, status="open", subject=subject,
        control_number=control_number, payer_claim_number=payer_claim_number,
        payer_id=coded.bill.coverage.payer_id, version=coded.version, follows=coded.rework_id,
        category=category, team=team, coder_id="C-01" if team == "CODING" else "",
        action="FIX_REPLACE", reasons=reasons, at_stake_cents=cents, due_on=due,
        due_rule="corrected claim: 180 days from the decision",
    )


def play(conn: Any, made: Made) -> str:
    """Let the worklist see what happened; return the item's id."""
    encounter = made.events[0]
    assert isinstance(encounter, Encounter)
    feed.save(conn, {made.encounter_id: feed.Chart(
        "coded", 1, 1, encounter, coding.initial(encounter, made.bill, "C-01", START)
    )})
    see(conn, made.events)
    return made.rework.rework_id


def see(conn: Any, events: tuple[EncounterEvent, ...]) -> None:
    """Give events to the projection."""
    seen = [
        Seen(event, Moment(CLOCK.now(), topics.holding(event).name, 1, 100 + n, encode(event)))
        for n, event in enumerate(events)
    ]
    projection.save(conn, seen)


def fate(made: Made, coded: Coded, cents: int) -> tuple[EncounterEvent, ...]:
    """Return what follows when a correction is paid."""
    validated = _validated(coded, "clean", ())
    submitted = _submitted(coded, validated, "7")
    paid = Adjudicated(
        event_id=ids.derive("adjudicated", coded.event_id), encounter_id=coded.encounter_id,
        occurred_at=coded.occurred_at + timedelta(days=9), recorded_at=coded.recorded_at,
        cause_id=submitted.event_id, control_number=submitted.control_number,
        payer_id=submitted.payer_id, version=coded.version, frequency="7", remittance_id="R2",
        ordinal=1, count=1, decided_on=date(2026, 7, 20), status="1", charge_cents=26000,
        paid_cents=cents, rework_id=coded.rework_id, bill=coded.bill,
    )
    return (validated, submitted, *_acks(submitted), paid)


def everything(engine: Engine) -> dict[str, str]:
    """Play all of it; return item ids by name."""
    with engine.begin() as conn:
        encounter, _ = visit(conn, "before", ("I10",), (), patient="denied",
                             on=date(2026, 1, 12))
        see(conn, (encounter,))
        return {
            "held": play(conn, held(conn)),
            "denied": play(conn, denied(conn, patient="denied", due=date(2026, 7, 8))),
            "units": play(conn, denied(conn, "units", reason=("CO", "151"), remarks=("N362",),
                                       due=date(2026, 6, 28))),
            "auth": play(conn, denied(conn, "auth", reason=("CO", "197"), remarks=(),
                                      team="AUTH_UM", category="AUTH")),
        }
