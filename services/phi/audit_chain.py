"""The audit log's chain: each row hashed with the one before it, per facility, anchored outside.

    phi_access_pending ─▶ follow ─▶ phi_access_chain ─▶ anchor ─▶ audit-anchors.jsonl, the log

A row cannot be changed, moved or taken out of the middle without breaking its chain. A whole
rewritten chain, or a tail cut off, does not fit the anchors: they are signed with a key that the
database does not have. Copy the file, or collect the log, where the database's administrator
cannot write.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, text

from services.clock import real_now
from services.phi.keys import SiteKey

FILE = "audit-anchors.jsonl"
FIRST = bytes(32)
LOCK = 7_301_140_011
BATCH = 5000
LONGEST_LINE = 1 << 20
COLUMNS = (
    "seq", "at", "actor", "role", "session", "action", "object_type", "object_id", "facility_id",
    "purpose", "outcome", "request_id", "details_hash",
)
PURPOSE = "audit-anchor"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a facility's chain."""

    facility_id: str
    position: int
    row_hash: bytes


def canonical(row: Row[Any] | Any) -> bytes:
    """Return the bytes of a row that are hashed."""
    values = [getattr(row, name) for name in COLUMNS]
    values[1] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    values[-1] = bytes(row.details_hash).hex()
    return orjson.dumps(values)


def linked(before: bytes, row: Row[Any] | Any) -> bytes:
    """Return the hash of a row after another's."""
    return hashlib.sha256(before + canonical(row)).digest()


def follow(engine: Engine) -> int:
    """Chain what is pending, in the order of its numbers; return how many rows."""
    with engine.begin() as conn:
        if not conn.execute(
            text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}
        ).scalar_one():
            return 0
        names = ", ".join(f"a.{name}" for name in COLUMNS)
        rows = conn.execute(
            text(
                f"select {names} from phi_access_pending p join phi_access a on a.seq = p.seq"  # noqa: S608 - our own columns
                " order by a.seq limit :batch"
            ),
            {"batch": BATCH},
        ).all()
        if not rows:
            return 0
        _append(conn, rows)
        conn.execute(
            text("delete from phi_access_pending where seq = any(:done)"),
            {"done": [row.seq for row in rows]},
        )
    return len(rows)


def heads(conn: Connection) -> dict[str, Head]:
    """Return the end of every facility's chain, by a step in the index for each."""
    rows = conn.execute(text(
        "with recursive f as ((select min(facility_id) as facility_id from phi_access_chain)"
        " union all select (select min(c.facility_id) from phi_access_chain c"
        " where c.facility_id > f.facility_id) from f where f.facility_id is not null)"
        " select f.facility_id, e.position, e.row_hash from f cross join lateral"
        " (select position, row_hash from phi_access_chain c"
        " where c.facility_id = f.facility_id order by position desc limit 1) e"
    ))
    return {row.facility_id: Head(row.facility_id, row.position, bytes(row.row_hash))
            for row in rows}


def _append(conn: Connection, rows: Iterable[Row[Any]]) -> None:
    ends, links = heads(conn), []
    for row in rows:
        end = ends.get(row.facility_id, Head(row.facility_id, 0, FIRST))
        head = Head(row.facility_id, end.position + 1, linked(end.row_hash, row))
        links.append((row.facility_id, head.position, row.seq, end.row_hash, head.row_hash))
        ends[row.facility_id] = head
    columns = list(zip(*links, strict=True))
    conn.execute(
        text(
            "insert into phi_access_chain (facility_id, position, seq, prev_hash, row_hash)"
            " select * from unnest(cast(:facility as text[]), cast(:position as bigint[]),"
            " cast(:seq as bigint[]), cast(:prev as bytea[]), cast(:row as bytea[]))"
        ),
        dict(zip(("facility", "position", "seq", "prev", "row"), map(list, columns), strict=True)),
    )


def anchor(
    path: Path, site: SiteKey, ends: Mapping[str, Head], *, restored: bool = False
) -> str:
    """Append the ends of all chains to the file of anchors; return the line's digest.

    Args:
        path: The file; made if it is not there, never rewritten.
        site: Its key signs the line.
        ends: By facility.
        restored: From here the log goes on after a restore; what was anchored beyond these ends
            is given up, and `verify` says so.
    """
    last = _last(path)
    told: dict[str, Any] = {
        "at": real_now().isoformat(),
        "before": digest(last) if last else "",
        "heads": {
            one.facility_id: [one.position, one.row_hash.hex()]
            for one in sorted(ends.values(), key=lambda head: head.facility_id)
        },
    }
    if restored:
        told["restored"] = True
    line = told | {"mac": signature(site, told)}
    packed = orjson.dumps(line)
    with path.open("ab") as file:
        file.write(packed + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return digest(line)


def restored(engine: Engine, path: Path, site: SiteKey) -> None:
    """Go on with the log of a restored database: name the ends it has, never seal it anew."""
    with engine.connect() as conn:
        anchor(path, site, heads(conn), restored=True)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the anchors of a file, the oldest first."""
    if not path.is_file():
        return []
    return [dict(orjson.loads(line)) for line in path.read_bytes().splitlines() if line.strip()]


def _last(path: Path) -> dict[str, Any]:
    """Return the newest anchor; empty if there is none."""
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LINE))
        lines = file.read().splitlines()
    return dict(orjson.loads(lines[-1])) if lines else {}


def digest(line: Mapping[str, Any]) -> str:
    """Return the digest of an anchor."""
    return hashlib.sha256(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hexdigest()


def signature(site: SiteKey, line: Mapping[str, Any]) -> str:
    """Return the signature of an anchor (without its own)."""
    bare = {name: value for name, value in line.items() if name != "mac"}
    packed = orjson.dumps(bare, option=orjson.OPT_SORT_KEYS)
    return hmac.new(site.derived(PURPOSE), packed, hashlib.sha256).hexdigest()
