"""What a patient's encounters bill: `billed_encounter`, read by patient and day.

`read` is one statement for a whole batch; `Known.history` is what the edits of one version compare
with. A reader that is to write takes the `lock` first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, text

from schemas.events import Coded
from services.claims import history
from services.claims.edits.history import once
from services.claims.history import Billed, History, Own
from services.db import bulk
from services.db.tables.history import BILLED_ENCOUNTER, BILLED_PATIENT

_KNOWN = text(
    "select b.encounter_id, b.kid, b.version, b.codes, b.billed from"
    " unnest(cast(:kids as text[]), cast(:firsts as date[]), cast(:lasts as date[]))"
    " as n (kid, first, last) join billed_encounter b"
    " on b.kid = n.kid and b.ends_on >= n.first and b.starts_on <= n.last"
    " union all select encounter_id, kid, version, codes, billed from billed_encounter"
    " where encounter_id = any(:own)"
)
_ALONE = text("set local max_parallel_workers_per_gather = 0")
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Billed)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one patient's encounters.

    Attributes:
        encounters: Encounter -> what is known of it.
        changed: Those of which more is known than is stored.
    """

    encounters: Mapping[str, Own] = field(default_factory=dict)
    changed: Mapping[str, Own] = field(default_factory=dict)

    def history(self, coded: Coded) -> History:
        """Return what the edits of a version compare with."""
        return of(self.encounters, coded.encounter_id)

    def after(self, coded: Coded, *, held: bool) -> "Known":
        """Return what is known once a version was judged."""
        key = coded.encounter_id
        before = self.encounters.get(key, Own())
        turns = (one.billed.turn for one in self.encounters.values() if one.billed)
        own = before.after(coded, held=held, turn=max(turns, default=0) + 1)
        if own is before:
            return self
        return Known({**self.encounters, key: own}, {**self.changed, key: own})


NONE = Known()


def of(encounters: Mapping[str, Own], encounter_id: str) -> History:
    """Return what is known beside one encounter, in the order of first day and id."""
    others = [
        one.billed for key, one in encounters.items() if one.billed and key != encounter_id
    ]
    if len(others) > 1:
        others.sort(key=lambda one: (one.starts_on, one.encounter_id))
    return History(tuple(others), encounters.get(encounter_id))


def patient(coded: Coded) -> str:
    """Return who a version is about; the encounter, where no patient is named."""
    return coded.bill.demographics.kid or coded.encounter_id


def lock(conn: Connection, versions: Iterable[Coded]) -> None:
    """Have the patients to oneself until the transaction ends; in one order, so none deadlocks.

    What is read next is a thousand short looks into an index: 4 ms, and 20 more to start helpers
    that PostgreSQL takes for worth it. So it takes none in this transaction.
    """
    conn.execute(_ALONE)
    rows = [{"kid": kid} for kid in sorted(set(map(patient, versions)))]
    bulk.merge(conn, BILLED_PATIENT, rows, sets="kid = excluded.kid", where="false")


def read(conn: Connection, versions: Sequence[Coded]) -> dict[str, Known]:
    """Return patient -> what is known, as far as these versions ask for it; in one statement."""
    ever = frozenset(once())
    spans: dict[str, tuple[date, date]] = {}
    for one in versions:
        first, last = history.wanted(one, ever)
        span = spans.get(patient(one), (first, last))
        spans[patient(one)] = min(first, span[0]), max(last, span[1])
    kids = sorted(spans)
    asked = {
        "kids": kids, "firsts": [spans[kid][0] for kid in kids],
        "lasts": [spans[kid][1] for kid in kids], "own": [one.encounter_id for one in versions],
    }
    of_patient = {one.encounter_id: patient(one) for one in versions}
    found: dict[str, dict[str, Own]] = {kid: {} for kid in kids}
    for row in conn.execute(_KNOWN, asked):
        own = _own(row)
        for kid in {row.kid, of_patient.get(row.encounter_id, row.kid)} & found.keys():
            found[kid][row.encounter_id] = own
    return {kid: Known(encounters) for kid, encounters in found.items()}


def _own(row: Row[Any]) -> Own:
    billed = _DECODER.decode(row.billed) if row.billed is not None else None
    return Own(row.version, frozenset(row.codes.split()), billed)


def save(conn: Connection, known: Mapping[str, Known]) -> None:
    """Write what changed in one statement: an encounter's highest version stays."""
    rows = sorted(_rows(known), key=lambda row: str(row["encounter_id"]))
    bulk.merge(
        conn, BILLED_ENCOUNTER, rows, where="billed_encounter.version < excluded.version",
        sets="kid = excluded.kid, version = excluded.version, codes = excluded.codes,"
        " starts_on = excluded.starts_on, ends_on = excluded.ends_on, billed = excluded.billed",
    )


def _rows(known: Mapping[str, Known]) -> Iterator[dict[str, object]]:
    for kid, one in known.items():
        for encounter_id, own in one.changed.items():
            billed = own.billed
            yield {
                "encounter_id": encounter_id, "kid": kid, "version": own.version,
                "codes": " ".join(sorted(own.codes)),
                "starts_on": billed.starts_on if billed else None,
                "ends_on": billed.ends_on if billed else None,
                "billed": _ENCODER.encode(billed) if billed else None,
            }
