"""Patients whose names and numbers cannot be guessed, made from patients of the sample."""

import base64
import gzip
import json
from pathlib import Path

from services.intake import sample

FAMILY, GIVEN, STREET = "QZXVFAMILY", "QZXVGIVEN", "QZXVSTREET"
RECORD, SOURCE, NOTE = "QZXVRECORD", "QZXVSOURCE", "QZXVNOTETEXT"
MEMBER = "98713570246"
MARKERS = (FAMILY, GIVEN, STREET, RECORD, SOURCE, NOTE, MEMBER)
PATIENTS = 12


def lay_out(folder: Path) -> int:
    """Write the folder of some canaries; return how many encounters they have."""
    kinds = {p.name.partition(".")[0]: p for p in (sample.FOLDER).rglob("*.ndjson.gz")}
    patients = [json.loads(line) for line in _lines(kinds["Patient"])][:PATIENTS]
    encounters = [
        one
        for one in map(json.loads, _lines(kinds["Encounter"]))
        if one["subject"]["reference"].removeprefix("Patient/") in {p["id"] for p in patients}
    ]
    new = {p["id"]: f"pt-{RECORD}-{n}" for n, p in enumerate(patients)}
    new |= {e["id"]: f"enc-{SOURCE}-{n}" for n, e in enumerate(encounters)}
    folder.mkdir(parents=True)
    for kind, path in kinds.items():
        kept = [_marked(kind, one, new) for one in _lines(path) if any(i in one for i in new)]
        (folder / f"{kind}.ndjson").write_text("".join(f"{one}\n" for one in kept))
    return len(encounters)


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt") as file:
        return file.read().splitlines()


def _marked(kind: str, line: str, new: dict[str, str]) -> str:
    for old, marked in new.items():
        line = line.replace(old, marked)
    one = json.loads(line)
    if kind == "Patient":
        one["name"] = [{"use": "official", "family": FAMILY, "given": [GIVEN]}]
        one["address"][0]["line"] = [f"7 {STREET}"]
        for identifier in one["identifier"]:
            identifier["value"] = f"{RECORD}-{identifier['value']}"
    if kind == "Coverage":
        one["subscriberId"] = MEMBER
    if kind == "DocumentReference":
        for content in one["content"]:
            text = base64.b64decode(content["attachment"]["data"]) + f"\n{NOTE}".encode()
            content["attachment"]["data"] = base64.b64encode(text).decode()
    return json.dumps(one)
