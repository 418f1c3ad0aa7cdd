"""Overrides: a person takes a finding upon himself, with a reason and evidence.

A finding that is overridden stays, as information that says so. What a payer never lets pass (a
guardrail), what could not be judged at all, and what lacks a reason, evidence or the right to do
so is refused: the finding stands, and the refusal is counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from schemas.events import Finding, Override

MAY = frozenset({"supervisor"})
"""Roles that may override."""

REASONS = {
    "documented": "the record supports the coding as it stands",
    "distinct_service": "the services are distinct and the record says why",
    "payer_confirmed": "the payer confirmed in writing that it takes this",
    "payer_exception": "a contract or authorisation of the payer makes an exception",
    "rule_misfires": "the rule does not fit this case; its owner has been told",
}
"""Reason -> what it says."""

GUARDRAIL, ROLE, REASON, EVIDENCE, NO_FINDING = (
    "guardrail", "role", "reason", "evidence", "no_finding",
)
WHY = (GUARDRAIL, ROLE, REASON, EVIDENCE, NO_FINDING)
"""Why an override has no effect."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An override that had no effect.

    Attributes:
        override: What was asked.
        why: guardrail, role, reason, evidence or no_finding.
    """

    override: Override
    why: str


def refusal(override: Override, guardrail: str) -> str:
    """Return why an override is refused; empty when it is not.

    Args:
        override: What a person asks.
        guardrail: Why nobody may override the edit; empty for an ordinary one.
    """
    if guardrail:
        return GUARDRAIL
    if override.role not in MAY or not override.by:
        return ROLE
    if override.reason not in REASONS:
        return REASON
    return "" if override.evidence else EVIDENCE


def applied(
    findings: Iterable[Finding], asked: Iterable[Override], guardrail: Callable[[str], str]
) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """Return the findings with what was overridden as information, and what was refused."""
    findings, refused = tuple(findings), []
    if not (asked := tuple(asked)):
        return findings, ()
    found = {(finding.edit, finding.place) for finding in findings}
    granted: dict[tuple[str, str], str] = {}
    for one in asked:
        at = (one.edit, one.place)
        why = refusal(one, guardrail(one.edit)) if at in found else NO_FINDING
        if why:
            refused.append(Refusal(one, why))
        else:
            granted[at] = one.reason
    return tuple(_lowered(one, granted) for one in findings), tuple(refused)


def _lowered(finding: Finding, granted: dict[tuple[str, str], str]) -> Finding:
    reason = granted.get((finding.edit, finding.place))
    return replace(finding, severity="info", overridden=reason) if reason else finding
