"""Compositions and DocumentReferences -> notes in plain text."""

import base64
import binascii
import html
import re
from collections.abc import Iterable

from services.intake.fields import instant_or_none, items, words
from services.intake.lines import Json
from services.intake.visit import Document, Refused

TITLES = {
    "34131-3": "Outpatient progress note",
    "34133-9": "Summary of episode note",
    "34878-9": "Emergency medicine note",
    "34117-2": "History and physical note",
    "18842-5": "Discharge summary",
    "18748-4": "Diagnostic imaging report",
    "11506-3": "Progress note",
    "54094-8": "Emergency triage note",
    "28570-0": "Charge documentation made at intake",
}
"""Our own titles for the types of note that are taken in; nurses' notes are not."""

BREAKS = re.compile(r"(?i)<br\s*/?>|</(p|div|li|tr|h\d)>")
TAGS = re.compile(r"<[^>]*>")


def read(compositions: Iterable[Json], documents: Iterable[Json]) -> tuple[Document, ...]:
    """Return the notes of a visit, in the order of the sources."""
    notes = [_composition(content) for content in compositions]
    notes += [_reference(content) for content in documents]
    return tuple(note for note in notes if note is not None and note.text)


def _composition(content: Json) -> Document | None:
    kind = words(content, "type", "coding", "code")
    if kind not in TITLES:
        return None
    return Document(
        source_id=words(content, "id"), kind=kind, text=_sections(content, 0),
        signed_at=instant_or_none(content, "date") if _final(content, "status") else None,
    )


def _sections(content: Json, depth: int) -> str:
    """Return title and text of every section; sections may hold sections."""
    if depth > 8:
        raise Refused("Composition.section", "nested deeper than eight")
    parts = []
    for section in items(content, "section"):
        text = plain(words(section, "text", "div"))
        below = _sections(dict(section), depth + 1)
        parts.append("\n".join(p for p in (f"{words(section, 'title')}:", text, below) if p))
    return "\n\n".join(parts)


def _reference(content: Json) -> Document | None:
    kind = words(content, "type", "coding", "code")
    if kind not in TITLES or words(content, "status") == "entered-in-error":
        return None
    try:
        data = base64.b64decode(words(content, "content", "attachment", "data"), validate=True)
        text = data.decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("DocumentReference.content.attachment.data", "is not base64 text") from None
    return Document(
        source_id=words(content, "id"), kind=kind, text=text.strip(),
        signed_at=instant_or_none(content, "date") if _final(content, "docStatus") else None,
    )


def _final(content: Json, name: str) -> bool:
    return words(content, name) in ("final", "amended", "corrected")


def plain(xhtml: str) -> str:
    r"""Return the text of a narrative.

    >>> plain("<div>a &lt; b<br/>c</div>")
    'a < b\nc'
    """
    return html.unescape(TAGS.sub("", BREAKS.sub("\n", xhtml))).strip()
