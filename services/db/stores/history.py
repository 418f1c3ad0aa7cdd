"""The stored history of coded versions: what was coded, what was found, what the payer decided."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Adjudicated, Coded, Validated
from services.claims import lifecycle
from services.claims.history import History
from services.claims.replay import Past
from services.db.stores import billed

BATCH = 500
_CODINGS = text(
    "select encounter_id, event from coding where encounter_id = any(:ids)"
    " order by encounter_id, version"
)
_TOLD = text(
    "select topic, value from timeline where encounter_id = any(:ids) and topic = any(:topics)"
)
_UNDECIDED = text(
    "select c.event, v.state = :sent as sent from claim_version v"
    " join coding c on c.encounter_id = v.encounter_id and c.version = v.version"
    " where v.state <> all(:done) and (v.state <> :sent or exists (select from submission s"
    " where s.encounter_id = v.encounter_id and s.version = v.version and s.state = :open))"
    " and not exists (select from claim_version later where later.encounter_id = v.encounter_id"
    " and later.version > v.version) order by v.encounter_id"
)
_READ = [topics.VALIDATED.name, topics.ADJUDICATED.name]


def versions(conn: Connection) -> Iterator[Past]:
    """Yield every coded version, by encounter, with what is known of it."""
    ids = conn.execute(
        text("select distinct encounter_id from coding order by encounter_id")
    ).scalars().all()
    for first in range(0, len(ids), BATCH):
        yield from _of(conn, ids[first:first + BATCH])


def _of(conn: Connection, ids: Sequence[str]) -> Iterator[Past]:
    found: dict[tuple[str, int], Validated] = {}
    decisions: dict[tuple[str, int], list[Adjudicated]] = defaultdict(list)
    for row in conn.execute(_TOLD, {"ids": list(ids), "topics": _READ}):
        event: Any = codec.decode(row.topic, bytes(row.value))
        key = (event.encounter_id, event.version)
        if isinstance(event, Adjudicated):
            decisions[key].append(event)
        else:
            found[key] = event
    codings: list[Coded] = [
        codec.decode(topics.CODED.name, bytes(row.event))
        for row in conn.execute(_CODINGS, {"ids": list(ids)})
    ]
    known = billed.read(conn, codings)
    for coded in codings:
        key = (coded.encounter_id, coded.version)
        beside = known[billed.patient(coded)].history(coded)
        yield Past(coded, found.get(key), tuple(decisions[key]), beside)


def unsent(conn: Connection) -> Iterator[Past]:
    """Yield the latest version of each encounter that is not sent, with what was said of it."""
    yield from _latest(conn, sent=False)


def outstanding(conn: Connection) -> Iterator[Past]:
    """Yield the latest version of each encounter that is sent and not decided."""
    yield from _latest(conn, sent=True)


def _latest(conn: Connection, *, sent: bool) -> Iterator[Past]:
    ids = [coded.encounter_id for coded, out in undecided(conn) if out == sent]
    for first in range(0, len(ids), BATCH):
        latest = {past.coded.encounter_id: past for past in _of(conn, ids[first:first + BATCH])}
        yield from latest.values()


def undecided(conn: Connection) -> Iterator[tuple[Coded, bool]]:
    """Yield the latest version of each encounter that is not sent, or is sent and undecided.

    The second value says whether it was sent.
    """
    told = {
        "done": [lifecycle.SUPERSEDED, lifecycle.NOTHING_TO_VOID], "sent": lifecycle.SENT,
        "open": lifecycle.OPEN,
    }
    for row in conn.execute(_UNDECIDED, told):
        yield codec.decode(topics.CODED.name, bytes(row.event)), row.sent


def unpaid(conn: Connection) -> Iterator[tuple[Coded, bool, History]]:
    """Yield what `undecided` does, and what is known of each patient's encounters."""
    found = undecided(conn)
    while some := list(islice(found, BATCH)):
        known = billed.read(conn, [coded for coded, _ in some])
        for coded, sent in some:
            yield coded, sent, known[billed.patient(coded)].history(coded)
