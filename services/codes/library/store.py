"""A table as a file: an LMDB environment, written once, then mapped read-only by every process.

The operating system shares its pages, so ten processes that know two million pairs hold them
once. A look-up costs about a microsecond.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakValueDictionary

import lmdb
import msgspec

from services.codes.library.layout import Row

ENCODE = msgspec.msgpack.Encoder()
DECODE = msgspec.msgpack.Decoder()
LONGEST_KEY = 511
ROOM_BYTES = 1 << 31
REMEMBERED = 32768
"""Keys of a table whose rows are kept decoded: claims ask for the same few codes."""


def write(path: Path, rows: Iterable[Row]) -> int:
    """Write a table under a temporary name and rename it; return its number of rows."""
    ordered = sorted(rows, key=itemgetter(0))
    with TemporaryDirectory(dir=path.parent, prefix=".making-") as own:  # two may make the same
        part = Path(own) / path.name
        environment = lmdb.open(str(part), subdir=False, map_size=ROOM_BYTES, lock=False)
        with environment.begin(write=True) as transaction:
            transaction.cursor().putmulti(
                ((key.encode(), ENCODE.encode([row[1] for row in same]))
                 for key, same in groupby(ordered, itemgetter(0))),
                append=True,
            )
        environment.close()
        part.rename(path)
    return len(ordered)


class Table:
    """A table that was written.

    Attributes:
        path: Its file.
    """

    def __init__(self, path: Path) -> None:
        """Map a table's file.

        Raises:
            lmdb.Error: it is no such file.
        """
        self.path = path
        self._environment = lmdb.open(str(path), subdir=False, readonly=True, lock=False)
        self._reader = self._environment.begin()
        self.rows = lru_cache(maxsize=REMEMBERED)(self._rows)
        """(key) -> what the table says of it, in the order of its file; nothing if it says none.

        What it returns is remembered: read it, leave it as it is.
        """

    def _rows(self, key: str) -> list[list[Any]]:
        raw = key.encode()
        found = self._reader.get(raw) if 0 < len(raw) <= LONGEST_KEY else None
        return [] if found is None else DECODE.decode(found)

    def keys(self, start: str = "") -> Iterable[str]:
        """Yield the keys from one on, in order."""
        cursor = self._reader.cursor()
        if cursor.set_range(start.encode()):
            for key in cursor.iternext(values=False):
                yield key.decode()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.abort()
        self._environment.close()


_OPEN: "WeakValueDictionary[Path, Table]" = WeakValueDictionary()


def opened(path: Path) -> Table:
    """Return the table of a file, the same one to whoever asks: LMDB maps a file once a process.

    Raises:
        lmdb.Error: it is no such file.
    """
    found = _OPEN.get(path)
    if found is None:
        found = _OPEN[path] = Table(path)
    return found
