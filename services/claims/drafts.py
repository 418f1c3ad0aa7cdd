"""What a work item says: of a held version, of a rejection, of a denial.

The primary reason (guardrail first, then the largest amount, then table order) picks category,
team, coder and action; all reasons stay in the item. It is due at the nearest deadline.

Example: two lines denied, CO-11 of $150.00 and CO-97 of $40.00: the item is about CO-11, worth
$190.00, due at the earlier of the payer's corrected-claim and appeal limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from schemas.events import NO_DAY, Acknowledged, Adjudicated, Reason, Rework, Validated
from services.claims import clocks, deadlines, routing
from services.claims.adjustments import Denial, denied_cents
from services.claims.routing import Route
from services.claims.terms import Terms

HELD, REJECTION, DENIAL = "held", "rejection", "denial"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an item says, beside its status and history; the fields of `Rework`."""

    kind: str
    subject: str
    control_number: str
    payer_claim_number: str
    payer_id: str
    version: int
    category: str
    team: str
    coder_id: str
    action: str
    appealable: bool
    reasons: tuple[Reason, ...]
    at_stake_cents: int
    due_on: date
    due_rule: str


def rework(draft: Draft, **rest: Any) -> Rework:
    """Return the event that says a draft."""
    return Rework(**{name: getattr(draft, name) for name in Draft.__slots__}, **rest)


def held(event: Validated, terms: Terms) -> Draft:
    """Return the item of a held version: its subject is the coded event."""
    line_ids = {f"line {n}": line.line_id for n, line in enumerate(event.bill.lines, 1)}
    holding = [f for f in event.findings if f.severity == "hold"]
    routes = [
        routing.held(finding, event.coder_id, line_ids.get(finding.place, ""), place)
        for place, finding in enumerate(holding)
    ]
    return _draft(
        routes,
        kind=HELD,
        subject=event.cause_id,
        payer_id=event.bill.coverage.payer_id,
        version=event.version,
        at_stake_cents=event.bill.charge_cents,
        due=_due(HELD, event, event.bill.coverage.payer_id, terms),
    )


def rejection(event: Acknowledged, terms: Terms) -> Draft:
    """Return the item of a claim that was refused before adjudication."""
    return _draft(
        routing.rejections(event),
        kind=REJECTION,
        subject=event.control_number,
        control_number=event.control_number,
        payer_id=event.payer_id,
        version=event.version,
        at_stake_cents=event.bill.charge_cents,
        due=_due(REJECTION, event, event.payer_id, terms),
    )


def denial(event: Adjudicated, found: Sequence[Denial], terms: Terms) -> Draft:
    """Return the item of a claim that was denied, wholly or in part."""
    routes = [routing.denial(one, event, terms) for one in found]
    appealable = all(route.appealable for route in routes)
    return _draft(
        routes,
        kind=DENIAL,
        subject=event.control_number,
        control_number=event.control_number,
        payer_claim_number=event.payer_claim_number,
        payer_id=event.payer_id,
        version=event.version,
        at_stake_cents=denied_cents(found),
        due=_due(
            DENIAL, event, event.payer_id, terms, decided_on=event.decided_on,
            appealable=appealable,
        ),
    )


def together(drafts: Sequence[Draft]) -> Draft:
    """Return the parts of what a payer decided of a claim it split as one item's words."""
    ordered = sorted(drafts, key=lambda d: (d.appealable, -d.reasons[0].amount_cents))
    due_on, due_rule = min((d.due_on, d.due_rule) for d in drafts)
    return replace(
        ordered[0],
        payer_claim_number=drafts[-1].payer_claim_number,
        appealable=all(d.appealable for d in drafts),
        reasons=tuple(reason for d in ordered for reason in d.reasons),
        at_stake_cents=sum(d.at_stake_cents for d in drafts),
        due_on=due_on,
        due_rule=due_rule,
    )


def _draft(routes: Sequence[Route], *, due: tuple[date, str], **fields: Any) -> Draft:
    ordered = sorted(routes, key=lambda route: route.rank)
    if not ordered:
        ordered = [Route(Reason(text="No reason was given."), "OTHER", routing.BILLING)]
    first = ordered[0]
    content: dict[str, Any] = {"control_number": "", "payer_claim_number": "", **fields}
    return Draft(
        category=first.category,
        team=first.team,
        coder_id=first.coder_id,
        action=first.action,
        appealable=all(route.appealable for route in ordered),
        reasons=tuple(replace(route.reason, team=route.team) for route in ordered),
        due_on=due[0],
        due_rule=due[1],
        **content,
    )


def _due(
    kind: str, event: Validated | Acknowledged | Adjudicated, payer_id: str, terms: Terms,
    *, decided_on: date | None = None, appealable: bool = True,
) -> tuple[date, str]:
    """Return the nearest of the payer's clocks and its rule.

    Of an unknown payer, the shortest filing limit of all; without a date of service, the day of
    the event: what is missing makes it urgent, never endless.
    """
    bill = event.bill
    for asked in (kind, HELD):  # a payer that decides without a policy: its filing limit, or none
        found = clocks.of_bill(
            asked, bill, payer_id, terms, decided_on=decided_on, appealable=appealable
        )
        payers = next((clock for clock in found if clock.payers), None)
        if payers:
            return payers.due_on, payers.rule
    if bill.starts_on == NO_DAY:
        return event.occurred_at.date(), deadlines.FILING
    shortest = min((p.filing_days for rows in terms.policies.values() for p in rows), default=0)
    return deadlines.since(bill.starts_on, shortest), deadlines.FILING
