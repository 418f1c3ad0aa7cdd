"""One load: find the reader of each path, build every visit, write batch by batch."""

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from services.codes import chargemaster
from services.codes.reference import Reference
from services.intake import bundle, copies, csv_clinosim, csv_synthea, fhir, lines, shift, store
from services.intake.build import Draft, Site, draft
from services.intake.visit import MOST_KEPT, Found, Refusal, Refused, Visit
from services.phi.keys import SiteKey

BATCH = 500
SHOWN = 1000


class Reader(Protocol):
    """What every source offers."""

    source: str
    newest: date | None

    def read(self) -> Iterator[Found]:
        """Yield a visit or a refusal for every encounter."""


@dataclass(slots=True)
class Summary:
    """What a load did.

    Attributes:
        states: State -> encounters read in it.
        lacks: What institutional bills lack -> encounters in `awaiting_institutional`.
        outcomes: new, changed, unchanged, known_better -> encounters.
        refused: How many refusals.
        refusals: The first of them.
        shift_days: By how many days dates were moved.
    """

    states: Counter[str] = field(default_factory=Counter)
    lacks: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    shift_days: int = 0


@dataclass(frozen=True, slots=True)
class Loader:
    """What a load needs beside its paths."""

    engine: Engine
    key: SiteKey
    reference: Reference
    now: Callable[[], datetime]
    as_of: date
    keep_dates: bool = False
    limit: int | None = None
    copies: int = 1

    def load(
        self, paths: Sequence[Path], progress: Callable[[Summary], None] = lambda summary: None
    ) -> Summary:
        """Take in every encounter of some paths.

        Raises:
            services.intake.shift.OtherShift: dates must stay, but this home moves them.
        """
        summary = Summary()
        readers = list(map(_open, paths))
        newest = max(
            (r.newest for r in readers if not isinstance(r, Refusal) and r.newest), default=None
        )
        with self.engine.begin() as conn:
            moved = shift.settle(conn, newest, self.as_of, keep=self.keep_dates)
        summary.shift_days = moved.days
        site = Site(self.key, self.reference, chargemaster.load(), moved)
        left = self.limit
        for reader in readers:
            built = _limited(_built(reader, site, self.copies), left)
            while batch := list(islice(built, BATCH)):
                self._write(batch, summary)
                progress(summary)
            left = None if self.limit is None else self.limit - summary.states.total()
        return summary

    def _write(self, batch: Sequence[Draft | Refusal], summary: Summary) -> None:
        drafts = [one for one in batch if isinstance(one, Draft)]
        refusals = [one for one in batch if isinstance(one, Refusal)]
        now = self.now()
        with self.engine.begin() as conn:
            counts = store.take(conn, self.key, drafts, now)
            store.refuse(conn, self.key, refusals, now)
        summary.outcomes += counts
        summary.states.update(one.event.state for one in drafts)
        summary.lacks.update(one.lacks for one in drafts if one.lacks)
        summary.refused += len(refusals)
        summary.refusals += refusals[:max(0, SHOWN - len(summary.refusals))]


def _open(path: Path) -> Reader | Refusal:
    """Return the reader of a path, or why there is none."""
    try:
        return _reader(path)
    except Refused as why:
        return Refusal(path.name, 0, why.field, why.rule)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return Refusal(path.name, 0, "file", "cannot be unpacked: damaged or cut short")
    except OSError as error:
        return Refusal(path.name, 0, "file", f"cannot be read ({error.strerror or error})")


def _reader(path: Path) -> Reader:
    if path.is_file():
        return bundle.reader(path)
    for folder in (path, path / "fhir", path / "fhir_r4", path / "csv"):
        if lines.found(folder, "Encounter.ndjson"):
            return fhir.Reader(folder)
        if (folder / "encounters.csv").is_file():
            with (folder / "encounters.csv").open("rb") as file:
                synthea = b"ENCOUNTERCLASS" in file.readline(65536)
            return csv_synthea.Reader(folder) if synthea else csv_clinosim.Reader(folder)
    raise Refused("file", "no Encounter.ndjson, encounters.csv or Bundle here")


def _limited(built: Iterator[Draft | Refusal], limit: int | None) -> Iterator[Draft | Refusal]:
    """Yield what was built until so many encounters came in."""
    taken = 0
    while limit is None or taken < limit:
        one = next(built, None)
        if one is None:
            return
        taken += isinstance(one, Draft)
        yield one


def _built(reader: Reader | Refusal, site: Site, times: int = 1) -> Iterator[Draft | Refusal]:
    """Yield a draft or a refusal for everything a reader finds."""
    if isinstance(reader, Refusal):
        yield reader
        return
    seen: dict[bytes, bytes] = {}
    for found in copies.read(reader, times):
        if isinstance(found, Refusal):
            yield found
            continue
        try:
            one = draft(found, site)
            if not _again(one, seen):
                yield one
        except Refused as why:
            yield _refusal(found, why)
        except OverflowError:
            yield _refusal(found, Refused("date", "cannot be moved: out of range"))


def _refusal(visit: Visit, why: Refused) -> Refusal:
    return Refusal(visit.file, visit.line, why.field, why.rule, visit.raw[:MOST_KEPT])


def _again(one: Draft, seen: dict[bytes, bytes]) -> bool:
    """Say whether this load had the encounter already with the same content.

    Raises:
        Refused: with other content, or it is too large.
    """
    if store.too_long(one):
        raise Refused("notes", "are larger than a record may be")
    name = hashlib.blake2b(one.event.encounter_id.encode(), digest_size=12).digest()
    first = seen.setdefault(name, one.digest)
    if first is one.digest:
        return False
    if first != one.digest:
        raise Refused("identifier", "the same encounter was in this load with other content")
    return True
