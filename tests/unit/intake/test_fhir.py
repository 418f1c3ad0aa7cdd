"""FHIR exports: every encounter becomes a visit or a refusal with its place."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.codes import icd10cm
from services.intake import copies, load
from services.intake.visit import Found, Refusal, Visit
from tests.unit.intake import exports


def read(path: Path) -> list[Found]:
    reader = load._open(path)
    return [reader] if isinstance(reader, Refusal) else list(reader.read())


def one(path: Path) -> Found:
    (found,) = read(path)
    return found


def visit(path: Path) -> Visit:
    found = one(path)
    assert isinstance(found, Visit), found
    return found


def test_a_folder_and_a_bundle_of_the_same_resources_are_the_same_visit(tmp_path: Path) -> None:
    from_folder = visit(exports.folder(tmp_path / "x", exports.resources()))
    from_bundle = visit(exports.bundle(tmp_path / "x.json", exports.resources()))
    assert from_bundle.file == "x.json"
    assert from_folder.source_id == from_bundle.source_id == "E-1"
    assert from_folder.diagnoses == from_bundle.diagnoses
    assert from_folder.person == from_bundle.person
    assert from_folder.cover.organisation == "US-BCBS"


def test_a_composition_becomes_plain_text(tmp_path: Path) -> None:
    (note,) = visit(exports.folder(tmp_path / "x", exports.resources())).documents
    assert note.text == "Assessment:\n1. Hypertension < goal"
    assert note.signed_at is not None


def test_diagnoses_stand_by_rank_and_the_problem_list_is_left_alone(tmp_path: Path) -> None:
    content = exports.resources()
    folder = exports.folder(tmp_path / "x", content)
    second = content["Condition"] | {"id": "d2", "code": {"coding": [exports.icd("E11.9")]}}
    problem = content["Condition"] | {"id": "d3", "code": {"coding": [exports.icd("Z99.89")]}}
    conditions = (content["Condition"], second, problem)
    (folder / "Condition.ndjson").write_text("".join(json.dumps(c) + "\n" for c in conditions))
    content["Encounter"]["diagnosis"] = [
        {"condition": {"reference": "Condition/d1"}, "rank": 2},
        {"condition": {"reference": "Condition/d2"}, "rank": 1},
    ]
    (folder / "Encounter.ndjson").write_text(json.dumps(content["Encounter"]) + "\n")
    assert [d.code for d in visit(folder).diagnoses] == ["E11.9", "I10"]


BAD: list[tuple[str, str, Any]] = [
    ("status", "status", "unheard-of"),
    ("class", "class.code", {"code": "SPACE"}),
    ("period", "period.start", {"end": "2026-06-01"}),
    ("period", "period.start", {"start": "soon"}),
    ("period", "period.end", {"start": "2026-06-01T10:00:00Z"}),
    ("period", "period.end", {"start": "2026-06-02T10:00:00Z", "end": "2026-06-01T10:00:00Z"}),
    ("subject", "subject", {"reference": "Patient/nobody"}),
    ("subject", "subject", []),
    ("diagnosis", "diagnosis.condition", [{"condition": {"reference": "Condition/none"}}]),
    ("diagnosis", "diagnosis.rank", [{"rank": "first"}]),
    ("resourceType", "resourceType", "Patient"),
]


@pytest.mark.parametrize(("name", "field", "value"), BAD)
def test_a_bad_field_refuses_the_encounter_with_its_place(
    tmp_path: Path, name: str, field: str, value: object
) -> None:
    content = exports.resources()
    content["Encounter"][name] = value
    refusal = one(exports.folder(tmp_path / "x", content))
    assert isinstance(refusal, Refusal)
    assert (refusal.file, refusal.line, refusal.field) == ("Encounter.ndjson", 1, field)
    assert refusal.rule


GARBAGE = [
    b"\x00\xff\xfe", b'{"torn', b"[]", b"null", b'"text"', b"{}", b'{"resourceType": "Encounter"}',
    b"[" * 100_000, b'{"resourceType":"Encounter","class":[1],"period":7,"identifier":{}}',
]


@pytest.mark.parametrize("raw", GARBAGE)
def test_garbage_is_refused_and_its_neighbours_come_in(tmp_path: Path, raw: bytes) -> None:
    content = exports.resources()
    folder = exports.folder(tmp_path / "x", content)
    good = json.dumps(content["Encounter"]).encode()
    (folder / "Encounter.ndjson").write_bytes(good + b"\n" + raw + b"\n\n" + good)
    found = read(folder)
    assert [type(f) for f in found] == [Visit, Refusal, Visit]
    assert isinstance(found[1], Refusal)
    assert found[1].line == 2


def test_a_line_longer_than_the_limit_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.lines.MAX_LINE", 5_000)
    content = exports.resources()
    folder = exports.folder(tmp_path / "x", content)
    good = json.dumps(content["Encounter"]).encode()
    (folder / "Encounter.ndjson").write_bytes(b"x" * 50_000 + b"\n" + good)
    assert [type(f) for f in read(folder)] == [Refusal, Visit]


def test_a_note_that_is_no_base64_refuses_its_encounter_only(tmp_path: Path) -> None:
    content = exports.resources()
    content["DocumentReference"] = {
        "resourceType": "DocumentReference", "id": "r1", "status": "current",
        "type": {"coding": [{"code": "11506-3"}]},
        "context": {"encounter": [{"reference": "Encounter/e1"}]},
        "content": [{"attachment": {"data": "***"}}],
    }
    refusal = one(exports.folder(tmp_path / "x", content))
    assert isinstance(refusal, Refusal)
    assert refusal.field == "DocumentReference.content.attachment.data"


def test_a_damaged_patient_line_is_refused_and_so_is_the_visit_of_it(tmp_path: Path) -> None:
    folder = exports.folder(tmp_path / "x", exports.resources())
    (folder / "Patient.ndjson").write_text('{"torn\n')
    found = read(folder)
    assert [(f.file, f.field) for f in found if isinstance(f, Refusal)] == [
        ("Patient.ndjson", "line"), ("Encounter.ndjson", "subject"),
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'{"resourceType": "Patient"}', b"\xff"])
def test_a_file_that_is_no_bundle_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    refusal = one(path)
    assert isinstance(refusal, Refusal)
    assert (refusal.file, refusal.field) == ("b.json", "file")


def test_a_torn_gzip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Encounter.ndjson.gz").write_bytes(b"\x1f\x8b\x08\x00 torn")
    refusal = one(tmp_path)
    assert isinstance(refusal, Refusal)
    assert "unpacked" in refusal.rule


def test_the_shared_export_holds_what_was_counted(shared: Path) -> None:
    found = read(shared / "data" / "encounters" / "clinosim_p2000_s42" / "fhir")
    visits = [f for f in found if isinstance(f, Visit)]
    assert len(visits) == len(found) == 3693
    assert sum(v.part_of_stay for v in visits) == 61
    assert Counter(v.status for v in visits) == {"finished": 3689, "open": 4}
    assert Counter(v.encounter_class for v in visits) == {
        "ambulatory": 3369, "emergency": 263, "inpatient": 61,
    }
    coded = [v for v in visits if any(icd10cm.compact(i.match)[:1].isdigit() for i in v.items)]
    assert len(coded) <= 173


def test_a_copy_of_a_visit_is_another_patients_and_the_same_on_every_run(tmp_path: Path) -> None:
    content = exports.resources()
    content["Coverage"]["subscriberId"] = "99999999999"
    reader = load._open(exports.folder(tmp_path / "x", content))
    assert not isinstance(reader, Refusal)
    found = [one for one in copies.read(reader, 3) if isinstance(one, Visit)]
    assert found == list(copies.read(reader, 3))
    assert len({one.source_id for one in found}) == 3
    assert len({one.person.record_number for one in found}) == 3
    assert [one.cover.member_id for one in found[1:]] == ["00007654320", "00015308641"]
