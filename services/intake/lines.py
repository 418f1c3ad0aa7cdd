"""Files read line by line, gzipped or not, and an index of lines by what they belong to.

Memory holds offsets, not lines: a file may be larger than memory.
"""

import gzip
import shutil
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from services.intake.visit import MOST_KEPT, Refusal, Refused

MAX_LINE = 16_000_000
Json = dict[str, Any]


def open_seekable(path: Path) -> BinaryIO:
    """Return a file open for reading bytes; a gzipped one unpacked to an unnamed file first."""
    if path.suffix != ".gz":
        return path.open("rb")
    unpacked = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives with its reader
    with gzip.open(path) as packed:
        shutil.copyfileobj(packed, unpacked)
    unpacked.seek(0)
    return unpacked


def found(folder: Path, name: str) -> Path | None:
    """Return the file of that name in a folder, plain or gzipped."""
    return next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)


def resource(raw: bytes) -> Json:
    """Return the JSON object of a line.

    Raises:
        Refused: it is too long, not JSON or not an object.
    """
    if len(raw) > MAX_LINE:
        raise Refused("line", f"longer than {MAX_LINE:,} bytes")
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError as bad:
        raise Refused("line", f"not JSON (column {bad.colno})") from None
    if not isinstance(content, dict):
        raise Refused("line", "not a JSON object")
    return content


class Ndjson:
    """An NDJSON file of one resource type."""

    def __init__(self, path: Path, kind: str, name: str = "") -> None:
        self.name = name or path.name.removesuffix(".gz")
        self._kind = kind
        self._file = open_seekable(path)

    def scan(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield every line that is not blank: its number, offset and bytes."""
        self._file.seek(0)
        offset = 0
        for number, raw in enumerate(iter(self._line, b""), start=1):
            if raw.strip():
                yield number, offset, raw
            offset = self._file.tell()

    def _line(self) -> bytes:
        """Return the next line; of one that is too long its beginning, one byte too long."""
        raw = self._file.readline(MAX_LINE + 1)
        rest = raw
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = self._file.readline(MAX_LINE + 1)
        return raw

    def read(self, raw: bytes) -> Json:
        """Return the resource of a line.

        Raises:
            Refused: not JSON, or another type of resource.
        """
        content = resource(raw)
        if content.get("resourceType") != self._kind:
            raise Refused("resourceType", f"must be {self._kind}")
        return content

    def at(self, offset: int) -> Json:
        """Return the resource of the line at an offset that `scan` gave."""
        self._file.seek(offset)
        return resource(self._file.readline())

    def refuse(self, number: int, raw: bytes, why: Refused) -> Refusal:
        """Return the refusal of a line."""
        return Refusal(self.name, number, why.field, why.rule, raw[:MOST_KEPT])


class Index:
    """Where the lines of a file are that belong to something: key -> offsets, in file order."""

    def __init__(self, file: Ndjson | None, key: Callable[[Json], str]) -> None:
        self._file = file
        self._offsets: dict[str, array[int]] = {}
        self.refusals: list[Refusal] = []
        for number, offset, raw in file.scan() if file else ():
            try:
                owner = key(file.read(raw)) if file else ""
            except Refused as why:
                if file:
                    self.refusals.append(file.refuse(number, raw, why))
                continue
            if owner:
                self._offsets.setdefault(owner, array("q")).append(offset)

    def of(self, owner: str) -> list[Json]:
        """Return the resources that belong to something."""
        if self._file is None:
            return []
        return [self._file.at(offset) for offset in self._offsets.get(owner, ())]

    def one(self, owner: str) -> Json | None:
        """Return the first resource that belongs to something, if any."""
        if self._file is None or owner not in self._offsets:
            return None
        return self._file.at(self._offsets[owner][0])
