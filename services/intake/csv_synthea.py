"""Synthea's CSV folder -> visits. Its diagnoses are SNOMED CT only, its dates begin in 1968."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.intake.csv_folder import Folder
from services.intake.fields import SEX, day, instant, instant_or_none
from services.intake.table import Row, raw
from services.intake.visit import Cover, Found, Person, Refused, Visit

COLUMNS = ("Id", "START", "STOP", "PATIENT", "PAYER", "ENCOUNTERCLASS")
CLASSES = {
    "ambulatory": "ambulatory", "wellness": "ambulatory", "outpatient": "ambulatory",
    "urgentcare": "ambulatory", "virtual": "ambulatory", "home": "ambulatory",
    "emergency": "emergency", "inpatient": "inpatient", "snf": "inpatient",
    "hospice": "inpatient",
}


class Reader:
    """Reads every encounter of the folder."""

    source = "csv_synthea"

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder, *COLUMNS)
        self._patients = {
            row["Id"]: row
            for row in self._folder.joined("patients.csv", "Id", "BIRTHDATE", "GENDER")
        }
        self._conditions = Counter(
            row["ENCOUNTER"] for row in self._folder.joined("conditions.csv", "ENCOUNTER")
        )
        self.newest = self._folder.newest("STOP", "START")

    def read(self) -> Iterator[Found]:
        """Yield a visit or a refusal for every row."""
        return self._folder.visits(self._visit)

    def _visit(self, line: int, row: Row) -> Visit:
        if not row["Id"]:
            raise Refused("Id", "is missing")
        starts, ends = instant(row, "START"), instant_or_none(row, "STOP")
        if ends is not None and ends < starts:
            raise Refused("STOP", "is before START")
        if row["ENCOUNTERCLASS"] not in CLASSES:
            raise Refused("ENCOUNTERCLASS", "must be one of " + ", ".join(CLASSES))
        patient = self._patients.get(row["PATIENT"])
        if patient is None:
            raise Refused("PATIENT", "names no patient of this load")
        return Visit(
            file=self._folder.encounters.path.name, line=line, source=self.source, raw=raw(row),
            source_id=row["Id"],
            encounter_class=CLASSES[row["ENCOUNTERCLASS"]], department="other",
            status="finished" if ends else "open", starts_at=starts, ends_at=ends,
            person=_person(patient), cover=Cover(organisation=row["PAYER"]),
            foreign_codes=max(1, self._conditions[row["Id"]]),
        )


def _person(row: Row) -> Person:
    return Person(
        source_id=row["Id"], record_number=row["Id"], family=row.get("LAST", ""),
        given=row.get("FIRST", ""), birth_date=day(row, "BIRTHDATE"),
        sex=SEX.get(row["GENDER"].lower(), "U"), address=row.get("ADDRESS", ""),
        city=row.get("CITY", ""), state=row.get("STATE", ""), zip=row.get("ZIP", ""),
    )
