"""I16: a claim moves only where it may, never back, and stands where its last move led.

    ready, intent ▸ sent, unknown ▸ received ▸ pending ▸ rejected ▸ adjudicated ▸ appealed, closed
    ▸ corrected ▸ voided

Written again from the issue's words, not from the gateway's table: which state may follow which,
whatever the fact. What the topics say of a claim is a floor: it must stand at least there.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import text

from services.audit.cut import Cut
from services.audit.facts import Facts, Sent
from services.audit.result import Doubts, Result

_ANSWERS = ("received", "pending", "rejected", "adjudicated")
_FOLLOWED = ("corrected", "voided")
MAY: Mapping[str, tuple[str, ...]] = {
    "ready": ("intent", "refused", *_ANSWERS),
    "intent": ("sent", "unknown", *_ANSWERS),
    "sent": ("unknown", *_ANSWERS, *_FOLLOWED),
    "unknown": ("sent", *_ANSWERS, *_FOLLOWED),
    "received": ("pending", "rejected", "adjudicated", *_FOLLOWED),
    "pending": ("rejected", "adjudicated", *_FOLLOWED),
    "rejected": ("adjudicated", "closed", *_FOLLOWED),
    "refused": ("adjudicated", "closed"),
    "adjudicated": ("appealed", "closed", *_FOLLOWED),
    "appealed": ("adjudicated", "closed", *_FOLLOWED),
    "closed": _FOLLOWED,
    "corrected": ("voided",),
    "voided": (),
}
_RANK = {
    state: rank
    for rank, states in enumerate(
        (
            ("ready",), ("intent",), ("sent", "unknown"), ("received", "pending"),
            ("rejected", "refused"), ("adjudicated", "appealed", "closed", "corrected", "voided"),
        )
    )
    for state in states
}  # fmt: skip
FIRST = ("ready", "")  # a row that was learnt after a restore has no state before


class Transitions:
    """Walks every claim's moves."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._doubts = Doubts()
        self._states = {
            r.control_number: r.state
            for r in cut.conn.execute(text("select control_number, state from gateway_claim"))
        }

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Hold what the topics say of each claim against where it stands."""
        for one in facts.values():
            for sent in one.sent.values():
                state = self._states.get(sent.control_number)
                if state is not None and _RANK[state] < _RANK[floor(sent)]:
                    self._doubts.add(
                        "a claim stands before what was heard of it", sent.control_number
                    )

    def result(self) -> Result:
        """Return what was found."""
        moves = self._walk()
        self._table()
        count = "select count(*) from claim_refusal"
        refused = int(self._cut.conn.execute(text(count)).scalar_one())
        states = dict(sorted(Counter(self._states.values()).items()))
        return Result(
            "I16", "a claim moves only where it may, never back; every refused move has its trace",
            {"claims": len(self._states), "moves": moves, "refused_moves": refused, **states},
            self._doubts.violations(),
        )  # fmt: skip

    def _walk(self) -> int:
        rows = self._cut.conn.execution_options(yield_per=5000).execute(
            text(
                "select control_number, before, after from claim_move"
                " order by control_number, seq"
            )
        )
        left, count = dict(self._states), 0
        number, at = "", ""
        for row in rows:
            count += 1
            if row.control_number != number:
                self._stands(left, number, at)
                number, at = row.control_number, row.before
                if at not in FIRST:
                    self._doubts.add("a claim's first move does not begin at ready", number)
            if row.before != at:
                self._doubts.add("a move does not begin where the one before led", number)
            if row.before and row.after not in MAY.get(row.before, ()):
                self._doubts.add("a claim moved where it may not", number)
            at = row.after
        self._stands(left, number, at)
        still = (n for n, state in left.items() if state != "ready")
        self._doubts.add_all("a claim stands where no move led", still)
        return count

    def _stands(self, left: dict[str, str], number: str, at: str) -> None:
        if number and left.pop(number, None) != at:
            self._doubts.add("a claim does not stand where its last move led", number)

    def _table(self) -> None:
        """Hold the table the database enforces against the one above."""
        rows = self._cut.conn.execute(text("select state, fact, next from claim_transition"))
        for state, fact, then in rows:
            if then != state and then not in MAY.get(state, ()):
                self._doubts.add("the database allows a move that may not be", f"{state}/{fact}")


def floor(sent: Sent) -> str:
    """Return the least a claim must have come to, from what was heard of it."""
    if any(d.status != "25" for d in sent.decisions.values()):
        return "adjudicated"
    if sent.refused:
        return "rejected"
    heard = [hop for hop in sent.hops if hop != "sent"]
    if heard:
        return "sent"  # a 277CA that says neither A0, A1, A2 nor A5 moves nothing
    return "sent" if sent.hops else "ready"
