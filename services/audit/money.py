"""I8 to I10: every 835 balances, every cent is posted once, every occurrence has its event.

From the stored files (unsealed), read by a reader of its own: what each occurrence of a claim must
have moved is worked out again and held against its postings, remittance by remittance, so that
memory is that of one file. What follows from the tables alone is in `ledger.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from services.audit import ledger, plain, remit
from services.audit.cut import Cut
from services.audit.facts import Decision, Facts
from services.audit.remit import Move, Occurrence, Remittance
from services.audit.result import Doubts, Result
from services.phi.keys import SiteKey
from services.phi.vault import unseal_bytes

PURPOSE = "inbound"


class Money:
    """Follows the money from the files to the postings and the events."""

    def __init__(self, cut: Cut, site: SiteKey, payees: Collection[str]) -> None:
        self._cut = cut
        self._site = site
        self._payees = payees
        self._balance, self._posted, self._once = Doubts(), Doubts(), Doubts()
        self._figures: Counter[str] = Counter()
        self._events = ledger.occurrences(cut.conn)
        self._matched: set[str] = set()
        self._waiting: list[Occurrence] = []
        self._seen = 0

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Hold the adjudicated events of one partition against the posted occurrences."""
        for one in facts.values():
            for sent in one.sent.values():
                for decision in sent.decisions.values():
                    self._event(sent.control_number, decision)

    def _event(self, control_number: str, decision: Decision) -> None:
        self._seen += 1
        row = self._events.pop((decision.remittance_id, decision.ordinal), None)
        if row is None:
            self._once.add("an adjudicated event has no posted occurrence", decision.event_id)
        elif row != (control_number, decision.charge_cents, decision.paid_cents):
            self._once.add("an adjudicated event says other money than was posted", control_number)

    def results(self) -> list[Result]:
        """Return what was found: I8, I9 and I10."""
        for row in self._stored():
            self._file(row)
        self._whole()
        figures = self._figures
        return [
            Result(
                "I8", "every posted 835 balances by line, claim and remittance, or two released it",
                {name: figures[name] for name in ("files", "remittances", "claims", "held",
                                                  "released")},
                self._balance.violations(),
            ),
            Result(
                "I9", "money is conserved: the postings are what the 835 files come to, of a "
                "remittance its payment, of a claim its charge",
                {name: figures[name] for name in (
                    "posted", "postings", "bpr02_cents", "cash_cents", "charged_cents",
                    "open_cents", "suspense_cents", "reversals", "provider_level")},
                self._posted.violations(),
            ),
            Result(
                "I10", "a payment is posted once, and every occurrence has its event",
                {"events": self._seen, "occurrences": figures["occurrences"],
                 "suspense": figures["suspense"]},
                self._once.violations(),
            ),
        ]  # fmt: skip

    def _stored(self) -> Iterator[Any]:
        yield from self._cut.conn.execution_options(yield_per=20).execute(
            text(
                "select cast(file_id as text) as file_id, payer_id, sha256, content, state"
                " from inbound_file where state in ('posted', 'duplicate', 'released')"
                " and kind in ('835', 'mixed') and content is not null"
            )
        )

    def _file(self, row: Any) -> None:
        """Hold the sets of a stored file against what was posted of them."""
        about = f"{row.payer_id}|{bytes(row.sha256).hex()}"
        try:
            content = unseal_bytes(self._site, PURPOSE, bytes(row.content), about)
            remittances = remit.read(content)
        except (InvalidTag, plain.Unreadable):
            self._balance.add("a posted file cannot be read again", row.file_id)
            return
        self._figures["files"] += 1
        for one in remittances:
            self._figures["remittances"] += 1
            self._figures["claims"] += len(one.claims)
            if row.state != "released":
                for level in one.unbalanced():
                    self._balance.add(f"a posted 835 does not balance by {level}", row.file_id)
            self._remittance(row.file_id, one)

    def _remittance(self, file_id: str, one: Remittance) -> None:
        """Hold one set against the remittance that was posted of it, in whatever envelope."""
        found = ledger.posted(self._cut.conn, one.key)
        same = [r for r in found if ledger.content(self._cut.conn, r.id) == one.content]
        if not same:
            sentence = "a remittance was posted with other claims or money"
            self._posted.add(
                sentence if found else "a remittance of a posted file was not posted", file_id
            )
            return
        for row in same:
            if row.id in self._matched:
                continue
            self._matched.add(row.id)
            self._figures["bpr02_cents"] += one.paid
            self._figures["provider_level"] += len(one.plb)
            for sentence in self._differences(row, one):
                self._posted.add(sentence, row.id)

    def _differences(self, row: Any, one: Remittance) -> Iterator[str]:
        """Yield what of a posted remittance is not what its file comes to."""
        if row.difference_cents != one.difference:
            yield "the difference of a released remittance is not what its file lacks"
        known = ledger.flags(self._cut.conn, row.id)
        expected: Counter[tuple[int, Move]] = Counter()
        for reason, cents in one.plb:
            expected[0, ("", remit.provider_account(reason), "cash", reason)] += cents
        expected[0, ("", "cash", "suspense", "difference")] += one.difference
        for claim in one.claims:
            flag = known[claim.ordinal]
            yield from self._judged(claim, flag, one.payee)
            moves = claim.moves
            if not flag.matched:
                moves = frozenset({(("", "cash", "suspense", flag.reason), claim.paid)})
            for move, cents in moves:
                expected[claim.ordinal, move] += cents
        wanted = {place: cents for place, cents in expected.items() if cents}
        booked = ledger.moves(self._cut.conn, row.id)
        for level, which in (("provider level", lambda n: n == 0), ("a claim", lambda n: n > 0)):
            if _only(wanted, which) != _only(booked, which):
                yield f"the postings of {level} are not what the 835 says"

    def _judged(self, claim: Occurrence, flag: Any, payee: str) -> Iterator[str]:
        """Yield what is wrong with the place an occurrence was given: its claim, or suspense."""
        balances, reversal = all(claim.balances), claim.status == remit.REVERSAL
        foreign = payee not in self._payees
        if flag.matched:
            if foreign or not balances or not flag.ours:
                yield "an occurrence was posted to a claim though it belongs in suspense"
            if reversal and flag.reverses_id is None:
                yield "a reversal was posted that undoes nothing"
            return
        fits = {
            "payee": foreign, "unbalanced": not balances, "reversal": reversal,
            "unmatched": not flag.ours or not self._cut.idle,
        }  # fmt: skip
        if not fits.get(flag.reason, False):
            yield "an occurrence is in suspense without its reason"
        if flag.reason == "reversal":
            self._waiting.append(claim)

    def _whole(self) -> None:
        """Check what holds of all remittances together."""
        conn, figures = self._cut.conn, self._figures
        figures.update(ledger.figures(conn))
        for sentence, ids in ledger.contradictions(conn, idle=self._cut.idle):
            where = self._balance if "release" in sentence else self._posted
            where.add_all(sentence, ids)
        unread = set(ledger.remittance_ids(conn)) - self._matched
        self._once.add_all("a remittance was posted that no stored file holds", unread)
        if figures["cash_cents"] != figures["bpr02_cents"]:
            self._posted.add("the cash of the ledger is not the sum of BPR02 of the files")
        if self._cut.idle:
            for claim in self._waiting:
                if remit.negated(claim.moves) in ledger.not_undone(conn, claim.control_number):
                    self._posted.add(
                        "a reversal is in suspense though what it undoes is posted",
                        claim.control_number,
                    )
            missing = (f"{rid} {ordinal}" for rid, ordinal in self._events)
            self._once.add_all("a posted occurrence has no adjudicated event", missing)


def _only(moves: Mapping[tuple[int, Move], int], which: Any) -> dict[tuple[int, Move], int]:
    return {place: cents for place, cents in moves.items() if which(place[0])}
