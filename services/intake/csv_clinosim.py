"""clinosim's CSV folder -> visits.

It has no birth dates, addresses, member ids or attending providers, so its visits wait for
registration; ids are the same as those of the FHIR export of the same run.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from services.intake.csv_folder import Folder
from services.intake.fields import SEX, instant, instant_or_none, key
from services.intake.table import Row, raw
from services.intake.visit import Cover, Found, Item, Named, Person, Refused, Visit

COLUMNS = (
    "encounter_id", "patient_id", "encounter_type", "status", "department_id",
    "admission_datetime", "discharge_datetime",
)
CLASSES = {"outpatient": "ambulatory", "emergency": "emergency", "inpatient": "inpatient"}
STATUSES = {"completed": "finished", "in_progress": "open", "cancelled": "cancelled"}


class Reader:
    """Reads every encounter of the folder."""

    source = "csv_clinosim"

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder, *COLUMNS)
        self._patients: dict[str, Row] = {}
        self._diagnoses: dict[str, Named] = {}
        self._procedures: dict[str, list[tuple[datetime, int, str]]] = {}
        self._index(procedures=(folder / "procedures.csv").is_file())
        self.newest = self._folder.newest("discharge_datetime", "admission_datetime")

    def _index(self, *, procedures: bool) -> None:
        """Hold what must be joined: a row a patient, a code an encounter, coded procedures."""
        rows = self._folder.joined
        for row in rows("patients.csv", "patient_id", "sex", "insurance_type"):
            self._patients.setdefault(row["patient_id"], row)
        for row in rows("diagnoses.csv", "encounter_id", "discharge_diagnosis_code"):
            if row["discharge_diagnosis_code"]:
                self._diagnoses[row["encounter_id"]] = Named(
                    row["discharge_diagnosis_code"], row.get("discharge_diagnosis_name", "")
                )
        if procedures:
            for row in rows("procedures.csv", "patient_id", "procedure_code"):
                self._procedure(row)

    def _procedure(self, row: Row) -> None:
        try:
            start, end = instant(row, "start_datetime"), instant_or_none(row, "end_datetime")
        except Refused:
            return
        if row["procedure_code"]:
            minutes = int((end - start).total_seconds() // 60) if end else 0
            known = self._procedures.setdefault(row["patient_id"], [])
            known.append((start, minutes, row["procedure_code"]))

    def read(self) -> Iterator[Found]:
        """Yield a visit or a refusal for every row."""
        return self._folder.visits(self._visit)

    def _visit(self, line: int, row: Row) -> Visit:
        if not row["encounter_id"]:
            raise Refused("encounter_id", "is missing")
        starts = instant(row, "admission_datetime")
        ends = instant_or_none(row, "discharge_datetime")
        status = _known(row, "status", STATUSES)
        if status == "finished" and ends is None:
            raise Refused("discharge_datetime", "is missing though the encounter is completed")
        if ends is not None and ends < starts:
            raise Refused("discharge_datetime", "is before the admission")
        patient = self._patients.get(row["patient_id"])
        if patient is None:
            raise Refused("patient_id", "names no patient of this load")
        found = self._diagnoses.get(row["encounter_id"])
        return Visit(
            file=self._folder.encounters.path.name, line=line, source=self.source, raw=raw(row),
            source_id=row["encounter_id"], status=status,
            encounter_class=_known(row, "encounter_type", CLASSES),
            department=key(row["department_id"]), starts_at=starts, ends_at=ends,
            person=_person(patient), cover=Cover(organisation=patient["insurance_type"]),
            diagnoses=(found,) if found else (),
            items=tuple(
                Item(match=code, on=start.date(), minutes=minutes)
                for start, minutes, code in self._procedures.get(row["patient_id"], ())
                if starts <= start <= (ends or start)
            ),
        )


def _known(row: Row, column: str, table: dict[str, str]) -> str:
    if row[column] not in table:
        raise Refused(column, "must be one of " + ", ".join(table))
    return table[row[column]]


def _person(row: Row) -> Person:
    age = row.get("age", "")
    if age and not age.isdigit():
        raise Refused("age", "is not a whole number (patients.csv)")
    return Person(
        source_id=row["patient_id"], record_number=row["patient_id"],
        family=row.get("family_name", ""), given=row.get("given_name", ""),
        age_years=int(age or 0), sex=SEX.get(row["sex"].lower(), "U"),
    )
