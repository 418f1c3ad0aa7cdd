"""I11: every cause has its one work item, and no item is open without one.

Causes are found from the facts that denials had settled in the snapshot; items are its table and
the worklist's, in the same snapshot, so the comparison is exact while everything runs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from services.audit.claims import VOID
from services.audit.cut import Cut
from services.audit.facts import Facts, Sent
from services.audit.log import Entry
from services.audit.result import Doubts, Result

CONSUMER = "denials"


@dataclass(slots=True)
class Row:
    """An item as a table has it."""

    rework_id: str
    status: str
    revision: int


def settled_by_denials(cut: Cut) -> Callable[[Entry], bool]:
    """Return whether denials had settled a record; what it does not read says nothing of causes."""
    reads = {place[0] for consumer, place in cut.pairs() if consumer == CONSUMER}

    def keep(entry: Entry) -> bool:
        if entry.topic not in reads:
            return False
        return cut.settled(CONSUMER, (entry.topic, entry.partition), entry.offset)

    return keep


class Items:
    """Compares causes with items."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._doubts = Doubts()
        self._items = _items(cut)
        self._kinds: dict[str, int] = {"held": 0, "rejection": 0, "denial": 0}
        self._open = sum(row.status == "open" for row in self._items.values())
        self._count = len(self._items)

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for one in facts.values():
            for kind, subject, unresolved in causes(one):
                self._kinds[kind] += 1
                self._compare(kind, subject, unresolved)

    def _compare(self, kind: str, subject: str, unresolved: bool) -> None:
        row = self._items.pop((kind, subject), None)
        if row is None:
            self._doubts.add(f"a {kind} has no work item", subject)
        elif unresolved and row.status != "open":
            self._doubts.add(f"the item of an unresolved {kind} is closed", subject)
        elif not unresolved and row.status == "open":
            self._doubts.add(f"an item is open though its {kind} is resolved", subject)

    def result(self) -> Result:
        """Return what was found."""
        for kind, subject in self._items:
            self._doubts.add(f"a work item has no {kind} that caused it", subject)
        _compare_worklist(self._cut, self._doubts)
        return Result(
            "I11",
            "every held version, rejection and denial has its one item; open ones have a cause",
            {"items": self._count, "open": self._open, **self._kinds},
            self._doubts.violations(),
        )


def causes(facts: Facts) -> Iterator[tuple[str, str, bool]]:
    """Yield everything that must have an item: kind, subject, whether it is unresolved."""
    newest = max([*facts.verdicts, *(s.version for s in facts.sent.values())], default=0)
    for version, (verdict, _, _) in facts.verdicts.items():
        if verdict == "held":
            yield "held", facts.causes[version], version == newest
    for sent in facts.sent.values():
        later = [
            s for s in facts.sent.values()
            if s.payer_id == sent.payer_id and _place(s) > _place(sent)
        ]  # fmt: skip
        answered = any(s.standing is not None or s.refused for s in later)
        elsewhere = _elsewhere(sent, facts)
        if sent.refused:
            further = answered or elsewhere or any(s.hops.get("277CA") for s in later)
            yield "rejection", sent.control_number, not further and sent.standing is None
        if sent.frequency != VOID and any(d.denied for d in sent.decisions.values()):
            unresolved = not answered and not elsewhere and _stands(sent)
            yield "denial", sent.control_number, unresolved


def _place(sent: Sent) -> tuple[int, str, str]:
    """Return where a claim stands among those to its payer: by version, then by what it tells."""
    prior = sent.bill.prior
    return sent.version, prior[-1].decided_on.isoformat() if prior else "", sent.frequency


def _elsewhere(sent: Sent, facts: Facts) -> bool:
    """Tell whether another payer took in a later version in this one's place."""
    return not sent.bill.prior and any(
        s.payer_id != sent.payer_id and s.version > sent.version and not s.bill.prior
        and s.frequency != VOID
        and (s.hops.get("277CA") or s.standing is not None or s.refused)
        for s in facts.sent.values()
    )


def _stands(sent: Sent) -> bool:
    return sent.standing is not None and sent.standing.denied


def _items(cut: Cut) -> dict[tuple[str, str], Row]:
    rows = cut.conn.execute(
        text(
            "select cast(rework_id as text) as rework_id, kind, subject, status, revision"
            " from rework_item"
        )
    )
    return {(r.kind, r.subject): Row(r.rework_id, r.status, r.revision) for r in rows}


def _compare_worklist(cut: Cut, doubts: Doubts) -> None:
    """Compare the worklist's items with denials': never ahead, and equal once all is read."""
    rows = cut.conn.execute(
        text(
            "select cast(coalesce(r.rework_id, w.rework_id) as text) as rework_id,"
            " r.revision as said, w.revision as known, r.status as meant, w.status as shown"
            " from rework_item r full join (select * from work_item"
            " where kind in ('held', 'rejection', 'denial')) w on w.rework_id = r.rework_id"
            " where r.revision is distinct from w.revision or r.status is distinct from w.status"
        )
    )
    for row in rows:
        if row.said is None or (row.known or 0) > row.said:
            doubts.add("the worklist has an item or revision denials never said", row.rework_id)
        elif row.known == row.said:
            doubts.add("the worklist shows another status than denials said", row.rework_id)
        elif cut.idle:
            doubts.add("the worklist has not taken in an item", row.rework_id)
