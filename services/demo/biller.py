"""How a simulated biller works an item: by its page alone.

A coder's correction is released, or goes into a request for a reopening where the payer takes no
replacement; a confirmed coding is appealed; what another team has put right is sent again once;
the rest is decided as its usual action says. What a guard refuses is written off, above the limit
by two: a colleague approves.
"""

from collections.abc import Mapping
from typing import Any

from services.demo.answer import Say
from services.worklist.bill import draw

AGAIN = {"FIX_REPLACE": 0.85, "FIX_NEW": 0.85, "ENROLL_FIX": 0.8, "SEND_DOCS": 0.7}
"""Share of items in which the team owning the action has done it, so that the claim can go."""
ELSEWHERE = Say("wait", fields=(("team", "PATIENT_ACCESS"), ("reason", "coverage")))
WRITE_OFF = Say("write_off", fields=(("reason", "not_covered"),))
CLOSE = {
    "RETRO_AUTH": Say("appeal"), "APPEAL_CLIN": Say("appeal"), "APPEAL_ADMIN": Say("appeal"),
    "SEND_DOCS": Say("appeal"), "REBILL_OTHER": ELSEWHERE, "FIX_REPLACE": ELSEWHERE,
    "FIX_NEW": ELSEWHERE, "ENROLL_FIX": ELSEWHERE, "PATIENT_BILL": Say("bill_patient"),
    "VERIFY_DUP": Say("verify_duplicate", fields=(("reason", "one"),)),
}
"""Action -> what a biller decides; of the others, a write-off."""


def work(page: Mapping[str, Any], seed: int) -> Say | None:
    """Return what a careful biller does with an item; none while others have to act.

    Args:
        page: The page's values: ``page`` and ``panels``.
        seed: Of the draws.
    """
    shown, item = page["page"], page["page"]["item"]
    may = allowed(page)
    if item["state"] == "waiting":
        return Say("approve") if "approve" in may else None
    if "release" in may:
        return Say("release")
    if item["state"] == "handed_on":
        return _first(may, *([Say("reopening")] if shown["proposal"] else []), Say("appeal"))
    again = AGAIN.get(item["action"], 0.0)
    first = not item["follows"]
    if first and draw.share(seed, "again", item["rework_id"]) < again:
        for name in ("resend", "replace", "done"):
            if name in may:
                return Say(name)
    return _first(may, CLOSE.get(item["action"], WRITE_OFF))


def allowed(page: Mapping[str, Any]) -> set[str]:
    """Return the moves that are offered, and refused by no guard."""
    panel = page["panels"].get("decide") or {"offers": ()}
    refused = {one["name"] for one in panel["offers"] if one["refused"]}
    named = {one["name"] for one in (*page["page"]["moves"], *panel["offers"])}
    return named - refused


def _first(may: set[str], *wanted: Say) -> Say | None:
    for say in (*wanted, WRITE_OFF, ELSEWHERE):
        if say.move in may:
            return say
    return None
