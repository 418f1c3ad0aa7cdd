"""What an edit is: a pure function from a coded version to findings, and how it says them."""

from collections.abc import Callable, Iterator
from datetime import date

from schemas.events import Coded, Finding
from services.claims.terms import Terms

HOLD, WARN, INFO = "hold", "warn", "info"

Edit = Callable[[Coded, date, Terms], Iterator[Finding]]
"""(coded version, business day, terms) -> findings; nothing else is known to an edit."""

CLAIM = "claim"


def diagnosis(position: int) -> str:
    """Return the place of a diagnosis, counted from 1."""
    return f"diagnosis {position}"


def line(position: int) -> str:
    """Return the place of a service line, counted from 1."""
    return f"line {position}"


def hold(edit: str, place: str, text: str, source: str, snip: int) -> Finding:
    """Return a finding that keeps the claim here."""
    return Finding(edit=edit, severity=HOLD, place=place, text=text, source=source, snip=snip)


def warn(edit: str, place: str, text: str, source: str, snip: int) -> Finding:
    """Return a finding that lets the claim go out, marked."""
    return Finding(edit=edit, severity=WARN, place=place, text=text, source=source, snip=snip)
