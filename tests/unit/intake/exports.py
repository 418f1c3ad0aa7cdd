"""A small FHIR export, to be spoilt by a test."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def resources() -> dict[str, Json]:
    """Return one visit and what it refers to."""
    return {
        "Patient": {
            "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-05",
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "MRN-1"}],
            "name": [{"family": "Doe", "given": ["Jane"]}],
            "address": [
                {"line": ["1 Road"], "city": "Town", "state": "MA", "postalCode": "02144"}
            ],
        },
        "Coverage": {
            "resourceType": "Coverage", "id": "c1", "status": "active", "subscriberId": "M1",
            "beneficiary": {"reference": "Patient/p1"},
            "payor": [{"reference": "Organization/payer-US-BCBS"}],
        },
        "Condition": {
            "resourceType": "Condition", "id": "d1", "subject": {"reference": "Patient/p1"},
            "code": {"coding": [icd("I10", "Essential (primary) hypertension")]},
        },
        "Composition": {
            "resourceType": "Composition", "id": "n1", "status": "final",
            "date": "2026-06-01T10:25:00Z", "encounter": {"reference": "Encounter/e1"},
            "type": {"coding": [{"system": "http://loinc.org", "code": "34131-3"}]},
            "section": [
                {"title": "Assessment", "text": {"div": "<div>1. Hypertension &lt; goal</div>"}}
            ],
        },
        "Encounter": {
            "resourceType": "Encounter", "id": "e1", "identifier": [{"value": "E-1"}],
            "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"},
            "period": {"start": "2026-06-01T10:00:00Z", "end": "2026-06-01T10:30:00Z"},
            "participant": [
                {
                    "type": [{"coding": [{"code": "ATND"}]}],
                    "individual": {"reference": "Practitioner/DR-PC-001"},
                }
            ],
            "diagnosis": [{"condition": {"reference": "Condition/d1"}, "rank": 1}],
            "serviceProvider": {"reference": "Organization/dept-primary-care"},
        },
    }


def icd(code: str, words: str = "") -> Json:
    """Return an ICD-10-CM coding."""
    return {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": words}


def folder(path: Path, content: dict[str, Json]) -> Path:
    """Write an export as NDJSON."""
    path.mkdir(exist_ok=True)
    for kind, resource in content.items():
        (path / f"{kind}.ndjson").write_text(json.dumps(resource) + "\n")
    return path


def bundle(path: Path, content: dict[str, Json]) -> Path:
    """Write an export as a Bundle."""
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in content.values()]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path
