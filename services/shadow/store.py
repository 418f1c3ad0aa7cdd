"""Every statement that puts a file's facts into the shadow's tables; the same twice are one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from schemas.ids import derive
from services.db import bulk
from services.db.tables import shadow
from services.db.tables.shadow import (
    SHADOW_ANSWER,
    SHADOW_CLAIM,
    SHADOW_CODING,
    SHADOW_FILE,
    SHADOW_REMITTANCE,
)
from services.phi import vault
from services.phi.keys import SiteKey
from services.shadow import answers, build
from services.shadow.answers import Answer
from services.shadow.codingfile import Coding
from services.shadow.hostclaim import HostClaim
from services.shadow.match import ITS_CLAIM
from services.shadow.payers import Payers
from services.shadow.read import Facts, Refused
from services.shadow.shapes import Unfit
from services.x12.errors import X12Error
from services.x12.remittance import Remittance
from services.x12.values import cents

PURPOSE = "shadow"
MOST_KEPT = 64_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking facts needs beside the database."""

    site: SiteKey
    payers: Payers


def opaque(site: SiteKey, number: str) -> str:
    """Return the opaque form of a payer's claim number; empty for none."""
    return site.opaque("host payer number", number) if number else ""


def claim_id(site: SiteKey, claim: HostClaim) -> str:
    """Return the id of a claim: the same whatever file it came in."""
    return derive("host claim", site.opaque("host claim", claim.content().decode()))


def seal(site: SiteKey, content: bytes, about: str) -> bytes:
    """Return a fact as it is stored."""
    return vault.seal_bytes(site, PURPOSE, content, about)


def unseal(site: SiteKey, content: bytes, about: str) -> bytes:
    """Return a fact as it was."""
    return vault.unseal_bytes(site, PURPOSE, content, about)


def taken(conn: Connection, sha256: bytes) -> bool:
    """Say whether a file with these bytes was taken."""
    row = conn.execute(
        text("select state from shadow_file where sha256 = :sha256"), {"sha256": sha256}
    ).one_or_none()
    return row is not None and row.state == "taken"


def add_file(conn: Connection, row: Row) -> None:
    """Note what became of a file."""
    bulk.insert(conn, SHADOW_FILE, [row], conflict="update")


def add(conn: Connection, desk: Desk, sha256: bytes, facts: Facts) -> int:
    """Put a file's facts in; return how many of its claims and rows cannot be taken.

    Raises:
        Refused: a remittance is known with other content.
    """
    _remittances(conn, facts.remittances)
    of_claims = [_claim(desk, sha256, claim) for claim in facts.claims]
    of_claims += [_claim(desk, sha256, claim, error) for claim, error in facts.unread]
    rows = {row["claim_id"]: row for row in of_claims}
    bulk.insert(conn, SHADOW_CLAIM, list(rows.values()), conflict="nothing")
    said = {one.answer_id: _answer(desk.site, one) for one in facts.answers}
    bulk.insert(conn, SHADOW_ANSWER, list(said.values()), conflict="nothing")
    coded = {tuple(map(str, row.values())): row for row in _codings(desk.site, facts.codings)}
    bulk.insert(conn, SHADOW_CODING, list(coded.values()), conflict="nothing")
    unfit = [row for row in rows.values() if row["state"] == shadow.REFUSED]
    return len(unfit) + len(facts.refused_rows)


def _remittances(conn: Connection, found: Sequence[Remittance]) -> None:
    rows: dict[str, Row] = {}
    for one in found:
        row: Row = {
            "remittance_id": answers.remittance_id(one), "digest": bytes.fromhex(one.digest),
            "paid_on": one.paid_on, "paid_cents": one.paid_cents, "claims": len(one.claims),
        }
        if rows.setdefault(row["remittance_id"], row)["digest"] != row["digest"]:
            raise Refused("two remittances with the same key and other content")
    known = conn.execute(
        text(
            "select remittance_id, digest from shadow_remittance"
            " where remittance_id = any(cast(:ids as uuid[]))"
        ),
        {"ids": list(rows)},
    )
    for before in known:
        if bytes(before.digest) != rows[str(before.remittance_id)]["digest"]:
            raise Refused("a remittance with this key was taken with other content")
    bulk.insert(conn, SHADOW_REMITTANCE, list(rows.values()), conflict="nothing")


def _claim(
    desk: Desk, sha256: bytes, claim: HostClaim, error: X12Error | None = None
) -> Row:
    told = claim_id(desk.site, claim)
    row: Row = {
        "claim_id": told, "account": build.account(desk.site, claim.number), "sha256": sha256,
        "kind": claim.kind, "frequency": claim.frequency[:1], "sequence": "P", "payer_id": "",
        "known_payer": False, "original": opaque(desk.site, claim.payer_claim_number),
        "sent_at": claim.at, "interchange": f"{claim.sender}|{claim.interchange}",
        "batch": f"{claim.sender}|{claim.group}", "set_control": claim.set_control,
        "charge_cents": 0, "content": seal(desk.site, claim.dumps(), told),
        "state": shadow.WAITING, "reason": "", "encounter_id": "", "control_number": "",
        "version": 0, "event": None, "holds": "",
    }
    try:
        if error is not None:
            raise error
        built = build.build(claim, (), desk.site, desk.payers)
        row |= {
            "sequence": built.sequence, "payer_id": built.bill.coverage.payer_id,
            "known_payer": built.known_payer, "charge_cents": cents(claim.clm, 2),
        }
    except Unfit as why:
        segment, field, rule = why.args
        row |= {"state": shadow.REFUSED, "reason": f"{segment} {field} {rule}"}
    except X12Error as why:
        row |= {"state": shadow.REFUSED, "reason": f"{why.segment_id}: {why.rule}"}
    return row


def _answer(site: SiteKey, one: Answer) -> Row:
    content = {**one.content, "reference": one.reference, "number": one.number}
    sealed = Answer(
        one.answer_id, one.kind, one.number, one.batch, one.reference, one.at, one.paid_cents,
        content,
    ).dumps()
    return {
        "answer_id": one.answer_id, "kind": one.kind,
        "account": build.account(site, one.number) if one.number else "", "batch": one.batch,
        "reference": opaque(site, one.reference), "at": one.at, "paid_cents": one.paid_cents,
        "content": seal(site, sealed, one.answer_id), "state": shadow.WAITING,
        "reason": ITS_CLAIM,
    }


def _codings(site: SiteKey, found: Iterable[Coding]) -> Iterable[Row]:
    for one in found:
        yield {
            "account": build.account(site, one.account), "code": one.code,
            "coded_on": one.coded_on, "coder_id": one.coder_id, "source": one.source,
        }


def file_row(  # noqa: PLR0913 - one argument for each column
    sha256: bytes, name: str, size: int, now: datetime, *, kind: str = "unknown",
    documents: int = 0, refused: int = 0, reason: str = "", content: bytes | None = None,
) -> Row:
    """Return the row of a file; with a reason it is quarantined."""
    return {
        "sha256": sha256, "name": name.encode("ascii", "backslashreplace").decode()[:255],
        "size": size, "kind": kind, "state": "quarantined" if reason else "taken",
        "reason": reason, "documents": documents, "refused": refused, "content": content,
        "imported_at": now,
    }


def codings_of(conn: Connection, accounts: Sequence[str]) -> Mapping[str, list[Coding]]:
    """Return the rows of the coding file about some accounts (opaque)."""
    rows = conn.execute(
        text(
            "select account, coder_id, coded_on, source, code from shadow_coding"
            " where account = any(:accounts)"
        ),
        {"accounts": list(accounts)},
    )
    found: dict[str, list[Coding]] = {}
    for row in rows:
        found.setdefault(row.account, []).append(Coding(*row))
    return found
