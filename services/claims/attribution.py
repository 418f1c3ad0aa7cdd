"""Whose code it was: a denial goes to the coder who coded it only if it is about their code.

    about diagnosis             the first diagnosis the line points to (of a claim, the principal)
    about procedure or units    the line's procedure
    about a modifier            the line's procedure if a coder assigned it, else the coder who
                                answers for the version: appending modifiers is the coder's work

    source coder, suggestion    that coder
    source chargemaster         charge integrity
    source provider             clinical documentation (CDI): the record is asked, not the coder

Source: claims-domain reference, section 1, "Attribution per code".
"""

from dataclasses import dataclass

from schemas.events import Bill, Line

CODING, CHARGE_INTEGRITY, CDI = "CODING", "CHARGE_INTEGRITY", "CDI"
CODERS_OWN = ("coder", "suggestion")
TEAMS = {"chargemaster": CHARGE_INTEGRITY, "provider": CDI}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is to look at it: a team, and the coder when the team is coding.

    Attributes:
        team: CODING or another team.
        coder_id: The coder; empty for the team's pool.
        place: ``diagnosis 2``, ``line 1`` or ``claim``.
    """

    team: str
    coder_id: str
    place: str


def owner(about: str, position: int, bill: Bill, coder_id: str) -> Owner:
    """Return who owns what a payer finds fault with.

    Args:
        about: diagnosis, procedure, units, modifier, or empty when it cannot be told.
        position: The line, from 1; 0 for the whole claim.
        bill: What was billed.
        coder_id: Who answers for the version.
    """
    line = bill.lines[position - 1] if 0 < position <= len(bill.lines) else None
    place = f"line {position}" if line else "claim"
    if about == "diagnosis":
        return _diagnosis(line, bill, coder_id, place)
    if line is None or not about:
        return Owner(CODING, coder_id, place)
    if about == "modifier" and line.source not in CODERS_OWN:
        return Owner(CODING, coder_id, place)
    return _by_source(line.source, line.assigned_by, place)


def _diagnosis(line: Line | None, bill: Bill, coder_id: str, place: str) -> Owner:
    pointed = line.pointers[0] if line and line.pointers else 1
    if not 0 < pointed <= len(bill.diagnoses):
        return Owner(CODING, coder_id, place)
    diagnosis = bill.diagnoses[pointed - 1]
    return _by_source(diagnosis.source, diagnosis.assigned_by, f"diagnosis {pointed}")


def _by_source(source: str, assigned_by: str, place: str) -> Owner:
    if source in CODERS_OWN:
        return Owner(CODING, assigned_by, place)
    return Owner(TEAMS.get(source, CODING), "", place)
