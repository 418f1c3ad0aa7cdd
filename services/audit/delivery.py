"""I2 to I4: every input settled once, every stored output on its topic, no id with two contents."""

import base64
import hashlib
import time
from collections.abc import Iterable, Iterator

import orjson
from sqlalchemy import Engine, text

from schemas import topics
from services.audit import cut as cuts
from services.audit import log
from services.audit.cut import Cut, Place, Range
from services.audit.result import Doubts, Result
from services.settings import Settings

LATE_S = 30.0
HASH_BYTES = 16
UNSETTLED = "offsets were committed and never settled"
COMPACTED = frozenset(topic.name for topic in topics.EVENTS if topic.compacted)


def check(settings: Settings, engine: Engine) -> list[Result]:
    """Return the results of I2, I3 and I4 on a cut of their own."""
    with cuts.take(settings, engine) as cut:
        return [coverage(cut), *contents(cut)]


def coverage(cut: Cut) -> Result:
    """I2: below the committed offset, every offset is in the ledger exactly once."""
    doubts = Doubts()
    offsets = 0
    for consumer, place in sorted(cut.pairs()):
        ranges = cut.ledger.get((consumer, place), ())
        committed = cut.committed.get((consumer, place), 0)
        where = f"{consumer} {place[0]}/{place[1]}"
        for text_, first, last in flaws(ranges, cut.starts.get(place, 0), committed):
            if place[0] in COMPACTED and text_ == UNSETTLED:
                continue  # the broker dropped what a later record of the key replaced
            doubts.add(text_, f"{where} {first}..{last}")
        if ranges and ranges[-1].last >= cut.ends[place]:
            doubts.add("the ledger knows offsets the topic does not have", where)
        offsets += sum(r.last - r.first + 1 for r in ranges)
    dead, letters = _dead(cut, doubts)
    return Result(
        "I2",
        "every input offset is done, duplicate or dead, once; dead ones have their letter",
        {"offsets": offsets, "partitions_read": len(cut.pairs()), "dead": dead, "letters": letters},
        doubts.violations(),
    )


def flaws(ranges: Iterable[Range], start: int, committed: int) -> Iterator[tuple[str, int, int]]:
    """Yield what is wrong with one partition's ranges: the sentence and the offsets.

    >>> list(flaws([Range(0, 4, "done"), Range(4, 6, "done")], 0, 9))
    [('offsets are in the ledger twice', 4, 4), ('offsets were committed and never settled', 7, 8)]
    """
    expected = start
    for one in ranges:
        if one.last < start:
            continue
        if one.first < expected and one.first >= start:
            yield "offsets are in the ledger twice", one.first, min(one.last, expected - 1)
        if one.first > expected and expected < committed:
            yield UNSETTLED, expected, one.first - 1
        expected = max(expected, one.last + 1)
    if expected < committed:
        yield UNSETTLED, expected, committed - 1


def _dead(cut: Cut, doubts: Doubts) -> tuple[int, int]:
    """Compare the dead outcomes of the ledger with the dead letters on the topics."""
    dead = {
        (consumer, f"{place[0]}/{place[1]}/{offset}"): (
            offset < cut.committed.get((consumer, place), 0)
        )
        for (consumer, place), ranges in cut.ledger.items()
        for r in ranges
        if r.outcome == "dead"
        for offset in range(r.first, r.last + 1)
    }
    letters: dict[tuple[str, str], set[bytes]] = {}
    for entry in log.read(cut.settings, cut.starts, _ends_of(cut, topics.DEAD)):
        pair = _letter(entry.value)
        if pair is None:
            doubts.add("a record of a dead-letter topic is no dead letter", entry.coordinates)
        else:
            digest = hashlib.sha256(entry.value or b"").digest()
            letters.setdefault(pair, set()).add(digest)
    doubts.add_all(
        "an offset is dead and has no dead letter",
        (f"{c} {where}" for (c, where), due in dead.items() if due and (c, where) not in letters),
    )
    doubts.add_all(
        "a dead letter's offset is not dead in the ledger",
        (f"{c} {where}" for c, where in letters if (c, where) not in dead),
    )
    doubts.add_all(
        "one offset has two different dead letters",
        (f"{c} {where}" for (c, where), found in letters.items() if len(found) > 1),
    )
    return len(dead), len(letters)


def _letter(value: bytes | None) -> tuple[str, str] | None:
    try:
        envelope = orjson.loads(value or b"")
        base64.b64decode(envelope["sealed"], validate=True)
        return str(envelope["consumer"]), str(envelope["coordinates"])
    except (ValueError, KeyError, TypeError):
        return None


def contents(cut: Cut) -> list[Result]:
    """I3 and I4: what is stored as published is on its topic; an id has one content."""
    stored, twice = Doubts(), Doubts()
    figures = {"stored": 0, "on_topics": 0, "copies": 0}
    for topic in topics.EVENTS:
        _topic(cut, topic.name, stored, twice, figures)
    waiting = _pending(cut, stored)
    return [
        Result(
            "I3", "every stored event is on its topic with the same bytes",
            {"stored": figures["stored"], "pending": waiting}, stored.violations(),
        ),
        Result(
            "I4", "no event id has two contents, however often it was published",
            {"ids": figures["on_topics"], "further_copies": figures["copies"]}, twice.violations(),
        ),
    ]  # fmt: skip


def _topic(cut: Cut, topic: str, stored: Doubts, twice: Doubts, figures: dict[str, int]) -> None:
    known: dict[str, bytes] = {}
    entries = log.read(cut.settings, cut.starts, _ends_of(cut, (topics.BY_NAME[topic],)))
    for entry in log.events(entries):
        digest = hashlib.sha256(entry.value or b"").digest()[:HASH_BYTES]
        before = known.setdefault(entry.event.event_id, digest)
        if before != digest:
            twice.add(f"an id on {topic} has two contents", entry.event.event_id)
        elif before is not digest:
            figures["copies"] += 1
    figures["on_topics"] += len(known)
    missing = {}
    for event_id, digest in _stored(cut, topic):
        figures["stored"] += 1
        if event_id not in known:
            missing[event_id] = digest
        elif known[event_id] != digest:
            stored.add(f"an event on {topic} has other bytes than were stored", event_id)
    if missing and topic not in COMPACTED:
        found = late(cut, topic, missing)
        stored.add_all(f"a stored event is not on {topic}", missing.keys() - found)


def late(cut: Cut, topic: str, missing: dict[str, bytes]) -> set[str]:
    """Return which of some stored events reach their topic after the cut, within `LATE_S`.

    A processor publishes after it has committed, so a live pipeline is always a little behind.
    """
    found: set[str] = set()
    starts = {place: end for place, end in cut.ends.items() if place[0] == topic}
    deadline = time.monotonic() + LATE_S
    while time.monotonic() < deadline and len(found) < len(missing):
        ends = cuts.ends_of(cut.settings, topics.BY_NAME[topic])
        for entry in log.events(log.read(cut.settings, starts, ends)):
            digest = hashlib.sha256(entry.value or b"").digest()[:HASH_BYTES]
            if missing.get(entry.event.event_id) == digest:
                found.add(entry.event.event_id)
        starts = ends
        if cut.idle:
            break
        time.sleep(0.5)
    return found


def _stored(cut: Cut, topic: str) -> Iterator[tuple[str, bytes]]:
    """Yield id and hash of every event the outbox holds as published, streaming."""
    rows = cut.conn.execution_options(yield_per=5000).execute(
        text(
            "select cast(event_id as text) as event_id, sha256(value) as digest"
            " from outbox where topic = :topic and not pending and producer <> 'redrive'"
        ),
        {"topic": topic},
    )
    for row in rows:
        yield row.event_id, bytes(row.digest)[:HASH_BYTES]


def _pending(cut: Cut, doubts: Doubts) -> int:
    """Count what waits for a relay; the oldest of it must go within `LATE_S`."""
    waiting = cut.conn.execute(
        text("select cast(event_id as text) from outbox where pending order by seq limit 1000")
    )
    left = list(waiting.scalars())
    count = int(cut.conn.execute(text("select count(*) from outbox where pending")).scalar_one())
    deadline = time.monotonic() + LATE_S
    while left and time.monotonic() < deadline:
        time.sleep(0.5)
        with cut.conn.engine.connect() as conn:
            still = conn.execute(
                text(
                    "select cast(event_id as text) from outbox"
                    " where pending and event_id = any(cast(:ids as uuid[]))"
                ),
                {"ids": left},
            )
            left = list(still.scalars())
    doubts.add_all("an event waits for its relay and nobody relays it", left)
    return count


def _ends_of(cut: Cut, wanted: Iterable[topics.Topic]) -> dict[Place, int]:
    names = {t.name for t in wanted}
    return {place: end for place, end in cut.ends.items() if place[0] in names}
