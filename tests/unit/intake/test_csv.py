"""CSV exports: the counted facts of the shared data, and bad rows refused by themselves."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.codes import chargemaster, icd10cm, reference
from services.intake import load
from services.intake.build import Draft, Site
from services.intake.visit import Refusal, Visit
from services.phi.keys import SiteKey

ENCOUNTERS = (
    "encounter_id,patient_id,encounter_type,status,department_id,admission_datetime,"
    "discharge_datetime\n"
)
GOOD = "E1,P1,outpatient,completed,primary_care,2026-06-04T10:29:00,2026-06-04T10:48:00\n"


def site() -> Site:
    return Site(SiteKey(bytes(32)), reference.load(), chargemaster.load(), timedelta())


def folder(tmp_path: Path, rows: bytes) -> Path:
    (tmp_path / "encounters.csv").write_bytes(ENCOUNTERS.encode() + rows)
    (tmp_path / "patients.csv").write_text("patient_id,sex,insurance_type,age\nP1,F,private,40\n")
    (tmp_path / "diagnoses.csv").write_text("encounter_id,discharge_diagnosis_code\nE1,I10\n")
    return tmp_path


def drafts(path: Path) -> dict[str, Draft]:
    reader = load._open(path)
    built = [one for one in load._built(reader, site()) if isinstance(one, Draft)]
    return {one.event.encounter_id: one for one in built}


def test_the_two_exports_of_one_run_give_the_same_ids(shared: Path) -> None:
    both = shared / "data" / "encounters" / "clinosim_p2000_s42"
    from_fhir, from_csv = drafts(both / "fhir"), drafts(both)
    assert (len(from_fhir), len(from_csv)) == (3693, 3632)
    only = from_fhir.keys() - from_csv.keys()
    assert from_csv.keys() <= from_fhir.keys()
    assert {from_fhir[key].event.state for key in only} <= {"part_of_stay", "self_pay"}
    assert len(only) == 61
    kids = {(from_fhir[key].kid, from_csv[key].kid) for key in from_csv}
    assert all(one == other for one, other in kids)


def test_a_third_of_the_discharge_diagnoses_cannot_be_billed(shared: Path) -> None:
    path = shared / "data" / "encounters" / "clinosim_p2000_s42" / "diagnoses.csv"
    with path.open() as file:
        codes = [row["discharge_diagnosis_code"] for row in csv.DictReader(file)]
    on = date(2026, 3, 1)
    assert (len(codes), sum(not icd10cm.is_valid(code, on) for code in codes)) == (3580, 1321)


def test_a_csv_visit_without_registration_waits_for_it(tmp_path: Path) -> None:
    (one,) = drafts(folder(tmp_path, GOOD.encode())).values()
    assert one.event.state == "awaiting_registration"


def test_synthea_visits_are_snomed_only(shared: Path) -> None:
    found = drafts(shared / "data" / "encounters" / "synthea_ohdsi")
    assert len(found) == 604
    assert {one.event.state for one in found.values()} == {"snomed_only"}


BAD_ROWS = [
    (b"E2,P1\n", "line"),
    (b"E2,P1,outpatient,completed,primary_care,soon,2026-06-04T10:48:00\n", "admission_datetime"),
    (b"E2,P1,outpatient,completed,primary_care,2026-06-04T10:29:00,\n", "discharge_datetime"),
    (b"E2,P1,outpatient,completed,pc,2026-06-04T10:29:00,2026-06-03T10:29:00\n",
     "discharge_datetime"),
    (b"E2,P9,outpatient,completed,pc,2026-06-04T10:29:00,2026-06-04T10:29:00\n", "patient_id"),
    (b"E2,P1,elsewhere,completed,pc,2026-06-04T10:29:00,2026-06-04T10:29:00\n", "encounter_type"),
    (b"E2,P1,outpatient,unknown,pc,2026-06-04T10:29:00,2026-06-04T10:29:00\n", "status"),
    (b",P1,outpatient,completed,pc,2026-06-04T10:29:00,2026-06-04T10:29:00\n", "encounter_id"),
    (b"\xff\xfe,P1,outpatient,completed,pc,2026-06-04,2026-06-04\n", "encounter_id"),
]


@pytest.mark.parametrize(("row", "field"), BAD_ROWS)
def test_a_bad_row_is_refused_by_itself(tmp_path: Path, row: bytes, field: str) -> None:
    other = GOOD.replace("E1", "E3").encode()
    reader = load._open(folder(tmp_path, GOOD.encode() + row + other))
    assert not isinstance(reader, Refusal)
    found = list(reader.read())
    assert [type(one) for one in found] == [Visit, Refusal, Visit]
    assert isinstance(found[1], Refusal)
    assert (found[1].file, found[1].line, found[1].field) == ("encounters.csv", 3, field)


def test_a_file_without_its_columns_is_refused_whole(tmp_path: Path) -> None:
    path = folder(tmp_path, b"")
    (path / "patients.csv").write_text("a,b\n1,2\n")
    refusal = load._open(path)
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "lacks the column patient_id, sex, insurance_type"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert isinstance(load._open(tmp_path), Refusal)
