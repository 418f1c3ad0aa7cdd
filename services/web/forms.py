"""From a posted form to a correction, without trusting any of it."""

import re
from typing import Any

from litestar.datastructures import FormMultiDict

from schemas.events import Evidence
from services.codes import hcpcs, icd10cm
from services.worklist.corrections import Change, LineChange

_SPLIT = re.compile(r"[\s,]+")
MOST_LINES, MOST_VALUES, MOST_TEXT = 99, 50, 64


def change(form: FormMultiDict) -> Change:
    """Return the correction in a form; what cannot be read becomes a value the rules refuse."""
    return Change(
        diagnoses=tuple(
            icd10cm.dotted(code) for code in _all(form, "dx") if code
        ),
        lines=tuple(_line(form, line_id) for line_id in _all(form, "line_id")[:MOST_LINES]),
        evidence=tuple(map(_evidence, _all(form, "evidence"))),
    )


def marked(form: FormMultiDict) -> list[str]:
    """Return the passages that were marked, as posted."""
    return _all(form, "evidence")


def one(form: FormMultiDict, name: str) -> str:
    """Return one field, trimmed and cut."""
    return _text(form.get(name, ""))


def number(text: str) -> int:
    """Return a whole number, or -1 when it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def _line(form: FormMultiDict, line_id: str) -> LineChange:
    def field(name: str) -> str:
        return one(form, f"{name}.{line_id}").upper()

    return LineChange(
        line_id=line_id,
        code=hcpcs.compact(field("code")),
        modifiers=tuple(part for part in _SPLIT.split(field("modifiers")) if part),
        units=number(field("units")),
        pointers=tuple(_pointer(part) for part in _SPLIT.split(field("pointers")) if part),
        place_of_service=field("pos"),
        removed=bool(field("remove")),
    )


def _pointer(text: str) -> int:
    """Return the position a coder names by letter or number."""
    if re.fullmatch(r"[A-L]", text):
        return ord(text) - ord("A") + 1
    return number(text)


def _evidence(text: str) -> Evidence:
    note_id, _, span = text.partition(":")
    start, _, end = span.partition(":")
    return Evidence(note_id=note_id, start=number(start), end=number(end))


def _all(form: FormMultiDict, name: str) -> list[str]:
    return [_text(value) for value in form.getall(name, [])[:MOST_VALUES]]


def _text(value: Any) -> str:
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""
