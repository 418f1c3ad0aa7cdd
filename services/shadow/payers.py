"""Which payer of ours a host's file means: by the host's own list, by number, or by kind of plan.

A host's payer numbers are its clearing house's. The list (a CSV with the columns `number` and
`payer_id`) says whose they are; what is not in it goes by the reference file's payer number, then
by SBR09 to a payer of that kind, whose terms then stand in: the report counts those claims.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.codes.reference import Payer, Reference

COMMERCIAL = "commercial"


class InvalidPayers(Exception):  # noqa: N818 - an invalid file is data, not a bug
    """The host's list of payers cannot be used; the message names file, line and rule."""


@dataclass(frozen=True, slots=True)
class Payers:
    """Payers as the host names them.

    Attributes:
        reference: Our payers.
        listed: The host's number -> our payer id.
    """

    reference: Reference
    listed: Mapping[str, str] = field(default_factory=dict)

    def of_claim(self, number: str, filing: str, claim_type: str) -> tuple[Payer | None, bool]:
        """Return the payer of a claim, and whether it is known and not only of that kind.

        Args:
            number: NM109 of loop 2010BB.
            filing: SBR09.
            claim_type: professional or institutional.
        """
        payer_id = self.known(number)
        if payer_id:
            return self.reference.payers[payer_id], True
        fitting = [
            payer for payer in self.reference.payers.values()
            if (payer.payer_id, claim_type) in self.reference.policies
        ]
        kind = [payer for payer in fitting if payer.claim_filing_code == filing]
        return next(iter(kind or [p for p in fitting if p.plan == COMMERCIAL]), None), False

    def known(self, number: str) -> str:
        """Return our id of a payer the host calls by a number; empty when nobody said."""
        if number in self.listed:
            return self.listed[number]
        payers = self.reference.payers.values()
        return next((p.payer_id for p in payers if number and p.payer_number == number), "")


def load(path: Path | None, reference: Reference) -> Payers:
    """Return the payers of a site and, when it has one, its list.

    Raises:
        InvalidPayers: the list cannot be read, or names a payer that is not in the reference.
    """
    if path is None:
        return Payers(reference)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InvalidPayers(f"{path}: cannot be read as CSV") from None
    listed = {}
    for line, row in enumerate(rows, 2):
        number, payer_id = (row.get("number") or "").strip(), (row.get("payer_id") or "").strip()
        if not number or payer_id not in reference.payers:
            raise InvalidPayers(
                f"{path}, line {line}: needs a number, and a payer_id of payers.csv"
            )
        listed[number] = payer_id
    return Payers(reference, listed)
