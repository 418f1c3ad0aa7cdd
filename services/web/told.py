"""What a person hears of items that changed: those they may see, or could until the change.

    payloads of the trigger ─▶ heard ─▶ changes ─▶ packed for a person ─▶ one message, or none

A payload says where an item stands and, of one that moved, where it stood: what `access.authorize`
asks of an item.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from services.web import access
from services.worklist.item.scope import Person

ACTION = "work.list"
MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an item stands, as far as it says who may see it: what `scope.sees` asks of a row."""

    facility_id: str
    needs: tuple[str, ...]
    place: str
    taken_by: str
    assigned_to: str


@dataclass(frozen=True, slots=True)
class Change:
    """An item that changed.

    Attributes:
        rework_id: Its id.
        version: Its row version.
        stands: Where it stood, one after the other; last where it stands.
    """

    rework_id: str
    version: int
    stands: tuple[Stand, ...]

    def told(self, person: Person) -> tuple[str, int, str] | None:
        """Return what a person hears of it: id, version, place; none if it never was theirs.

        Where it went is not told to who may not see it there.
        """
        if not any(access.authorize(person, ACTION, stand) for stand in self.stands):
            return None
        here = access.authorize(person, ACTION, self.stands[-1])
        return self.rework_id, self.version, self.stands[-1].place if here else ""


def heard(payloads: Iterable[str]) -> list[Change]:
    """Return what notifications of the trigger say, one change an item."""
    found: dict[str, Change] = {}
    for payload in payloads:
        rework_id, version, *given = orjson.loads(payload)
        stands = tuple(Stand(f, tuple(needs), *rest) for f, needs, *rest in given)
        before = found[rework_id].stands if rework_id in found else ()
        found[rework_id] = Change(rework_id, version, before + stands)
    return list(found.values())


def packed(person: Person, changes: Iterable[Change], *, lost: bool = False) -> bytes:
    """Return the message of some changes to a person; empty if there is nothing to tell.

    Who would hear of more than `MOST_NAMED` items hears only that so many changed.

    >>> at = Stand("main", ("CODING",), "CODING", "", "")
    >>> packed(Person("anna", "coder", facilities=("main",)), [Change("a", 2, (at,))])
    b'{"items":[["a",2,"CODING"]],"all":false}'
    >>> packed(Person("nora", "coder", facilities=("north",)), [Change("a", 2, (at,))])
    b''
    """
    told = [one for one in (change.told(person) for change in changes) if one]
    if not told and not lost:
        return b""
    return orjson.dumps({
        "items": told if len(told) <= MOST_NAMED else [],
        "all": lost or len(told) > MOST_NAMED,
    })
