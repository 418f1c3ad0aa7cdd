"""One received file, read and answered: everything it causes is one transaction of the journal.

unreadable | TA1 refuses the file | 999 refuses a set | 277CA refuses a claim | decided
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from services.payer.acknowledgements import Entry, Verdict, claim_status, syntax, ta1
from services.payer.counter import Counter
from services.payer.envelope import Head
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.mailroom import Letter, Mailroom, stamp
from services.payer.memory import pack
from services.payer.plan import Plan
from services.payer.reading import Group, Interchange, Set, read
from services.payer.syntax import judge

SYNTAX_AFTER = timedelta(hours=1)
STATUS_AFTER = timedelta(days=1)
DUPLICATE_INTERCHANGE = "025"
NOT_TAKEN = "2"  # AK905: this version of the guide is not supported here


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


class Desk:
    """Takes files in for every plan."""

    def __init__(self, journal: Journal, habits: Habits, whole_map: bool = False) -> None:
        """Open the desk.

        Args:
            journal: The payer's memory.
            habits: Its rules, chance and ways.
            whole_map: Validate every file against the whole guide, not only suspect ones.
        """
        self.journal = journal
        self._habits = habits
        self._whole_map = whole_map
        self._counter = Counter(journal, habits)
        self._mailroom = Mailroom(journal, habits)

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
        letter = Letter("TA1", ta1(head, found, code), (str(file_id),), file_id)
        self._mailroom.post(plan, head, letter)
        return outcome

    def _sets(self, plan: Plan, receipt: Receipt, found: Interchange) -> str:
        for group in found.groups:
            if group.claims and group.claims not in plan.claims:
                group.errors.append(NOT_TAKEN)
        verdicts = judge(receipt.content, found, self._whole_map)
        if any(group.errors for group in found.groups):
            verdicts = [Verdict("R", v.rows, v.errors) for v in verdicts]
        taken = sum(verdict.code != "R" for verdict in verdicts)
        outcome = "partly" if taken else "refused_999"
        if verdicts and taken == len(verdicts):
            outcome = "accepted"
        silent = outcome == "accepted" and self._habits.has(
            "missing_999", plan, found.sender, found.control
        )
        file_id = self._file(plan, receipt, found, outcome, "no 999" if silent else "")
        rest = iter(verdicts)
        for group in found.groups:
            own = [next(rest) for _ in group.sets]
            if not silent:
                head = self._head(plan, found, group, receipt.at + SYNTAX_AFTER)
                content = syntax(head, group, own)
                self._answer(plan, head, found, group, Letter("999", content, (), file_id))
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
            content = claim_status(head, plan, good)
            self._answer(plan, head, found, group, Letter("277CA", content, (), file_id))

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
            if taken:
                yield self._counter.take(plan, claim, receipt.at, row)
            else:
                self.journal.add("claim", **row, outcome="refused_999")

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

    def _answer(
        self, plan: Plan, head: Head, found: Interchange, group: Group, letter: Letter
    ) -> None:
        about = (found.sender, found.control, group.control)
        self._mailroom.post(plan, head, replace(letter, about=about))
