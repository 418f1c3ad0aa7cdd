"""What a coder may change at all: from the record alone, only after an answered query, or never.

    old bill, new bill ──▶ steps, one for each thing that changes ──▶ each with a reason of a closed
    list and passages of its own ──▶ allowed, or the sentence that says why not

The reasons are rows of `data/coder_changes.csv`. A reason does not make a change right: what a new
code says beyond the old one has to stand in the passages (a side, a cause, presence on admission),
a diagnosis has to be named by them, and a report of laboratory or imaging alone names none. What
the record does not say may be changed with a passage of the physician's answer (an addendum), as
far as that says it: an answer about something else supports nothing.

Example: M17.10 to M17.11 with "osteoarthritis of the right knee" is from the record; with
"osteoarthritis of the knee" it is refused: the side is the physician's to say.

Source: ICD-10-CM guidelines I.A.15, I.B.13, I.B.14, III.B, Appendix I; AHIMA and ACDIS,
Guidelines for Achieving a Compliant Query Practice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from services.claims import data
from services.claims.steps import Step
from services.codes import icd10cm, search, unspecified
from services.codes.search.index import alternatives, said, terms

RECORD, QUERY, NEVER = "record", "query", "never"
ADDENDUM = "55107-7"
VOUCHED = "51851-4"
"""LOINC type of a claim as a host sent it: the coder vouches for a record that is not here."""
REPORTS = frozenset({"11502-2", "11526-1", "18725-2", "18748-4", "26436-6", "30954-2"})
"""LOINC types of notes that report laboratory, pathology or imaging."""
SIDES = {
    "right": re.compile(r"\b(right|rt|r|bilateral|both|bilat)\b", re.IGNORECASE),
    "left": re.compile(r"\b(left|lt|l|bilateral|both|bilat)\b", re.IGNORECASE),
    "bilateral": re.compile(r"\b(bilateral|both|bilat|right and left|left and right)\b", re.I),
}
SIDE_MODIFIERS = {"RT": "right", "LT": "left", "50": "bilateral"}
CAUSES = re.compile(
    r"\b(due to|secondary to|caused by|because of|from|induced|related|associated|resulting)\b",
    re.IGNORECASE,
)
CAUSAL = ("due to", "secondary to")
"""How the list says that one condition causes another."""
ADMISSION = re.compile(
    r"\b(admission|admitted|admit|arriv\w+|present\w*|poa|developed|hospital day|acquired|"
    r"on day \d+|does not say|cannot tell)\b", re.IGNORECASE,
)
SHORTEST = 3
"""Letters of a word that tells something."""
SAYS_LITTLE = frozenset((
    "unspecified", "specified", "other", "without", "with", "initial", "encounter", "complication",
    "complications", "disease", "disorder", "type", "site", "not", "elsewhere", "classified",
    "general", "primary",
))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change may be made.

    Attributes:
        name: As in the table.
        when: record, query or never.
        words: As shown.
        refusal: Why it is refused where it is.
    """

    name: str
    when: str
    words: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A marked passage, or a whole note: its text and the LOINC type of the note."""

    text: str
    kind: str = ""


@cache
def _table() -> tuple[tuple[Reason, frozenset[str]], ...]:
    return tuple(
        (Reason(row["reason"], row["when"], row["words"], row["refusal"]),
         frozenset(row["changes"].split()))
        for row in data.rows("coder_changes.csv")
    )


@lru_cache
def reasons(kind: str) -> tuple[Reason, ...]:
    """Return the reasons for which a kind of change may be made, from the record first."""
    return tuple(r for r, kinds in _table() if kind in kinds and r.when != NEVER)


@cache
def _named() -> Mapping[str, Reason]:
    return {reason.name: reason for reason, _ in _table()}


def words(reason: str) -> str:
    """Return what a reason says, or nothing when it is none of the list."""
    known = _named().get(reason)
    return known.words if known else ""


@cache
def forbidden() -> Mapping[str, str]:
    """Return what a coder never changes: the field of a form -> why not."""
    return {
        name: reason.refusal for reason, names in _table() if reason.when == NEVER
        and reason.name not in ("covered", "no_evidence") for name in names
    }


def suggested(step: Step) -> str:
    """Return the reason that the change itself suggests: the first that fits from the record."""
    if step.kind == "diagnosis":
        before, after = icd10cm.compact(step.was), icd10cm.compact(step.is_)
        if after.startswith(before) or (icd10cm.exists(before) and before[:3] == after[:3]):
            return "documented_detail"
        return "documented_other" if icd10cm.exists(before) else "truncated"
    if step.kind == "modifiers":
        sides = set(step.is_.split()) & set(SIDE_MODIFIERS)
        return "documented_fact" if sides else "distinct_service" if step.is_ else "not_supported"
    return next(reason.name for reason in reasons(step.kind))


def refusal(
    step: Step, reason: str, passages: Sequence[Passage], record: Iterable[Passage]
) -> str:
    """Return why a change is refused; nothing when it may be made.

    Args:
        step: The change.
        reason: Why, as the coder says.
        passages: What the coder marked for it.
        record: The notes of the encounter.
    """
    if not passages:
        never = _named()["no_evidence"] if step.kind == "modifiers" else None
        return never.refusal if never else "Mark the passage of the record that supports it."
    known = _named().get(reason)
    if known is None or known not in reasons(step.kind):
        return "Choose a reason of the list for it."
    if any(one.kind == VOUCHED for one in passages):
        return ""
    if any(one.kind == ADDENDUM for one in passages):
        wanted = next(_unanswered(step, passages), "")
    elif known.when == QUERY:
        return known.refusal + " No marked passage is of such an answer."
    else:
        wanted = next(_wanting(step, passages, tuple(record)), "")
    return wanted and _named()[wanted].refusal


def _unanswered(step: Step, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the rows of the table by which the physician's answer is not enough."""
    text = " ".join(one.text for one in passages)
    if step.kind in ("diagnosis", "diagnosis_added"):
        if _side_open(icd10cm.describe(step.is_), icd10cm.describe(step.was), text):
            yield "specificity_answered"
        if _cause_open(step, text):
            yield "cause_answered"
        if not names(text, step.is_):
            yield "covered"
    elif step.kind == "present" and not ADMISSION.search(text):
        yield "presence_answered"
    elif step.kind == "modifiers":
        yield from _side_modifiers(step, text)


def _side_modifiers(step: Step, text: str) -> Iterator[str]:
    came = (set(step.is_.split()) - set(step.was.split())) & set(SIDE_MODIFIERS)
    if any(not SIDES[SIDE_MODIFIERS[one]].search(text) for one in came):
        yield "no_evidence"


def _wanting(
    step: Step, passages: Sequence[Passage], record: tuple[Passage, ...]
) -> Iterator[str]:
    """Yield the rows of the table by which the record alone is not enough."""
    text = " ".join(one.text for one in passages)
    if step.kind in ("diagnosis", "diagnosis_added"):
        if all(one.kind in REPORTS for one in passages):
            yield "result_answered"
        yield from _beyond(step, text)
    elif step.kind == "diagnosis_off" and _written(step.was, record):
        yield "validity_answered"
    elif step.kind == "present" and not ADMISSION.search(text):
        yield "presence_answered"
    elif step.kind == "modifiers":
        yield from _side_modifiers(step, text)


def _beyond(step: Step, text: str) -> Iterator[str]:
    """Yield what a code says beyond the old one that the passages do not."""
    means, before = icd10cm.describe(step.is_), icd10cm.describe(step.was)
    if _side_open(means, before, text):
        yield "specificity_answered"
    if _cause_open(step, text):
        yield "cause_answered"
    if not names(text, step.is_):
        yield "covered"
    elif step.is_ not in unspecified.defaults(step.was) and not _detailed(means, before, text):
        yield "specificity_answered"


def _cause_open(step: Step, text: str) -> bool:
    """Say whether a code names a cause that neither the old one nor the passage names."""
    means, before = icd10cm.describe(step.is_), icd10cm.describe(step.was)
    return any(one in means and one not in before for one in CAUSAL) and not CAUSES.search(text)


def _side_open(means: str, before: str, text: str) -> bool:
    """Say whether a code names a side that neither the old one nor the passage names."""
    wanted = [side for side in SIDES if side in means.lower() and side not in before.lower()]
    return any(not SIDES[side].search(text) for side in wanted)


def names(text: str, code: str) -> bool:
    """Say whether a text names what a diagnosis code means: its code, or a word that tells it.

    >>> names("CKD stage 4, stable", "N18.4"), names("CKD stage 4, stable", "E11.9")
    (True, False)
    """
    if code and code.lower() in text.lower():
        return True
    words = (word for word in said(icd10cm.describe(code)) if len(word) >= SHORTEST)
    telling = {_stem(word) for word in words if word not in SAYS_LITTLE}
    return not telling or not telling.isdisjoint(map(_stem, _spoken(text)))


def _detailed(means: str, before: str, text: str) -> bool:
    """Say whether passages name what a code says beyond the old one: half of its words at least."""
    beyond = set(said(means)) - set(said(before)) - SAYS_LITTLE
    spoken = {_stem(word) for word in _spoken(text)}
    named = sum(1 for word in beyond if _stem(word) in spoken)
    return not before or 2 * named >= len(beyond)


def _stem(word: str) -> str:
    """Return what a word shares with its other forms, as diabetes and diabetic.

    >>> _stem("diabetic") == _stem("diabetes")
    True
    """
    return word[:6] if len(word) > 6 else word


@lru_cache(maxsize=256)
def _spoken(text: str) -> frozenset[str]:
    """Return the words of a text, and those that what people say stands for."""
    words = said(text)
    found = set(words)
    for word in words:
        found.update(*alternatives().get(word, ()))
        term = terms().get((word,))
        found.update(said(term.means) if term else ())
    return frozenset(found)


def _written(code: str, record: tuple[Passage, ...]) -> bool:
    """Say whether a note names a diagnosis by the very words of its code."""
    means = icd10cm.describe(code).lower()
    return bool(means) and any(means in one.text.lower() for one in record)


def warm() -> None:
    """Build what the first judgement would wait for."""
    search.warm()
