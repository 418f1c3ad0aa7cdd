"""Which version of an encounter's coding goes out, when, and as which frequency.

    validated v1 ──▶ submission 1, frequency 1 ──denied──▶ validated v2 ──▶ submission 2, 7

State is kept per encounter: its versions and its submissions, each with a payer. Facts may come
in any order and more than once; after each, everything that may go out goes out:

1. the newest version that is ready governs (ready: it names no predecessor, or one that has been
   settled); older ones that were not sent are superseded;
2. it waits while any submission of the encounter to its payer is open: never two outstanding;
3. if one of them was adjudicated it goes out as 7 with the latest payer claim number, where the
   payer takes a 7, and else needs a reopening; if none was, it goes out as 1.

Example: submission 1 was adjudicated as P1, submission 2 (a 7) was rejected by a 277CA. The next
version goes out as 7 with P1 again: the payer still holds P1.

What order can decide is only what must: of two versions that race a payer's answer, the one that
is known when the answer comes goes out. A version that names its predecessor does not race.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from schemas import ids
from schemas.events import NO_DAY, Acknowledged, Adjudicated, Submitted, Validated
from services.claims import deadlines, lifecycle
from services.claims.lifecycle import Decision
from services.claims.terms import Terms


@dataclass(frozen=True, slots=True)
class Version:
    """A validated version of the coding.

    Attributes:
        version: Its number.
        payer_id: Who it is for.
        state: One of `lifecycle`'s.
        predecessor: The submission it corrects, if any.
        event: The event, while it may still go out.
    """

    version: int
    payer_id: str
    state: str
    predecessor: str = ""
    event: Validated | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A claim that went out, and what is known of its fate.

    Attributes:
        control_number: CLM01.
        payer_id: The payer.
        ordinal: Which submission of the encounter to the payer; 0 while only an answer is known.
        version: The version it bills.
        frequency: CLM05-3.
        predecessor: The submission it follows.
        filing_deadline_on: As frozen in the event.
        rejected: Some hop refused it.
        latest: The latest decision.
    """

    control_number: str
    payer_id: str
    ordinal: int = 0
    version: int = 0
    frequency: str = ""
    predecessor: str = ""
    filing_deadline_on: date = NO_DAY
    rejected: bool = False
    latest: Decision | None = None

    @property
    def state(self) -> str:
        """Open, rejected, adjudicated or unprocessable."""
        return lifecycle.submission_state(self.rejected, self.latest)


@dataclass(frozen=True, slots=True)
class Claim:
    """All that assembly knows of an encounter.

    Attributes:
        versions: By number.
        submissions: By control number.
    """

    versions: Mapping[int, Version] = field(default_factory=dict)
    submissions: Mapping[str, Submission] = field(default_factory=dict)

    def sent(self, payer_id: str = "") -> list[Submission]:
        """Return what went out, to one payer or to any, in order."""
        out = [s for s in self.submissions.values() if s.ordinal]
        return sorted((s for s in out if payer_id in ("", s.payer_id)), key=lambda s: s.ordinal)


Outcome = tuple[Claim, list[Submitted]]


def validated(claim: Claim, event: Validated, terms: Terms) -> Outcome:
    """Take in a version and send what may go out."""
    if event.version in claim.versions:
        return claim, []
    held = event.verdict == "held"
    version = Version(
        event.version, event.bill.coverage.payer_id,
        lifecycle.HELD if held else lifecycle.WAITING, event.predecessor, None if held else event,
    )
    versions = {**claim.versions, event.version: version}
    return _release(replace(claim, versions=versions), event.encounter_id, terms)


def acknowledged(claim: Claim, event: Acknowledged, terms: Terms) -> Outcome:
    """Take in a hop's answer; only a refusal changes anything."""
    if event.accepted:
        return claim, []
    known = _known(claim, event)
    return _release(_with(claim, replace(known, rejected=True)), event.encounter_id, terms)


def adjudicated(claim: Claim, event: Adjudicated, terms: Terms) -> Outcome:
    """Take in a decision; the latest one counts, whichever comes last."""
    if not lifecycle.decides(event):
        return claim, []
    known, decision = _known(claim, event), lifecycle.decision(event)
    latest = decision if known.latest is None else max(known.latest, decision)
    return _release(_with(claim, replace(known, latest=latest)), event.encounter_id, terms)


def _known(claim: Claim, event: Acknowledged | Adjudicated) -> Submission:
    number = event.control_number
    return claim.submissions.get(number) or Submission(
        number, event.payer_id, version=event.version, frequency=event.frequency
    )


def _with(claim: Claim, submission: Submission) -> Claim:
    submissions = {**claim.submissions, submission.control_number: submission}
    return replace(claim, submissions=submissions)


def _release(claim: Claim, encounter_id: str, terms: Terms) -> Outcome:
    """Send what may go out, then say what each version is."""
    events: list[Submitted] = []
    while (following := _next(claim, terms)) is not None and following[1] == lifecycle.SENT:
        submission, event = _submit(claim, encounter_id, following[0], terms)
        claim = _with(claim, submission)
        events.append(event)
    return _label(claim, following), events


def _next(claim: Claim, terms: Terms) -> tuple[Version, str] | None:
    """Return the version that governs and what it is to be; none when all has been sent."""
    last = max((s.version for s in claim.sent()), default=0)
    ready = [v for v in claim.versions.values() if v.version > last and _ready(claim, v)]
    if not ready:
        return None
    version = max(ready, key=lambda v: v.version)
    return version, _fate(claim, version, terms)


def _ready(claim: Claim, version: Version) -> bool:
    if not version.predecessor:
        return True
    known = claim.submissions.get(version.predecessor)
    return known is not None and bool(known.ordinal) and known.state != lifecycle.OPEN


def _fate(claim: Claim, version: Version, terms: Terms) -> str:
    """Return what the governing version is: sent when it may go out now."""
    event = version.event
    if version.state == lifecycle.HELD or event is None:
        return lifecycle.HELD
    bill = event.bill
    policy = terms.policy(version.payer_id, bill.claim_type, bill.starts_on)
    if policy is None:
        return lifecycle.HELD
    if bill.claim_type != "professional":
        return lifecycle.AWAITING_INSTITUTIONAL
    states = {s.state for s in claim.sent(version.payer_id)}
    if lifecycle.OPEN in states:
        return lifecycle.WAITING
    if lifecycle.ADJUDICATED in states and not policy.takes(lifecycle.REPLACEMENT):
        return lifecycle.NEEDS_REOPENING
    return lifecycle.SENT


def _submit(
    claim: Claim, encounter_id: str, version: Version, terms: Terms
) -> tuple[Submission, Submitted]:
    """Freeze a version into a submission."""
    assert version.event is not None  # noqa: S101 - `_fate` says so
    event, payer_id = version.event, version.payer_id
    bill, before = event.bill, claim.sent(payer_id)
    policy = terms.policy(payer_id, bill.claim_type, bill.starts_on)
    assert policy is not None  # noqa: S101 - `_fate` says so
    held = [s.latest for s in before if s.latest and s.state == lifecycle.ADJUDICATED]
    ordinal = len(before) + 1
    number = terms.control_number(encounter_id, payer_id, ordinal, version.version)
    submission = replace(
        claim.submissions.get(number) or Submission(number, payer_id),
        ordinal=ordinal,
        version=version.version,
        frequency=lifecycle.REPLACEMENT if held else lifecycle.ORIGINAL,
        predecessor=before[-1].control_number if before else "",
        filing_deadline_on=deadlines.since(held[-1].decided_on, policy.corrected_days)
        if held
        else policy.files_until(bill.starts_on, bill.ends_on),
    )
    return submission, Submitted(
        event_id=ids.derive("submitted", number),
        cause_id=event.event_id,
        encounter_id=encounter_id,
        control_number=number,
        payer_id=payer_id,
        version=version.version,
        coder_id=event.coder_id,
        frequency=submission.frequency,
        predecessor=submission.predecessor,
        payer_claim_number=held[-1].payer_claim_number if held else "",
        rework_id=event.rework_id,
        filing_deadline_on=submission.filing_deadline_on,
        bill=event.bill,
    )


def _label(claim: Claim, governing: tuple[Version, str] | None) -> Claim:
    """Say what each version is; let go of events that can no longer go out."""
    billed = {s.version for s in claim.sent()}
    newest = governing[0].version if governing else max(billed, default=0)
    versions = {}
    for number, version in claim.versions.items():
        if number in billed:
            version = replace(version, state=lifecycle.SENT, event=None)
        elif number < newest:
            version = replace(version, state=lifecycle.SUPERSEDED, event=None)
        elif governing and number == newest and version.state != lifecycle.HELD:
            version = replace(version, state=governing[1])
        versions[number] = version
    return replace(claim, versions=versions)
