"""I5: at most one outstanding submission for an encounter and payer; each follows legally.

A chain is every submission of an encounter to one payer, in the order in which they were frozen.
What was known when a claim was written (the gateway's last door) decides what it had to be: an
answer that came later does not make it wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text

from services.audit.cut import Cut
from services.audit.facts import REVERSAL, Decision, Facts, Sent
from services.audit.result import Doubts, Result
from services.codes.reference import Reference

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
INSTITUTIONAL = "institutional"
CHANGES = ("D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "E0")
PLACES = "PST"
LONGEST_CONTROL_NUMBER = 20


class Outstanding:
    """Looks at every chain of submissions."""

    def __init__(self, parties: Reference, written: Mapping[str, datetime]) -> None:
        self._parties = parties
        self._written = written
        self._doubts = Doubts()
        self._figures: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for encounter_id, one in facts.items():
            chains: dict[str, list[Sent]] = defaultdict(list)
            for sent in sorted(one.sent.values(), key=lambda s: s.order):
                if sent.submitted:
                    chains[sent.payer_id].append(sent)
                    self._numbers[sent.control_number] += 1
                    for why in _content(sent, one):
                        self._doubts.add(why, sent.control_number)
            for chain in chains.values():
                self._chain(encounter_id, chain)

    def _chain(self, encounter_id: str, chain: list[Sent]) -> None:
        self._figures["chains"] += 1
        self._figures["submissions"] += len(chain)
        unsettled = [s for s in chain if not settled(s, chain)]
        self._figures["outstanding"] += len(unsettled)
        if len(unsettled) > 1:
            self._doubts.add("two submissions are outstanding at one payer", encounter_id)
        for at, sent in enumerate(chain):
            self._figures[_NAMES[sent.frequency]] += sent.frequency in _NAMES
            for why in self._flaws(sent, chain[:at]):
                self._doubts.add(why, sent.control_number)

    def _flaws(self, sent: Sent, before: list[Sent]) -> Iterator[str]:
        """Yield what is wrong with a submission, given those before it."""
        if not 0 < len(sent.control_number) <= LONGEST_CONTROL_NUMBER:
            yield "a control number is empty or longer than CLM01 takes"
        last = before[-1].control_number if before else ""
        if sent.frequency != VOID and sent.predecessor != last:
            yield "a submission does not follow the one before it"
        if sent.frequency == ORIGINAL and sent.payer_claim_number:
            yield "an original names a payer claim number"
        if sent.frequency != ORIGINAL and not sent.payer_claim_number:
            yield "a replacement or void names no payer claim number"
        if not self._taken(sent):
            yield "a payer was sent a frequency it does not take"
        at = self._written.get(sent.control_number)
        if sent.left and at is not None:
            yield from _follows(sent, [known_at(s, at) for s in before if s.left])

    def _taken(self, sent: Sent) -> bool:
        days = {sent.bill.starts_on, *(d.decided_on for d in sent.decisions.values())}
        found = (self._parties.policy(sent.payer_id, sent.bill.claim_type, on) for on in days)
        return any(policy is not None and policy.takes(sent.frequency) for policy in found)

    def result(self) -> Result:
        """Return what was found."""
        self._doubts.add_all(
            "a control number was given twice", (n for n, c in self._numbers.items() if c > 1)
        )
        return Result(
            "I5",
            "at most one claim of an encounter is outstanding at a payer; each follows legally",
            dict(self._figures),
            self._doubts.violations(),
        )


_NAMES = {ORIGINAL: "originals", REPLACEMENT: "replacements", VOID: "voids"}


def written(cut: Cut) -> dict[str, datetime]:
    """Return when the file of each claim was frozen, business time."""
    rows = cut.conn.execute(
        text(
            "select g.control_number, i.made_at from gateway_claim g"
            " join interchange i using (interchange_id)"
        )
    )
    return {row.control_number: row.made_at for row in rows}


def known_at(sent: Sent, at: datetime) -> Sent:
    """Return a submission with what had been decided of it by some time."""
    known = {key: d for key, d in sent.decisions.items() if d.known_at < at}
    return replace(sent, decisions=known)


def settled(sent: Sent, chain: Sequence[Sent]) -> bool:
    """Tell whether the payer has nothing more to say before the next submission may go."""
    if sent.frequency != VOID:
        followed = sent.made and any(s.order > sent.order for s in chain)
        return sent.settled or bool(followed)
    if sent.refused or sent.decisions:
        return True
    return any(s.control_number == sent.predecessor and undone(s) for s in chain)


def undone(sent: Sent) -> bool:
    """Tell whether everything the payer decided of a submission was taken back."""
    return bool(sent.decisions) and sent.standing is None


def held(chain: Sequence[Sent]) -> Sent | None:
    """Return the submission the payer holds: the latest it adjudicated, unless it was voided."""
    found: Sent | None = None
    for sent in chain:
        if sent.frequency == VOID:
            target = next((s for s in chain if s.control_number == sent.predecessor), None)
            reversal = any(d.status == REVERSAL for d in sent.decisions.values())
            if reversal or (target is not None and undone(target)):
                found = None
        elif sent.made and not sent.made[-1].unprocessable:
            found = sent
    return found


def _follows(sent: Sent, before: list[Sent]) -> Iterator[str]:
    """Yield what is wrong with a claim that left, given what was known when it was written."""
    if any(not settled(s, before) for s in before):
        yield "a claim left while one before it had no outcome"
    holds = held(before)
    if sent.frequency == ORIGINAL:
        if holds:
            yield "a second original went out though the payer decided the first"
        return
    if holds is None:
        yield "a replacement or void went out though the payer holds nothing"
        return
    numbers = [d.payer_claim_number for d in holds.made if not d.unprocessable]
    if sent.payer_claim_number not in numbers[-1:] and not _parts(holds, sent):
        yield "a claim names another number than that of the latest adjudicated version"
    if sent.frequency == VOID and sent.predecessor != holds.control_number:
        yield "a void takes back another claim than the payer holds"
    if sent.frequency == REPLACEMENT and holds.lines - sent.lines - sent.dropped:
        yield "a replacement lacks a line that nobody took off"


def _parts(holds: Sent, sent: Sent) -> bool:
    """Tell whether a claim was split by the payer, and one of the parts' numbers is named."""
    parts: list[Decision] = [d for d in holds.made if d.charge_cents != holds.charge_cents]
    return sent.payer_claim_number in {d.payer_claim_number for d in parts}


def _content(sent: Sent, facts: Facts) -> Iterator[str]:
    """Yield what of a submission contradicts itself, or what payers before it decided."""
    changes = sent.bill.claim_type == INSTITUTIONAL and sent.frequency != ORIGINAL
    if changes != (sent.change_reason in CHANGES):
        yield "a claim change reason is missing, unknown or out of place"
    place = PLACES[min(len(sent.bill.prior), 2)]
    if sent.sequence not in ("", place) or (not sent.sequence and sent.bill.prior):
        yield "a claim names another place among the payers than those before it leave"
    for prior in sent.bill.prior:
        one = facts.sent.get(prior.control_number)
        if one is None or one.payer_id != prior.payer_id or not one.made:
            yield "a secondary claim tells of a decision nobody made"
        elif prior.paid_cents not in _sums(one):
            yield "a secondary claim tells of another payment than was made"


def _sums(sent: Sent) -> set[int]:
    """Return what a payer can have said it paid: a decision, or parts that add up."""
    paid = [d.paid_cents for d in sent.made]
    found = {*paid, sum(paid)}
    for first in range(len(paid)):
        for last in range(first + 1, len(paid) + 1):
            found.add(sum(paid[first:last]))
    return found
