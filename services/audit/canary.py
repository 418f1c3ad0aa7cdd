"""Looks for markers of protected data where none may be: topics, tables, files, pages.

A test loads a patient whose names and numbers cannot be guessed and then asks here for them, in
every form they could have taken on the way.
"""

import base64
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import Connection, text

from schemas import topics
from services.audit import cut
from services.kafka import clients
from services.settings import Settings

LARGEST = 64 << 20


def forms(marker: str) -> Iterator[tuple[str, bytes]]:
    """Yield every form of a marker: name and bytes.

    >>> dict(forms("AB CD"))["url"]
    b'AB%20CD'
    """
    plain = marker.encode()
    for case, spelt in (("plain", plain), ("lower", plain.lower())):
        yield case, spelt
        yield f"{case} hex", spelt.hex().encode()
        for shift in range(3):
            # whole groups of three bytes only: what stands beside the marker is not known
            inner = spelt[(3 - shift) % 3 :]
            inner = inner[: len(inner) // 3 * 3]
            yield f"{case} base64 +{shift}", base64.b64encode(inner)
            yield f"{case} base64url +{shift}", base64.urlsafe_b64encode(inner)
    yield "utf-16", marker.encode("utf-16-le")
    yield "url", urllib.parse.quote(marker).encode()


class Search:
    """Searches bytes for all forms of all markers."""

    def __init__(self, markers: Iterable[str]) -> None:
        self._needles = [(m, name, found) for m in markers for name, found in forms(m)]

    def within(self, content: bytes | None) -> list[str]:
        """Return which markers are in some bytes, and in which form."""
        if not content:
            return []
        return [f"{m} ({name})" for m, name, needle in self._needles if needle in content]

    def topics(self, settings: Settings) -> Iterator[str]:
        """Yield where markers are in keys, values and headers of any topic of ours."""
        consumer = KafkaConsumer(**clients.consumer(settings, None))
        try:
            for topic in topics.ALL:
                ends = {TopicPartition(*p): end for p, end in cut.ends_of(settings, topic).items()}
                consumer.assign(list(ends))
                consumer.seek_to_beginning(*ends)
                while any(consumer.position(tp) < end for tp, end in ends.items()):
                    for records in consumer.poll(timeout_ms=500).values():
                        for r in records:
                            parts = [r.key, r.value, *(v for _, v in r.headers or ())]
                            for part in parts:
                                for what in self.within(part):
                                    yield f"{r.topic}/{r.partition}/{r.offset}: {what}"
        finally:
            consumer.close()

    def tables(self, conn: Connection) -> Iterator[str]:
        """Yield where markers are in any row of any table."""
        names = conn.execute(
            text("select tablename from pg_tables where schemaname = 'public' order by 1")
        ).scalars()
        for name in names.all():
            rows = conn.execution_options(yield_per=500).execute(
                text(f'select cast(t as text) from "{name}" t')  # noqa: S608 - from the catalogue
            )
            for row in rows.scalars():
                for what in self.within(row.encode()):
                    yield f"table {name}: {what}"

    def files(self, root: Path, unread: Sequence[str] = ()) -> Iterator[str]:
        """Yield where markers are in names or contents of files.

        Args:
            root: Where to look.
            unread: Parts of paths below which only names are looked at.
        """
        for path in sorted(root.rglob("*")):
            inside = str(path.relative_to(root))
            for what in self.within(inside.encode()):
                yield f"name of {inside}: {what}"
            if any(part in f"/{inside}" for part in unread) or not path.is_file():
                continue
            if path.stat().st_size <= LARGEST:
                for what in self.within(path.read_bytes()):
                    yield f"{inside}: {what}"

    def pages(self, addresses: Mapping[str, str]) -> Iterator[str]:
        """Yield where markers are in what some addresses answer."""
        for name, address in addresses.items():
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own
                for what in self.within(answer.read()):
                    yield f"page {name}: {what}"
