"""Intake against a real database: every encounter comes in or is refused, once."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from schemas import codec
from services.codes import reference
from services.db import engine
from services.intake import sample
from services.intake.load import Loader, Summary
from services.phi import vault
from services.phi.keys import SiteKey
from services.settings import Settings
from tests.conftest import SITE_KEY

AS_OF = date(2026, 8, 1)
NOW = datetime(2026, 8, 1, tzinfo=UTC)


def loader(database: Engine, **over: object) -> Loader:
    content: dict[str, object] = {
        "engine": database, "key": SiteKey(SITE_KEY), "reference": reference.load(),
        "now": lambda: NOW, "as_of": AS_OF,
    }
    return Loader(**content | over)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def db(database: Settings) -> Engine:
    return engine.connect(database.database_url.get_secret_value())


@pytest.fixture(scope="module")
def loaded(db: Engine) -> Summary:
    return loader(db).load([sample.FOLDER])


def rows(db: Engine, statement: str, **values: object) -> list[tuple[object, ...]]:
    with db.connect() as conn:
        return [tuple(row) for row in conn.execute(text(statement), values)]


def test_every_encounter_of_the_sample_is_in_one_named_state(db: Engine, loaded: Summary) -> None:
    states = {"ready": 1087, "self_pay": 48, "part_of_stay": 82, "in_progress": 2}
    assert loaded.states == states
    assert loaded.refused == 0
    assert dict(rows(db, "select state, count(*) from intake group by state")) == states


def test_each_encounter_is_one_event_waiting_to_be_relayed(db: Engine, loaded: Summary) -> None:
    kept = rows(db, "select key, value from outbox where producer = 'intake' and pending")
    events = {key: codec.decode("claims.encounter", bytes(value)) for key, value in kept}
    assert len(kept) == len(events) == loaded.states.total()
    assert all(key == event.encounter_id and event.version == 1 for key, event in events.items())


def test_the_newest_encounter_is_the_day_before_as_of(db: Engine, loaded: Summary) -> None:
    kept = rows(db, "select value from outbox where producer = 'intake'")
    ends = [codec.decode("claims.encounter", bytes(v)).bill.ends_on for (v,) in kept]
    assert max(ends) == AS_OF - timedelta(days=1)


def test_the_same_load_again_writes_nothing(db: Engine, loaded: Summary) -> None:
    before = rows(db, "select count(*), max(seq) from outbox")
    again = loader(db, as_of=date(2026, 9, 1)).load([sample.FOLDER])
    assert again.outcomes == {"unchanged": 1219}
    assert again.shift_days == loaded.shift_days
    assert rows(db, "select count(*), max(seq) from outbox") == before


def test_sealed_parts_open_with_the_patients_key_and_hold_what_the_source_said(
    db: Engine, loaded: Summary
) -> None:
    ((value,),) = rows(db, "select value from outbox where producer = 'intake' limit 1")
    event = codec.decode("claims.encounter", bytes(value))  # type: ignore[arg-type]
    group = event.bill.demographics
    with db.connect() as conn:
        key = vault.load_keys(conn, SiteKey(SITE_KEY), [group.kid])[group.kid]
    opened = vault.unseal(key, event.encounter_id, group)
    assert opened["encounter_source_id"].startswith("ENC-")
    assert opened["record_number"].startswith("POP-")
    assert len(opened["birth_date"]) == 10
    assert all(vault.unseal(key, event.encounter_id, note.text)["text"] for note in event.notes)


def test_a_changed_visit_is_the_next_version(db: Engine, loaded: Summary, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    first = small_export(folder)
    assert loader(db).load([folder]).outcomes == {"new": 1}
    first["period"]["end"] = "2026-06-01T11:00:00Z"
    (folder / "Encounter.ndjson").write_text(json.dumps(first) + "\n")
    assert loader(db).load([folder]).outcomes == {"changed": 1}
    versions = rows(
        db, "select i.version, count(*) from intake i join outbox o on o.key = i.encounter_id"
        " where i.version > 1 group by i.version",
    )
    assert versions == [(2, 2)]


def test_one_bad_line_is_refused_by_itself_and_kept_sealed(
    db: Engine, loaded: Summary, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    good = small_export(folder)
    bad = good | {"identifier": [{"value": "E-3"}], "class": {"code": "SPACE"}}
    content = [json.dumps(good | {"identifier": [{"value": "E-2"}]}), '{"torn', json.dumps(bad)]
    (folder / "Encounter.ndjson").write_text("\n".join(content) + "\n")
    summary = loader(db).load([folder])
    assert summary.outcomes == {"new": 1}
    told = [(r.file, r.line, r.field) for r in summary.refusals]
    assert told == [("Encounter.ndjson", 2, "line"), ("Encounter.ndjson", 3, "class.code")]
    kept = rows(db, "select file, line, content from intake_refusal order by line")
    assert [(file, line) for file, line, _ in kept] == [(f, n) for f, n, _ in told]
    assert all(b"SPACE" not in bytes(c) and b"torn" not in bytes(c) for *_, c in kept)  # type: ignore[arg-type]


def test_a_csv_export_does_not_replace_what_fhir_said(db: Engine, shared: Path) -> None:
    folder = shared / "data" / "encounters" / "clinosim_p2000_s42"
    from_fhir = loader(db).load([folder / "fhir"])
    from_csv = loader(db).load([folder])
    assert from_fhir.states.total() == 3693
    assert from_csv.states.total() == 3632
    assert from_csv.outcomes == {"known_better": 3632}


def small_export(folder: Path) -> dict[str, object]:
    """Write an export of one visit; return its Encounter."""
    patient = {
        "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-05",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "MRN-1"}],
        "name": [{"family": "Doe", "given": ["Jane"]}],
        "address": [
            {"line": ["1 Road"], "city": "Town", "state": "MA", "postalCode": "02144"}
        ],
    }
    coverage = {
        "resourceType": "Coverage", "id": "c1", "status": "active", "subscriberId": "M1",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Organization/payer-US-BCBS"}],
    }
    encounter: dict[str, object] = {
        "resourceType": "Encounter", "id": "e1", "identifier": [{"value": "E-1"}],
        "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-06-01T10:00:00Z", "end": "2026-06-01T10:30:00Z"},
        "participant": [
            {
                "type": [{"coding": [{"code": "ATND"}]}],
                "individual": {"reference": "Practitioner/DR-PC-001"},
            }
        ],
        "reasonCode": [
            {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}]}
        ],
        "serviceProvider": {"reference": "Organization/dept-primary-care"},
    }
    for name, content in (("Patient", patient), ("Coverage", coverage), ("Encounter", encounter)):
        (folder / f"{name}.ndjson").write_text(json.dumps(content) + "\n")
    return encounter
