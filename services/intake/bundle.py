"""A FHIR Bundle in one JSON file -> the same visits as a folder.

The entries are laid out in an unnamed folder as NDJSON, an entry on the line of its number, so
that a refusal names the entry.
"""

import tempfile
from pathlib import Path

import orjson

from services.intake.fhir import Reader
from services.intake.fields import words
from services.intake.visit import Refused

MAX_BYTES = 512_000_000
KINDS = (
    "Encounter", "Patient", "Condition", "Coverage", "Composition", "DocumentReference",
    "Procedure", "DiagnosticReport", "Immunization", "MedicationAdministration", "ClaimResponse",
)


def reader(path: Path) -> Reader:
    """Return a reader of the encounters of a Bundle.

    Raises:
        Refused: the file is no Bundle.
    """
    if path.stat().st_size > MAX_BYTES:
        raise Refused("file", f"larger than {MAX_BYTES:,} bytes; use NDJSON")
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as bad:
        raise Refused("file", f"not JSON (line {bad.lineno}, column {bad.colno})") from None
    if words(content, "resourceType") != "Bundle" or not isinstance(content.get("entry"), list):
        raise Refused("file", "not a FHIR Bundle with entries")
    with tempfile.TemporaryDirectory() as folder:
        _lay_out(content["entry"], Path(folder))
        return Reader(Path(folder), path.name)


def _lay_out(entries: list[object], folder: Path) -> None:
    files = {kind: (folder / f"{kind}.ndjson").open("wb") for kind in KINDS}
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = words(resource, "resourceType")
        if isinstance(resource, dict) and isinstance(entry, dict):
            resource.setdefault("id", words(entry, "fullUrl").rpartition(":")[2])
        for name, file in files.items():
            file.write((orjson.dumps(resource) if name == kind else b"") + b"\n")
    for file in files.values():
        file.close()
