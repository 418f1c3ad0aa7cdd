"""What people do at an item's page, and what is then coded and told."""

from typing import Any

from sqlalchemy import Engine, text

from schemas import codec
from schemas.events import Coded, Decided
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

Item = Made | str
"""A visit that came back, or the path of an item's page."""


def path_of(item: Item) -> str:
    """Return where the item's page is."""
    return item if isinstance(item, str) else f"/work/{item.rework.rework_id}"


def page_of(person: Person, item: Item) -> dict[str, Any]:
    """Return the values of the item's page: ``page`` and ``panels``."""
    found: dict[str, Any] = person.page(path_of(item))
    return found


def take(person: Person, item: Item) -> dict[str, Any]:
    """Take the item; return its page as it then is."""
    assert do(person, item, "take").status_code == 200
    return page_of(person, item)


def do(person: Person, item: Item, move: str, **fields: Any) -> Any:
    """Press a button of the page as it is; return the answer."""
    seen = page_of(person, item)["page"]["item"]["row_version"]
    return person.post(f"{path_of(item)}/{move}", {"seen": seen, **fields})


def offered(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the moves that a page offers, by name."""
    return {one["name"]: one for one in found["panels"]["decide"]["offers"]}


def correction(shown: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Return the correction form of a page as it stands, with what is typed over."""
    coding, note = shown["coding"], shown["notes"][0]
    passage = next(one for one in note["sentences"] if one["text"].startswith("1. "))
    fields: dict[str, Any] = {
        "seen": shown["item"]["row_version"],
        "dx": [d["code"] for d in coding["diagnoses"]],
        "line_id": [line["line_id"] for line in coding["lines"]],
        "evidence": f"{note['note_id']}:{passage['start']}:{passage['end']}",
    }
    for line in coding["lines"]:
        key = line["line_id"]
        fields |= {
            f"code.{key}": line["code"], f"modifiers.{key}": " ".join(line["modifiers"]),
            f"units.{key}": line["units"], f"pos.{key}": line["place_of_service"],
            f"pointers.{key}": " ".join(map(str, line["pointers"])),
        }
    return fields | over


def marked(shown: dict[str, Any], words: str, about: str = "") -> str:
    """Return the sentence with some words as a passage, for a change."""
    for note in shown["notes"]:
        for one in note["sentences"]:
            if words in one["text"]:
                passage = f"{note['note_id']}:{one['start']}:{one['end']}"
                return f"{passage}|{about}" if about else passage
    raise AssertionError(words)


def passage(found: dict[str, Any]) -> str:
    """Return the last sentence but one of the record's first note, as a passage."""
    note = found["page"]["notes"][0]
    one = note["sentences"][-2]
    return f"{note['note_id']}:{one['start']}:{one['end']}"


def codings(engine: Engine, encounter_id: str) -> list[Coded]:
    """Return every version of an encounter's coding."""
    with engine.connect() as conn:
        rows = conn.execute(
            text("select event from coding where encounter_id = :id order by version"),
            {"id": encounter_id},
        )
        found = [codec.decode("claims.coded", bytes(row.event)) for row in rows]
    return [one for one in found if isinstance(one, Coded)]


def decided(engine: Engine, made: Made) -> list[Decided]:
    """Return what people decided, as it goes out."""
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "select value from outbox where key = :id and topic = 'claims.decided'"
                " order by seq"
            ),
            {"id": made.encounter_id},
        )
        found = [codec.decode("claims.decided", bytes(row.value)) for row in rows]
    return [one for one in found if isinstance(one, Decided)]


def letter(person: Person, made: Made, **over: str) -> Any:
    """Enter a denial by letter of a visit's claim; return the answer."""
    return person.post("/denials/new", {
        "number": made.rework.control_number, "step": "reasons", "letter_on": "2026-06-20",
        "received_on": "2026-06-24", "source": "letter",
        "where.1": "1", "group.1": "CO", "carc.1": "197", "remarks.1": "", "amount.1": "165.00",
    } | over)


def recoded(person: Person, item: Item) -> Any:
    """Put modifier 25 on the visit line of an item, from the record; return the answer."""
    page = take(person, item)
    note = page["page"]["notes"][0]
    one = note["sentences"][-2]
    fields: dict[str, Any] = {
        "dx": ["E11.9", "I10"], "line_id": ["L1", "L2"],
        "evidence": f"{note['note_id']}:{one['start']}:{one['end']}",
    }
    for line in page["page"]["coding"]["lines"]:
        fields |= {
            f"code.{line['line_id']}": line["code"], f"units.{line['line_id']}": "1",
            f"pointers.{line['line_id']}": " ".join(map(str, line["pointers"])),
            f"pos.{line['line_id']}": line["place_of_service"],
            f"modifiers.{line['line_id']}": "25" if line["line_id"] == "L1" else "",
        }
    return do(person, item, "correct", **fields)
