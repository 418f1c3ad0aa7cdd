"""Who takes part: the facility, its providers, the payers and who submits. Committed, loadable.

The packaged tables are the demo's (made-up names, test NPIs that pass the check digit). Another
folder with the same four files may stand in: ``Settings.reference``.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from services.codes import npi

PACKAGED = Path(__file__).with_name("data") / "parties"


class InvalidReference(Exception):  # noqa: N818 - an invalid file is data, not a bug
    """A reference file cannot be used; the message names file, line, column and rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A billing provider (837 loop 2010AA). `zip` has nine digits."""

    facility_id: str
    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: str
    city: str
    state: str
    zip: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A rendering provider (loop 2310B). `provider_id` is the source's id."""

    provider_id: str
    npi: str
    family: str
    given: str
    taxonomy: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A payer, as a trading partner and as a contract.

    Attributes:
        payer_id: Our key.
        name: Name (NM103 of loop 2010BB).
        payer_number: Its number (NM109).
        plan: medicare, medicaid, medicare_advantage, commercial or government.
        claim_filing_code: SBR09.
        address: Street.
        city: City.
        state: State.
        zip: Nine digits.
        filing_days: Days from service in which it takes an original.
        corrected_days: Days from its decision in which it takes a correction.
        appeal_days: Days from its decision in which it takes an appeal.
        takes_7: It takes a replacement of a professional claim.
        takes_8: It takes a void of a professional claim.
        organisations: What the sources call it.
    """

    payer_id: str
    name: str
    payer_number: str
    plan: str
    claim_filing_code: str
    address: str
    city: str
    state: str
    zip: str
    filing_days: int
    corrected_days: int
    appeal_days: int
    takes_7: bool
    takes_8: bool
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """Who sends the files (loop 1000A)."""

    submitter_id: str
    name: str
    contact: str
    phone: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All parties, by their keys."""

    facilities: Mapping[str, Facility]
    providers: Mapping[str, Provider]
    payers: Mapping[str, Payer]
    submitter: Submitter

    def payer_of(self, organisation: str) -> Payer | None:
        """Return the payer that a source calls by this name, if any."""
        return next((p for p in self.payers.values() if organisation in p.organisations), None)

    def provider_with(self, number: str) -> Provider | None:
        """Return the provider with an NPI, if any."""
        return next((p for p in self.providers.values() if p.npi == number), None)


@cache
def load(folder: Path | None = None) -> Reference:
    """Return the parties of a folder; of the packaged one, when none is given.

    Raises:
        InvalidReference: a file or column is missing, or a value breaks its rule.
    """
    folder = folder or PACKAGED
    facilities = _table(folder / "facilities.csv", Facility)
    providers = _table(folder / "providers.csv", Provider)
    payers = _table(folder / "payers.csv", Payer)
    submitters = _table(folder / "submitter.csv", Submitter)
    if len(submitters) != 1:
        raise InvalidReference(f"{folder / 'submitter.csv'}: must hold exactly one row")
    return Reference(
        {f.facility_id: f for f in facilities}, {p.provider_id: p for p in providers},
        {p.payer_id: p for p in payers}, submitters[0],
    )


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return value == "yes"


READERS: dict[str, Callable[[str], Any]] = {
    "npi": npi.validate, "filing_days": int, "corrected_days": int, "appeal_days": int,
    "takes_7": _yes, "takes_8": _yes, "organisations": lambda value: tuple(value.split()),
}


def _table(path: Path, row_type: type[Any]) -> list[Any]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InvalidReference(f"{path}: cannot be read ({error.strerror})") from None
    return [_row(path, line, row, row_type) for line, row in enumerate(rows, start=2)]


def _row(path: Path, line: int, row: Mapping[str, str | None], row_type: type[Any]) -> Any:
    content: dict[str, Any] = {}
    for column in fields(row_type):
        value = row.get(column.name)
        if not value:
            raise InvalidReference(f"{path}, line {line}, {column.name}: must not be empty")
        try:
            content[column.name] = READERS.get(column.name, str)(value)
        except ValueError as error:
            raise InvalidReference(f"{path}, line {line}, {column.name}: {error}") from None
    return row_type(**content)
