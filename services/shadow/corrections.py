"""What coders corrected here and the host has to send: gathered, judged, never sent by us.

A correction is a version of the coding that answers a work item. The latest of an encounter counts,
unless the host has sent a later claim by itself. What it becomes is judged by what the payer holds:

    nothing decided, or never adjudicated (MA130)   a new claim, frequency 1
    decided                                         a replacement, frequency 7, with REF*F8
    decided, and the payer takes no 7               a reopening: no claim, a letter or a call
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from schemas import codec, topics
from schemas.events import Adjudicated, Coded, Line, Submitted
from services.claims import edits, lifecycle
from services.claims.terms import Terms
from services.codes.reference import Reference
from services.db import bulk
from services.db.tables.shadow import SHADOW_EXPORT
from services.phi.keys import SiteKey
from services.shadow import hostclaim, store
from services.shadow.hostclaim import HostClaim

NEW, REPLACEMENT, VOID, REOPENING = "new claim", "replacement", "void", "reopening"
FREQUENCIES = {NEW: "1", REPLACEMENT: "7", VOID: "8"}
Prices = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction and the claim it corrects.

    Attributes:
        coded: The corrected version.
        claim: The host's claim.
        submitted: The event that claim became.
        payer_claim_number: CLP07 of the latest decision; empty when nothing was decided.
        becomes: new claim, replacement, void or reopening.
        category: Of the work item it answers.
        lines: The bill's lines at the host's prices.
        refusals: Why it cannot become a claim as it is; empty when it can.
    """

    coded: Coded
    claim: HostClaim
    submitted: Submitted
    payer_claim_number: str
    becomes: str
    category: str
    lines: tuple[Line, ...]
    refusals: tuple[str, ...]

    @property
    def frequency(self) -> str:
        """CLM05-3 of what it becomes; empty for a reopening."""
        return FREQUENCIES.get(self.becomes, "")


@dataclass(frozen=True, slots=True)
class Desk:
    """What gathering needs beside the database."""

    site: SiteKey
    terms: Terms
    reference: Reference
    today: date


def gather(conn: Connection, desk: Desk, form: str, *, again: bool) -> list[Correction]:
    """Return the corrections that were not handed over in a form yet, oldest first.

    Args:
        conn: The database.
        desk: Keys and terms.
        form: csv or x12.
        again: Also those that were.
    """
    rows = conn.execute(
        text(
            "select distinct on (c.encounter_id) c.encounter_id, c.version, c.event,"
            " s.claim_id, s.content, s.event as submitted, coalesce(w.category, '') as category"
            " from coding c join shadow_claim s on s.control_number = c.predecessor"
            " left join work_item w on w.rework_id::text = c.rework_id"
            " where c.rework_id <> '' and not exists (select from shadow_claim later"
            "   where later.encounter_id = c.encounter_id and later.version > c.version)"
            " order by c.encounter_id, c.version desc"
        )
    ).all()
    done = {
        (row.encounter_id, row.version)
        for row in conn.execute(
            text("select encounter_id, version from shadow_export where form = :form"),
            {"form": form},
        )
    }
    wanted = [row for row in rows if again or (row.encounter_id, row.version) not in done]
    decided = _decisions(conn, [row.encounter_id for row in wanted])
    charged = prices(conn) if wanted else {}
    found = [_correction(desk, row, decided, charged) for row in wanted]
    return sorted(found, key=lambda one: (one.coded.occurred_at, one.coded.encounter_id))


def _decisions(conn: Connection, encounters: Sequence[str]) -> Mapping[str, list[Adjudicated]]:
    """Return control number -> decisions in force, in the order they were made."""
    rows = conn.execute(
        text("select value from outbox where topic = :topic and key = any(:keys)"),
        {"topic": topics.ADJUDICATED.name, "keys": list(encounters)},
    )
    found: dict[str, list[Adjudicated]] = {}
    for row in rows:
        event: Adjudicated = codec.decode(topics.ADJUDICATED.name, bytes(row.value))
        if event.status not in (lifecycle.REVERSAL, lifecycle.PREDETERMINATION):
            found.setdefault(event.control_number, []).append(event)
    for events in found.values():
        events.sort(key=lambda e: (e.decided_on, e.remittance_id, e.ordinal))
    return found


def prices(conn: Connection) -> dict[str, int]:
    """Return what the host charges for one unit of a code: as it charged most often."""
    rows = conn.execute(
        text(
            "select distinct on (code) code, unit_cents from shadow_price"
            " order by code, lines desc, unit_cents"
        )
    )
    return {row.code: row.unit_cents for row in rows}


def prices_of(engine: Engine) -> Callable[[str], int | None]:
    """Return the host's price list: code -> charge of one unit in cents, if it ever charged it."""

    def price(code: str) -> int | None:
        with engine.connect() as conn:
            found: int | None = conn.execute(
                text(
                    "select unit_cents from shadow_price where code = :code"
                    " order by lines desc, unit_cents limit 1"
                ),
                {"code": code},
            ).scalar_one_or_none()
        return found

    return price


def _correction(
    desk: Desk, row: Row[Any], decided: Mapping[str, list[Adjudicated]], charged: Prices
) -> Correction:
    coded: Coded = codec.decode(topics.CODED.name, bytes(row.event))
    submitted: Submitted = codec.decode(topics.SUBMITTED.name, bytes(row.submitted))
    told = str(row.claim_id)
    claim = hostclaim.loads(store.unseal(desk.site, bytes(row.content), told))
    latest = next(reversed(decided.get(submitted.control_number, [])), None)
    becomes = _becomes(desk, coded, latest)
    lines, unpriced = _priced(coded, submitted, charged)
    refusals = [*unpriced, *_held(coded, submitted, desk)]
    if coded.bill.institutional != submitted.bill.institutional:
        refusals.append("what only an institutional claim has was changed: the CSV alone tells it")
    if becomes == REOPENING:
        refusals.append("this payer takes no replacement: ask for a reopening")
    elif becomes != NEW and not (latest and latest.payer_claim_number):
        refusals.append("the payer gave no claim number that a replacement could name")
    return Correction(
        coded, claim, submitted, latest.payer_claim_number if latest else "", becomes,
        row.category, lines, tuple(refusals),
    )


def _becomes(desk: Desk, coded: Coded, latest: Adjudicated | None) -> str:
    if latest is None or lifecycle.unprocessable(latest):
        return NEW
    frequency = lifecycle.VOID if coded.reason == "void" else lifecycle.REPLACEMENT
    policy = desk.reference.policy(
        coded.bill.coverage.payer_id, coded.bill.claim_type, desk.today
    )
    if policy is None or not policy.takes(frequency):
        return REOPENING
    return VOID if frequency == lifecycle.VOID else REPLACEMENT


def _priced(
    coded: Coded, submitted: Submitted, charged: Prices
) -> tuple[tuple[Line, ...], list[str]]:
    """Return the corrected lines at the host's prices, and which the host has to price."""
    before = {line.line_id: line for line in submitted.bill.lines}
    lines, refusals = [], []
    for position, line in enumerate(coded.bill.lines, 1):
        old = before.get(line.line_id)
        if old and (old.code, old.units) == (line.code, line.units):
            lines.append(replace(line, charge_cents=old.charge_cents))
            continue
        if old and old.code == line.code and old.units:
            unit: int | None = old.charge_cents // old.units
        else:
            unit = charged.get(line.code)
        if unit is None:
            refusals.append(f"line {position}: the host has not charged this code yet: price it")
        lines.append(replace(line, charge_cents=(unit or 0) * line.units))
    return tuple(lines), refusals


def _held(coded: Coded, submitted: Submitted, desk: Desk) -> Iterator[str]:
    """Yield what the edits would hold the correction for, and not what the payer took as it is."""
    before = replace(coded, bill=submitted.bill)
    known = {(f.edit, f.place) for f in edits.check(before, desk.today, desk.terms)}
    for finding in edits.check(coded, desk.today, desk.terms):
        if finding.severity == "hold" and (finding.edit, finding.place) not in known:
            yield f"{finding.place}: held by the edit {finding.edit}"


def note(conn: Connection, form: str, done: Sequence[Correction], now: datetime) -> None:
    """Note what was handed over."""
    bulk.insert(
        conn, SHADOW_EXPORT,
        [
            {
                "encounter_id": one.coded.encounter_id, "version": one.coded.version,
                "form": form, "exported_at": now,
            }
            for one in done
        ],
        conflict="update",
    )
