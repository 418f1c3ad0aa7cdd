"""What a list is narrowed by, as SQL on ``work_item w``: the filters, and a search.

Every value is a parameter. A condition names its parameters ``f_<filter>`` and ``q...``.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from services.worklist.item import lease
from services.worklist.item.scope import Person
from services.worklist.lists import filters
from services.worklist.lists.filters import Filter

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FATE = (
    "coalesce((select case when fa.came_back <> '' then 'came_back'"
    " when fa.decisions = 0 then 'on_its_way'"
    " when fa.paid_cents > 0 then 'paid' else 'unpaid' end"
    " from answer fa where fa.rework_id = w.rework_id), 'on_its_way')"
)
_CLAUSES: Mapping[str, str] = {
    "kind": "w.kind = any(:f_kind)", "payer": "w.payer_id = any(:f_payer)",
    "category": "w.category = any(:f_category)", "team": "w.place = any(:f_team)",
    "facility": "w.facility_id = any(:f_facility)",
    "department": "w.department = any(:f_department)", "state": "w.state = any(:f_state)",
    "assignee": "w.assigned_to = any(:f_assignee)",
    "carc": "w.carcs ?| cast(:f_carc as text[])", "edit": "w.carcs ?| cast(:f_edit as text[])",
    "remark": "w.remarks ?| cast(:f_remark as text[])",
    "code": "w.codes ?| cast(:f_code as text[])", "tag": "w.tags ?| cast(:f_tag as text[])",
    "group": "exists (select from jsonb_array_elements_text(w.carcs) c"
             " where split_part(c, '-', 1) = any(:f_group))",
    "fate": f"w.state = 'released' and {_FATE} = any(:f_fate)",
    "claim_type": "coalesce((select fv.claim_type from visit fv"
                  " where fv.encounter_id = w.encounter_id), 'professional') = any(:f_claim_type)",
    "due": "w.due_on <= :f_due", "min": "w.at_stake_cents >= :f_min",
    "max": "w.at_stake_cents <= :f_max", "older": "w.opened_at < :f_older",
    "younger": "w.opened_at >= :f_younger",
    "answered": "w.answered", "free": lease.FREE,
    "skilled": "exists (select from user_profile sp where sp.name = :name"
               " and (sp.skills ? w.department or sp.skills ? w.category))",
}

FEW = 1000
"""Items that a filter of codes or tags may fit and still be looked up before the list is read."""
_FOUND = text(
    "select find_few(cast(:code as text[]), cast(:remark as text[]), cast(:reason as text[]),"
    " cast(:tag as text[]), :most)"
)
_FOUND_BY = {
    "tag": "tag", "code": "code", "remark": "remark", "carc": "reason", "edit": "reason",
}
"""Filter -> the parameter of `_FOUND` it is."""


def narrowed(
    person: Person, wanted: Filter, today: date
) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of the filters, and their parameters."""
    given: dict[str, Any] = {f"f_{name}": list(values) for name, values in wanted.many.items()}
    if "assignee" in wanted.many:
        named = {filters.ME: person.name, filters.NOBODY: ""}
        given["f_assignee"] = [named.get(one, one) for one in wanted.many["assignee"]]
    if "carc" in wanted.many:
        given["f_carc"] = _reasons(wanted)
    given |= {f"f_{name}": _limit(name, n, today) for name, n in wanted.numbers.items()}
    names = [*wanted.many, *wanted.numbers, *sorted(wanted.flags)]
    return [f"({_CLAUSES[name]})" for name in names], given


def few(conn: Connection, wanted: Filter) -> list[Any] | None:
    """Return the ids of what fits a filter of codes or tags, whosever it is, where it is little.

    No index of such a column serves the list itself: row-level security lets no operator of theirs
    near a row it has not judged. So the owner looks there, and says the ids alone.

    Returns:
        At most `FEW` ids, for the list to judge; none where no filter of that kind is that rare.
    """
    nothing: dict[str, Any] = {kind: [] for kind in _FOUND_BY.values()}
    for name, kind in _FOUND_BY.items():
        if name in wanted.many:
            values = _reasons(wanted) if name == "carc" else list(wanted.many[name])
            ids: list[Any] | None = conn.execute(
                _FOUND, {**nothing, kind: values, "most": FEW}
            ).scalar_one()
            if ids is not None:
                return ids
    return None


def _reasons(wanted: Filter) -> list[str]:
    return [code for one in wanted.many["carc"] for code in _grouped(one)]


def _limit(name: str, number: int, today: date) -> Any:
    """Return what a number of a filter is compared with: cents, a day, or a moment."""
    days = timedelta(days=max(-36_500, min(36_500, number)))
    midnight = datetime.combine(today, datetime.min.time(), UTC)
    match name:
        case "min" | "max":
            return number * 100
        case "due":
            return today + days
        case "older":
            return midnight - days + timedelta(days=1)
        case _:
            return midnight - days


def _grouped(code: str) -> list[str]:
    """Return a reason with every group code, unless it names one."""
    return [code] if "-" in code else [f"{group}-{code}" for group in filters.GROUPS]


def search(asked: str, payers: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the condition of a search: item, claim or payer's number, code, payer."""
    word = asked.strip()
    if _ID.fullmatch(word):
        return "w.rework_id = cast(:q_id as uuid)", {"q_id": word}
    named = [
        payer_id for payer_id, name in payers.items()
        if len(word) > 2 and (word.lower() in name.lower() or word.upper() == payer_id)
    ]
    if named:
        return "w.payer_id = any(:q_payers)", {"q_payers": named}
    code = word.upper()
    return (
        "(w.control_number = :q or w.payer_claim_number = :q or w.rework_id = any("
        "array(select find_work(cast(:q_codes as text[]), cast(:q_reasons as text[]),"
        " cast(:q_words as text[])))))",
        {"q": code, "q_codes": [code], "q_reasons": [*_grouped(code), word.lower()],
         "q_words": [word]},
    )
