"""Dead letters: what there is, what one holds, and putting a record back on its topic.

A record goes back as the same bytes under the same key, through the outbox. Whoever took effect
of it before drops it by its id; for the consumer it died of, it is an ordinary record again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from schemas import ids, topics
from services.audit import cut, log
from services.clock import real_now
from services.db import bulk
from services.db.tables.audit import DEAD_DISPOSITION
from services.db.tables.delivery import OUTBOX
from services.delivery import dead, outbox
from services.delivery.publish import Publisher
from services.phi.keys import SiteKey
from services.settings import Settings

PRODUCER = "redrive"


class NotRedrivable(Exception):  # noqa: N818 - says what happened
    """A record cannot be put back as it is; one line."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and what became of it.

    Attributes:
        consumer: Who could not process the record.
        coordinates: ``topic/partition/offset`` of the record.
        reason: Why, from a closed set.
        at: When the letter was written.
        sealed_bytes: Size of the sealed record.
        disposition: ``open``, ``replayed`` or ``discarded``.
        times: How often it was put back or given up.
    """

    consumer: str
    coordinates: str
    reason: str
    at: datetime
    sealed_bytes: int
    disposition: str
    times: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {**asdict(self), "at": self.at.isoformat()}


def letters(
    settings: Settings, engine: Engine, consumer: str = "", coordinates: str = ""
) -> list[tuple[Letter, dead.DeadLetter]]:
    """Return the dead letters on the topics, oldest first, each once."""
    with engine.connect() as conn:
        known = dispositions(conn)
    found: dict[tuple[str, str], tuple[Letter, dead.DeadLetter]] = {}
    for topic in topics.DEAD:
        if consumer and topic.writer != consumer:
            continue
        for entry in log.read(settings, {}, cut.ends_of(settings, topic)):
            one = dead.read(entry.value or b"")
            pair = (one.consumer, one.coordinates)
            if pair in found or (coordinates and one.coordinates != coordinates):
                continue
            outcome, times = known.get(pair, ("open", 0))
            size = len(one.sealed)
            letter = Letter(*pair, one.reason, entry.at, size, outcome, times)
            found[pair] = (letter, one)
    return sorted(found.values(), key=lambda pair: (pair[0].at, pair[0].coordinates))


def dispositions(conn: Connection) -> dict[tuple[str, str], tuple[str, int]]:
    """Return the latest outcome of each letter and how many it had."""
    rows = conn.execute(
        text("select consumer, coordinates, n, outcome from dead_disposition order by n")
    )
    return {(r.consumer, r.coordinates): (r.outcome, r.n + 1) for r in rows}


def redrive(
    engine: Engine,
    publisher: Publisher,
    site: SiteKey,
    chosen: Sequence[tuple[Letter, dead.DeadLetter]],
    by: str,
) -> int:
    """Put records back on their topics; return how many.

    Raises:
        NotRedrivable: one has no key or no value; nothing was put back.
        kafka.errors.KafkaError: not all were published; the next redrive relays the rest.
    """
    rows = [_row(site, letter, sealed) for letter, sealed in chosen]
    with engine.begin() as conn:
        bulk.insert(conn, OUTBOX, rows, conflict="nothing")
        _settle(conn, [one for one, _ in chosen], "replayed", by, "")
    while outbox.relay(engine, PRODUCER, publisher):
        pass
    return len(rows)


def discard(engine: Engine, chosen: Iterable[Letter], by: str, reason: str) -> int:
    """Note that letters are given up, by whom and why; return how many."""
    chosen = list(chosen)
    with engine.begin() as conn:
        _settle(conn, chosen, "discarded", by, reason)
    return len(chosen)


def _settle(conn: Connection, chosen: Sequence[Letter], outcome: str, by: str, reason: str) -> None:
    rows = [
        {
            "consumer": one.consumer, "coordinates": one.coordinates, "n": one.times,
            "outcome": outcome, "by": by, "reason": reason, "at": real_now(),
            "outbox_id": _outbox_id(one) if outcome == "replayed" else None,
        }
        for one in chosen
    ]  # fmt: skip
    bulk.insert(conn, DEAD_DISPOSITION, rows, conflict="nothing")


def _row(site: SiteKey, letter: Letter, sealed: dead.DeadLetter) -> dict[str, object]:
    key, value = dead.unseal(site, sealed)
    if not value or not key or not _plain(key):
        raise NotRedrivable(
            f"{letter.coordinates} cannot go back to its topic: it has no usable key or no value; "
            "discard it"
        )
    return {
        "event_id": _outbox_id(letter),
        "producer": PRODUCER,
        "cause_id": None,
        "ordinal": 0,
        "topic": letter.coordinates.split("/", 1)[0],
        "key": key.decode(),
        "value": value,
        "pending": True,
    }


def _outbox_id(letter: Letter) -> str:
    return ids.derive(PRODUCER, letter.consumer, letter.coordinates, letter.times)


def _plain(key: bytes) -> bool:
    try:
        return "\x00" not in key.decode()
    except UnicodeDecodeError:
        return False
