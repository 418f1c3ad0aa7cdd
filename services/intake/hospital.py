"""What a bill of the hospital has: admission and discharge, procedures, lines by revenue code."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from schemas.events import (
    Bill,
    Diagnosis,
    Institutional,
    Line,
    Occurrence,
    Procedure,
    Value,
)
from services.codes import admission, icd10cm, pcs, poa, revenue
from services.codes.chargemaster import Charge, Chargemaster
from services.codes.reference import Provider, Reference
from services.intake.visit import Named, Visit

INSTITUTIONAL = frozenset({"inpatient", "observation", "emergency"})
"""The classes that the hospital bills; one bill an encounter."""
INPATIENT = "inpatient"
FACILITY_TYPES = {"inpatient": "11", "observation": "13", "emergency": "13"}
UNKNOWN = "9"
EMERGENCY_TYPE = "1"
ACCIDENT, COVERED_DAYS, ROOM_RATE = "05", "80", "01"
"""Occurrence: accident, no coverage known; values: days covered, rate of a room with two beds."""
MOST_REASONS = 3

Charges = Mapping[tuple[Charge, date, str], int]
"""What is charged, when, on which side -> units."""


def claim_type(encounter_class: str) -> str:
    """Return institutional for what the hospital bills, else professional."""
    return "institutional" if encounter_class in INSTITUTIONAL else "professional"


def lacks(visit: Visit, bill: Bill) -> str:
    """Return what an institutional bill lacks that the source would have to say, or nothing."""
    held = bill.institutional
    wanted = {
        "payer": bill.coverage.payer_id,
        "principal_diagnosis": bill.diagnoses,
        "patient_status": held is not None and held.patient_status,
    }
    missing = (name for name, there in wanted.items() if not there)
    return next(missing, "") if visit.encounter_class in INSTITUTIONAL else ""


def content(
    visit: Visit, reference: Reference, provider: Provider | None, rate_cents: int,
    shift: timedelta,
) -> Institutional | None:
    """Return what an institutional bill adds, or none for a professional one."""
    if visit.encounter_class not in INSTITUTIONAL:
        return None
    stay, inpatient = visit.stay, visit.encounter_class == INPATIENT
    procedures = tuple(_procedures(visit, shift)) if inpatient else ()
    admitting = stay.admitting or next(iter(visit.diagnoses), None)
    return Institutional(
        facility_type=FACILITY_TYPES[visit.encounter_class],
        admitted_at=_local(visit.starts_at, shift),
        admission_type=admission.code_of(admission.TYPE, stay.priority) or _type(visit),
        admission_source=admission.code_of(admission.SOURCE, stay.origin) or UNKNOWN,
        discharged_at=_local(visit.ends_at, shift) if visit.ends_at else None,
        patient_status=admission.code_of(admission.STATUS, stay.disposition),
        attending_npi=provider.npi if provider else "",
        operating_npi=_surgeon(visit, reference) if procedures else "",
        admitting=_code(admitting) if inpatient and admitting else "",
        visit_reasons=() if inpatient else tuple(map(_code, stay.reasons[:MOST_REASONS])),
        procedures=procedures,
        occurrences=tuple(_occurrences(visit, shift)),
        values=_values(visit, rate_cents) if inpatient else (),
    )


def _type(visit: Visit) -> str:
    return EMERGENCY_TYPE if visit.encounter_class == "emergency" else UNKNOWN


def _local(at: datetime, shift: timedelta) -> datetime:
    """Return a local time as UTC: what stands on the clock there, moved."""
    return at.replace(tzinfo=UTC) + shift


def _code(named: Named) -> str:
    return icd10cm.dotted(named.code) if icd10cm.SHAPE.fullmatch(
        icd10cm.compact(named.code)
    ) else ""


def _procedures(visit: Visit, shift: timedelta) -> Iterable[Procedure]:
    """Yield the procedures once each, those of a surgeon first, then by day."""
    first: dict[str, Procedure] = {}
    for item in sorted(visit.items, key=lambda i: (not i.by, i.on)):
        for code in pcs.codes_of(item.match, item.side, item.minutes):
            first.setdefault(code, Procedure(
                code=code, performed_on=_within(item.on, visit) + shift,
                assigned_by=visit.provider_id, source="provider",
            ))
    return first.values()


def _surgeon(visit: Visit, reference: Reference) -> str:
    """Return the NPI of who operated, if the source names somebody of the reference file."""
    found = (reference.providers.get(item.by) for item in visit.items if item.by)
    return next((provider.npi for provider in found if provider), "")


def _occurrences(visit: Visit, shift: timedelta) -> Iterable[Occurrence]:
    if any(map(is_accident, (named.code for named in visit.diagnoses))):
        yield Occurrence(code=ACCIDENT, starts_on=visit.starts_at.date() + shift)


def is_accident(code: str) -> bool:
    """Say whether an external cause is an accident (ICD-10-CM V00 to X58).

    >>> is_accident("W19.XXXA"), is_accident("Y92.009"), is_accident("I10")
    (True, False, False)
    """
    return "V00" <= code[:3] <= "X58"


def _values(visit: Visit, rate_cents: int) -> tuple[Value, ...]:
    days = Value(code=COVERED_DAYS, amount_cents=nights(visit) * 100)
    rate = (Value(code=ROOM_RATE, amount_cents=rate_cents),) if rate_cents else ()
    return (*rate, days)


def nights(visit: Visit) -> int:
    """Return how many days of room and board a stay has: its nights, at least one."""
    ends = (visit.ends_at or visit.starts_at).date()
    return max(1, (ends - visit.starts_at.date()).days)


def hours(visit: Visit) -> int:
    """Return the hours of an observation, rounded to whole ones, at least one."""
    lasted = (visit.ends_at or visit.starts_at) - visit.starts_at
    return max(1, round(lasted / timedelta(hours=1)))


def room(visit: Visit, chargemaster: Chargemaster) -> Charge | None:
    """Return what a day of a stay costs; none for who does not stay."""
    return chargemaster.room(visit.department) if visit.encounter_class == INPATIENT else None


def summed(lines: Iterable[Line], line_id_of: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the lines of a stay: one a revenue code, room and board first, without HCPCS.

    Args:
        lines: One for each thing charged.
        line_id_of: Revenue code -> id of its line.
    """
    units: Counter[str] = Counter()
    charges: Counter[str] = Counter()
    first: dict[str, Line] = {}
    for line in lines:
        units[line.revenue_code] += line.units
        charges[line.revenue_code] += line.charge_cents
        first.setdefault(line.revenue_code, line)
    return tuple(
        dataclasses.replace(
            line, line_id=line_id_of[code], code="", modifiers=(), units=units[code],
            charge_cents=charges[code], assigned_by="chargemaster", source="chargemaster",
        )
        for code, line in sorted(
            first.items(), key=lambda one: (not revenue.is_accommodation(one[0]), one[0])
        )
    )


def present(diagnosis: Named, visit: Visit) -> str:
    """Return whether a diagnosis was present on admission, as far as the source says.

    Empty for what is exempt, for outpatients, and where no day of onset is documented.
    """
    if visit.encounter_class != INPATIENT or diagnosis.onset is None:
        return ""
    if poa.is_exempt(diagnosis.code):
        return ""
    return poa.PRESENT if diagnosis.onset <= visit.starts_at.date() else poa.ABSENT


def with_presence(diagnosis: Diagnosis, named: Named, visit: Visit) -> Diagnosis:
    """Return a diagnosis with its indicator."""
    found = present(named, visit)
    return dataclasses.replace(diagnosis, present=found) if found else diagnosis


def _within(on: date, visit: Visit) -> date:
    return min(max(on, visit.starts_at.date()), (visit.ends_at or visit.starts_at).date())
