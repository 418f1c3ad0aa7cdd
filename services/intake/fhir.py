"""FHIR R4: an NDJSON folder (bulk export) or a Bundle -> visits.

Diagnoses come from Encounter.diagnosis by rank; where a visit has none, from its coded reason;
never from the problem list. Notes are Compositions and the physicians' DocumentReferences.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.intake import fhir_items, fhir_notes, fhir_stay
from services.intake.fields import (
    SEX,
    day,
    dig,
    instant,
    instant_or_none,
    items,
    key,
    target,
    words,
)
from services.intake.lines import Index, Json, Ndjson, found
from services.intake.visit import Cover, Found, Item, Named, Person, Refused, Stay, Visit

CLASSES = {
    "AMB": "ambulatory", "VR": "ambulatory", "HH": "ambulatory", "EMER": "emergency",
    "IMP": "inpatient", "ACUTE": "inpatient", "NONAC": "inpatient", "SS": "inpatient",
    "OBSENC": "observation",
}
STATUSES = {
    "finished": "finished", "in-progress": "open", "planned": "open", "arrived": "open",
    "triaged": "open", "onleave": "open", "cancelled": "cancelled",
    "entered-in-error": "cancelled",
}
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SHAPELESS = (TypeError, ValueError, AttributeError, KeyError, OverflowError)
"""What reading a field raises when JSON holds another type than R4 has there."""


class Folder:
    """The resources of a bulk export, indexed by what they belong to.

    `name` stands in refusals instead of the files' own names.
    """

    def __init__(self, folder: Path, name: str = "") -> None:
        def index(kind: str, *owner: str) -> Index:
            path = found(folder, f"{kind}.ndjson")
            owner = owner or ("id",)

            def belongs(content: Json) -> str:
                return words(content, "id") if owner == ("id",) else target(content, *owner)

            return Index(Ndjson(path, kind, name) if path else None, belongs)

        path = found(folder, "Encounter.ndjson")
        if path is None:
            raise FileNotFoundError("Encounter.ndjson")
        self.encounters = Ndjson(path, "Encounter", name)
        self.patients = index("Patient")
        self.conditions = index("Condition")
        self.coverages = index("Coverage", "beneficiary")
        self.compositions = index("Composition", "encounter")
        self.documents = index("DocumentReference", "context", "encounter")
        self.procedures = index("Procedure", "encounter")
        self.reports = index("DiagnosticReport", "encounter")
        self.vaccines = index("Immunization", "encounter")
        self.administrations = index("MedicationAdministration", "context")
        self.responses = index("ClaimResponse", "patient")

    @property
    def indexes(self) -> tuple[Index, ...]:
        """All indexes, to collect what they refused."""
        return (
            self.patients, self.conditions, self.coverages, self.compositions, self.documents,
            self.procedures, self.reports, self.vaccines, self.administrations, self.responses,
        )


class Reader:
    """Reads every encounter of a folder."""

    source = "fhir"

    def __init__(self, folder: Path, name: str = "") -> None:
        self._folder = Folder(folder, name)
        self._stays: set[str] = set()
        self._admissions: set[tuple[str, str]] = set()
        self.newest: date | None = None
        for _, _, raw in self._folder.encounters.scan():
            self._survey(raw)
        self._person = lru_cache(maxsize=4096)(self._read_person)

    def _survey(self, raw: bytes) -> None:
        """Note the newest day, and which emergency visits ended in a stay."""
        try:
            content = self._folder.encounters.read(raw)
            starts, ends = instant(content, "period", "start"), day(content, "period", "end")
        except Refused:
            return
        self.newest = max(filter(None, (self.newest, ends or starts.date())))
        if CLASSES.get(words(content, "class", "code")) == "inpatient":
            self._stays.add(target(content, "partOf"))
            self._admissions.add((target(content, "subject"), words(content, "period", "start")))

    def read(self) -> Iterator[Found]:
        """Yield a visit or a refusal for every line."""
        for index in self._folder.indexes:
            yield from index.refusals
        for number, _, raw in self._folder.encounters.scan():
            try:
                visit = self._visit(number, self._folder.encounters.read(raw))
                yield replace(visit, raw=raw)
            except Refused as why:
                yield self._folder.encounters.refuse(number, raw, why)
            except SHAPELESS:
                shapeless = Refused("line", "not of the shape of an R4 Encounter")
                yield self._folder.encounters.refuse(number, raw, shapeless)

    def _visit(self, number: int, content: Json) -> Visit:
        own_id, source_id = words(content, "id"), _source_id(content)
        kind = _known(content, CLASSES, "class", "code")
        status = _known(content, STATUSES, "status")
        starts = instant(content, "period", "start")
        ends = instant_or_none(content, "period", "end")
        if status == "finished" and ends is None:
            raise Refused("period.end", "is missing though the encounter is finished")
        if ends is not None and ends < starts:
            raise Refused("period.end", "is before its start")
        person = self._person(target(content, "subject"))
        diagnoses, foreign = self._diagnoses(content)
        stay = fhir_stay.read(
            content, self._roles(content),
            self._folder.responses.of(target(content, "subject")) if kind == "inpatient" else (),
            starts.date(), _icd,
        ) if kind != "ambulatory" else Stay()
        return Visit(
            file=self._folder.encounters.name, line=number, source=self.source,
            source_id=source_id, encounter_class=kind, status=status,
            department=key(target(content, "serviceProvider").removeprefix("dept-")),
            starts_at=starts, ends_at=ends, person=person,
            cover=self._cover(target(content, "subject"), starts.date()),
            provider_id=_attender(content), diagnoses=diagnoses, foreign_codes=foreign,
            items=tuple(self._done(content, kind, starts.date())), stay=stay,
            documents=fhir_notes.read(
                self._folder.compositions.of(own_id), self._folder.documents.of(own_id)
            ),
            part_of_stay=kind == "emergency" and self._ends_in_stay(content, own_id),
        )

    def _ends_in_stay(self, content: Json, own_id: str) -> bool:
        """Say whether a stay is part of this visit, or began for its patient when it ended."""
        end = (target(content, "subject"), words(content, "period", "end"))
        return own_id in self._stays or end in self._admissions

    def _read_person(self, patient_id: str) -> Person:
        content = self._folder.patients.one(patient_id)
        if content is None:
            raise Refused("subject", "names no patient of this load")
        number = next(
            (
                words(i, "value") for i in items(content, "identifier")
                if words(i, "type", "coding", "code") == "MR"
            ),
            patient_id,
        )
        name, home = dig(content, "name"), dig(content, "address")
        return Person(
            source_id=number, record_number=number, family=words(name, "family"),
            given=_first(dig(name, "given")), birth_date=day(content, "birthDate"),
            sex=SEX.get(words(content, "gender"), "U"), address=_first(dig(home, "line")),
            city=words(home, "city"), state=words(home, "state"),
            zip=re.sub(r"\D", "", words(home, "postalCode")),
        )

    def _cover(self, patient_id: str, on: date) -> Cover:
        """Return the coverage in force on a day, else the latest one registered."""
        covers = [
            Cover(
                organisation=target(content, "payor").removeprefix("payer-"),
                member_id=words(content, "subscriberId"),
                starts_on=day(content, "period", "start"), ends_on=day(content, "period", "end"),
            )
            for content in self._folder.coverages.of(patient_id)
            if words(content, "status") in ("", "active")
        ]
        covers.sort(key=lambda c: (_in_force(c, on), c.starts_on or date.min))
        return covers[-1] if covers else Cover()

    def _diagnoses(self, content: Json) -> tuple[tuple[Named, ...], int]:
        """Return the ICD-10-CM diagnoses by rank, and how many had only another code."""
        ranked = sorted(items(content, "diagnosis"), key=_rank)
        codeable = []
        for diagnosis in ranked:
            condition = self._folder.conditions.one(target(diagnosis, "condition"))
            if condition is None:
                raise Refused("diagnosis.condition", "names no condition of this load")
            codeable.append((condition.get("code"), day(condition, "onsetDateTime")))
        if not ranked:
            codeable = [(reason, None) for reason in items(content, "reasonCode")]
        named = {
            n.code: replace(n, onset=onset)
            for n, onset in ((_icd(code), onset) for code, onset in codeable) if n is not None
        }
        foreign = sum(1 for c, _ in codeable if _icd(c) is None and any(items(c, "coding")))
        return tuple(named.values()), foreign

    def _roles(self, content: Json) -> Iterator[tuple[str, Named | None]]:
        """Yield the role and the code of each diagnosis."""
        for diagnosis in items(content, "diagnosis"):
            condition = self._folder.conditions.one(target(diagnosis, "condition"))
            yield words(diagnosis, "use", "coding", "code"), _icd((condition or {}).get("code"))

    def _done(self, content: Json, kind: str, on: date) -> Iterator[Item]:
        """Yield what was done; a stay has what was done in the emergency room before it, too."""
        own_id, before = words(content, "id"), target(content, "partOf")
        yield from self._items(own_id, on)
        if kind == "inpatient":
            yield from fhir_items.medications(self._folder.administrations.of(own_id), on)
            if before:
                yield Item(match=fhir_items.EMERGENCY_ROOM, on=on)
                yield from self._items(before, on)

    def _items(self, own_id: str, on: date) -> Iterator[Item]:
        yield from fhir_items.procedures(self._folder.procedures.of(own_id), on)
        yield from fhir_items.reports(self._folder.reports.of(own_id), on)
        for _ in self._folder.vaccines.of(own_id):
            yield Item(match="immunization", on=on)


def _rank(diagnosis: Mapping[str, Any]) -> int:
    rank = diagnosis.get("rank", 99)
    if not isinstance(rank, int):
        raise Refused("diagnosis.rank", "is not a whole number")
    return rank


def _known(content: Json, table: dict[str, str], *path: str) -> str:
    value = words(content, *path)
    if value not in table:
        raise Refused(".".join(path), "must be one of " + ", ".join(table))
    return table[value]


def _source_id(content: Json) -> str:
    """Return the encounter's business identifier, else its id."""
    named = list(items(content, "identifier"))
    keyed = [i for i in named if words(i, "system").endswith("encounter-key")] or named
    source_id = words(keyed[0], "value") if keyed else words(content, "id")
    if not source_id:
        raise Refused("identifier", "is missing")
    return source_id


def _attender(content: Json) -> str:
    for participant in items(content, "participant"):
        if words(participant, "type", "coding", "code") == "ATND":
            return target(participant, "individual")
    return ""


def _icd(codeable: object) -> Named | None:
    for coding in items(codeable, "coding"):
        if words(coding, "system") == ICD and words(coding, "code"):
            return Named(words(coding, "code"), words(coding, "display"))
    return None


def _in_force(cover: Cover, on: date) -> bool:
    return (cover.starts_on or date.min) <= on <= (cover.ends_on or date.max)


def _first(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else ""
