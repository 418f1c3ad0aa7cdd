"""Remittances: on fixed days of the business calendar, all that is decided and not yet given.

    every `remit_days`: what is due before the day -> one 835 a payee, at most LARGEST claims

Days are counted from a fixed date, so a restart pays on the same days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from sqlite3 import Row

import orjson

from services.payer.chance import happens, roll
from services.payer.claim import Claim
from services.payer.due import COLLECT, REVERSAL
from services.payer.envelope import Head
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.mailroom import Letter, Mailroom, stamp
from services.payer.memory import unpack_claim, unpack_decision
from services.payer.plan import Plan
from services.payer.remittance import Occurrence, Settlement, remittance, settle

LARGEST = 400  # claims in one 835
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_ZERO = "zero"  # the series of what pays nothing

_DUE = """
select d.due_id, d.payee, d.series, d.kind, d.payer_claim_number, d.decision, d.provider_cents,
       d.settles, coalesce(d.content, c.content) as content, c.received_at, f.route
from due d join claim c using (claim_id) join file f using (file_id)
where d.payer_id = ? and d.remittance is null and d.cancelled = 0 and d.due_at <= ?
order by d.payee, d.series, d.due_at, d.due_id
"""


@dataclass(frozen=True, slots=True)
class Cashier:
    """Pays for every plan."""

    journal: Journal
    habits: Habits

    def pay(self, plan: Plan, now: datetime) -> int:
        """Make the remittances of the last pay day up to now; return how many."""
        day = pay_day(plan, now)
        due = self.journal.rows(_DUE, plan.payer_id, stamp(day))
        made = 0
        for (payee, series), rows in groupby(due, key=lambda row: (row["payee"], row["series"])):
            together = list(rows)
            for start in range(0, len(together), LARGEST):
                some = together[start : start + LARGEST]
                if any(row["kind"] != COLLECT for row in some):  # else when there is a claim to pay
                    self._remit(plan, payee, series, some, day)
                    made += 1
        return made

    def _remit(
        self, plan: Plan, payee: str, series: str, rows: Sequence[Row], day: datetime
    ) -> None:
        occurrences = [self._occurrence(plan, row) for row in rows if row["kind"] != COLLECT]
        with self.journal.transaction():
            settled = self._settle(plan, payee, series, occurrences, rows)
            head = _head(rows[-1]["route"], self.journal.next_number(plan.payer_id), day)
            trace = f"{plan.payer_id.replace('_', '')}{head.number:09d}"
            if series == _ZERO and self.habits.has("zero_trace", plan):
                trace = f"{plan.payer_id.replace('_', '')}NOPAY"
            letter = self._letter(plan, head, trace, rows, occurrences, settled)
            answer = Mailroom(self.journal, self.habits).post(plan, head, letter)
            self.journal.change(
                "update due set remittance = ? where due_id = ?",
                [(answer, row["due_id"]) for row in rows],
            )
            self.journal.change(
                "update claim set remittance = ? where claim_id = ?",
                [(answer, row["settles"]) for row in rows if row["settles"] is not None],
            )

    def _settle(
        self,
        plan: Plan,
        payee: str,
        series: str,
        occurrences: Sequence[Occurrence],
        rows: Sequence[Row],
    ) -> Settlement:
        total = sum(one.paid_cents for one in occurrences)
        interest = sum(one.interest_cents for one in occurrences)
        bridges: dict[str, int] = {}
        for row in rows:
            number = row["payer_claim_number"]
            bridges[number] = bridges.get(number, 0) + row["provider_cents"]
        open_bridges = tuple((number, cents) for number, cents in bridges.items() if cents)
        if series == _ZERO:  # pays nothing, so nothing is collected from it either
            return settle(total, 0)
        about = (plan.payer_id, payee)
        owed = self.journal.one(
            "select owed_cents from balance where payer_id = ? and payee = ?", *about
        )
        brought = owed["owed_cents"] if owed else 0
        settled = settle(total, brought, interest, open_bridges)
        if owed or settled.carried_cents:
            self.journal.change(
                "insert into balance values (?, ?, ?) on conflict (payer_id, payee) "
                "do update set owed_cents = excluded.owed_cents",
                [(*about, settled.carried_cents)],
            )
        return settled

    def _letter(
        self,
        plan: Plan,
        head: Head,
        trace: str,
        rows: Sequence[Row],
        occurrences: Sequence[Occurrence],
        settled: Settlement,
    ) -> Letter:
        payee = unpack_claim(rows[0]["content"])
        content = remittance(head, plan, trace, payee, occurrences, settled)
        about, slip = (str(head.number),), b""
        if occurrences and self.habits.has("unbalanced", plan, "835", *about):
            index = roll(self.habits.seed, "slip", plan.payer_id, *about) % len(occurrences)
            slip = remittance(head, plan, trace, payee, occurrences, settled, index)
        return Letter("835", content, about, trace=trace, paid_cents=settled.paid_cents, slip=slip)

    def _occurrence(self, plan: Plan, row: Row) -> Occurrence:
        claim = unpack_claim(row["content"])
        return Occurrence(
            claim=claim,
            decision=unpack_decision(row["decision"]),
            payer_claim_number=row["payer_claim_number"],
            reversal=row["kind"] == REVERSAL,
            sparse=self._is_sparse(plan, claim),
            received_on=row["received_at"][:10].replace("-", ""),
        )

    def _is_sparse(self, plan: Plan, claim: Claim) -> bool:
        return happens(plan.sparse_myriad, self.habits.seed, "sparse", plan.payer_id, claim.key)


def pay_day(plan: Plan, now: datetime) -> datetime:
    """Return the last pay day not after now: days are counted from a fixed date."""
    step = timedelta(days=plan.remit_days)
    return _EPOCH + (now - _EPOCH) // step * step


def _head(route: str, number: int, at: datetime) -> Head:
    parts = [str(part) for part in orjson.loads(route)]
    return Head(
        sender_qualifier=parts[0],
        sender=parts[1],
        receiver_qualifier=parts[2],
        receiver=parts[3],
        group_sender=parts[4],
        group_receiver=parts[5],
        usage=parts[6],
        number=number,
        at=at,
    )
