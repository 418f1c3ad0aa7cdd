"""Remittances: on fixed days of the business calendar, all that is decided and not yet given.

    every `remit_days`: claims with decide_at before the day -> one 835 a payee, at most LARGEST

Days are counted from a fixed date, so a restart pays on the same days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from sqlite3 import Row

import orjson

from services.payer.chance import happens
from services.payer.claim import Claim
from services.payer.desk import stamp
from services.payer.envelope import Head
from services.payer.journal import Journal
from services.payer.memory import unpack_claim, unpack_decision
from services.payer.remittance import Occurrence, remittance, settle
from services.payer.tables import Plan

LARGEST = 400  # claims in one 835
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

_DUE = """
select c.claim_id, c.payee, c.frequency, c.content, c.decision, c.payer_claim_number,
       c.received_at, f.route, p.content as old_content, p.decision as old_decision,
       p.payer_claim_number as old_number, p.received_at as old_received_at,
       p.paid_cents as old_paid, p.patient_cents as old_patient
from claim c join file f using (file_id) left join claim p on p.claim_id = c.replaces
where c.payer_id = ? and c.remittance is null and c.decide_at <= ?
order by c.payee, c.decide_at, c.control_number
"""


@dataclass(frozen=True, slots=True)
class Cashier:
    """Pays for every plan."""

    journal: Journal
    seed: bytes

    def pay(self, plan: Plan, now: datetime) -> int:
        """Make the remittances of the last pay day up to now; return how many."""
        day = pay_day(plan, now)
        due = self.journal.rows(_DUE, plan.payer_id, stamp(day))
        made = 0
        for payee, rows in groupby(due, key=lambda row: row["payee"]):
            together = list(rows)
            for start in range(0, len(together), LARGEST):
                self._remit(plan, payee, together[start : start + LARGEST], day)
                made += 1
        return made

    def _remit(self, plan: Plan, payee: str, rows: Sequence[Row], day: datetime) -> None:
        occurrences = [one for row in rows for one in self._occurrences(plan, row)]
        about = (plan.payer_id, payee)
        with self.journal.transaction():
            owed = self.journal.one(
                "select owed_cents from balance where payer_id = ? and payee = ?", *about
            )
            total = sum(one.paid_cents for one in occurrences)
            settled = settle(total, owed["owed_cents"] if owed else 0)
            head = _head(rows[-1]["route"], self.journal.next_number(plan.payer_id), day)
            trace = f"{plan.payer_id.replace('_', '')}{head.number:09d}"
            content = remittance(head, plan, trace, occurrences, settled)
            answer = self.journal.answer(
                plan.payer_id, head, "835", content, trace=trace, paid_cents=settled.paid_cents
            )
            self.journal.change(
                "update claim set remittance = ? where claim_id = ?",
                [(answer, row["claim_id"]) for row in rows],
            )
            if owed or settled.carried_cents:
                self.journal.change(
                    "insert into balance values (?, ?, ?) on conflict (payer_id, payee) "
                    "do update set owed_cents = excluded.owed_cents",
                    [(*about, settled.carried_cents)],
                )

    def _occurrences(self, plan: Plan, row: Row) -> Iterator[Occurrence]:
        moved = bool(row["old_paid"] or row["old_patient"])
        if row["old_decision"] is not None and (moved or row["frequency"] == "8"):
            claim = unpack_claim(row["old_content"])
            yield Occurrence(
                claim=claim,
                decision=unpack_decision(row["old_decision"]),
                payer_claim_number=row["old_number"],
                reversal=True,
                sparse=self._is_sparse(plan, claim),
                received_on=_day(row["old_received_at"]),
            )
        if row["decision"] is not None:
            claim = unpack_claim(row["content"])
            yield Occurrence(
                claim=claim,
                decision=unpack_decision(row["decision"]),
                payer_claim_number=row["payer_claim_number"],
                reversal=False,
                sparse=self._is_sparse(plan, claim),
                received_on=_day(row["received_at"]),
            )

    def _is_sparse(self, plan: Plan, claim: Claim) -> bool:
        return happens(plan.sparse_myriad, self.seed, "sparse", plan.payer_id, claim.key)


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


def _day(received_at: str) -> str:
    return received_at[:10].replace("-", "")
