"""What a list is asked for: a view, filters with several values each, a search, an order, a page.

The URL is the truth: `parse` reads it and `encode` writes it, in one canonical form, so that a view
can be kept, shared, exported and worked in bulk as the text after the question mark. What is not
known is passed over; a value never reaches SQL but as a parameter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from services.worklist.item.moves import STATES
from services.worklist.shown import wording

PAGE, MOST_VALUES, LARGEST = 50, 30, 10**9
ME, NOBODY = "me", "none"
FATES = {
    "on_its_way": "On its way", "paid": "Paid", "unpaid": "Decided, nothing paid",
    "came_back": "Came back again",
}
GROUPS = {
    "CO": "CO contractual", "PR": "PR patient", "OA": "OA other", "PI": "PI payer initiated",
    "CR": "CR correction",
}
CLAIM_TYPES = {"professional": "Professional", "institutional": "Institutional"}
SORTS = {
    "rank": "Deadline, then score", "due": "Due", "worth": "At stake", "oldest": "Oldest",
    "newest": "Newest", "payer": "Payer",
}
"""Orders there are; each has its keys in `queue`."""
CLOSED_SETS: Mapping[str, Iterable[str]] = {
    "kind": wording.KINDS, "state": STATES, "fate": FATES, "group": GROUPS,
    "claim_type": CLAIM_TYPES, "team": wording.TEAMS,
}
MANY = (
    "kind", "payer", "category", "carc", "remark", "group", "edit", "code", "facility",
    "department", "team", "state", "fate", "assignee", "tag", "claim_type",
)
NUMBERS = ("due", "min", "max", "older", "younger")
"""Days until due; dollars at stake, from and to; days since it came back, from and to."""
FLAGS = ("answered", "free", "skilled")
"""Whose query was answered; what nobody else has taken; what the reader has the skills for."""
WORDS = {
    "kind": "Kind", "payer": "Payer", "category": "Category", "carc": "Reason", "remark": "Remark",
    "group": "Group", "edit": "Edit", "code": "Service", "facility": "Facility",
    "department": "Department", "team": "Team", "state": "State", "fate": "Fate",
    "assignee": "Assigned to", "tag": "Tag", "claim_type": "Claim", "due": "Due within days",
    "min": "From $", "max": "To $", "older": "At least days old", "younger": "At most days old",
    "answered": "Query answered", "free": "Not taken",
    "skilled": "Of my skills",
}
_VALUE = re.compile(r"[\w][\w .:/&'-]{0,59}")
_UPPER = frozenset({"carc", "remark", "group", "code"})


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted of a list; empty means any.

    Attributes:
        view: A key of `views.of` for the role; empty for its first.
        many: Name of `MANY` -> values, of which one must fit.
        numbers: Name of `NUMBERS` -> number.
        flags: Of `FLAGS`, those that must hold.
        q: Words of a search.
        sort: A key of `SORTS`; empty for the view's own.
        after: Cursor of the last item seen.
        size: Items of a page.
    """

    view: str = ""
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    q: str = ""
    sort: str = ""
    after: str = ""
    size: int = PAGE

    @property
    def narrowed(self) -> bool:
        """Whether anything but the view is asked for."""
        return bool(self.many or self.numbers or self.flags or self.q)


def parse(pairs: Iterable[tuple[str, str]]) -> Filter:
    """Return what the pairs of a query string ask for.

    >>> encode(parse([("kind", "denial"), ("kind", "held"), ("kind", "'; drop"), ("due", "7")]))
    'kind=denial&kind=held&due=7'
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value.strip())
    many = {name: _values(name, given[name]) for name in MANY if name in given}
    return Filter(
        view=_first(given, "view", r"[a-z]{1,20}"),
        many={name: values for name, values in many.items() if values},
        numbers={
            name: min(int(number), LARGEST) for name in NUMBERS
            if (number := _first(given, name, r"-?\d{1,9}"))
        },
        flags=frozenset(name for name in FLAGS if given.get(name, [""])[0] in ("1", "on")),
        q=_printable(given.get("q", [""])[0])[:60],
        sort=_sort(given.get("sort", [""])[0]),
        after=given.get("after", [""])[0][:160],
    )


def encode(wanted: Filter, **other: str) -> str:
    """Return the canonical query string, without the place on a page unless `other` names it."""
    pairs = [("view", wanted.view)] if wanted.view else []
    pairs += [(name, value) for name in MANY for value in wanted.many.get(name, ())]
    pairs += [(name, str(wanted.numbers[name])) for name in NUMBERS if name in wanted.numbers]
    pairs += [(name, "1") for name in FLAGS if name in wanted.flags]
    pairs += [(name, value) for name, value in (("q", wanted.q), ("sort", wanted.sort)) if value]
    return urlencode([*pairs, *other.items()])


def without(wanted: Filter, name: str, value: str = "") -> Filter:
    """Return a filter with one value less."""
    if name == "q":
        return replace(wanted, q="", after="")
    if name in FLAGS:
        return replace(wanted, flags=wanted.flags - {name}, after="")
    if name in NUMBERS:
        return replace(
            wanted, numbers={k: n for k, n in wanted.numbers.items() if k != name}, after="")
    left = tuple(one for one in wanted.many.get(name, ()) if one != value)
    many = {k: v for k, v in wanted.many.items() if k != name} | ({name: left} if left else {})
    return replace(wanted, many=many, after="")


def _values(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return the usable values of a field: repeated, or with commas between."""
    known = CLOSED_SETS.get(name)
    found = []
    for value in (part.strip() for text in given for part in text.split(",")):
        one = value.upper() if name in _UPPER else value
        if _VALUE.fullmatch(one) and (known is None or one in known):
            found.append(one)
    return tuple(dict.fromkeys(found))[:MOST_VALUES]


def _first(given: Mapping[str, list[str]], name: str, pattern: str) -> str:
    value = given.get(name, [""])[0]
    return value if re.fullmatch(pattern, value) else ""


def _sort(value: str) -> str:
    return value if value in SORTS else ""


def _printable(value: str) -> str:
    return "".join(c for c in value if c.isprintable())
