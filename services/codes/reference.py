"""Who takes part: the facility, its providers, the payers with their policies, who submits.

The packaged tables are the demo's (made-up names, test NPIs that pass the check digit). Another
folder with the same five files may stand in: ``Settings.reference``. A payer takes the claim types
for which it has a policy; policies are dated, and say where they are from and when that was read.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from services.codes import npi

CLAIM_TYPES = ("professional", "institutional")
FREQUENCIES = frozenset({"1", "7", "8"})
FIRST_DAY, LAST_DAY = "first_day", "last_day"
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
    """A payer as a trading partner. What it takes and until when is in its policies.

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
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a payer takes of one claim type, and until when; from a first to a last day.

    Attributes:
        payer_id: The payer.
        claim_type: professional or institutional.
        frequencies: CLM05-3 it takes: 1, 7, 8.
        filing_days: Days in which it takes an original.
        filing_from: Of the claim's dates, the one they count from: first_day or last_day.
        corrected_days: Days from its decision in which it takes a correction.
        appeal_days: Days from its decision in which it takes an appeal.
        corrects_review: It takes a 7 of a claim denied on medical review; else only an appeal.
        appeal_beside_correction: It takes an appeal and a corrected claim at the same time.
        starts_on: First day it holds.
        ends_on: Last day it holds.
        source: Where it stands.
        checked_on: When that was read.
    """

    payer_id: str
    claim_type: str
    frequencies: tuple[str, ...]
    filing_days: int
    filing_from: str
    corrected_days: int
    appeal_days: int
    corrects_review: bool
    appeal_beside_correction: bool
    starts_on: date
    ends_on: date
    source: str
    checked_on: date

    def takes(self, frequency: str) -> bool:
        """Say whether it takes claims of this frequency."""
        return frequency in self.frequencies

    def files_until(self, first_day: date, last_day: date) -> date:
        """Return the last day for an original with these dates of service."""
        counted = last_day if self.filing_from == LAST_DAY else first_day
        return counted + timedelta(days=self.filing_days)


Policies = Mapping[tuple[str, str], tuple[Policy, ...]]
"""By payer and claim type, each from a first to a last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """Who sends the files (loop 1000A)."""

    name: str
    contact: str
    phone: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All parties, by their keys; payers in the order in which they pay."""

    facilities: Mapping[str, Facility]
    providers: Mapping[str, Provider]
    payers: Mapping[str, Payer]
    policies: Policies
    submitter: Submitter

    def payers_of(self, organisation: str, claim_type: str) -> tuple[Payer, ...]:
        """Return who pays a type of claim of what a source calls by this name, in their order.

        Both programmes of a patient with Medicare and Medicaid are one organisation to a source.
        """
        return tuple(
            payer
            for payer in self.payers.values()
            if organisation in payer.organisations and (payer.payer_id, claim_type) in self.policies
        )

    def policy(self, payer_id: str, claim_type: str, on: date) -> Policy | None:
        """Return a payer's policy for a claim type on a day, if it takes that type then."""
        return policy(self.policies, payer_id, claim_type, on)

    def provider_with(self, number: str) -> Provider | None:
        """Return the provider with an NPI, if any."""
        return next((p for p in self.providers.values() if p.npi == number), None)


def policy(policies: Policies, payer_id: str, claim_type: str, on: date) -> Policy | None:
    """Return the policy that holds on a day."""
    rows = policies.get((payer_id, claim_type), ())
    return next((p for p in rows if p.starts_on <= on <= p.ends_on), None)


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
    policies: dict[tuple[str, str], tuple[Policy, ...]] = {}
    for one in _table(folder / "policies.csv", Policy):
        if one.payer_id not in {p.payer_id for p in payers}:
            raise InvalidReference(f"{folder / 'policies.csv'}: {one.payer_id} is no payer")
        key = (one.payer_id, one.claim_type)
        policies[key] = (*policies.get(key, ()), one)
    submitters = _table(folder / "submitter.csv", Submitter)
    if len(submitters) != 1:
        raise InvalidReference(f"{folder / 'submitter.csv'}: must hold exactly one row")
    return Reference(
        {f.facility_id: f for f in facilities}, {p.provider_id: p for p in providers},
        {p.payer_id: p for p in payers}, policies, submitters[0],
    )


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return value == "yes"


def _one_of(*values: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in values:
            raise ValueError(f"must be {' or '.join(values)}")
        return value

    return read


def _frequencies(value: str) -> tuple[str, ...]:
    if not set(value.split()) <= FREQUENCIES:
        raise ValueError("must be of 1, 7 and 8")
    return tuple(value.split())


def _from(value: str) -> date:
    return date.fromisoformat(value) if value else date.min


def _until(value: str) -> date:
    return date.fromisoformat(value) if value else date.max


READERS: dict[str, Callable[[str], Any]] = {
    "npi": npi.validate, "organisations": lambda value: tuple(value.split()),
    "claim_type": _one_of(*CLAIM_TYPES), "frequencies": _frequencies, "filing_days": int,
    "filing_from": _one_of(FIRST_DAY, LAST_DAY), "corrected_days": int, "appeal_days": int,
    "corrects_review": _yes, "appeal_beside_correction": _yes, "starts_on": _from,
    "ends_on": _until, "checked_on": date.fromisoformat,
}
OPEN_ENDED = frozenset({"starts_on", "ends_on"})


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
        if value is None or (not value and column.name not in OPEN_ENDED):
            raise InvalidReference(f"{path}, line {line}, {column.name}: must not be empty")
        try:
            content[column.name] = READERS.get(column.name, str)(value)
        except ValueError as error:
            raise InvalidReference(f"{path}, line {line}, {column.name}: {error}") from None
    return row_type(**content)
