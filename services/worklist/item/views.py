"""The views of the work list: for each role, which items, as branches an index can follow.

A branch is a condition with the place (or whoever it is about) fixed, so that the database reads
its items in order and stops after a page; a view of several branches is merged from their heads.
Branches of a view never overlap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.worklist.item.scope import Person, team

OPEN = "w.status = 'open' and w.state in ('todo', 'waiting', 'handed_on')"
CLOSED = "(w.status = 'closed' or w.state = 'decided')"
OVERSEERS = ("supervisor", "auditor")
RANK, NEWEST = "rank", "newest"
_MINE = f"{OPEN} and w.place = :team and w.assigned_to = :name"
_POOL = f"{OPEN} and w.place = :team and w.assigned_to = ''"
_OWN = f"{_POOL} and w.coder_id = :coder_id and :coder_id <> ''"
_NOT_OWN = f"{_POOL} and (w.coder_id <> :coder_id or :coder_id = '')"
_KNOWN = "(w.department = any(:skills) or w.category = any(:skills))"
_WORKED = "w.worked_by = :name and w.worked_by <> ''"
_APPROVAL = f"{OPEN} and w.state = 'waiting' and w.waits_for = 'approval'"
_ANOTHERS = (
    "not exists (select from write_off o where o.rework_id = w.rework_id and o.state = 'asked'"
    " and o.asked_by = :name)"
)
"""Who asked for a write-off does not approve it."""


@dataclass(frozen=True, slots=True)
class View:
    """A view of the list.

    Attributes:
        says: Its tab.
        branches: Conditions on ``work_item w``, no two of which hold for one item.
        sort: The order it has unless another is asked for.
        empty: What an empty list of it says.
    """

    says: str
    branches: tuple[str, ...]
    sort: str = RANK
    empty: str = "No item is in this view."


def _and(condition: str, *branches: str) -> tuple[str, ...]:
    return tuple(f"{branch} and {condition}" for branch in branches)


def _workers(states: str) -> dict[str, View]:
    """Return the views of who works one team's items."""
    return {
        "todo": View(
            "To do", _and(states, _MINE, _POOL),
            empty="Nothing waits for you. What comes back appears here by itself.",
        ),
        "mine": View(
            "Mine", _and(states, _MINE, _OWN), empty="Nothing is assigned to you.",
        ),
        "hand": View(
            "In hand", (f"{OPEN} and w.taken_by = :name and w.lease_until > :real_now",),
            empty="You have taken nothing.",
        ),
        "team": View(
            "Team", _and(states, f"{OPEN} and w.place = :team"),
            empty="Nothing waits for your team.",
        ),
    }


_UNDER_WAY = "w.state in ('handed_on', 'released') and w.status = 'open'"
_WORKER: Mapping[str, View] = {
    **_workers("w.state = 'todo'"),
    "waiting": View(
        "Waiting",
        _and("w.state = 'waiting'", f"{OPEN} and {_WORKED}",
             f"{OPEN} and w.place = :team and w.assigned_to = :name and w.worked_by <> :name"),
        empty="Nothing of yours waits for an answer.",
    ),
    "underway": View(
        "Under way", (f"{_WORKED} and {_UNDER_WAY}",), NEWEST,
        "What you hand on is followed here until its fate is known.",
    ),
    "closed": View("Closed", (f"{_WORKED} and {CLOSED}",), NEWEST),
}
_BILLER: Mapping[str, View] = {
    **_workers("w.state in ('todo', 'handed_on')"),
    "coder": View("With coders", (f"{OPEN} and w.state = 'todo' and w.place = 'CODING'",)),
    "others": View(
        "With other teams",
        (f"{OPEN} and w.state = 'todo' and w.place not in ('CODING', 'BILLING')",),
    ),
    "approval": View(
        "To approve", (f"{_APPROVAL} and {_ANOTHERS}",),
        empty="No write-off of another person waits for you.",
    ),
    "waiting": View("Waiting", (f"{OPEN} and w.state = 'waiting'",)),
    "underway": View("Under way", ("w.status = 'open' and w.state = 'released'",), NEWEST),
    "closed": View("Closed", (CLOSED,), NEWEST),
}
_OVERSEER: Mapping[str, View] = {
    "todo": View("Open", (OPEN,)),
    "unassigned": View("Unassigned", (f"{OPEN} and w.state <> 'waiting' and w.assigned_to = ''",)),
    "taken": View("Taken", (f"{OPEN} and w.taken_by <> '' and w.lease_until > :real_now",)),
    "approval": View(
        "To approve", (_APPROVAL,),
        empty="Nothing waits for an approval.",
    ),
    "waiting": View("Waiting", (f"{OPEN} and w.state = 'waiting'",)),
    "underway": View("Under way", ("w.status = 'open' and w.state = 'released'",), NEWEST),
    "closed": View("Closed", (CLOSED,), NEWEST),
}
EVERYTHING = View("Found", ("true",), empty="Nothing of yours has that number, code or payer.")
"""What a search looks through, whichever view is shown."""


def of(role: str) -> Mapping[str, View]:
    """Return the views of a role, the first one first; none where a role has no list."""
    if role == "biller":
        return _BILLER
    if role in OVERSEERS:
        return _OVERSEER
    return _WORKER if role in ("coder", "specialist") else {}


def takes(person: Person, *, skilled: bool = False) -> tuple[str, ...]:
    """Return what "take next" goes through, one after the other.

    What is assigned to the person, what the person coded, what of the team's the person has the
    skills for (asked with ``skills``) if it has any, and the rest of the team's.
    """
    if person.role not in ("coder", "specialist", "biller"):
        return ()
    states = "w.state in ('todo', 'handed_on')" if person.role == "biller" else "w.state = 'todo'"
    own, rest = ((_OWN,), _NOT_OWN) if person.coder_id else ((), _POOL)
    known = (f"{rest} and {_KNOWN}",) if skilled else ()
    return _and(states, _MINE, *own, *known, rest)


def given(person: Person) -> dict[str, Any]:
    """Return what branches are asked with, beside the time."""
    return {"name": person.name, "team": team(person), "coder_id": person.coder_id}
