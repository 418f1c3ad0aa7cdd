"""Rules of acknowledgements: 999 and 277CA."""

from collections.abc import Iterator, Sequence

from services.check.claim_view import Placed, component
from services.check.findings import Finding, at
from services.x12.ack999 import GroupVerdict
from services.x12.segments import Segment
from services.x12.stream import Part

CATEGORIES = frozenset(f"A{n}" for n in range(9))
REFUSED = frozenset(("A3", "A6", "A7", "A8"))
ACCEPTED = frozenset(("A0", "A1", "A2", "A5"))


class AcknowledgementCheck:
    """One 999."""

    def part(self, part: Part, placed: Sequence[Placed]) -> Iterator[Finding]:
        """Yield what is wrong with it: the counts of AK9 against the sets it names."""
        said = part.content
        if not isinstance(said, GroupVerdict):
            return
        ak9 = next(segment for segment in reversed(part.segments) if segment.id == "AK9")
        accepted = sum(one.accepted for one in said.sets)
        if len(said.sets) > said.received:
            yield at(ak9, 3, "ack_counts")
        elif said.sets and len(said.sets) == said.received and accepted != said.accepted_sets:
            yield at(ak9, 4, "ack_counts")
        elif not _agrees(said):
            yield at(ak9, 1, "ack_counts")


def _agrees(said: GroupVerdict) -> bool:
    match said.code:
        case "A" | "E":
            return said.accepted_sets == said.received
        case "P":
            return 0 < said.accepted_sets < said.received
        case _:
            return said.accepted_sets == 0


class StatusCheck:
    """One 277CA."""

    def part(self, part: Part, placed: Sequence[Placed]) -> Iterator[Finding]:
        """Yield what is wrong with the next part of the set."""
        for stc in (segment for segment in part.segments if segment.id == "STC"):
            yield from _status(stc)


def _status(stc: Segment) -> Iterator[Finding]:
    categories = []
    for n in (1, 10, 11):
        category = component(stc, n, 0)
        if category and category not in CATEGORIES:
            yield at(stc, n, "status_category")
        categories.append(category)
    action = stc.get(3)
    if (action == "WQ" and REFUSED.intersection(categories)) or (
        action == "U" and ACCEPTED.issuperset(c for c in categories if c)
    ):
        yield at(stc, 3, "status_contradicts")
