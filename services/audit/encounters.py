"""I1: every encounter is in exactly one state, and none is missing.

The state is found from the facts by a small machine of its own; what assembly, denials and the
worklist keep in their tables has no say in it.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import text

from services.audit.cut import Cut
from services.audit.facts import Facts, Sent
from services.audit.result import Doubts, Result

Takers = frozenset[tuple[str, str]]
READY = "ready"
IN_FLIGHT = ("being_validated", "being_assembled")


class Conservation:
    """Compares the encounters that came in with the encounters that are somewhere."""

    def __init__(self, cut: Cut, takes_7: Takers) -> None:
        self._cut = cut
        self._takes_7 = takes_7
        self._doubts = Doubts()
        self._counts: Counter[str] = Counter()
        self._came_in = _came_in(cut)
        self._seen = 0

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for encounter_id, one in facts.items():
            state = state_of(one, self._takes_7)
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
        if self._cut.idle and self._cut.closed == self._cut.ends:
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


def state_of(facts: Facts, takes_7: Takers) -> str:
    """Return the one state of an encounter.

    Args:
        facts: What the topics say.
        takes_7: The payers that take replacements, each with the claim type.
    """
    if not facts.records:
        return "unknown"
    if not facts.coded:
        record = facts.records[max(facts.records)]
        return "awaiting_coding" if record == READY else record
    newest = max(facts.coded)
    if newest not in facts.verdicts:
        return "being_validated"
    verdict, claim_type, payer_id = facts.verdicts[newest]
    if verdict == "held":
        return "held"
    sent = next((s for s in facts.sent.values() if s.submitted and s.version == newest), None)
    if sent is not None:
        return heard(sent)
    before = [s for s in facts.sent.values() if s.submitted and s.payer_id == payer_id]
    if any(not s.settled for s in before):
        return "waiting"
    if claim_type != "professional":
        return "awaiting_institutional"
    adjudicated = any(s.made and not s.made[-1].unprocessable for s in before)
    if adjudicated and (payer_id, claim_type) not in takes_7:
        return "needs_reopening"
    return "being_assembled"


def heard(sent: Sent) -> str:
    """Return how far a submission is, from what was heard of it."""
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
