"""SNIP types 1 and 2 by pyx12's maps: which segment belongs to which loop, what must be there.

The maps of pyx12 (BSD) hold the guides' loops, segments, elements, lengths and qualifiers. Only its
map walker and element checks are used, one segment at a time, so memory stays constant; reading,
limits and envelope are `services.x12`'s. Of its lists of external codes only states, countries and
currencies are used: remark codes and claim statuses are some ten years old, places of service have
no dates; `services.check.lists` has what is current.

pyx12 4.0.0 raises instead of reporting on a composite with too many parts and on a range of dates
with two hyphens; both are findings here.
"""

import logging
import re
from functools import cache, lru_cache
from typing import Any

import pyx12.segment
from pyx12.errors import EngineError
from pyx12.map_if import load_map_file
from pyx12.map_walker import walk_tree
from pyx12.params import ParamsBase

from services.check.findings import Finding, at
from services.x12.segments import Segment

logging.getLogger("pyx12").setLevel(logging.CRITICAL)

MAPS = {
    "005010X222": "837.5010.X222.A1.xml",
    "005010X223": "837Q3.I.5010.X223.A1.xml",
    "005010X221": "835.5010.X221.A1.xml",
    "005010X231": "999.5010X231.A1.xml",
    "005010X214": "277.5010.X214.xml",
}
STALE = "remark_code,claim_status,claim_status_cat,pos,service_type,entity_id"
_GROUP = "/ISA_LOOP/GS_LOOP"
_CONTROL = "x12.control.00501.xml"
_RAISED = (EngineError, IndexError, AssertionError, ValueError, TypeError, AttributeError)
_ELEMENT = re.compile(r"(\d\d)(?:-\d+)?$")
_SEGMENT_RULES = {
    "1": "segment_unknown", "2": "segment_not_used", "4": "loop_repeated", "5": "segment_repeated",
}
_ELEMENT_RULES = {
    "1": "element_missing", "2": "element_condition", "3": "elements_too_many", "4": "too_short",
    "5": "too_long", "6": "bad_character", "7": "qualifier", "8": "element_date",
    "9": "element_time", "10": "element_not_used",
}


@cache
def _map(file: str) -> Any:
    params = ParamsBase()
    params.set("exclude_external_codes", STALE)
    return load_map_file(file, params)


class Structure:
    """One transaction set on its way through its map."""

    def __init__(self, guide: str) -> None:
        """Start before ST.

        Args:
            guide: Its ten characters, a key of `MAPS`.
        """
        self._walker = walk_tree()
        self._walker.forceWalkCounterToLoopStart(_GROUP, f"{_GROUP}/GS")
        self._node = _map(MAPS[guide]).getnodebypath(f"{_GROUP}/GS")
        self._count = 0

    def place(self, segment: Segment) -> tuple[str, list[Finding]]:
        """Return the loop of the next segment, empty when it has none, and what is wrong."""
        self._count += 1
        data = _segment(segment)
        try:
            node, _, _, errors = self._walker.walk_errors(
                self._node, data, self._count, segment.number, None
            )
        except _RAISED:
            return "", [at(segment, 0, "segment_unknown")]
        found = [_missing_or_repeated(segment, error) for error in errors]
        if node is None:
            return "", found
        self._node = node
        return str(node.parent.id), found + elements(node, segment, data)


def envelope(segment: Segment) -> list[Finding]:
    """Return what is wrong with the elements of an ISA or GS."""
    path = f"{_GROUP}/GS" if segment.id == "GS" else "/ISA_LOOP/ISA"
    return elements(_map(_CONTROL).getnodebypath(path), segment, _segment(segment))


def elements(node: Any, segment: Segment, data: Any) -> list[Finding]:
    """Return what is wrong with the elements of a segment that stands at a node of a map."""
    return [at(segment, element, rule) for element, rule in _elements(node, _Text(data, segment))]


class _Text:
    """A segment as pyx12 takes it, equal to another of the same text."""

    __slots__ = ("_key", "data")

    def __init__(self, data: Any, segment: Segment) -> None:
        self.data = data
        self._key = (segment.delimiters, *segment.elements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=4096)  # lines of a remittance repeat each other
def _elements(node: Any, text: _Text) -> tuple[tuple[int, str], ...]:
    try:
        _, errors = node.is_valid_errors(text.data)
    except _RAISED:
        return ((0, "elements_too_many"),)
    found = []
    for error in errors:
        place = _ELEMENT.search(str(error.refdes or ""))
        element = int(place[1]) if place else _syntax_element(error.refdes)
        found.append((element, _ELEMENT_RULES[error.err_cde]))
    return tuple(found)


def _syntax_element(refdes: object) -> int:
    return refdes if isinstance(refdes, int) else 0


def _segment(segment: Segment) -> Any:
    marks = segment.delimiters
    return pyx12.segment.Segment(
        marks.element.join(segment.elements), marks.terminator, marks.element, marks.component,
        marks.repetition,
    )


def _missing_or_repeated(segment: Segment, error: Any) -> Finding:
    if error.err_cde == "3":
        loop = error.err_str.startswith("Mandatory loop")
        rule = "loop_missing" if loop else "segment_missing"
        return Finding(segment.number, str(error.map_node.id), 0, rule)
    return at(segment, 0, _SEGMENT_RULES.get(error.err_cde, "segment_unknown"))
