"""I1: every encounter is in exactly one state, and none is missing.

The state is found from the facts by a small machine of its own; what assembly, denials and the
worklist keep in their tables has no say in it.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import text

from services.audit import claims
from services.audit.cut import Cut
from services.audit.facts import Facts, Sent, Version
from services.audit.result import Doubts, Result
from services.codes.reference import Reference

READY = "ready"
IN_FLIGHT = ("being_validated", "being_assembled")


class Conservation:
    """Compares the encounters that came in with the encounters that are somewhere."""

    def __init__(self, cut: Cut, parties: Reference) -> None:
        self._cut = cut
        self._parties = parties
        self._doubts = Doubts()
        self._counts: Counter[str] = Counter()
        self._came_in = _came_in(cut)
        self._seen = 0

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for encounter_id, one in facts.items():
            state = state_of(one, self._parties)
            self._counts[state] += 1
            if not one.records:
                self._doubts.add("events are about an encounter that never came in", encounter_id)
                continue
            self._seen += 1
            known = self._came_in.pop(encounter_id, None)
            if known is None:
                self._doubts.add("an encounter on the topic is not in intake's table", encounter_id)
            for why in impossible(one):
                self._doubts.add(why, encounter_id)

    def result(self) -> Result:
        """Return what was found."""
        missing = [i for i, waiting in self._came_in.items() if not waiting]
        if self._cut.whole:
            self._doubts.add_all("an encounter that came in is on no topic", missing)
            for state in IN_FLIGHT:
                if self._counts[state]:
                    stuck = f"{self._counts[state]} encounters"
                    self._doubts.add(f"nothing is running, yet encounters are {state}", stuck)
        return Result(
            "I1",
            "every encounter is in exactly one state, none is missing",
            {"encounters": self._seen, **dict(sorted(self._counts.items()))},
            self._doubts.violations(),
        )


def _came_in(cut: Cut) -> dict[str, bool]:
    """Return every encounter of intake's table, and whether its event still waits for a relay."""
    rows = cut.conn.execute(
        text(
            "select i.encounter_id, exists (select 1 from outbox o where o.pending"
            " and o.topic = 'claims.encounter' and o.key = i.encounter_id) as waiting from intake i"
        )
    )
    return {row.encounter_id: row.waiting for row in rows}


def state_of(facts: Facts, parties: Reference) -> str:
    """Return the one state of an encounter.

    Args:
        facts: What the topics say.
        parties: What each payer takes.
    """
    if not facts.records:
        return "unknown"
    if not facts.coded:
        record = facts.records[max(facts.records)]
        return "awaiting_coding" if record == READY else record
    newest = max(facts.coded)
    if newest not in facts.verdicts:
        return "being_validated"
    if facts.verdicts[newest][0] == "held":
        return "held"
    billed = [s for s in facts.sent.values() if s.submitted and s.version == newest]
    if billed:
        return heard(max(billed, key=lambda s: (not s.bill.prior, s.order)), facts)
    return _stays(facts, newest, parties)


def _stays(facts: Facts, newest: int, parties: Reference) -> str:
    """Return why a version that may go out has not gone out."""
    version = facts.bills[newest]
    bill, payer_id = version.bill, version.bill.coverage.payer_id
    follows = facts.sent.get(facts.predecessors.get(newest, ""))
    if follows is not None and follows.bill.prior:
        payer_id = follows.payer_id
    sent = sorted((s for s in facts.sent.values() if s.submitted), key=lambda s: s.order)
    chain = [s for s in sent if s.payer_id == payer_id]
    if any(not claims.settled(s, chain) for s in chain):
        return "waiting"
    if follows is not None and not claims.settled(follows, sent):
        return "waiting"
    holds = claims.held([s for s in chain if s.left])
    if version.void and holds is None:
        return "nothing_to_void"
    if bill.claim_type == claims.INSTITUTIONAL and bill.institutional is None and not version.void:
        return "awaiting_institutional"
    return _barred(version, holds, facts, parties)


def _barred(version: Version, holds: Sent | None, facts: Facts, parties: Reference) -> str:
    """Return what a payer's rules make of a version that follows what it holds."""
    bill = version.bill
    payer_id = holds.payer_id if holds else bill.coverage.payer_id
    on = holds.made[-1].decided_on if holds else bill.starts_on
    policy = parties.policy(payer_id, bill.claim_type, on)
    frequency = claims.ORIGINAL
    if holds:
        frequency = claims.VOID if version.void else claims.REPLACEMENT
    if policy is None or not policy.takes(frequency):
        return "needs_reopening"
    if holds is None:
        return "being_assembled"
    appealed = facts.appeals.get(holds.control_number, (None, False))[1]
    if appealed and not policy.appeal_beside_correction:
        return "under_appeal"
    lines = frozenset(line.line_id for line in bill.lines)
    if frequency == claims.REPLACEMENT and holds.lines - lines - version.dropped:
        return "lines_missing"
    if holds.standing and holds.standing.denied and not policy.corrects_review:
        return "needs_appeal"
    return "being_assembled" if holds.made[-1].payer_claim_number else "needs_reopening"


def heard(sent: Sent, facts: Facts) -> str:
    """Return how far a submission is, from what was heard of it."""
    if sent.frequency == claims.VOID:
        taken_back = facts.sent.get(sent.predecessor)
        if sent.decisions or (taken_back is not None and claims.undone(taken_back)):
            return "voided"
    if sent.standing is not None:
        return "denied" if sent.standing.denied else "paid"
    if sent.decisions:
        return "reversed"
    if sent.refused:
        return "rejected"
    return "acknowledged" if sent.hops.keys() - {"sent"} else "submitted"


def impossible(facts: Facts) -> list[str]:
    """Return what cannot be, whatever order the events came in."""
    found = []
    for version in facts.verdicts.keys() - facts.coded.keys():
        found.append(f"version {version} was validated and never coded")
    clean = {v for v, (verdict, _, _) in facts.verdicts.items() if verdict != "held"}
    for sent in facts.sent.values():
        if not sent.submitted:
            found.append("an answer is about a claim that was never submitted")
        elif sent.version not in clean:
            found.append("a claim was submitted that validation did not let pass")
    return found
