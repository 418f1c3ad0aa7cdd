"""What a careful reader finds in the record on an item's page: diagnoses, services, place.

Every finding keeps the passage it comes from, so that a correction can name it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.codes import poa, pos

_DIAGNOSIS = re.compile(r"\d+\. (?P<words>[^:]+?)(?:: (?P<more>.*))?")
_SERVICE = re.compile(
    r"- (?P<words>.+) \((?P<code>[0-9A-Z]{4,5})\), "
    r"(?:(?P<side>Left side|Right side|Both sides), )?(?:once|(?P<times>\d+) times), by .+"
)
_PLACE = re.compile(r"Place: (?P<words>.+?)\.?")
_SEPARATE = "The evaluation is documented apart from the procedures"
SIDES = {"Left side": "LT", "Right side": "RT", "Both sides": "50"}
PRESENT = {words: indicator for indicator, words in poa.INDICATORS.items()}
PLACES = {words: code for code, words in pos.WORDS.items()}


@dataclass(frozen=True, slots=True)
class Service:
    """A documented service."""

    code: str
    times: int
    side: str
    passage: str


@dataclass(frozen=True, slots=True)
class Named:
    """A documented diagnosis in the provider's words; whether present on admission, if said."""

    words: str
    passage: str
    present: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What the record says.

    Attributes:
        diagnoses: By rank.
        services: In the order documented.
        place: Place of service, two digits; empty when not stated.
        place_passage: Where it says so.
        separate: Where it says that the evaluation stands apart from the procedures.
    """

    diagnoses: tuple[Named, ...]
    services: tuple[Service, ...]
    place: str
    place_passage: str
    separate: str

    def service(self, code: str) -> Service | None:
        """Return the documented service with a code, if any."""
        return next((one for one in self.services if one.code == code), None)


def read(page: Mapping[str, Any]) -> Chart:
    """Read the notes of a page; the one with documented services counts for diagnoses."""
    services: list[Service] = []
    places: list[tuple[str, str]] = []
    separate = ""
    ranked: list[tuple[bool, list[Named]]] = []
    for note in page["notes"]:
        named, before = [], len(services)
        for sentence in note["sentences"]:
            passage = f"{note['note_id']}:{sentence['start']}:{sentence['end']}"
            text = sentence["text"].strip()
            if found := _SERVICE.fullmatch(text):
                services.append(_service(found, passage))
            elif found := _DIAGNOSIS.fullmatch(text):
                present = PRESENT.get((found["more"] or "").strip(), "")
                named.append(Named(found["words"].strip(), passage, present))
            elif (found := _PLACE.fullmatch(text)) and found["words"] in PLACES:
                places.append((PLACES[found["words"]], passage))
            elif text.startswith(_SEPARATE):
                separate = passage
        ranked.append((len(services) > before, named))
    best = max(ranked, key=lambda one: (one[0], len(one[1])), default=(False, []))
    place, place_passage = places[0] if places else ("", "")
    return Chart(tuple(best[1]), tuple(services), place, place_passage, separate)


def _service(found: re.Match[str], passage: str) -> Service:
    side = SIDES.get(found["side"] or "", "")
    return Service(found["code"], int(found["times"] or 1), side, passage)
