"""What stands on an item's page beside record, claim and remittance: an area, a panel.

A panel is a function from what is seen to a value; the page finds it as ``panels.<name>`` and shows
it with ``templates/_panel_<name>.html``. A panel that has nothing to say returns none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from services.web.desk import Web
from services.worklist.bill.typed import Change
from services.worklist.item.items import Person
from services.worklist.shown.page import ItemPage


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as its reader sees it.

    Attributes:
        conn: In the transaction of the request.
        web: What handlers work with.
        person: The reader.
        row: The item.
        page: Its page.
        typed: The correction that was typed and refused, if any.
    """

    conn: Connection
    web: Web
    person: Person
    row: Row[Any]
    page: ItemPage
    typed: Change | None = None


PANELS: dict[str, Callable[[Seen], Any]] = {}


OPENS = frozenset({"query", "notes"})
"""Panels that open what people wrote of the patient: not for whom the record is masked."""


def load(seen: Seen) -> dict[str, Any]:
    """Return every panel's value by name, in their order."""
    shut = OPENS if seen.page.masked else frozenset()
    return {name: None if name in shut else panel(seen) for name, panel in PANELS.items()}
