"""A query to a physician: what a compliant one has, and what it must not say.

A query asks about the record of one patient when it is conflicting, incomplete or ambiguous. It
gives clinical indicators from that record, does not lead, does not mention money or scores, and
offers choices with *other* and *unable to determine*. Yes or no only where the template allows it
(AHIMA and ACDIS, Guidelines for Achieving a Compliant Query Practice, 2022; our own words).

After a denial a query may not create support for what was billed: it is asked only under the
hospital's policy for retrospective queries. It stops no clock of a payer's.

    >>> [p.field for p in lint(Draft("side", "a fracture", "Which side was paid?", (), 1))]
    ['question', 'options']
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from services.claims import data

OTHER, UNDETERMINED = "other", "undetermined"
ALWAYS = {OTHER: "Other (please describe)", UNDETERMINED: "Unable to determine"}
CHOICE, OPEN, YES_NO = "choice", "open", "yes_no"
FEWEST_OPTIONS, MOST_OPTIONS = 2, 8
SHORTEST, LONGEST = 20, 2000
RESPONSE_DAYS = 3
"""Days in which a hospital expects an answer; its own rule, no payer's."""


@dataclass(frozen=True, slots=True)
class Template:
    """How one kind of question is asked.

    Attributes:
        name: Its key.
        title: Neutral; never a diagnosis.
        kind: choice, open or yes_no.
        question: With ``{condition}`` where the record's own words go.
        options: Offered beside other and undetermined.
        edits: Findings that such a question usually answers.
        denials: CARCs and RARCs that such a question usually answers.
    """

    name: str
    title: str
    kind: str
    question: str
    options: tuple[str, ...]
    edits: tuple[str, ...]
    denials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A query as composed.

    Attributes:
        template: Its key.
        condition: What the record says, in its words.
        question: As it will be asked.
        options: Beside other and undetermined, which every choice has.
        indicators: How many passages of the record are named.
    """

    template: str
    condition: str
    question: str
    options: tuple[str, ...]
    indicators: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a draft, by field, in one sentence."""

    field: str
    text: str


@cache
def templates() -> dict[str, Template]:
    """Return the templates by name, in their order."""
    return {
        row["template"]: Template(
            row["template"], row["title"], row["kind"], row["question"],
            tuple(one for one in row["options"].split("|") if one),
            tuple(one for one in row["edits"].split("|") if one),
            tuple(one for one in row["denials"].split("|") if one),
        )
        for row in data.rows("query_templates.csv")
    }


def suggested(edits: Iterable[str], denials: Iterable[str] = ()) -> str:
    """Return the template for the first finding that has one, else for the first denial code.

    Args:
        edits: What the edits found.
        denials: RARCs and CARCs, the more particular ones first.

    >>> suggested(("dx_billable", "side_missing", "poa_missing")), suggested((), ("M81", "16"))
    ('side', 'specificity')
    """
    every = templates().values()
    found = {edit: one.name for one in every for edit in one.edits}
    answers = {code: one.name for one in every for code in one.denials}
    return next((found[edit] for edit in edits if edit in found), "") or next(
        (answers[code] for code in denials if code in answers), ""
    )


def of_finding(edit: str) -> str:
    """Return the template that a finding suggests, or nothing.

    >>> of_finding("side_missing"), of_finding("line_repeated")
    ('side', '')
    """
    return suggested((edit,))


def lint(draft: Draft) -> list[Problem]:
    """Return what keeps a draft from being sent; empty when it may go."""
    template = templates().get(draft.template)
    if template is None:
        return [Problem("template", "Choose what the query is about.")]
    found = []
    if draft.indicators < 1:
        found.append(Problem(
            "indicators", "Mark the passages of this patient's record that raise the question."
        ))
    if not SHORTEST <= len(draft.question) <= LONGEST or "{" in draft.question:
        found.append(Problem("question", "Ask the question in a sentence or a few."))
    said = {word for word, _, _ in worded(draft.condition)}  # told once, of the condition
    found += [
        Problem(field, f"“{word}” {_WHY[kind]}: {instead}.")
        for field, text in (
            ("condition", draft.condition), ("question", draft.question),
            ("options", " | ".join(draft.options)),
        )
        for word, kind, instead in worded(text)
        if field != "question" or word not in said
    ]
    return found + _options(template, draft.options)


def worded(text: str) -> list[tuple[str, str, str]]:
    """Return words a query does not use: word, money or leading, what to do instead."""
    found = []
    for pattern, kind, instead in _words():
        if match := pattern.search(text):
            found.append((match.group(0), kind, instead))
    return found


def _options(template: Template, options: tuple[str, ...]) -> list[Problem]:
    if template.kind == OPEN:
        return [Problem("options", "An open question offers no choices.")] if options else []
    if template.kind == YES_NO:
        return []
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        return [Problem(
            "options",
            f"Offer {FEWEST_OPTIONS} to {MOST_OPTIONS} choices that the indicators allow:"
            " one alone leads.",
        )]
    if len({one.casefold() for one in options}) != len(options):
        return [Problem("options", "A choice stands there twice.")]
    return []


def agreed(template: str, chosen: str) -> bool:
    """Say whether an answer took one of the offered clinical choices, or answered openly."""
    return chosen not in (OTHER, UNDETERMINED) and template in templates()


def may_ask(*, denied: bool, retrospective: bool) -> bool:
    """Say whether a query may be asked: after a denial only under the hospital's own policy."""
    return retrospective or not denied


_WHY = {"money": "speaks of money or scores", "leading": "leads"}


@cache
def _words() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple(
        (re.compile(row["pattern"], re.IGNORECASE), row["kind"], row["instead"])
        for row in data.rows("query_words.csv")
    )
