"""The check of a whole file, in constant memory: reader, maps and rules side by side."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from services.check import claim_codes, claim_rules, structure
from services.check.answer_rules import AcknowledgementCheck, StatusCheck
from services.check.claim_view import Placed, as_day, claim, span
from services.check.findings import Finding, at, of
from services.check.remit_rules import RemitCheck
from services.codes import npi
from services.x12.errors import X12Error
from services.x12.segments import Limits, Segment
from services.x12.stream import Part, stream

MOST = 10_000
FUNCTIONAL = {"837": "HC", "835": "HP", "999": "FA", "277": "HN"}


class SetCheck(Protocol):
    """The rules of one kind of set; it sees the parts of one set in their order."""

    def part(self, part: Part, placed: Sequence[Placed]) -> Iterator[Finding]:
        """Yield what is wrong with the next part."""


def check(
    chunks: Iterable[bytes], limits: Limits | None = None, most: int = MOST
) -> Iterator[Finding]:
    """Yield what is wrong with a file, at most so many findings; nothing when it is accepted."""
    run = _Run()
    count = 0
    for part in stream(chunks, limits):
        found = [of(part)] if isinstance(part, X12Error) else run.part(part)
        for finding in found:
            count += 1
            if count > most:
                yield Finding(finding.position, finding.segment, 0, "limit_findings")
                return
            yield finding


class _Run:
    """Where in the file a check is."""

    def __init__(self) -> None:
        self._gs: Segment | None = None
        self._structure: structure.Structure | None = None
        self._rules: SetCheck | None = None
        self._levels = _Levels()

    def part(self, part: Part) -> list[Finding]:
        if not part.kind:
            return self._envelope(part)
        found: list[Finding] = []
        if part.segments[0].id == "ST":
            found += self._open(part)
        placed = []
        for segment in part.segments:
            loop = ""
            if self._structure and part.kind != "TA1":
                loop, wrong = self._structure.place(segment)
                found += wrong
            placed.append(Placed(loop, segment))
            found += _anywhere(segment)
        if part.error:
            found = [of(part.error), *(f for f in found if not _same(f, part.error))]
        if part.segments[0].id == "HL":
            found += self._levels.descend(part.segments[0])
        elif part.segments[0].id == "SE":
            found += self._levels.end()
        if self._rules and part.kind != "TA1":
            found += self._rules.part(part, placed)
        return list(filter(_counts, found))

    def _envelope(self, part: Part) -> list[Finding]:
        segment = part.segments[0]
        found = [of(part.error)] if part.error else []
        if segment.id in ("ISA", "GS"):
            found += structure.envelope(segment)
        if segment.id == "GS":
            self._gs = segment
        return list(filter(_counts, found))

    def _open(self, part: Part) -> list[Finding]:
        st, gs = part.segments[0], self._gs
        said = gs.get(8) if gs else ""
        guide = (st.get(3) or said)[:10]
        self._structure = structure.Structure(guide) if guide in structure.MAPS else None
        self._levels = _Levels()
        self._rules = _rules(part.kind, gs)
        found = []
        if gs and st.get(3) and said[:10] != guide:
            found.append(at(st, 3, "guide"))
        if gs and gs.get(1) != FUNCTIONAL.get(st.get(1)):
            found.append(at(gs, 1, "functional_id"))
        return found


class ClaimCheck:
    """One 837: the levels above a claim are kept, claims are not."""

    def __init__(self, gs: Segment | None, *, institutional: bool) -> None:
        """Start before ST."""
        self._made_on = as_day(gs.get(4)) if gs else None
        self._institutional = institutional
        self._above: dict[str, list[Placed]] = {}

    def part(self, part: Part, placed: Sequence[Placed]) -> Iterator[Finding]:
        """Yield what is wrong with the next part of the set."""
        head = part.segments[0]
        if head.id == "HL":
            level = head.get(3)
            self._above = {k: v for k, v in self._above.items() if k < level} | {
                level: list(placed)
            }
        elif head.id == "CLM":
            above = [item for level in self._above.values() for item in level]
            found = claim(
                placed, above, max(self._above, default=""), institutional=self._institutional,
                made_on=self._made_on,
            )
            for rule in (*claim_rules.RULES, *claim_codes.RULES):
                yield from rule(found)


def _rules(kind: str, gs: Segment | None) -> SetCheck:
    match kind:
        case "835":
            return RemitCheck()
        case "999":
            return AcknowledgementCheck()
        case "277CA":
            return StatusCheck()
    return ClaimCheck(gs, institutional=kind == "837I")


class _Levels:
    """HL01 rises by one; HL04 says whether a level has children."""

    def __init__(self) -> None:
        self._count = 0
        self._open: list[tuple[Segment, bool]] = []

    def descend(self, hl: Segment) -> list[Finding]:
        self._count += 1
        found = [] if hl.get(1) == str(self._count) else [at(hl, 1, "hl_sequence")]
        while self._open and self._open[-1][0].get(1) != hl.get(2):
            found += self._close()
        if self._open:
            self._open[-1] = (self._open[-1][0], True)
        self._open.append((hl, False))
        return found

    def end(self) -> list[Finding]:
        found = []
        while self._open:
            found += self._close()
        return found

    def _close(self) -> list[Finding]:
        hl, parent = self._open.pop()
        return [] if (hl.get(4) == "1") == parent or not hl.get(4) else [at(hl, 4, "hl_children")]


def _counts(finding: Finding) -> bool:
    """Say whether a finding stands: a map knows one addendum, files of all are read."""
    place = (finding.segment, finding.element)
    return finding.rule != "qualifier" or place not in (("GS", 8), ("ST", 3))


def _same(finding: Finding, error: X12Error) -> bool:
    return finding.position == error.segment_number and finding.element == error.element


def _anywhere(segment: Segment) -> Iterator[Finding]:
    """Yield what is wrong in whatever loop: the digit of an NPI, a range that runs backwards."""
    match segment.id:
        case "NM1":
            if segment.get(8) == "XX" and not npi.is_valid(segment.get(9)):
                yield at(segment, 9, "npi")
            if segment.get(2) == "2" and (segment.get(4) or segment.get(5) or segment.get(7)):
                yield at(segment, 2, "organisation_name")
        case "N1" if segment.get(3) == "XX" and not npi.is_valid(segment.get(4)):
            yield at(segment, 4, "npi")
        case "DTP":
            days = span(segment)
            if days and days[0] > days[1]:
                yield at(segment, 3, "dates_backwards")
