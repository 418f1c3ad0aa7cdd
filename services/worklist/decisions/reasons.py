"""The closed lists of what a decision may give as its reason: key -> words, none of a patient."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from schemas.events import NO_DAY

WRITE_OFF = {
    "filing_limit": "The filing limit has passed and there is no proof",
    "no_authorization": "No authorisation, and none can be had",
    "not_covered": "Not covered, and the patient may not be billed",
    "bundled": "Included in another service",
    "appeals_exhausted": "Every level of appeal is lost or not worth its cost",
    "small_balance": "Too small to work",
    "courtesy": "Our own mistake",
}
NO_ACTION = {
    "paid_right": "The payer decided as agreed",
    "packaged": "Packaged or bundled: nothing is owed for it",
    "duplicate": "One service that was billed twice",
    "withdrawn": "The payer took its decision back",
    "elsewhere": "Settled with another claim",
    "answered": "What was missing has come",
}
VOID = {
    "wrong_party": "The wrong payer, member or provider was billed (D5)",
    "nothing_owed": "Nothing is owed: billed in error or twice (D6)",
}
CHANGE_REASON = {"wrong_party": "D5", "nothing_owed": "D6"}
"""Reason of a void -> claim change reason of an institutional one."""

ROUTE = {
    "wrong_team": "Not this team's",
    "coding": "The codes have to be looked at",
    "record": "The record has to be looked at",
    "coverage": "Coverage or registration is wrong",
    "authorization": "Authorisation or referral",
    "clinical": "A clinical judgement is needed",
    "charges": "Charges or prices",
    "contract": "The contract decides",
}
SERVICES = {"two": "There were two services", "one": "It was one service"}
RECIPIENTS = {
    "payer": "The payer", "contractor": "A review contractor (MAC, RAC, UPIC)",
    "reviewer": "An independent reviewer",
}
WAYS = {
    "EL": "Electronically (275)", "FT": "File transfer or portal", "FX": "Fax", "BM": "Mail",
}
"""PWK02."""

LISTS: Mapping[str, Mapping[str, str]] = {
    "write_off": WRITE_OFF, "no_action": NO_ACTION, "void": VOID, "route": ROUTE,
    "wait": ROUTE, "verify_duplicate": SERVICES,
}
"""Move -> its reasons."""
TIMELY, TIMELY_EDIT, FILING_LIMIT = "29", "filing_limit_passed", "filing_limit"


def fitting(
    move: str, told: Iterable[Mapping[str, Any]], due_on: date, today: date,
) -> Mapping[str, str]:
    """Return the reasons a move may give for an item.

    A filing limit is a reason only where the denial or the finding is about it, or a limit of the
    payer's has passed.

    Args:
        move: A key of `LISTS`.
        told: The item's reasons: ``carc`` and ``edit`` of each.
        due_on: The payer's nearest limit.
        today: The business day.
    """
    listed = LISTS[move]
    late = NO_DAY < due_on < today
    if FILING_LIMIT not in listed or late or any(
        one["carc"] == TIMELY or one["edit"] == TIMELY_EDIT for one in told
    ):
        return listed
    return {key: words for key, words in listed.items() if key != FILING_LIMIT}
