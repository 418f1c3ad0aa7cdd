"""Items as the staff see them: sample visits with each seeded error, and what it comes back as."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from schemas.events import Bill, Coded, Encounter
from services.codes import chargemaster, hcpcs, icd10cm, reference
from services.intake import build, fhir, sample
from services.intake.visit import Refusal, Refused
from services.phi.keys import SiteKey
from services.worklist.bill import draw, encoder
from services.worklist.feed import errors
from services.worklist.feed.slip import Slip
from services.worklist.feed.slips import SLIPS
from services.worklist.shown import record, wording

SITE = SiteKey(bytes(range(32)))


@dataclass(frozen=True)
class Case:
    """A visit, its right coding, the wrong one, and the page of what came back.

    Attributes:
        kind: A row of errors.csv.
        clean: As it should have been coded.
        wrong: As it was coded.
        texts: Note id -> text.
        page: The page's values.
    """

    kind: str
    clean: Bill
    wrong: Bill
    texts: dict[str, str]
    page: dict[str, Any]


def drafts() -> Iterator[build.Draft]:
    """Yield the ready visits of the project's sample."""
    site = build.Site(SITE, reference.load(), chargemaster.load(), timedelta())
    for visit in fhir.Reader(sample.FOLDER).read():
        if isinstance(visit, Refusal):
            continue
        try:
            made = build.draft(visit, site)
        except Refused:
            continue
        if made.event.state == "ready":
            yield made


def cases(most: int = 12, seed: int = 7) -> Iterator[Case]:
    """Yield up to so many visits of each kind of error."""
    left = dict.fromkeys(errors.kinds(), most)
    for made in drafts():
        clean = encoder.encode(made.event, seed)
        if clean is None:
            continue
        slip = Slip(encoder.coder_of(made.event, seed), draw.number(seed, "slip", made.event.encounter_id))  # noqa: E501
        for kind, count in left.items():
            wrong = SLIPS[kind](clean, slip) if count else None
            if wrong is None:
                continue
            left[kind] -= 1
            for by in errors.kinds()[kind].by or ("11",):
                yield case_of(kind, by, made, clean, wrong)


def case_of(kind: str, by: str, made: build.Draft, clean: Bill, wrong: Bill) -> Case:
    """Return a visit with a coding that came back for a reason."""
    texts = dict(zip([n.note_id for n in made.event.notes], made.texts, strict=True))
    held = errors.kinds()[kind].meets == "edit"
    line = _line(clean, wrong, by)
    item = {
        "rework_id": made.event.encounter_id, "kind": "held" if held else "denial",
        "state": "todo",
        "reasons": [{
            "place": _place(clean, wrong, kind, line), "line_id": "" if held else line,
            "code": by if held else f"CO-{by}",
        }],
    }
    coded = Coded(version=1, coder_id="c", bill=wrong)
    shown = orjson.loads(orjson.dumps(record.shown(coded, None)))
    return Case(kind, clean, wrong, texts, {
        "patient": {"sex": wrong.patient.sex, "age_years": wrong.patient.age_years},
        "item": item, "coding": shown, "notes": _notes(made.event, texts), "moves": [],
    })


def _notes(event: Encounter, texts: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "note_id": note.note_id,
            "sentences": [dataclasses.asdict(s) for s in wording.sentences(texts[note.note_id])],
        }
        for note in event.notes
    ]


def _line(clean: Bill, wrong: Bill, by: str) -> str:
    """Return the line the payer would deny: the one that differs, else the visit's."""
    before = {line.line_id: line for line in clean.lines}
    changed = [
        line for line in wrong.lines
        if dataclasses.replace(line, assigned_by="", source="")
        != dataclasses.replace(before.get(line.line_id, line), assigned_by="", source="")
    ]
    if changed:
        return changed[0].line_id
    other = [line for line in wrong.lines if not hcpcs.is_evaluation(line.code)]
    return (other or list(wrong.lines))[0].line_id


def _place(clean: Bill, wrong: Bill, kind: str, line: str) -> str:
    for at, (one, other) in enumerate(zip(clean.diagnoses, wrong.diagnoses, strict=False), start=1):
        if one.code != other.code:
            return f"diagnosis {at}"
    if len(wrong.diagnoses) > len(clean.diagnoses):
        return f"diagnosis {len(wrong.diagnoses)}"
    known = {line.line_id for line in clean.lines}
    for at, one_line in enumerate(wrong.lines, start=1):
        if one_line.line_id not in known or one_line.line_id == line:
            last = at
    return f"line {last}"


def look_up(words: str) -> list[tuple[str, str]]:
    """Search as the page does."""
    return [(entry.code, entry.words) for entry in icd10cm.search(words, 12)]
