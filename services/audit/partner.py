"""I6: what the payers say they received is what the gateway says it sent, once.

The payer keeps a journal of every file and claim; where there is none (a real payer), the check
looks at the gateway's own tables alone.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from services.audit.cut import Cut
from services.audit.result import Doubts, Result

SAYS = "what the payers received is what was sent, once; no payer holds two originals of a claim"
Claim = tuple[str, str, str]  # control number, frequency, SHA-256 of the file
File = tuple[str, str]  # payer, SHA-256


@dataclass(frozen=True, slots=True)
class Received:
    """What a payer's journal says."""

    files: Counter[File]
    claims: Counter[Claim]
    originals: list[tuple[str, Claim]]


def check(cut: Cut, journal: Path, exchange: Path) -> Result:
    """Compare the gateway's files and claims with the payer's journal.

    Read in this order, so that it holds while everything runs: what was sent (the snapshot), the
    drop folders, the journal, what was made by then.

    Args:
        cut: The view.
        journal: The payer's journal; without one nothing is compared.
        exchange: The exchange folders, for files that were delivered and not yet taken.
    """
    doubts = Doubts()
    sent = {file for file, (state, _) in _files(cut.conn).items() if state == "sent"}
    figures = {"files_sent": len(sent), "claims_sent": len(_claims(cut.conn))}
    if journal.is_file():
        lying = set(_lying(exchange))
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=30)) as db:
            received = _received(db)
        with cut.conn.engine.connect() as conn:
            made, claims = _files(conn), _claims(conn)
        gone = {f for f in sent - received.files.keys() if (f[0], made[f][1]) not in lying}
        doubts.add_all("a sent file never reached the payer", (sha for _, sha in gone))
        _compare(received, made, claims, doubts)
        figures |= {
            "files_received": received.files.total(), "claims_received": received.claims.total(),
            "originals_held": len(received.originals),
        }  # fmt: skip
    return Result("I6", SAYS, figures, doubts.violations())


def _compare(
    received: Received,
    made: dict[File, tuple[str, str]],
    claims: dict[Claim, str],
    doubts: Doubts,
) -> None:
    files = received.files
    twice = (sha for (_, sha), n in files.items() if n > 1)
    doubts.add_all("a file was delivered more than once", twice)
    unknown = (sha for _, sha in files.keys() - made.keys())
    doubts.add_all("a payer received a file that was never made", unknown)
    numbers = Counter(number for number, _, _ in received.claims.elements())
    twice = (number for number, n in numbers.items() if n > 1)
    doubts.add_all("a payer received a control number twice", twice)
    foreign = (number for number, _, _ in received.claims.keys() - claims.keys())
    doubts.add_all("a payer received a claim we never sent", foreign)
    there = {sha for _, sha in files}
    lost = (c[0] for c in claims.keys() - received.claims.keys() if c[2] in there)
    doubts.add_all("a claim of a received file is not in the payer's journal", lost)
    held = Counter((payer, claims.get(claim, "")) for payer, claim in received.originals)
    two = (encounter for (_, encounter), n in held.items() if n > 1 and encounter)
    doubts.add_all("a payer holds two originals of one encounter", two)


def _files(conn: Connection) -> dict[File, tuple[str, str]]:
    """Return every file with its state and name."""
    rows = conn.execute(
        text("select payer_id, encode(sha256, 'hex') as sha, state, file_name from interchange")
    )
    return {(r.payer_id, r.sha): (r.state, r.file_name) for r in rows}


def _claims(conn: Connection) -> dict[Claim, str]:
    """Return every claim that is in a file, with its encounter."""
    rows = conn.execute(
        text(
            "select g.control_number, g.frequency, g.encounter_id, encode(i.sha256, 'hex') as sha"
            " from gateway_claim g join interchange i using (interchange_id)"
        )
    )
    return {(r.control_number, r.frequency, r.sha): r.encounter_id for r in rows}


def _received(db: sqlite3.Connection) -> Received:
    """Read the journal in one view of it."""
    db.execute("begin")
    files = Counter((p, sha) for p, sha in db.execute("select payer_id, sha256 from file"))
    claims: Counter[Claim] = Counter()
    originals = []
    rows = db.execute(
        "select payer_id, control_number, frequency, sha256, outcome, standing from claim"
    )
    for payer_id, number, frequency, sha, outcome, standing in rows:
        claim = (number, frequency, sha)
        claims[claim] += 1
        if frequency == "1" and outcome == "accepted" and standing in ("live", "replaced"):
            originals.append((payer_id, claim))
    return Received(files, claims, originals)


def _lying(exchange: Path) -> Iterator[tuple[str, str]]:
    """Yield payer and name of every file in a drop folder."""
    for file in exchange.glob("*/to_payer/*"):
        yield file.parent.parent.name, file.name
