"""One received file, read and answered: everything it causes is one transaction of the journal.

    unreadable | TA1 refuses the file | 999 refuses a set | 277CA refuses a claim | decided

Decisions are made here and given later: `cashier` puts them into remittances when they are due.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from sqlite3 import Row

import orjson

from services.payer.acknowledgements import Entry, Verdict, claim_status, syntax, ta1
from services.payer.adjudicate import History, adjudicate
from services.payer.chance import roll
from services.payer.claim import Claim, Decision
from services.payer.envelope import Head
from services.payer.frontdoor import Known, refuse
from services.payer.journal import Journal
from services.payer.memory import pack
from services.payer.reading import Group, Interchange, Set, read
from services.payer.syntax import judge
from services.payer.tables import Plan, Tables

SYNTAX_AFTER = timedelta(hours=1)
STATUS_AFTER = timedelta(days=1)
DUPLICATE_INTERCHANGE = "025"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file as it lay in the drop folder.

    Attributes:
        name: Its name there.
        stored_as: Its name in the folder of received files.
        content: Its bytes.
        at: Business time of receipt.
    """

    name: str
    stored_as: str
    content: bytes
    at: datetime

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes files in for every plan.

    Attributes:
        journal: The payer's memory.
        tables: Its rules.
        seed: Its chance.
        whole_map: Validate every file against the whole guide, not only suspect ones.
    """

    journal: Journal
    tables: Tables
    seed: bytes
    whole_map: bool = False

    def take(self, plan: Plan, receipt: Receipt) -> str:
        """Journal a file with all it causes; return its outcome.

        Outcomes: accepted, partly, refused_999, refused_ta1, duplicate, unreadable.
        """
        found = read(receipt.content)
        with self.journal.transaction():
            if found is None:
                self._file(plan, receipt, Interchange(), "unreadable", "")
                return "unreadable"
            if self._is_duplicate(plan, found):
                return self._refuse(plan, receipt, found, "duplicate", DUPLICATE_INTERCHANGE)
            if found.errors:
                return self._refuse(plan, receipt, found, "refused_ta1", found.errors[0])
            return self._sets(plan, receipt, found)

    def _is_duplicate(self, plan: Plan, found: Interchange) -> bool:
        statement = (
            "select 1 from file where payer_id = ? and isa06 = ? and isa13 = ? "
            "and outcome in ('accepted', 'partly', 'refused_999')"
        )
        return bool(self.journal.one(statement, plan.payer_id, found.sender, found.control))

    def _refuse(
        self, plan: Plan, receipt: Receipt, found: Interchange, outcome: str, code: str
    ) -> str:
        file_id = self._file(plan, receipt, found, outcome, code)
        head = self._head(plan, found, None, receipt.at + SYNTAX_AFTER)
        self._answer(plan, head, "TA1", ta1(head, found, code), file_id)
        return outcome

    def _sets(self, plan: Plan, receipt: Receipt, found: Interchange) -> str:
        verdicts = judge(receipt.content, found, self.whole_map)
        if any(group.errors for group in found.groups):
            verdicts = [Verdict("R", v.rows, v.errors) for v in verdicts]
        taken = sum(verdict.code != "R" for verdict in verdicts)
        outcome = "partly" if taken else "refused_999"
        if verdicts and taken == len(verdicts):
            outcome = "accepted"
        file_id = self._file(plan, receipt, found, outcome, "")
        rest = iter(verdicts)
        for group in found.groups:
            own = [next(rest) for _ in group.sets]
            head = self._head(plan, found, group, receipt.at + SYNTAX_AFTER)
            self._answer(plan, head, "999", syntax(head, group, own), file_id)
            self._claims(plan, receipt, found, group, own, file_id)
        return outcome

    def _claims(
        self,
        plan: Plan,
        receipt: Receipt,
        found: Interchange,
        group: Group,
        verdicts: list[Verdict],
        file_id: int,
    ) -> None:
        good: list[tuple[Set, list[Entry]]] = []
        for one, verdict in zip(group.sets, verdicts, strict=True):
            place = {
                "file_id": file_id, "payer_id": plan.payer_id, "file_name": receipt.name,
                "sha256": receipt.sha256, "isa06": found.sender, "isa13": found.control,
                "gs06": group.control, "st02": one.control, "set_sha256": one.sha256,
                "received_at": stamp(receipt.at),
            }  # fmt: skip
            taken = verdict.code != "R"
            entries = list(self._entries(plan, receipt, one, place, taken))
            if taken:
                good.append((one, entries))
        if good:
            head = self._head(plan, found, group, receipt.at + STATUS_AFTER)
            self._answer(plan, head, "277CA", claim_status(head, plan, good), file_id)

    def _entries(
        self, plan: Plan, receipt: Receipt, one: Set, place: dict[str, object], taken: bool
    ) -> Iterator[Entry]:
        for ordinal, claim in enumerate(one.claims, 1):
            row = place | {
                "ordinal": ordinal, "control_number": claim.control_number,
                "frequency": claim.frequency, "payer_claim_number_f8": claim.payer_claim_number,
                "total_cents": claim.total_cents, "claim_key": claim.key, "content": pack(claim),
                "line_ids": " ".join(line.line_id for line in claim.lines),
                "payee": f"{place['isa06']}|{claim.billing_npi}", "statuses": "",
                "payer_claim_number": "", "reason": "", "standing": "none",
            }  # fmt: skip
            if not taken:
                self.journal.add("claim", **row, outcome="refused_999")
                continue
            yield self._one(plan, receipt, claim, row)

    def _one(self, plan: Plan, receipt: Receipt, claim: Claim, row: dict[str, object]) -> Entry:
        earlier = self._earlier(plan, claim)
        previous = self._previous(plan, claim)
        known = Known(previous is not None, any(r["outcome"] == "refused" for r in earlier))
        statuses = refuse(claim, plan, known, self.seed)
        if statuses:
            text = " ".join(f"{s.category}:{s.code}:{s.entity}:{s.line}" for s in statuses)
            self.journal.add("claim", **(row | {"outcome": "refused", "statuses": text}))
            return Entry(claim, "", statuses)
        number = self._number(plan, claim)
        history = History(received_on=receipt.at.date())
        if previous is not None:
            history = replace(history, attempt=previous[1] + 1, reason=previous[2])
        elif past := [r for r in earlier if r["outcome"] == "accepted"]:
            history = replace(
                history,
                duplicate=any(r["standing"] == "live" for r in past),
                attempt=sum(r["reason"] != "duplicate" for r in past),
                reason=past[-1]["reason"],
            )
        row |= {"outcome": "accepted", "payer_claim_number": number, "attempt": history.attempt}
        row["decide_at"] = stamp(receipt.at + self._delay(plan, claim, history))
        row["replaces"] = None if previous is None else previous[0]
        if claim.frequency == "8":
            row["reason"] = "void"
        else:
            decision = adjudicate(claim, history, plan, self.tables, self.seed)
            row |= _decided(decision)
        claim_id = self.journal.add("claim", **row)
        if previous is not None:
            self.journal.change(
                "update claim set replaced_by = ?, standing = 'replaced' where claim_id = ?",
                [(claim_id, previous[0])],
            )
        return Entry(claim, number, ())

    def _earlier(self, plan: Plan, claim: Claim) -> list[Row]:
        rows = self.journal.rows(
            "select outcome, standing, reason, line_ids from claim "
            "where payer_id = ? and claim_key = ? order by claim_id",
            plan.payer_id,
            claim.key,
        )
        return [row for row in rows if _same_services(claim, row["line_ids"])]

    def _previous(self, plan: Plan, claim: Claim) -> tuple[int, int, str] | None:
        if claim.frequency not in ("7", "8") or not claim.payer_claim_number:
            return None
        row = self.journal.one(
            "select claim_id, attempt, reason, claim_key from claim where payer_id = ? "
            "and payer_claim_number = ? and remittance is not null and replaced_by is null "
            "and standing in ('live', 'unidentified') and payee like '%|' || ?",
            plan.payer_id,
            claim.payer_claim_number,
            claim.billing_npi,
        )
        return (row["claim_id"], row["attempt"], row["reason"]) if row else None

    def _number(self, plan: Plan, claim: Claim) -> str:
        before = self.journal.one(
            "select count(*) from claim where payer_id = ? and control_number = ? "
            "and payer_claim_number <> ''",
            plan.payer_id,
            claim.control_number,
        )
        about = f"{plan.payer_id}|{claim.control_number}|{before[0] if before else 0}"
        digest = hmac.digest(self.seed, f"claim number|{about}".encode(), "sha256")
        return base64.b32encode(digest[:10]).decode("ascii")[:15]

    def _delay(self, plan: Plan, claim: Claim, history: History) -> timedelta:
        span = (plan.days_to - plan.days_from) * 24
        about = (plan.payer_id, claim.key, claim.frequency, str(history.attempt))
        hours = roll(self.seed, "delay", *about) % max(span, 1)
        return timedelta(days=plan.days_from, hours=hours)

    def _file(
        self, plan: Plan, receipt: Receipt, found: Interchange, outcome: str, note: str
    ) -> int:
        group = found.groups[0] if found.groups else None
        route = (
            found.receiver_qualifier, found.receiver, found.sender_qualifier, found.sender,
            group.receiver if group else found.receiver, group.sender if group else found.sender,
            found.usage,
        )  # fmt: skip
        return self.journal.add(
            "file", payer_id=plan.payer_id, file_name=receipt.name, stored_as=receipt.stored_as,
            sha256=receipt.sha256, size=len(receipt.content), isa06=found.sender,
            isa13=found.control, route=orjson.dumps(route).decode(),
            received_at=stamp(receipt.at), outcome=outcome, note=note,
        )  # fmt: skip

    def _head(self, plan: Plan, found: Interchange, group: Group | None, at: datetime) -> Head:
        return Head(
            sender_qualifier=found.receiver_qualifier,
            sender=found.receiver,
            receiver_qualifier=found.sender_qualifier,
            receiver=found.sender,
            group_sender=group.receiver if group else found.receiver,
            group_receiver=group.sender if group else found.sender,
            usage=found.usage,
            number=self.journal.next_number(plan.payer_id),
            at=at,
        )

    def _answer(self, plan: Plan, head: Head, kind: str, content: bytes, file_id: int) -> None:
        self.journal.answer(plan.payer_id, head, kind, content, file_id=file_id)


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


def stamp(at: datetime) -> str:
    """Return an instant as the journal writes it: sortable text, UTC."""
    return at.isoformat(timespec="microseconds")
