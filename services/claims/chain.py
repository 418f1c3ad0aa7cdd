"""What assembly keeps of an encounter: its versions, and with each payer a chain of submissions.

A chain is every submission of the encounter to one payer in the order in which they went out. The
secondary's chain is its own, and so is that of a payer billed in place of another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from schemas.events import NO_DAY, Bill, Submitted, Validated
from services.claims import guards, lifecycle
from services.claims.guards import Past
from services.claims.lifecycle import Decision
from services.claims.standing import standing


@dataclass(frozen=True, slots=True)
class Version:
    """A validated version of the coding.

    Attributes:
        version: Its number.
        payer_id: Who it is for.
        state: One of `lifecycle.VERSION_OWNERS`.
        predecessor: The submission it corrects, if any.
        event: The event, while it may still go out.
    """

    version: int
    payer_id: str
    state: str
    predecessor: str = ""
    event: Validated | None = None


class Kept(Protocol):
    """A submitted event that is kept, and read only when it is needed."""

    def read(self) -> Submitted:
        """Return it."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A submitted event as it was just frozen."""

    event: Submitted

    def read(self) -> Submitted:
        """Return it."""
        return self.event


@dataclass(frozen=True, slots=True)
class Submission:
    """A claim that went out, and what is known of its fate.

    Attributes:
        control_number: CLM01.
        payer_id: The payer.
        ordinal: Which submission of the encounter to the payer; 0 while only an answer is known.
        version: The version it bills.
        frequency: CLM05-3.
        predecessor: The submission it follows; of a void, the one it takes back.
        filing_deadline_on: As frozen in the event.
        charge_cents: What it billed.
        secondary: Another payer decided before.
        next_payer_id: Who pays after this payer, if anybody.
        rejected: Some hop refused it.
        decisions: Decisions and reversals, in the order they were made.
        appeal: What a person last decided about an appeal of it; empty for nothing.
        appealed_at: When.
        event: The submitted event: read when it is replaced, voided or carried on.
    """

    control_number: str
    payer_id: str
    ordinal: int = 0
    version: int = 0
    frequency: str = ""
    predecessor: str = ""
    filing_deadline_on: date = NO_DAY
    charge_cents: int = 0
    secondary: bool = False
    next_payer_id: str = ""
    rejected: bool = False
    decisions: tuple[Decision, ...] = ()
    appeal: str = ""
    appealed_at: datetime | None = None
    event: Kept | None = None

    @property
    def counting(self) -> tuple[Decision, ...]:
        """What the payer holds to."""
        return lifecycle.counting(self.decisions, self.charge_cents)

    @property
    def standing(self) -> tuple[Decision, ...]:
        """The decisions that stand."""
        return standing(self.decisions, self.charge_cents)

    @property
    def payer_claim_number(self) -> str:
        """CLP07 of the latest decision that adjudicated it."""
        numbers = [d.payer_claim_number for d in self.counting if not d.unprocessable]
        return numbers[-1] if numbers else ""

    @property
    def decided_on(self) -> date | None:
        """When it was last decided."""
        return self.counting[-1].decided_on if self.counting else None

    @property
    def appealed(self) -> bool:
        """An appeal of it runs: asked for, not answered, and nothing was decided since."""
        if self.appeal != lifecycle.APPEAL or self.appealed_at is None:
            return False
        return all(d.decided_on <= self.appealed_at.date() for d in self.decisions)

    @property
    def owed_back(self) -> bool:
        """The payer paid for it, or left some of it to the patient."""
        return any(d.paid_cents or d.patient_cents for d in self.standing)

    def content(self) -> Submitted | None:
        """Return the event; none where it was not kept."""
        return self.event.read() if self.event else None


@dataclass(frozen=True, slots=True)
class Claim:
    """All that assembly knows of an encounter.

    Attributes:
        versions: By number.
        submissions: By control number.
        turns: Payer -> what it waits for, of payers beyond the one the version is for.
    """

    versions: Mapping[int, Version] = field(default_factory=dict)
    submissions: Mapping[str, Submission] = field(default_factory=dict)
    turns: Mapping[str, str] = field(default_factory=dict)

    def sent(self, payer_id: str = "") -> list[Submission]:
        """Return what went out, to one payer or to any, in order."""
        out = [s for s in self.submissions.values() if s.ordinal]
        return sorted((s for s in out if payer_id in ("", s.payer_id)), key=lambda s: s.ordinal)

    def state(self, submission: Submission) -> str:
        """Return open, rejected, adjudicated or unprocessable.

        A void is done when what it takes back has been, whichever number the payer said so under.
        What was decided and then followed had its outcome: it is not open again when a part of it
        is taken back, or when the payer decides anew what a void took back. What was never decided
        stays open, so that the database refuses a second one beside it.
        """
        if submission.frequency == lifecycle.VOID:
            state = self._void(submission)
        else:
            state = lifecycle.submission_state(
                submission.rejected, submission.decisions, submission.charge_cents
            )
        if state == lifecycle.OPEN and self._answered(submission) and self._followed(submission):
            return lifecycle.ADJUDICATED
        return state

    def _void(self, submission: Submission) -> str:
        target = self.submissions.get(submission.predecessor)
        undone = target is not None and bool(target.decisions) and not target.standing
        if undone or any(d.reversal for d in submission.decisions):
            return lifecycle.ADJUDICATED
        if submission.decisions:
            return lifecycle.UNPROCESSABLE
        return lifecycle.REJECTED if submission.rejected else lifecycle.OPEN

    def _answered(self, one: Submission) -> bool:
        """Say whether the payer ever decided it, or undid what it voids."""
        if one.frequency != lifecycle.VOID or one.decisions:
            return bool(one.decisions)
        target = self.submissions.get(one.predecessor)
        return target is not None and any(d.reversal for d in target.decisions)

    def _followed(self, one: Submission) -> bool:
        return any(s.ordinal > one.ordinal > 0 for s in self.sent(one.payer_id))

    def held(self, payer_id: str) -> Submission | None:
        """Return the submission a payer holds, if it holds one."""
        found = guards.holds([self._past(s) for s in self.sent(payer_id)])
        return self.submissions[found.control_number] if found else None

    def chain(self, payer_id: str, *, lines: bool = False) -> list[Past]:
        """Return the chain with a payer as the guards see it.

        Args:
            payer_id: The payer.
            lines: Whether to say which lines the payer holds; that takes reading an event.
        """
        pasts = [self._past(s) for s in self.sent(payer_id)]
        held = guards.holds(pasts) if lines else None
        if held is None:
            return pasts
        event = self.submissions[held.control_number].content()
        billed = line_ids(event.bill) if event else frozenset()
        return [replace(p, lines=billed) if p is held else p for p in pasts]

    def _past(self, one: Submission) -> Past:
        return Past(
            one.control_number, one.frequency, self.state(one), one.payer_claim_number,
            reviewed=any(d.reviewed for d in one.standing), appealed=one.appealed,
        )

    def with_(self, submission: Submission) -> "Claim":
        """Return the claim with a submission in place of what was known of it."""
        submissions = {**self.submissions, submission.control_number: submission}
        return replace(self, submissions=submissions)


def line_ids(bill: Bill) -> frozenset[str]:
    """Return the ids of a bill's lines."""
    return frozenset(line.line_id for line in bill.lines)


def unsettled(claim: Claim, chain: Sequence[Submission]) -> bool:
    """Say whether one of these has no outcome yet."""
    return any(claim.state(one) == lifecycle.OPEN for one in chain)
