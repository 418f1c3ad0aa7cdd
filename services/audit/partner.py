"""I6: what the payers say they received is what the gateway says it sent, once.

Our side are the bytes of every file (unsealed) read by a reader of its own, held against what was
frozen and what the tables say; the payer's side is the journal it keeps of every file and claim.
Where there is none (a real payer), only our side is looked at.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, text

from schemas import codec
from schemas.codec import InvalidEvent
from schemas.events import Submitted
from schemas.topics import SUBMITTED
from services.audit import claimfile, plain
from services.audit.claimfile import Written
from services.audit.cut import Cut
from services.audit.result import Doubts, Result
from services.phi.keys import SiteKey
from services.phi.vault import unseal_bytes

SAYS = "what the payers received is what was sent, once; no payer holds two claims of an encounter"
PURPOSE = "interchange"
JUDGED = ("accepted", "partly", "refused_999")  # of these the journal has every claim
Claim = tuple[str, str, str, int, str, str, str]
"""Control number, frequency, REF*F8, CLM02, ISA13, GS06 and ST02, SHA-256 of the set."""
File = tuple[str, str]  # payer, SHA-256


@dataclass(frozen=True, slots=True)
class Received:
    """What a payer's journal says.

    Attributes:
        files: Copies of each file.
        judged: Files of which the journal has every claim.
        claims: Copies of each claim, with the file it came in.
        live: Payer and control number of every claim it holds.
    """

    files: Counter[File]
    judged: frozenset[File]
    claims: Counter[tuple[File, Claim]]
    live: tuple[tuple[str, str], ...]


def check(cut: Cut, site: SiteKey, journal: Path, exchange: Path) -> Result:
    """Compare the gateway's files and claims with their bytes and with the payer's journal.

    Read in this order, so that it holds while everything runs: what was sent (the snapshot), the
    drop folders, the journal, what was made by then.

    Args:
        cut: The view.
        site: To unseal our files.
        journal: The payer's journal; without one nothing is compared with it.
        exchange: The exchange folders, for files that were delivered and not yet taken.
    """
    doubts = Doubts()
    sent = {file for file, (state, _) in _files(cut.conn).items() if state == "sent"}
    if not journal.is_file():
        claims = _claims(cut.conn, site, doubts)
        figures = {"files_sent": len(sent), "claims_written": len(claims)}
        return Result("I6", SAYS, figures, doubts.violations())
    lying = set(_lying(exchange))
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=30)) as db:
        received = _received(db)
    with cut.conn.engine.connect() as conn:
        made = _files(conn)
        claims = _claims(conn, site, doubts)
        encounters = _encounters(conn)
    gone = {f for f in sent - received.files.keys() if (f[0], made[f][1]) not in lying}
    doubts.add_all("a sent file never reached the payer", (sha for _, sha in gone))
    _compare(received, made, claims, encounters, doubts)
    figures = {
        "files_sent": len(sent), "claims_written": len(claims),
        "files_received": received.files.total(), "claims_received": received.claims.total(),
        "claims_held": len(received.live),
    }  # fmt: skip
    return Result("I6", SAYS, figures, doubts.violations())


def _compare(
    received: Received,
    made: dict[File, tuple[str, str]],
    claims: dict[tuple[File, Claim], str],
    encounters: dict[str, str],
    doubts: Doubts,
) -> None:
    files = received.files
    twice = (sha for (_, sha), n in files.items() if n > 1)
    doubts.add_all("a file was delivered more than once", twice)
    unknown = (sha for _, sha in files.keys() - made.keys())
    doubts.add_all("a payer received a file that was never made", unknown)
    numbers = Counter(claim[0] for _, claim in received.claims.elements())
    twice = (number for number, n in numbers.items() if n > 1)
    doubts.add_all("a payer received a control number twice", twice)
    foreign = (claim[0] for _, claim in received.claims.keys() - claims.keys())
    doubts.add_all("a payer received a claim otherwise than it was written", foreign)
    written = {pair for pair in claims if pair[0] in received.judged}
    lost = (claim[0] for _, claim in written - received.claims.keys())
    doubts.add_all("a claim of a received file is not in the payer's journal", lost)
    held = Counter((payer, encounters.get(number, "")) for payer, number in received.live)
    two = (encounter for (_, encounter), n in held.items() if n > 1 and encounter)
    doubts.add_all("a payer holds two claims of one encounter", two)


def _files(conn: Connection) -> dict[File, tuple[str, str]]:
    """Return every file with its state and name."""
    rows = conn.execute(
        text("select payer_id, encode(sha256, 'hex') as sha, state, file_name from interchange")
    )
    return {(r.payer_id, r.sha): (r.state, r.file_name) for r in rows}


def _encounters(conn: Connection) -> dict[str, str]:
    rows = conn.execute(text("select control_number, encounter_id from gateway_claim"))
    return {r.control_number: r.encounter_id for r in rows}


def _claims(conn: Connection, site: SiteKey, doubts: Doubts) -> dict[tuple[File, Claim], str]:
    """Return every claim in the bytes of our files, once each was held against what was frozen."""
    found: dict[tuple[File, Claim], str] = {}
    seen: Counter[str] = Counter()
    rows = conn.execution_options(yield_per=10).execute(
        text(
            "select cast(interchange_id as text) as id, payer_id, control, group_control, sha256,"
            " content, claims from interchange"
        )
    )
    for row in rows:
        written = _written(row, site, doubts)
        bound = _bound(conn, row.id)
        doubts.add_all(
            "a claim is bound to a file that does not hold it",
            bound.keys() - {one.control_number for one in written},
        )
        for one in written:
            seen[one.control_number] += 1
            for sentence in _flaws(one, row, bound.get(one.control_number)):
                doubts.add(sentence, one.control_number)
            file = row.payer_id, bytes(row.sha256).hex()
            found[file, _claim(one)] = row.id
    twice = (number for number, n in seen.items() if n > 1)
    doubts.add_all("a claim was written into two files", twice)
    return found


def _written(row: Any, site: SiteKey, doubts: Doubts) -> list[Written]:
    """Return the claims of a file of ours; its bytes must be what was frozen."""
    try:
        content = unseal_bytes(site, PURPOSE, bytes(row.content), row.id)
        written = claimfile.read(content)
    except (InvalidTag, plain.Unreadable):
        doubts.add("a file of ours cannot be read again", row.id)
        return []
    if hashlib.sha256(content).digest() != bytes(row.sha256):
        doubts.add("a file of ours has other bytes than were frozen", row.id)
    if len(written) != row.claims:
        doubts.add("a file of ours holds another number of claims than is noted", row.id)
    return written


def _bound(conn: Connection, interchange_id: str) -> dict[str, Any]:
    rows = conn.execute(
        text(
            "select control_number, frequency, charge_cents, set_control, event"
            " from gateway_claim where interchange_id = cast(:id as uuid)"
        ),
        {"id": interchange_id},
    )
    return {row.control_number: row for row in rows}


def _flaws(one: Written, file: Any, row: Any) -> Iterator[str]:
    """Yield where a written claim is not what assembly froze and the tables say."""
    if row is None:
        yield "a file holds a claim that is not bound to it"
        return
    if (one.interchange, one.group) != (file.control, str(file.group_control)):
        yield "a file carries other control numbers than were taken"
    if (one.frequency, one.charge, one.set_control) != (
        row.frequency, row.charge_cents, row.set_control,
    ):  # fmt: skip
        yield "a claim was written with another frequency, charge or set than is noted"
    if sum(one.line_charges) != one.charge:
        yield "the lines of a written claim do not add up to its charge"
    try:
        event = codec.decode(SUBMITTED.name, bytes(row.event))
    except InvalidEvent:
        yield "the frozen event of a claim cannot be read"
        return
    yield from _differs(one, event)


def _differs(one: Written, event: Submitted) -> Iterator[str]:
    if one.claim_type != event.bill.claim_type:
        yield "a claim was written by the other guide"
    if one.payer_claim_number != event.payer_claim_number:
        yield "a claim was written with another payer claim number than was frozen"
    if sorted(one.lines) != sorted(line.line_id for line in event.bill.lines):
        yield "a claim was written with other lines than were frozen"
    if event.change_reason and event.change_reason not in one.conditions:
        yield "a claim was written without its change reason"


def _claim(one: Written) -> Claim:
    return (
        one.control_number, one.frequency, one.payer_claim_number, one.charge,
        f"{one.interchange}/{one.group}", one.set_control, one.set_sha256,
    )  # fmt: skip


def _received(db: sqlite3.Connection) -> Received:
    """Read the journal in one view of it."""
    db.execute("begin")
    files: Counter[File] = Counter()
    judged = set()
    for payer, sha, outcome in db.execute("select payer_id, sha256, outcome from file"):
        files[payer, sha] += 1
        if outcome in JUDGED:
            judged.add((payer, sha))
    claims: Counter[tuple[File, Claim]] = Counter()
    live = []
    rows = db.execute(
        "select payer_id, sha256, control_number, frequency, payer_claim_number_f8, total_cents,"
        " isa13, gs06, st02, set_sha256, standing from claim"
    )
    for payer, sha, number, frequency, f8, total, isa13, gs06, st02, digest, standing in rows:
        control = f"{int(isa13)}/{gs06}"
        claims[(payer, sha), (number, frequency, f8, total, control, st02, digest)] += 1
        if standing == "live":
            live.append((payer, number))
    return Received(files, frozenset(judged), claims, tuple(live))


def _lying(exchange: Path) -> Iterator[tuple[str, str]]:
    """Yield payer and name of every file in a drop folder."""
    for file in exchange.glob("*/to_payer/*"):
        yield file.parent.parent.name, file.name
