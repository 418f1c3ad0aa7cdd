"""What a check finds, and the rules as data (`data/rules.csv`).

A rule is its id, its SNIP type, where it looks, what it says in our own words, and its source.
A finding says where and which rule; never what the file held there.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from services.x12.errors import RULES, X12Error
from services.x12.segments import Segment

FILE = Path(__file__).with_name("data") / "rules.csv"


class Rule(NamedTuple):
    """A line of the table."""

    snip: int
    where: str
    text: str
    source: str


@cache
def rules() -> dict[str, Rule]:
    """Return rule id -> rule: the table, and what the reader itself refuses."""
    found = {
        name: Rule(snip, "any", text, "services/x12") for name, (snip, text) in RULES.items()
    }
    with FILE.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found[row["rule"]] = Rule(int(row["snip"]), row["where"], row["text"], row["source"])
    return found


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        position: Number of the segment in the file, from 1.
        segment: Its id.
        element: Position in the segment from 1; 0 for the segment as a whole.
        rule: A key of `rules`.
    """

    position: int
    segment: str
    element: int
    rule: str

    @property
    def snip(self) -> int:
        """SNIP type of the rule, 1 to 7."""
        return rules()[self.rule].snip

    def as_dict(self) -> dict[str, Any]:
        """Return what ``claimloop x12 check --json`` prints of it."""
        rule = rules()[self.rule]
        return {
            "segment": self.segment, "position": self.position, "element": self.element,
            "rule": self.rule, "snip": rule.snip, "text": rule.text,
        }


def at(segment: Segment, element: int, rule: str) -> Finding:
    """Return a finding that points at an element of a segment."""
    return Finding(segment.number, segment.id, element, rule)


def of(error: X12Error) -> Finding:
    """Return the finding of an error of the reader."""
    return Finding(error.segment_number, error.segment_id, error.element, error.rule)
