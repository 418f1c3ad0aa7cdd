"""Whether the audit log is as it was written: every row, every link, every anchor."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from services.phi import audit_chain
from services.phi.audit_chain import COLUMNS, FIRST, Head
from services.phi.keys import SiteKey

MOST = 100


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that was not written so.

    Attributes:
        facility_id: Whose chain.
        where: Position in it, number of the row, or line of the anchors.
        says: What is wrong.
    """

    facility_id: str
    where: int
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and what is wrong with it (at most `MOST` of it).

    `restores` counts how often the log went on after a restore, giving up what came later.
    """

    rows: int
    chains: int
    anchors: int
    pending: int
    restores: int
    flaws: list[Flaw]


def verify(conn: Connection, path: Path, site: SiteKey) -> Verdict:
    """Read the whole log once and say what is wrong with it.

    Args:
        conn: As the owner of the database.
        path: The file of anchors.
        site: Its key signed them.
    """
    anchors, flaws = audit_chain.read(path), list[Flaw]()
    wanted = _anchored(anchors, site, flaws)
    ends: dict[str, Head] = {}
    rows = 0
    for link in _links(conn):
        rows += 1
        end = ends.get(link.chain_facility, Head(link.chain_facility, 0, FIRST))
        flaws += _link(end, link)
        ends[link.chain_facility] = Head(
            link.chain_facility, link.position, bytes(link.row_hash)
        )
        expected = wanted.pop((link.chain_facility, link.position), None)
        if expected is not None and expected != bytes(link.row_hash).hex():
            flaws.append(Flaw(link.chain_facility, link.position, "is not what was anchored"))
        if len(flaws) >= MOST:
            break
    else:
        flaws += [Flaw(*key, "was anchored and is gone") for key in sorted(wanted)]
        flaws += _strays(conn)
    if rows and not anchors:
        flaws.append(Flaw("", 0, "there are no anchors: the file is missing or empty"))
    pending = conn.execute(text("select count(*) from phi_access_pending")).scalar_one()
    restores = sum(bool(line.get("restored")) for line in anchors)
    return Verdict(rows, len(ends), len(anchors), pending, restores, flaws[:MOST])


def _anchored(
    anchors: list[dict[str, Any]], site: SiteKey, flaws: list[Flaw]
) -> dict[tuple[str, int], str]:
    """Return what the anchors say: (facility, position) -> hash; note what is wrong with them."""
    wanted: dict[tuple[str, int], str] = {}
    before = ""
    for number, line in enumerate(anchors, start=1):
        if line.get("mac") != audit_chain.signature(site, line):
            flaws.append(Flaw("", number, "anchor: its signature is not ours"))
        if line.get("before") != before:
            flaws.append(Flaw("", number, "anchor: the line before it is another"))
        before = audit_chain.digest(line)
        if line.get("restored"):
            kept = {facility: position for facility, (position, _) in line["heads"].items()}
            wanted = {key: told for key, told in wanted.items() if key[1] <= kept.get(key[0], 0)}
        for facility, (position, row_hash) in line["heads"].items():
            wanted[(facility, position)] = row_hash
    return wanted


def _links(conn: Connection) -> Iterator[Any]:
    names = ", ".join(f"a.{name}" for name in COLUMNS)
    return iter(conn.execution_options(stream_results=True, yield_per=2000).execute(text(
        f"select c.facility_id as chain_facility, c.position, c.seq as chain_seq, c.prev_hash,"  # noqa: S608 - our own columns
        f" c.row_hash, {names} from phi_access_chain c left join phi_access a on a.seq = c.seq"
        " order by c.facility_id, c.position"
    )))


def _link(end: Head, link: Any) -> Iterator[Flaw]:
    def flaw(says: str) -> Flaw:
        return Flaw(link.chain_facility, link.position, says)

    if link.position != end.position + 1:
        yield flaw(f"follows position {end.position}: links are missing")
    elif bytes(link.prev_hash) != end.row_hash:
        yield flaw("does not name the link before it")
    if link.seq is None:
        yield flaw(f"row {link.chain_seq} was removed")
        return
    if link.facility_id != link.chain_facility:
        yield flaw(f"row {link.seq} is another facility's")
    if audit_chain.linked(bytes(link.prev_hash), link) != bytes(link.row_hash):
        yield flaw(f"row {link.seq} was changed")


def _strays(conn: Connection) -> Iterator[Flaw]:
    """Say of rows that no chain knows, and of pending ones that are gone."""
    for row in conn.execute(text(
        "select a.seq, a.facility_id from phi_access a"
        " where not exists (select from phi_access_chain c where c.seq = a.seq)"
        " and not exists (select from phi_access_pending p where p.seq = a.seq) limit 100"
    )):
        yield Flaw(row.facility_id, row.seq, "row is in no chain")
    for row in conn.execute(text(
        "select p.seq from phi_access_pending p"
        " where not exists (select from phi_access a where a.seq = p.seq) limit 100"
    )):
        yield Flaw("", row.seq, "row was removed before it was chained")
