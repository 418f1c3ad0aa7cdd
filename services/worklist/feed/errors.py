"""Errors that demo coders make: the committed table `errors.csv`, and how each is put in.

Which visit carries which error derives from the seed and the encounter's id alone, so a test can
recompute it; nothing of it is published or stored. No error is put in outside the demo.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.events import Bill, Encounter
from services.worklist.bill import draw, encoder, hospital
from services.worklist.feed.slip import Slip
from services.worklist.feed.slips import SLIPS

FILE = Path(__file__).with_name("errors.csv")
SHARE = 0.06
"""Of the encounters that are coded."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table.

    Attributes:
        weight: How often, relative to the others that a visit can carry.
        meets: Who must see it: edit, payer or nobody.
        by: Our edit, or the payer's reason codes.
        also: Edits that say something of some of these too: a warning, or a second rule broken.
        correction: What it takes: record, query or never.
        injected: What is done.
    """

    weight: int
    meets: str
    by: tuple[str, ...]
    also: tuple[str, ...]
    correction: str
    injected: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the table."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return {
            row["kind"]: Kind(
                int(row["weight"]), row["meets"], tuple(row["by"].split()),
                tuple(row["also"].split()), row["correction"], row["injected"],
            )
            for row in csv.DictReader(file)
        }


def injected(encounter: Encounter, seed: int) -> str | None:
    """Return the error that the first coding of an encounter carries, if any."""
    clean = encoder.encode(encounter, seed)
    return None if clean is None else _chosen(encounter, clean, seed)[0]


def coded(encounter: Encounter, seed: int) -> Bill | None:
    """Return the first coding of an encounter as a demo coder makes it."""
    clean = encoder.encode(encounter, seed)
    return None if clean is None else _chosen(encounter, clean, seed)[1]


def _chosen(encounter: Encounter, clean: Bill, seed: int) -> tuple[str | None, Bill]:
    encounter_id = encounter.encounter_id
    if draw.share(seed, "error", encounter_id) >= SHARE:
        return None, clean
    slip = Slip(encoder.coder_of(encounter, seed), draw.number(seed, "slip", encounter_id))
    possible = {}
    for kind in kinds():
        bill = SLIPS[kind](clean, slip)
        if bill is not None:
            possible[kind] = bill
    total = sum(kinds()[kind].weight for kind in possible)
    at = draw.share(seed, "kind", encounter_id) * total
    for kind, bill in possible.items():
        at -= kinds()[kind].weight
        if at < 0:
            return kind, hospital.grouped(bill)
    return None, clean
