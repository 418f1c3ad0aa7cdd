"""Whose items a person may see: once as SQL, part of every query, and once as a predicate.

    supervisor, biller    everything at their facilities
    coder, specialist     what needs their team, is in its place, or that they took or were given
    physician             what asks them (a query addressed to their NPI)
    auditor               what they opened by break-glass, while it lasts
    ops, admin            nothing of a claim

Notes and names are another question: `services.worklist.item.disclosure`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from services.claims import assign

EVERYWHERE = assign.EVERYWHERE
NOTHING = "false"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        name: Sign-in name.
        role: coder, biller, specialist, supervisor, physician, ops, admin or auditor.
        coder_id: As on coded events; for coders.
        team: Whose items it works: CODING for a coder, BILLING for a biller, any other team for
            a specialist.
        facilities: Facilities it may see; empty sees none, ``("*",)`` sees all.
        npi: Of a physician.
    """

    name: str
    role: str
    coder_id: str = ""
    team: str = ""
    facilities: tuple[str, ...] = ("*",)
    npi: str = ""


_TEAMS = (
    "(w.needs @> cast(:scope_needs as jsonb) or w.place = :scope_team"
    " or w.taken_by = :scope_name or w.assigned_to = :scope_name)"
)
_ASKED = (
    "exists (select from physician_query q where q.rework_id = w.rework_id"
    " and q.npi = :scope_npi and q.state <> 'withdrawn')"
)
_GLASS = (
    "exists (select from break_glass g join visit gv on gv.patient = g.patient"
    " where gv.encounter_id = w.encounter_id and g.who = :scope_name and g.until > now())"
)
_BY_ROLE: Mapping[str, str] = {
    "coder": _TEAMS, "specialist": _TEAMS, "biller": "", "supervisor": "", "physician": _ASKED,
    "auditor": _GLASS,
}
TEAM_OF: Mapping[str, str] = {"coder": "CODING", "biller": "BILLING"}


def team(person: Person) -> str:
    """Return whose items a person works."""
    return person.team or TEAM_OF.get(person.role, "")


def scoped(person: Person) -> tuple[str, dict[str, Any]]:
    """Return the condition on ``work_item w`` of what a person may see, and its parameters.

    The condition is never empty; who may see nothing gets ``false``.
    """
    if person.role not in _BY_ROLE or not person.facilities:
        return NOTHING, {}
    by_role = _BY_ROLE[person.role]
    parts, given = ([by_role] if by_role else []), dict[str, Any]()
    if EVERYWHERE not in person.facilities:
        parts.append("w.facility_id = any(:scope_facilities)")
        given["scope_facilities"] = list(person.facilities)
    if by_role == _TEAMS:
        given |= {"scope_needs": f'["{team(person)}"]', "scope_team": team(person)}
    if by_role in (_TEAMS, _GLASS):
        given["scope_name"] = person.name
    if by_role == _ASKED:
        given["scope_npi"] = person.npi
    return " and ".join(parts) or "true", given


def sees(person: Person, item: Any, *, asked: bool = False, opened: bool = False) -> bool:
    """Say of one item what `scoped` says of all.

    Args:
        person: Who asks.
        item: A row of `work_item`.
        asked: For a physician: a query about it is addressed to that person.
        opened: For an auditor: break-glass is open on its patient.
    """
    if EVERYWHERE not in person.facilities and item.facility_id not in person.facilities:
        return False
    match person.role:
        case "biller" | "supervisor":
            return True
        case "coder" | "specialist":
            whose = team(person)
            return (
                whose in item.needs or item.place == whose
                or person.name in (item.taken_by, item.assigned_to)
            )
        case "physician":
            return asked
        case "auditor":
            return opened
        case _:
            return False


def visible(conn: Connection, person: Person, rework_id: str) -> bool:
    """Say of one item in the database whether a person may see it."""
    where, given = scoped(person)
    return bool(conn.execute(
        text(f"select exists (select from work_item w where w.rework_id = cast(:id as uuid) and {where})"),  # noqa: S608, E501 - clauses are our own
        {**given, "id": rework_id},
    ).scalar_one())
