"""I8 to I10: every 835 balances, every cent is posted once, every occurrence has its event.

From the stored files (unsealed), read by a reader of its own; then the tables and the topic are
held against them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from services.audit import remit
from services.audit.cut import Cut
from services.audit.facts import Decision, Facts
from services.audit.result import Doubts, Result
from services.phi.keys import SiteKey
from services.phi.vault import unseal_bytes

PURPOSE = "inbound"


class Money:
    """Follows the money from the files to the postings and the events."""

    def __init__(self, cut: Cut, site: SiteKey) -> None:
        self._cut = cut
        self._site = site
        self._balance, self._posted, self._once = Doubts(), Doubts(), Doubts()
        self._figures: Counter[str] = Counter()
        self._events = _expected(cut)
        self._seen = 0
        self._charged = 0

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
            return
        said = (control_number, decision.charge_cents, decision.paid_cents)
        if row[:3] != said:
            self._once.add("an adjudicated event says other money than was posted", control_number)

    def results(self) -> list[Result]:
        """Return what was found: I8, I9 and I10."""
        self._files()
        self._postings()
        if self._cut.idle:
            missing = (f"{rid} {ordinal}" for rid, ordinal in self._events)
            self._once.add_all("a posted occurrence has no adjudicated event", missing)
        figures = self._figures
        return [
            Result(
                "I8", "every posted 835 balances by line, claim and remittance",
                {"files": figures["files"], "remittances": figures["remittances"],
                 "claims": figures["claims"], "held": figures["held"]},
                self._balance.violations(),
            ),
            Result(
                "I9", "money is conserved: postings of a remittance are its payment, of a claim "
                "its charge",
                {"remittances": figures["posted"], "postings": figures["postings"],
                 "paid_cents": figures["paid_cents"]},
                self._posted.violations(),
            ),
            Result(
                "I10", "a payment is posted once, and every occurrence has its event",
                {"events": self._seen, "occurrences": figures["occurrences"],
                 "suspense": figures["suspense"]},
                self._once.violations(),
            ),
        ]  # fmt: skip

    def _files(self) -> None:
        """Read every stored 835 and hold its sets against the posted remittances."""
        for row in self._stored():
            about = f"{row.payer_id}|{bytes(row.sha256).hex()}"
            try:
                content = unseal_bytes(self._site, PURPOSE, bytes(row.content), about)
                remittances = remit.read(content)
            except (InvalidTag, remit.Unreadable):
                self._balance.add("a posted file cannot be read again", row.file_id)
                continue
            self._figures["files"] += 1
            for one in remittances:
                self._figures["remittances"] += 1
                self._figures["claims"] += len(one.claims)
                for level in one.unbalanced():
                    self._balance.add(f"a posted 835 does not balance by {level}", row.file_id)
            self._compare(row.file_id, remittances)

    def _stored(self) -> Iterator[Any]:
        yield from self._cut.conn.execution_options(yield_per=50).execute(
            text(
                "select cast(file_id as text) as file_id, payer_id, sha256, content"
                " from inbound_file where state = 'posted' and kind in ('835', 'mixed')"
                " and content is not null"
            )
        )

    def _compare(self, file_id: str, remittances: list[remit.Remittance]) -> None:
        """Every set of a posted file is a remittance with the same money, posted from any file."""
        for one in remittances:
            found = self._cut.conn.execute(
                text(
                    "select cast(r.remittance_id as text) as id, count(c.ordinal) as claims,"
                    " coalesce(sum(c.charge_cents), 0) as charge,"
                    " coalesce(sum(c.paid_cents), 0) as paid from remittance r"
                    " left join remittance_claim c using (remittance_id)"
                    " where r.payer_key = :key and r.trace = :trace and r.paid_cents = :paid"
                    " and r.payee_npi = :payee and to_char(r.paid_on, 'YYYYMMDD') = :on"
                    " group by r.remittance_id"
                ),
                {
                    "key": one.payer_key,
                    "trace": one.trace,
                    "paid": one.paid,
                    "payee": one.payee,
                    "on": one.paid_on,
                },
            ).all()
            said = (
                len(one.claims),
                sum(c.charge for c in one.claims),
                sum(c.paid for c in one.claims),
            )
            if not found:
                self._posted.add("a remittance of a posted file was not posted", file_id)
            elif said not in [(r.claims, r.charge, r.paid) for r in found]:
                self._posted.add("a remittance was posted with other claims or money", found[0].id)

    def _postings(self) -> None:
        ask = self._cut.conn.execute
        for column, query in _COUNTS.items():
            self._figures[column] = int(ask(text(query)).scalar_one() or 0)
        for sentence, query in _CONTRADICTIONS.items():
            self._posted.add_all(sentence, map(str, ask(text(query)).scalars()))


def _expected(cut: Cut) -> dict[tuple[str, int], tuple[str, int, int]]:
    """Return every posted occurrence of a claim of ours, by remittance and ordinal."""
    rows = cut.conn.execution_options(yield_per=5000).execute(
        text(
            "select cast(remittance_id as text) as id, ordinal, control_number, charge_cents,"
            " paid_cents from remittance_claim where matched"
        )
    )
    return {(r.id, r.ordinal): (r.control_number, r.charge_cents, r.paid_cents) for r in rows}


_CASH = (
    "select remittance_id, sum(case when debit = 'cash' then amount_cents else 0 end)"
    " - sum(case when credit = 'cash' then amount_cents else 0 end) as cents"
    " from posting group by remittance_id"
)
_RECEIVABLE = (
    "select remittance_id, ordinal,"
    " sum(case when credit = 'receivable' then amount_cents else -amount_cents end) as cents"
    " from posting where 'receivable' in (credit, debit) group by remittance_id, ordinal"
)
_COUNTS = {
    "posted": "select count(*) from remittance",
    "paid_cents": "select sum(paid_cents) from remittance",
    "postings": "select count(*) from posting",
    "occurrences": "select count(*) from remittance_claim",
    "suspense": "select count(*) from remittance_claim where not matched",
    "held": "select count(*) from inbound_file where state = 'held'",
}
_CONTRADICTIONS = {
    "the postings of a remittance are not what it paid": (
        f"select r.remittance_id from remittance r left join ({_CASH}) p using (remittance_id)"  # noqa: S608 - our own text
        " where coalesce(p.cents, 0) <> r.paid_cents"
    ),
    "what was taken off a claim's balance is not what the occurrence charged": (
        f"select c.control_number from remittance_claim c left join ({_RECEIVABLE}) p"  # noqa: S608
        " using (remittance_id, ordinal)"
        " where c.matched and coalesce(p.cents, 0) <> c.charge_cents"
    ),
    "paid, adjusted, patient share and open balance of a claim are not its charge": (
        "select g.control_number from gateway_claim g join ("
        " select c.control_number, sum(c.charge_cents) as taken from remittance_claim c"
        " where c.matched group by c.control_number) t using (control_number)"
        " where t.taken not in (0, g.charge_cents)"
    ),
    "a reversal undoes money that was never posted": (
        "select control_number from remittance_claim where matched"
        " group by control_number having sum(paid_cents) < 0"
    ),
    "the count of occurrences of a remittance is not what it says": (
        "select r.remittance_id from remittance r left join remittance_claim c"
        " using (remittance_id) group by r.remittance_id, r.claims"
        " having count(c.ordinal) <> r.claims"
    ),
}
