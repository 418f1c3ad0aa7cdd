"""How a simulated biller works an item: by its page alone.

A coder's correction is released, or goes into a request for a reopening where the payer takes no
replacement; a confirmed coding is left for an appeal; what another team has put right is sent
again once; the rest is closed with a decision.
"""

from collections.abc import Mapping
from typing import Any

from services.demo.answer import Say
from services.worklist import draw

AGAIN = {"FIX_REPLACE": 0.85, "FIX_NEW": 0.85, "ENROLL_FIX": 0.8, "SEND_DOCS": 0.7}
"""Share of items in which the team owning the action has done it, so that the claim can go."""
CLOSE = {
    "RETRO_AUTH": "appeal", "APPEAL_CLIN": "appeal", "APPEAL_ADMIN": "appeal",
    "SEND_DOCS": "appeal", "REBILL_OTHER": "other_team", "FIX_REPLACE": "other_team",
    "FIX_NEW": "other_team", "ENROLL_FIX": "other_team", "PATIENT_BILL": "bill_patient",
    "VERIFY_DUP": "nothing_owed", "WO_REVIEW": "write_off_review", "TRIAGE": "write_off_review",
}


def work(page: Mapping[str, Any], seed: int) -> Say:
    """Return what a careful biller does with an item."""
    item, moves = page["item"], {move["name"] for move in page["moves"]}
    if "release" in moves:
        return Say("release")
    if item["state"] == "handed_on":
        return _close(page, "reopening" if page["proposal"] else "appeal")
    again = AGAIN.get(item["action"], 0.0)
    first = not item["follows"]
    if "resend" in moves and first and draw.share(seed, "again", item["rework_id"]) < again:
        return Say("resend")
    return _close(page, CLOSE.get(item["action"], "write_off_review"))


def _close(page: Mapping[str, Any], wanted: str) -> Say:
    allowed = page["decisions"]
    return Say("decide", wanted if wanted in allowed else "write_off_review")
