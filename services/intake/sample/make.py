"""Make the project's own sample of encounters with notes, by hand, with PyPI's clinosim (MIT).

    pip install clinosim==0.6.5
    clinosim simulate --country US --population 2600 --seed 7 --start 2026-01-01 \
        --end 2026-06-30 --format csv fhir-r4 --output OUT
    python -m services.intake.sample.make OUT/fhir_r4

Keeps every patient who had a stay, others who came to the emergency department until there are
enough of those visits, and further patients up to the size of the sample; of them what intake
reads and nothing else, in the order of the source, with the same bytes on every run. The text and
display of CPT codings are left out: CPT descriptors are the American Medical Association's.

The authorisation numbers of stays (ClaimResponse) are made here: the simulator has none.
"""

import gzip
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from services.codes import pcs
from services.intake.fhir_notes import TITLES

Json = dict[str, Any]
CPT = "http://www.ama-assn.org/go/cpt"
SNOMED = "http://snomed.info/sct"
SURGEON = "304292004"
ENCOUNTERS, EMERGENCIES = 1219, 150
"""Of the sample: encounters, and visits to the emergency department that ended there."""
UNAUTHORISED = ("CMS-MEDICARE", "CMS-DUAL", "US-SELFPAY")
"""Who asks for no authorisation of a stay."""
OUT = Path(__file__).with_name("fhir")


def pick(content: Json, *names: str) -> Json:
    """Return some fields of a resource."""
    return {name: content[name] for name in ("resourceType", "id", *names) if name in content}


def codes(codeable: Json, *, words: bool) -> Json:
    """Return the codings of a concept, with or without their words."""
    kept = ("system", "code", "display") if words else ("system", "code")
    return {"coding": [{k: c[k] for k in kept if k in c} for c in codeable.get("coding", ())]}


def encounter(content: Json) -> Json:
    """Return what intake reads of an Encounter."""
    kept = pick(
        content, "identifier", "status", "class", "subject", "period", "reasonCode", "diagnosis",
        "serviceProvider", "partOf",
    )
    if "hospitalization" in content:
        kept["priority"] = codes(content["priority"], words=False)
        kept["hospitalization"] = {
            name: codes(content["hospitalization"][name], words=False)
            for name in ("admitSource", "dischargeDisposition")
            if name in content["hospitalization"]
        }
    kept["participant"] = [
        {"type": p["type"], "individual": {"reference": p["individual"]["reference"]}}
        for p in content["participant"]
        if p["type"][0]["coding"][0]["code"] == "ATND"
    ]
    return kept


def patient(content: Json) -> Json:
    """Return what intake reads of a Patient."""
    return pick(content, "identifier", "name", "gender", "birthDate", "address")


def condition(content: Json) -> Json:
    """Return what intake reads of a Condition."""
    kept = pick(content, "subject", "onsetDateTime")
    return kept | {"code": codes(content["code"], words=True)}


def coverage(content: Json) -> Json:
    """Return what intake reads of a Coverage."""
    return pick(content, "status", "subscriberId", "beneficiary", "payor", "period")


def composition(content: Json) -> Json | None:
    """Return what intake reads of a Composition of a type it takes."""
    if content["type"]["coding"][0]["code"] not in TITLES:
        return None
    kept = pick(content, "status", "encounter", "date")
    kept["type"] = codes(content["type"], words=False)
    kept["section"] = [
        {"title": s["title"], "text": {"div": s["text"]["div"]}} for s in content["section"]
    ]
    return kept


def document(content: Json) -> Json | None:
    """Return what intake reads of a DocumentReference of a type it takes."""
    if content["type"]["coding"][0]["code"] not in TITLES:
        return None
    attachment = content["content"][0]["attachment"]
    return pick(content, "status", "docStatus", "context", "date") | {
        "type": codes(content["type"], words=False),
        "content": [{"attachment": {k: attachment[k] for k in ("contentType", "data")}}],
    }


def procedure(content: Json) -> Json | None:
    """Return a Procedure with a procedure code, without any words for it."""
    coded = [
        c for c in content["code"].get("coding", ())
        if c["system"] == CPT or (c["system"] == SNOMED and c["code"] in pcs.documented())
    ]
    if not coded:
        return None
    kept = pick(
        content, "status", "encounter", "performedPeriod", "performedDateTime", "bodySite"
    )
    kept["performer"] = [
        {"function": codes(p["function"], words=False),
         "actor": {"reference": p["actor"]["reference"]}}
        for p in content.get("performer", ())
        if p.get("function", {}).get("coding", [{}])[0].get("code") == SURGEON
    ]
    return kept | {"code": codes({"coding": coded[:1]}, words=False)}


def administration(content: Json) -> Json | None:
    """Return that a drug was given, and on which day, without the drug."""
    return {
        "resourceType": content["resourceType"], "status": content["status"],
        "context": content["context"], "effectiveDateTime": content["effectiveDateTime"][:10],
    }


def report(content: Json) -> Json | None:
    """Return a DiagnosticReport of an encounter: its LOINC code and date."""
    if "encounter" not in content:
        return None
    kept = pick(content, "status", "encounter", "effectiveDateTime")
    return kept | {"code": codes(content["code"], words=False)}


def immunization(content: Json) -> Json | None:
    """Return an Immunization given at an encounter."""
    return pick(content, "status", "encounter") if "encounter" in content else None


KEEP: dict[str, Callable[[Json], Json | None]] = {
    "Encounter": encounter, "Patient": patient, "Condition": condition, "Coverage": coverage,
    "Composition": composition, "DocumentReference": document, "Procedure": procedure,
    "DiagnosticReport": report, "Immunization": immunization,
    "MedicationAdministration": administration,
}


def read(source: Path, kind: str) -> Iterator[Json]:
    """Yield the resources of a kind."""
    with (source / f"{kind}.ndjson").open("rb") as file:
        yield from map(orjson.loads, file)


def chosen(source: Path) -> dict[str, Json]:
    """Return the encounters of the sample by id: of whole patients, in the order of the source."""
    by_patient: dict[str, list[Json]] = {}
    for one in read(source, "Encounter"):
        by_patient.setdefault(one["subject"]["reference"], []).append(one)
    kinds = {
        patient: Counter(one["class"]["code"] for one in visits)
        for patient, visits in by_patient.items()
    }

    def drawn(patient: str) -> tuple[bool, bytes]:
        return not kinds[patient]["IMP"], hashlib.sha256(patient.encode()).digest()

    queue = sorted(by_patient, key=drawn)
    taken: set[str] = set()
    count = emergencies = 0
    for only_emergencies in (True, False):
        for patient in queue:
            kind = kinds[patient]
            enough = emergencies >= EMERGENCIES or not kind["EMER"]
            if patient in taken or count + kind.total() > ENCOUNTERS:
                continue
            if only_emergencies and enough and not kind["IMP"]:
                continue
            taken.add(patient)
            count += kind.total()
            emergencies += kind["EMER"] - kind["IMP"]
    return {
        one["id"]: one for one in read(source, "Encounter")
        if one["subject"]["reference"] in taken
    }


def authorisations(encounters: dict[str, Json], payers: dict[str, str]) -> Iterator[bytes]:
    """Yield an authorisation of each stay that its payer wants to authorise."""
    for one in encounters.values():
        patient, period = one["subject"]["reference"], one["period"]
        if one["class"]["code"] != "IMP" or payers.get(patient, "US-SELFPAY") in UNAUTHORISED:
            continue
        number = int.from_bytes(hashlib.sha256(one["id"].encode()).digest()[:4])
        yield orjson.dumps({
            "resourceType": "ClaimResponse", "status": "active", "use": "preauthorization",
            "patient": {"reference": patient}, "preAuthRef": f"AU{number:010d}",
            "preAuthPeriod": {k: v[:10] for k, v in period.items()},
        }) + b"\n"


def belongs(content: Json, encounters: dict[str, Json], patients: set[str]) -> bool:
    """Say whether a resource is of the sample: of its encounters, else of its patients."""
    visit = content.get("encounter") or content.get("context") or {}
    visit = visit.get("encounter", visit)
    visit = visit[0] if isinstance(visit, list) else visit
    if content["resourceType"] == "Encounter":
        return content["id"] in encounters
    if visit:
        return visit["reference"].rpartition("/")[2] in encounters
    owner = content.get("subject") or content.get("beneficiary")
    return (owner["reference"] if owner else f"Patient/{content['id']}") in patients


def named(encounters: dict[str, Json]) -> set[str]:
    """Return the ids of the conditions that encounters name."""
    return {
        diagnosis["condition"]["reference"].rpartition("/")[2]
        for one in encounters.values()
        for diagnosis in one.get("diagnosis", ())
    }


def write(kind: str, lines: Iterator[bytes]) -> None:
    """Write one file."""
    out = OUT / f"{kind}.ndjson.gz"
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
        packed.writelines(lines)


def main(source: Path) -> None:
    """Write the sample."""
    OUT.mkdir(exist_ok=True)
    encounters = chosen(source)
    patients = {one["subject"]["reference"] for one in encounters.values()}
    conditions = named(encounters)
    for kind, keep in KEEP.items():
        found = (one for one in read(source, kind) if belongs(one, encounters, patients))
        if kind == "Condition":
            found = (one for one in read(source, kind) if one["id"] in conditions)
        kept = (keep(one) for one in found)
        write(kind, (orjson.dumps(one) + b"\n" for one in kept if one is not None))
    payers = {
        one["beneficiary"]["reference"]: one["payor"][0]["reference"].partition("payer-")[2]
        for one in read(source, "Coverage")
    }
    write("ClaimResponse", authorisations(encounters, payers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
