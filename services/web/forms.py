"""From a posted form to a correction, without trusting any of it."""

import re
from datetime import date
from itertools import zip_longest
from typing import Any

from litestar.datastructures import FormMultiDict

from schemas.events import Evidence
from services.claims import coder_changes
from services.codes import hcpcs, icd10cm, pcs
from services.worklist.bill.typed import NEW, Change, LineChange

_SPLIT = re.compile(r"[\s,]+")
MOST_LINES, MOST_VALUES, MOST_TEXT = 99, 100, 160
WHY = "why."
"""How the name of a field begins that says why a change may be made."""


def change(form: FormMultiDict) -> Change:
    """Return the correction in a form; what cannot be read becomes a value the rules refuse."""
    typed = list(zip_longest(_all(form, "dx"), _all(form, "poa"), fillvalue=""))
    named = [(icd10cm.dotted(code), present.upper()) for code, present in typed if code]
    return Change(
        diagnoses=tuple(code for code, _ in named),
        present=tuple(present for _, present in named) if form.getall("poa", []) else (),
        procedures=_procedures(form),
        lines=tuple(
            line for line_id in _all(form, "line_id")[:MOST_LINES]
            if (line := _line(form, line_id)).code or not line.added
        ),
        evidence=tuple(map(_evidence, _all(form, "evidence"))),
        reasons={
            name.removeprefix(WHY): one(form, name) for name in form
            if name.startswith(WHY) and one(form, name)
        },
        forbidden=tuple(sorted(coder_changes.forbidden().keys() & set(form))),
    )


def marked(form: FormMultiDict) -> list[str]:
    """Return the passages that were marked, as posted."""
    return _all(form, "evidence")


def one(form: FormMultiDict, name: str) -> str:
    """Return one field, trimmed and cut."""
    return _text(form.get(name, ""))


def listed(form: FormMultiDict, name: str) -> list[str]:
    """Return every value of a field, each trimmed and cut."""
    return _all(form, name)


def number(text: str) -> int:
    """Return a whole number, or -1 when it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def day(text: str) -> date | None:
    """Return a day as a browser sends it, or none for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


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
        served_on=_day(one(form, f"on.{line_id}")) if line_id.startswith(NEW) else None,
    )


def _procedures(form: FormMultiDict) -> tuple[tuple[str, date | None], ...] | None:
    """Return the procedures and their days; none when the form has no such field."""
    if not form.getall("pcs", []):
        return None
    typed = zip_longest(_all(form, "pcs"), _all(form, "pcs_on"), fillvalue="")
    return tuple((pcs.compact(code), _day(on)) for code, on in typed if code)


def _day(text: str) -> date | None:
    """Return a day, or none when nothing is typed; what is no day becomes one of no stay."""
    return (day(text) or date.min) if text else None


def _pointer(text: str) -> int:
    """Return the position a coder names by letter or number."""
    if re.fullmatch(r"[A-L]", text):
        return ord(text) - ord("A") + 1
    return number(text)


def _evidence(text: str) -> Evidence:
    """Return a passage: ``note:first:last``, then the change it supports after a bar."""
    passage, _, about = text.partition("|")
    note_id, _, span = passage.partition(":")
    start, _, end = span.partition(":")
    return Evidence(note_id=note_id, start=number(start), end=number(end), about=about)


def _all(form: FormMultiDict, name: str) -> list[str]:
    return [_text(value) for value in form.getall(name, [])[:MOST_VALUES]]


def _text(value: Any) -> str:
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""
