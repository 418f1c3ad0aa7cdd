"""What came back goes to a team with an action: denials, rejections, held versions.

Tables decide, never code: `data/carc_routing.csv` (CARC -> category, team, action),
`data/rarc_routing.csv` (where the remark decides: CARC 16, 96, 129, 148, 226, 227, 234, 237,
252, A1; for 97 a remark only refines), `data/never_coder.csv`, `data/status_routing.csv` (277CA),
`data/edit_routing.csv` (our edits). What a table does not know goes to billing for triage.

Guardrails, before anything else: MA130 (and a patient the payer does not know) means a new claim
and no appeal; a payer that takes no 7 gets a reopening; one that takes only an appeal
of what it denied on medical review (`data/medical_review.csv`) gets that; a patient is billed only
under group PR and never under Medicaid.

Example: CO-16 with M76 on a line whose first diagnosis coder-7 assigned: CODING, coder-7,
FIX_REPLACE. With MA130 as well: the same coder, FIX_NEW, not appealable.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

from schemas.events import Acknowledged, Adjudicated, Adjustment, Finding, Reason, Status
from services.claims import adjustments, attribution, data, dated, lifecycle, medical_review
from services.claims.adjustments import Denial, Row
from services.claims.attribution import CDI, CHARGE_INTEGRITY, CODING
from services.claims.terms import Terms
from services.codes import carc, rarc

REMARK_DECIDES = frozenset({"16", "96", "129", "148", "226", "227", "234", "237", "252", "A1"})
BILLING = "BILLING"
OWN_RULE = ("CODING", "CODING", "FIX_NEW")
"""Who answers for a rule of the hospital's own (``own:<id>``) that names no team."""
OF_TEAM = {
    "AUTH_UM": "AUTH", "BILLING": "BILLING_DATA", "CHARGE_INTEGRITY": "BILLING_DATA",
    "ENROLLMENT": "PROVIDER", "PATIENT_ACCESS": "REGISTRATION",
}
"""Team -> category of what an own rule gives it; of the others, OTHER."""
FIX_REPLACE, FIX_NEW, REOPEN = "FIX_REPLACE", "FIX_NEW", "REOPEN"
APPEAL_CLIN = "APPEAL_CLIN"
PATIENT_BILL, WO_REVIEW, TRIAGE = "PATIENT_BILL", "WO_REVIEW", "TRIAGE"
UNKNOWN = ("OTHER", BILLING, TRIAGE)


@dataclass(frozen=True, slots=True)
class Route:
    """Where one reason goes.

    Attributes:
        reason: As the work item shows it.
        category: CODING, AUTH, ...
        team: Who owns it.
        coder_id: The coder, when it is a coder's to fix.
        action: What is usually done.
        appealable: False for what was never adjudicated.
        about: What the payer finds fault with.
        rank: Sorts the primary reason first.
    """

    reason: Reason
    category: str
    team: str
    coder_id: str = ""
    action: str = TRIAGE
    appealable: bool = True
    about: str = ""
    rank: tuple[int, int, int] = (0, 0, 0)


def denial(found: Denial, event: Adjudicated, terms: Terms) -> Route:
    """Return where a denial goes."""
    code, group = found.adjustment.carc, found.adjustment.group
    row = refined(found, event.decided_on)
    unprocessable = lifecycle.unprocessable(event)
    place = f"line {found.position}" if found.position > 0 else "claim"
    owner = attribution.Owner(row.team, "", place)
    action = row.action
    if row.team == CODING:
        owner = attribution.owner(row.about, found.position, event.bill, event.coder_id)
        action = action if owner.team in (CODING, CHARGE_INTEGRITY) else TRIAGE
    if unprocessable:
        action = FIX_NEW
    action = guarded(action, found.adjustment, event, terms)
    return Route(
        Reason(
            line_id=found.line_id, place=owner.place, group=group, carc=code,
            remarks=found.remarks, amount_cents=found.adjustment.amount_cents,
            text=words(group, code, found.remarks),
        ),
        row.category, owner.team, owner.coder_id, action, not unprocessable, row.about,
        (0 if unprocessable else 1, -found.adjustment.amount_cents, row.place),
    )


def refined(found: Denial, on: date) -> Row:
    """Return how a denial is treated once its remarks and the never-coder list are heard."""
    code = found.adjustment.carc
    decided = _remark(code, found.remarks, on)
    row = found.row
    if decided:
        category, team, action, about = decided
        row = replace(row, category=category, team=team, action=action, about=about)
    if row.team == CODING and code in _never_coder():
        row = replace(row, team=BILLING, about="")
    return row


def guarded(action: str, adjustment: Adjustment, event: Adjudicated, terms: Terms) -> str:
    """Return the action that is lawful in place of the usual one."""
    group, code = adjustment.group, adjustment.carc
    policy = terms.policy(event.payer_id, event.bill.claim_type, event.decided_on)
    if policy is not None and action in (FIX_REPLACE, TRIAGE):
        if medical_review.denies(code) and policy.takes("7") and not policy.corrects_review:
            return APPEAL_CLIN
        if action == FIX_REPLACE and not policy.takes("7"):
            return REOPEN
    if action == PATIENT_BILL and (group != "PR" or event.bill.coverage.plan == "medicaid"):
        return WO_REVIEW
    return action


def reviewed(event: Adjudicated, terms: Terms) -> bool:
    """Say whether a decision denies on medical review what the payer then takes only an appeal of.

    Example: CO-50 of Medicare Part A: an adjusted claim would come back unread.
    """
    policy = terms.policy(event.payer_id, event.bill.claim_type, event.decided_on)
    if policy is None or policy.corrects_review or event.status == lifecycle.REVERSAL:
        return False
    found = adjustments.denials(event)
    return any(medical_review.denies(denial.adjustment.carc) for denial in found)


def rejections(event: Acknowledged) -> list[Route]:
    """Return where a rejection goes, one route a status; to billing when it says nothing."""
    statuses = event.statuses or (Status(),)
    return [_rejection(status, place, event) for place, status in enumerate(statuses)]


def _rejection(status: Status, place: int, event: Acknowledged) -> Route:
    known = _status(status.code) if event.hop == "277CA" else None
    category, team, about, said = known or ("BILLING_DATA", BILLING, "", "")
    owner = attribution.Owner(team, "", "claim")
    if team == CODING and event.frequency == lifecycle.VOID:
        owner = attribution.Owner(BILLING, "", "claim")  # nothing of a void is coded
    elif team == CODING:
        owner = attribution.owner(about, 0, event.bill, event.coder_id)
    text = said or f"{event.hop} refused the claim for a reason our table does not know"
    return Route(
        Reason(
            place=owner.place, category=status.category, carc=status.code, text=f"{text}.",
            amount_cents=event.bill.charge_cents,
        ),
        category, owner.team, owner.coder_id, FIX_NEW, appealable=False, about=about,
        rank=(0 if known else 1, 0, place),
    )


def held(finding: Finding, coder_id: str, line_id: str, place: int) -> Route:
    """Return where a finding that holds a version goes."""
    unknown = _of_rule(finding.team) if finding.edit.startswith("own:") else UNKNOWN
    category, team, action = _edits().get(finding.edit, unknown)
    return Route(
        Reason(line_id=line_id, place=finding.place, edit=finding.edit, text=finding.text),
        category, team, coder_id if team == CODING else "", action, appealable=False,
        rank=(0, 0, place),
    )


def _of_rule(team: str) -> tuple[str, str, str]:
    """Return category, team and action of what an own rule holds."""
    if team in ("", CODING):
        return OWN_RULE
    return OF_TEAM.get(team, "OTHER"), team, FIX_NEW


def words(group: str, code: str, remarks: Iterable[str]) -> str:
    """Return a denial's reason in our words.

    >>> words("CO", "11", ["M76"])
    'Diagnosis does not support the procedure. The diagnosis is missing or invalid.'
    """
    said = [carc.describe(code) or f"{group}-{code}, which our table does not know"]
    said += [text for text in map(rarc.describe, remarks) if text]
    return " ".join(f"{one}." for one in said)


@cache
def _never_coder() -> frozenset[str]:
    return frozenset(row["carc"] for row in data.rows("never_coder.csv"))


@lru_cache(maxsize=4096)
def _remark(code: str, remarks: tuple[str, ...], on: date) -> tuple[str, str, str, str] | None:
    """Return what the first deciding remark says; MA130 decides only when no other does."""
    best = None
    for row in data.rows("rarc_routing.csv"):
        decides = code in (row["carcs"].split() or REMARK_DECIDES)
        first, last = dated.span(row)
        if decides and row["rarc"] in remarks and first <= on <= last:
            best = (row["category"], row["team"], row["action"], row["about"])
            if row["rarc"] != lifecycle.NOT_PROCESSED:
                return best
    return best


@cache
def _statuses() -> dict[str, tuple[str, str, str, str]]:
    names = ("category", "team", "about", "words")
    rows = data.rows("status_routing.csv")
    return {row["status"]: tuple(row[name] for name in names) for row in rows}  # type: ignore[misc]


def _status(code: str) -> tuple[str, str, str, str] | None:
    return _statuses().get(code)


@cache
def _edits() -> dict[str, tuple[str, str, str]]:
    return {
        row["edit"]: (row["category"], row["team"], row["action"])
        for row in data.rows("edit_routing.csv")
    }


TEAMS = frozenset(
    {CODING, CDI, CHARGE_INTEGRITY, BILLING, "PATIENT_ACCESS", "AUTH_UM", "HIM", "PHYS_ADVISOR",
     "ENROLLMENT", "CONTRACTING", "POSTING", "CASE_MGMT"}
)
"""Every team a table may name."""
