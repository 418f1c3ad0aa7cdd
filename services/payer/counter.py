"""One claim of a file at the payer's counter: refused at the front door, or let in and decided.

Decisions are made here and given later: what is due is written down for the `cashier`.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from sqlite3 import Row

from services.payer.acknowledgements import Entry
from services.payer.adjudicate import History, adjudicate
from services.payer.chance import roll
from services.payer.claim import Claim
from services.payer.decision import Decision
from services.payer.due import DECISION, SECOND_PART, Due, Given, Ledger
from services.payer.frontdoor import Known, refuse
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.mailroom import stamp
from services.payer.memory import pack, unpack_decision
from services.payer.plan import Plan

_REVIEWED = "necessity"

_GIVEN = """
select claim_id, kind, payer_claim_number, decision, remittance from due
where claim_id = ? and content is null and kind <> 'collect' and cancelled = 0 order by due_id
"""
# what an answer to a replaced claim was still to say is not said; what it put off is collected
_GIVE_UP = """
update due set cancelled = 1
where claim_id = ?1 and content is null and remittance is null and cancelled = 0
  and (kind <> 'collect' or exists (
    select 1 from due r where r.claim_id = ?1 and r.kind = 'reversal' and r.remittance is null
      and r.content is null and r.payer_claim_number = due.payer_claim_number))
"""


@dataclass(frozen=True, slots=True)
class _Previous:
    """The decided claim that a 7 or 8 names."""

    claim_id: int
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class Counter:
    """Takes one claim after another, inside a transaction of the journal."""

    journal: Journal
    habits: Habits

    def take(self, plan: Plan, claim: Claim, at: datetime, row: dict[str, object]) -> Entry:
        """Journal a claim and what follows from it; return what a 277CA says of it.

        Args:
            plan: The payer.
            claim: The claim.
            at: When it came.
            row: Its place, as the journal's columns.
        """
        earlier = self._earlier(plan, claim)
        previous = self._previous(plan, claim)
        known = Known(
            number_known=previous is not None,
            refused_before=any(r["outcome"] == "refused" for r in earlier),
            reviewed=previous is not None and previous.reason == _REVIEWED,
        )
        statuses = refuse(claim, plan, known, self.habits.tables, self.habits.seed)
        if statuses:
            text = " ".join(f"{s.category}:{s.code}:{s.entity}:{s.line}" for s in statuses)
            self.journal.add("claim", **(row | {"outcome": "refused", "statuses": text}))
            return Entry(claim, (), statuses)
        number = self._number(plan, claim)
        history = self._history(earlier, previous, at)
        decide_at = at + self._delay(plan, claim, history)
        row |= {
            "outcome": "accepted", "payer_claim_number": number, "attempt": history.attempt,
            "decide_at": stamp(decide_at),
            "replaces": None if previous is None else previous.claim_id, "reason": "void",
        }  # fmt: skip
        decision = None
        if claim.frequency != "8":
            decision = adjudicate(claim, history, plan, self.habits)
            row |= _decided(decision)
        claim_id = self.journal.add("claim", **row)
        given = [] if previous is None else self._replace(previous, claim_id)
        ledger = Ledger(plan, self.habits)
        dues = list(ledger.of(claim, decision, number, decide_at, given))
        self._note(plan, claim_id, str(row["payee"]), dues)
        if decision is None:
            return Entry(claim, ((number, claim.total_cents),), ())
        parts = ledger.parts(claim, decision, number)
        return Entry(claim, tuple((own, part.charge_cents) for own, part in parts), ())

    def _history(self, earlier: Sequence[Row], previous: _Previous | None, at: datetime) -> History:
        history = History(received_on=at.date())
        if previous is not None:
            return replace(history, attempt=previous.attempt + 1, reason=previous.reason)
        past = [r for r in earlier if r["outcome"] == "accepted"]
        if not past:
            return history
        return replace(
            history,
            duplicate=any(r["standing"] == "live" for r in past),
            attempt=sum(r["reason"] != "duplicate" for r in past),
            reason=past[-1]["reason"],
        )

    def _earlier(self, plan: Plan, claim: Claim) -> list[Row]:
        rows = self.journal.rows(
            "select outcome, standing, reason, line_ids from claim "
            "where payer_id = ? and claim_key = ? order by claim_id",
            plan.payer_id,
            claim.key,
        )
        return [row for row in rows if _same_services(claim, row["line_ids"])]

    def _previous(self, plan: Plan, claim: Claim) -> _Previous | None:
        if claim.frequency not in ("7", "8") or not claim.payer_claim_number:
            return None
        row = self.journal.one(
            "select claim_id, attempt, reason from claim where payer_id = ? "
            "and payer_claim_number = ? and remittance is not null and replaced_by is null "
            "and standing in ('live', 'unidentified') and payee like '%|' || ?",
            plan.payer_id,
            claim.payer_claim_number.removesuffix(SECOND_PART),
            claim.billing_npi,
        )
        return _Previous(row["claim_id"], row["attempt"], row["reason"]) if row else None

    def _replace(self, previous: _Previous, claim_id: int) -> list[Given]:
        """Let a claim take another's place; return what was given on that one and still stands."""
        standing: dict[str, Given] = {}
        for row in self.journal.rows(_GIVEN, previous.claim_id):
            number = row["payer_claim_number"]
            if row["remittance"] is None:
                continue
            standing.pop(number, None)
            if row["kind"] == DECISION:
                decision = unpack_decision(row["decision"])
                standing[number] = Given(claim_id=row["claim_id"], number=number, decision=decision)
        self.journal.change(_GIVE_UP, [(previous.claim_id,)])
        self.journal.change(
            "update claim set replaced_by = ?, standing = 'replaced' where claim_id = ?",
            [(claim_id, previous.claim_id)],
        )
        return list(standing.values())

    def _note(self, plan: Plan, claim_id: int, payee: str, dues: Sequence[Due]) -> None:
        self.journal.change(
            "insert into due (payer_id, payee, series, claim_id, kind, payer_claim_number, "
            "content, decision, provider_cents, due_at, settles) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    plan.payer_id, payee, due.series, due.claim_id or claim_id, due.kind,
                    due.number, pack(due.claim) if due.claim else None,
                    pack(due.decision) if due.decision else None, due.provider_cents,
                    stamp(due.at), claim_id if due.settles else None,
                )
                for due in dues
            ],
        )  # fmt: skip

    def _number(self, plan: Plan, claim: Claim) -> str:
        before = self.journal.one(
            "select count(*) from claim where payer_id = ? and control_number = ? "
            "and payer_claim_number <> ''",
            plan.payer_id,
            claim.control_number,
        )
        about = f"{plan.payer_id}|{claim.control_number}|{before[0] if before else 0}"
        digest = hmac.digest(self.habits.seed, f"claim number|{about}".encode(), "sha256")
        return base64.b32encode(digest[:10]).decode("ascii")[:15]

    def _delay(self, plan: Plan, claim: Claim, history: History) -> timedelta:
        span = (plan.days_to - plan.days_from) * 24
        about = (plan.payer_id, claim.key, claim.frequency, str(history.attempt))
        hours = roll(self.habits.seed, "delay", *about) % max(span, 1)
        return timedelta(days=plan.days_from, hours=hours)


def _same_services(claim: Claim, line_ids: str) -> bool:
    """Say whether two claims with one key bill the same services, not two visits of one day.

    The provider numbers its lines (REF*6R), and keeps the number when it bills a line again.
    """
    ours, theirs = {line.line_id for line in claim.lines}, set(line_ids.split())
    return not theirs or not all(ours) or bool(ours & theirs)


def _decided(decision: Decision) -> dict[str, object]:
    standing = "live"
    if decision.unprocessable or decision.reason == "duplicate":
        standing = "none"
    elif decision.status == "4":
        standing = "unidentified"
    return {
        "decision": pack(decision),
        "reason": decision.reason,
        "standing": standing,
        "charge_cents": decision.charge_cents,
        "paid_cents": decision.paid_cents,
        "patient_cents": decision.patient_cents,
    }
