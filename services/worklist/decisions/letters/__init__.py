"""Letters to payers: the words of an appeal from a template, editable before it is sent.

A template is a text file of this folder, one for each kind of reason. Its text names no patient:
who it is about stands in the reference block that `packet` puts above it, so that what is edited
on the page, and kept beside it, holds no name.

To add a template: a file here and a row in `OF_CATEGORY`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.worklist.decisions.proof import Proof

FOLDER = Path(__file__).parent
GENERAL, REOPENING = "general", "reopening"
OF_CATEGORY: Mapping[str, str] = {
    "CODING": "coding", "UNITS": "coding", "MED_NEC": "medical_necessity",
    "NONCOVERED": "medical_necessity", "CLINICAL_REVIEW": "medical_necessity",
    "AUTH": "authorization", "TIMELY": "timely_filing", "BUNDLING": "bundling",
    "DUPLICATE": "duplicate", "DOCUMENTATION": "documentation", "ELIGIBILITY": "eligibility",
    "REGISTRATION": "eligibility", "COB": "eligibility",
}
"""Category of the item -> its template; of the others, the general one."""
NAMES: Mapping[str, str] = {
    "coding": "Coding", "medical_necessity": "Medical necessity",
    "authorization": "Authorisation", "timely_filing": "Timely filing", "bundling": "Bundling",
    "duplicate": "Duplicate", "documentation": "Documentation", "eligibility": "Eligibility",
    REOPENING: "Reopening", GENERAL: "General",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a letter speaks of; nothing of the patient.

    Attributes:
        level: What is asked for, in words.
        decided_on: When the payer decided.
        amount: What is asked for, in dollars.
        reasons: Of the payer, in our words.
        passages: How many passages of the record are enclosed.
        proof: Of timely filing, if the letter is about it.
        corrected: Whether a corrected claim is enclosed.
    """

    level: str
    decided_on: date
    amount: str
    reasons: Sequence[str]
    passages: int = 0
    proof: Proof | None = None
    corrected: bool = False


def template_of(category: str) -> str:
    """Return the template for a category."""
    return OF_CATEGORY.get(category, GENERAL)


def draft(template: str, about: About) -> str:
    """Return a letter's text, to be read and edited."""
    known = template if template in NAMES else GENERAL
    text = _environment().get_template(f"{known}.txt").render(
        level=about.level[:1].lower() + about.level[1:],
        decided_on=about.decided_on.strftime("%d %B %Y"), amount=about.amount,
        reasons=about.reasons, passages=about.passages, proof=about.proof,
        corrected=about.corrected,
    )
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept)


@cache
def _environment() -> Environment:
    return Environment(  # noqa: S701 - plain text, never HTML
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
