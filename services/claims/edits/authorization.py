"""Authorisation on file: what the payer wants to be asked before.

Rows of `data/authorization_rules.csv`: plan or payer, class of encounter, types of admission or a
range of codes, dated. The number itself is sealed; the bill says in clear that there is one.

Source: 42 CFR 422.138 (Medicare Advantage), 438.210 (Medicaid managed care), the payers' terms;
no authorisation for emergencies: 42 CFR 422.113(b), 438.114, 45 CFR 149.110.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.claims import data, dated
from services.claims.edits.edit import CLAIM, Case, Fault, edit

FAMILY = "authorization"


@dataclass(frozen=True, slots=True)
class Row:
    """What of a payer's or plan's patients needs an authorisation."""

    encounter_class: str
    admission_types: frozenset[str]
    codes: tuple[str, str]
    days: tuple[date, date]
    words: str


@lru_cache(maxsize=256)
def _rows(payer_id: str, plan: str) -> tuple[Row, ...]:
    return tuple(
        Row(row["encounter_class"], frozenset(row["admission_types"].split()),
            (row["first"], row["last"]), dated.span(row), row["words"])
        for row in data.rows("authorization_rules.csv")
        if row["payer"] in ("", payer_id) and row["plan"] in ("", plan)
    )


def _needed(case: Case, row: Row) -> bool:
    bill, stay = case.bill, case.bill.institutional
    low, high = row.codes
    return (
        row.days[0] <= case.on <= row.days[1]
        and row.encounter_class in ("", bill.encounter_class)
        and (not row.admission_types or (stay is not None
                                         and stay.admission_type in row.admission_types))
        and (not low or any(low <= one.code <= high for one in bill.lines))
    )


@edit(FAMILY, snip=7, source="42 CFR 422.138, 438.210; the payer's terms")
def authorization_missing(case: Case) -> Iterator[Fault]:
    """What needs an authorisation has one on file, before the first claim goes.

    Example: an elective admission (type 3) of a Medicare Advantage patient without authorisation
    is found; with one it passes, and so do an emergency (type 1) and Medicare itself. A claim
    after another payer's decision and a correction of what the payer decided are not judged.
    """
    bill = case.bill
    if bill.authorized or bill.prior or case.coded.predecessor:
        return
    for row in _rows(bill.coverage.payer_id, bill.coverage.plan):
        if _needed(case, row):
            yield Fault(CLAIM, f"{row.words} needs the payer's authorisation and none is on file: "
                        "enter its number at registration, or ask the payer for a late one.")
            return


EDITS = (authorization_missing,)
