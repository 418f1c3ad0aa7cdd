"""I7: acknowledgements close what they are about; what waits has exactly one item, and no more.

Norms of the partners are data (`partners.csv`) and read as a file. An acknowledgement that is late
makes an item, never a second sending: that no claim went out twice is I6.
"""

# ruff: noqa: S608 - all of it is text of our own

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from services.audit.acks import Heard
from services.audit.cut import Cut
from services.audit.result import Doubts, Result

PARTNERS = Path(__file__).parents[1] / "gateway" / "partners.csv"
HOPS = {"TA1": "ta1_days", "999": "ack999_days", "277CA": "status_days"}
PATIENCE_S = 180.0  # real seconds in which the gateway looks for what is late


def check(cut: Cut, reference: Path | None, heard: Heard | None = None) -> Result:
    """Compare what waits with the items about it, and what was told with what the files say.

    Args:
        cut: The view; late is by the business clock of its settings.
        reference: A folder that may hold another ``partners.csv``.
        heard: What the topics tell of acknowledgements; none where they are not looked at.
    """
    doubts = Doubts()
    if heard is not None:
        heard.compare(doubts)
    own = reference / "partners.csv" if reference else PARTNERS
    norms = read_norms(own if own.is_file() else PARTNERS)
    count = {name: int(cut.conn.execute(text(q)).scalar_one()) for name, q in _COUNTS.items()}
    count["acknowledgements"] = heard.files if heard is not None else 0
    for sentence, query in _WRONG.items():
        doubts.add_all(sentence, map(str, cut.conn.execute(text(query)).scalars()))
    if cut.idle:
        for sentence, query in _MISSING.items():
            doubts.add_all(sentence, map(str, cut.conn.execute(text(query)).scalars()))
        late = set(_late(cut, norms))
        count["overdue"] = len(late)
        open_ = _open(cut, "acknowledgement_overdue")
        doubts.add_all("an acknowledgement is overdue and has no item", late - open_)
    return Result(
        "I7", "an acknowledgement closes what it is about; what waits has exactly one open item",
        count, doubts.violations(),
    )  # fmt: skip


def read_norms(path: Path) -> dict[str, dict[str, int]]:
    """Return by payer and hop within how many days an answer is expected."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row["payer_id"]: {hop: int(row[name]) for hop, name in HOPS.items() if row[name]}
            for row in csv.DictReader(file)
        }


def _late(cut: Cut, norms: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield file and hop of every acknowledgement that has been late for long enough to be seen."""
    clock = cut.settings.clock.current()
    seen_by = clock.now() - timedelta(seconds=PATIENCE_S * clock.scale)
    rows = cut.conn.execute(
        text(
            "select cast(interchange_id as text) as id, payer_id, sent_at, ta1, ack999,"
            " status_at from interchange where state = 'sent'"
        )
    )
    for row in rows:
        hops = norms.get(row.payer_id, {})
        heard = (row.ta1, row.ack999, row.status_at)
        for at, hop in enumerate(HOPS):
            answered = any(one is not None for one in heard[at:])  # a later hop proves it
            if hop in hops and not answered and _due(row.sent_at, hops[hop]) < seen_by:
                yield f"{row.id}/{hop}"


def _due(sent_at: datetime, days: int) -> datetime:
    return sent_at + timedelta(days=days)


def _open(cut: Cut, kind: str) -> set[str]:
    rows = cut.conn.execute(
        text("select subject from exchange_item where kind = :kind and state = 'open'"),
        {"kind": kind},
    )
    return set(rows.scalars())


def _without(kind: str, subject: str) -> str:
    return (
        "not exists (select from exchange_item e where e.state = 'open'"
        f" and e.kind = '{kind}' and e.subject = {subject})"
    )


_OCCURRENCE = "c.remittance_id::text || '/' || c.ordinal"
_COUNTS = {
    "files_sent": "select count(*) from interchange where state = 'sent'",
    "with_999": "select count(*) from interchange where ack999 is not null",
    "with_277CA": "select count(*) from interchange where status_at is not null",
    "items": "select count(*) from exchange_item",
    "open": "select count(*) from exchange_item where state = 'open'",
}
_WRONG = {
    "one thing has two open items": (
        "select subject from exchange_item where state = 'open'"
        " group by kind, subject having count(*) > 1"
    ),
    "an item is closed without a time or open with one": (
        "select item_id from exchange_item where (state = 'closed') <> (closed_at is not null)"
    ),
    "an item waits for an acknowledgement that has come": (
        "select e.item_id from exchange_item e join interchange i"
        " on i.interchange_id::text = split_part(e.subject, '/', 1)"
        " where e.state = 'open' and e.kind = 'acknowledgement_overdue' and"
        " case split_part(e.subject, '/', 2) when 'TA1' then coalesce(i.ta1, i.ack999,"
        " i.status_at::text) when '999' then coalesce(i.ack999, i.status_at::text)"
        " else i.status_at::text end is not null"
    ),
    "an item says that nothing is known of a file that was sent": (
        "select e.item_id from exchange_item e join interchange i"
        " on i.interchange_id::text = e.subject where e.state = 'open'"
        " and e.kind = 'delivery_unknown' and i.state = 'sent'"
    ),
    "an item is open though its occurrence left suspense": (
        "select e.item_id from exchange_item e join remittance_claim c"
        f" on e.subject = {_OCCURRENCE} where e.state = 'open' and c.matched"
    ),
}
_MISSING = {
    "an occurrence in suspense has no item": (
        f"select {_OCCURRENCE} from remittance_claim c where not c.matched"
        " and c.reason in ('unmatched', 'reversal', 'unbalanced') and not exists"
        " (select from exchange_item e where e.kind in ('claim_unmatched', 'claim_unbalanced',"
        f" 'reversal_unmatched') and e.subject = {_OCCURRENCE})"
    ),
    "a released remittance that differs has no item": (
        "select r.remittance_id from remittance r where r.difference_cents <> 0 and not exists"
        " (select from exchange_item e where e.kind = 'remittance_difference'"
        " and e.subject = r.remittance_id::text)"
    ),
    "a quarantined file has no item": (
        "select f.file_id from inbound_file f where f.state = 'quarantined' and not exists"
        " (select from exchange_item e join inbound_file g using (file_id)"
        " where e.kind = 'file_quarantined' and g.payer_id = f.payer_id and g.sha256 = f.sha256)"
    ),
    "a held file has no item": (
        "select f.file_id from inbound_file f where f.state = 'held' and not exists"
        " (select from exchange_item e join inbound_file g using (file_id)"
        " where e.kind = 'remittance_held' and g.payer_id = f.payer_id and g.sha256 = f.sha256)"
    ),
    "a file of which nothing is known has no item": (
        "select distinct i.interchange_id from interchange i join gateway_claim g"
        " using (interchange_id) where i.state = 'sending' and g.fact = 'uncertain' and "
        + _without("delivery_unknown", "i.interchange_id::text")
    ),
}
