"""Where a role can go: the links of the head of every page, each with the key after ``g``."""

from dataclasses import dataclass

from services.web import access
from services.web.sessions import Visitor


@dataclass(frozen=True, slots=True)
class Place:
    """A page everybody reaches from everywhere.

    Attributes:
        path: Its address, and the beginning of those below it.
        says: In the head.
        action: Who may open it: a key of `access.MAY`.
        key: After ``g``.
    """

    path: str
    says: str
    action: str
    key: str


PLACES = (
    Place("/work", "Work", "work.list", "w"),
    Place("/queries", "Queries", "queries.list", "q"),
    Place("/lessons", "Lessons", "lessons.read", "l"),
    Place("/board", "Board", "board.read", "b"),
    Place("/codes/changes", "Codes", "codes.changes", "c"),
    Place("/exchange", "Exchange", "exchange.read", "e"),
    Place("/figures", "Figures", "figures.read", "f"),
    Place("/lag", "Lag", "lag.read", "p"),
    Place("/users", "Users", "users.read", "s"),
    Place("/break-glass", "Break-glass", "glass.list", "k"),
    Place("/audit", "Audit", "audit.read", "a"),
)


def places(visitor: Visitor) -> tuple[Place, ...]:
    """Return where a visitor's role may go, in the order of the head."""
    return tuple(place for place in PLACES if access.may(visitor.role, place.action))


def here(place: Place, path: str) -> bool:
    """Say whether a path is a place or below it.

    >>> here(PLACES[0], "/work/1"), here(PLACES[0], "/workers")
    (True, False)
    """
    return path == place.path or path.startswith(place.path + "/")
