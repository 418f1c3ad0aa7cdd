"""Make the project's own sample of encounters with notes, by hand, with PyPI's clinosim (MIT).

    pip install clinosim==0.6.5
    clinosim simulate --country US --population 650 --seed 7 --start 2026-01-01 \
        --end 2026-06-30 --format csv fhir-r4 --output OUT
    python -m services.intake.sample.make OUT/fhir_r4

Keeps what intake reads and nothing else, in the order of the source, with the same bytes on
every run. The text and display of CPT codings are left out: CPT descriptors are the American
Medical Association's.
"""

import gzip
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from services.intake.fhir_notes import TITLES

Json = dict[str, Any]
CPT = "http://www.ama-assn.org/go/cpt"
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
    return pick(content, "subject") | {"code": codes(content["code"], words=True)}


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
    coded = [c for c in content["code"].get("coding", ()) if c["system"] == CPT]
    if not coded:
        return None
    kept = pick(content, "status", "encounter", "performedPeriod", "bodySite")
    return kept | {"code": {"coding": [{"system": CPT, "code": coded[0]["code"]}]}}


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
}


def kept(path: Path, keep: Callable[[Json], Json | None]) -> Iterator[bytes]:
    """Yield the lines that stay of a file."""
    with path.open("rb") as file:
        for line in file:
            content = keep(orjson.loads(line))
            if content is not None:
                yield orjson.dumps(content) + b"\n"


def referenced(source: Path) -> set[str]:
    """Return the ids of the conditions that encounters name."""
    with (source / "Encounter.ndjson").open("rb") as file:
        return {
            diagnosis["condition"]["reference"].rpartition("/")[2]
            for line in file
            for diagnosis in orjson.loads(line).get("diagnosis", ())
        }


def main(source: Path) -> None:
    """Write the sample."""
    OUT.mkdir(exist_ok=True)
    named = referenced(source)
    for kind, keep in KEEP.items():
        lines = kept(source / f"{kind}.ndjson", keep)
        if kind == "Condition":
            lines = (line for line in lines if orjson.loads(line)["id"] in named)
        out = OUT / f"{kind}.ndjson.gz"
        with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
            packed.writelines(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
