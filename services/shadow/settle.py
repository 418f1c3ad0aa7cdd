"""Tell what is complete: claims whose coder and place are known, and answers whose claim was told.

    shadow_claim (waiting) ──▶ encounter, coded, submitted ──▶ outbox
    shadow_answer (waiting) ─▶ acknowledged, adjudicated ────▶ outbox

What is not complete waits, so neither the order of the files nor their grouping matters; `final`
says that nothing more will come.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from schemas import codec
from schemas.events import Coded, Encounter, Event, Submitted
from services.claims import edits
from services.claims.terms import Terms
from services.codes.reference import Reference
from services.db import bulk
from services.db.tables.coding import CODING
from services.db.tables.shadow import REFUSED, SHADOW_CLAIM, SHADOW_PRICE, TOLD, WAITING
from services.delivery import outbox
from services.phi import vault
from services.phi.keys import SiteKey
from services.shadow import build, chains, events, hostclaim, store
from services.shadow.chains import Home, Known, Waiting
from services.shadow.events import Placed
from services.shadow.payers import Payers
from services.shadow.shapes import Unfit
from services.x12.errors import X12Error

PRODUCER = "shadow"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """What telling needs beside the database."""

    site: SiteKey
    payers: Payers
    terms: Terms
    now: datetime

    @property
    def reference(self) -> Reference:
        """Our payers."""
        return self.payers.reference


def claims(conn: Connection, desk: Desk, *, final: bool) -> Counter[str]:
    """Tell the claims that are complete; return how many were told, refused or wait for what."""
    rows = conn.execute(
        text(
            "select claim_id, account, frequency, original, sent_at from shadow_claim"
            " where state = 'waiting'"
        )
    ).all()
    waiting = [Waiting(str(row.claim_id), *row[1:]) for row in rows]
    homes = chains.settle(waiting, _known(conn, waiting), desk.site, final=final)
    counts: Counter[str] = Counter()
    late = [
        {"claim_id": told, "reason": home} for told, home in homes.items()
        if not isinstance(home, Home)
    ]
    counts.update(row["reason"] for row in late)
    bulk.update(conn, SHADOW_CLAIM, late)
    ready = [(told, home) for told, home in homes.items() if isinstance(home, Home)]
    for at in range(0, len(ready), BATCH):
        counts += _tell(conn, desk, ready[at : at + BATCH])
    return counts


def _known(conn: Connection, waiting: Sequence[Waiting]) -> Known:
    originals = sorted({one.original for one in waiting if one.original})
    answered: dict[str, list[str]] = {}
    for row in conn.execute(
        text(
            "select distinct reference, account from shadow_answer"
            " where reference = any(:originals) and account <> ''"
        ),
        {"originals": originals},
    ):
        answered.setdefault(row.reference, []).append(row.account)
    accounts = sorted({one.account for one in waiting} | {a for s in answered.values() for a in s})
    told = conn.execute(
        text(
            "select distinct account, encounter_id from shadow_claim"
            " where state = 'told' and account = any(:accounts)"
        ),
        {"accounts": accounts},
    )
    coded = conn.execute(
        text("select distinct account from shadow_coding where account = any(:accounts)"),
        {"accounts": accounts},
    )
    return Known(
        {row.account: row.encounter_id for row in told}, answered,
        frozenset(row.account for row in coded),
    )


def _tell(conn: Connection, desk: Desk, ready: Sequence[tuple[str, Home]]) -> Counter[str]:
    """Tell a batch of claims, in the order they were sent."""
    rows = {
        str(row.claim_id): hostclaim.loads(
            store.unseal(desk.site, bytes(row.content), str(row.claim_id))
        )
        for row in conn.execute(
            text(
                "select claim_id, content from shadow_claim"
                " where claim_id = any(cast(:ids as uuid[]))"
            ),
            {"ids": [told for told, _ in ready]},
        )
    }
    codings = store.codings_of(conn, sorted({home.coded_as for _, home in ready}))
    places = _Places(conn, {home.encounter_id for _, home in ready})
    said: list[_Told] = []
    refused: list[dict[str, Any]] = []
    for told, home in ready:
        claim = rows[told]
        try:
            built = build.build(claim, codings.get(home.coded_as, ()), desk.site, desk.payers)
        except (Unfit, X12Error):
            refused.append({"claim_id": told, "state": REFUSED, "reason": "cannot be represented"})
            continue
        said.append(_Told(claim, built, places.place(desk.site, told, home, claim, built)))
    _write(conn, desk, said)
    bulk.update(conn, SHADOW_CLAIM, refused)
    return Counter({TOLD: len(said), REFUSED: len(refused)})


@dataclass(frozen=True, slots=True)
class _Told:
    claim: hostclaim.HostClaim
    built: build.Built
    placed: Placed


class _Places:
    """Versions and predecessors of some encounters, as claims are added to them."""

    def __init__(self, conn: Connection, encounters: set[str]) -> None:
        self._opened: set[str] = set()
        self._handed: dict[str, list[tuple[int, str]]] = {}
        self._versions: dict[str, set[int]] = {}
        self._latest: dict[tuple[str, str], tuple[int, str]] = {}
        for row in conn.execute(
            text(
                "select encounter_id, payer_id, version, control_number from shadow_claim"
                " where state = 'told' and encounter_id = any(:ids)"
                " union all select encounter_id, '', version, '' from coding"
                " where encounter_id = any(:ids)"
            ),
            {"ids": sorted(encounters)},
        ):
            self._opened.add(row.encounter_id)
            self._add(row.encounter_id, row.payer_id, row.version, row.control_number)
        for row in conn.execute(
            text(
                "select distinct c.encounter_id, c.version, c.rework_id from coding c"
                " join shadow_export e on e.encounter_id = c.encounter_id"
                " and e.version = c.version where c.encounter_id = any(:ids)"
            ),
            {"ids": sorted(encounters)},
        ):
            handed = self._handed.setdefault(row.encounter_id, [])
            handed.append((row.version, row.rework_id))

    def _add(self, encounter_id: str, payer_id: str, version: int, number: str) -> None:
        self._versions.setdefault(encounter_id, set()).add(version)
        key, one = (encounter_id, payer_id), (version, number)
        self._latest[key] = max(self._latest.get(key, one), one)

    def place(
        self, site: SiteKey, told: str, home: Home, claim: hostclaim.HostClaim, built: build.Built
    ) -> Placed:
        """Return where a claim belongs, and remember it."""
        key, payer_id = home.encounter_id, built.bill.coverage.payer_id
        version = events.version(claim.at)
        while version in self._versions.get(key, ()):
            version += 1
        before = self._latest.get((key, payer_id))
        follows = claim.frequency in chains.FOLLOWS and before and before[0] < version
        answers = max((h for h in self._handed.get(key, ()) if h[0] < version), default=(0, ""))
        placed = Placed(
            told, key, site.opaque("control", "host", told, length=18), version,
            before[1] if follows and before else "", key not in self._opened, answers[1],
        )
        self._opened.add(key)
        self._add(key, payer_id, version, placed.control_number)
        return placed


def _write(conn: Connection, desk: Desk, said: Sequence[_Told]) -> None:
    keys = vault.ensure_keys(conn, desk.site, {one.built.kid for one in said})
    out: list[Event] = []
    codings, rows = [], []
    for one in said:
        told = _sealed(one, keys[one.built.kid], desk)
        out += told
        coded, submitted = told[-2], told[-1]
        if isinstance(coded, Coded) and isinstance(submitted, Submitted):
            codings.append(_coding_row(coded))
            rows.append(_claim_row(one, coded, submitted, desk))
    outbox.put(conn, PRODUCER, out)
    bulk.insert(conn, CODING, codings)
    bulk.update(conn, SHADOW_CLAIM, rows)
    charged = Counter(
        (line.code, line.charge_cents // line.units)
        for one in said for line in one.built.bill.lines if line.code and line.units
    )
    prices = [
        {"code": code, "unit_cents": cents, "lines": charged[code, cents]}
        for code, cents in sorted(charged)
    ]
    bulk.merge(conn, SHADOW_PRICE, prices, sets="lines = shadow_price.lines + excluded.lines")


def _sealed(one: _Told, key: bytes, desk: Desk) -> list[Encounter | Coded | Submitted]:
    placed, kid = one.placed, one.built.kid
    group = vault.seal(
        key, kid, placed.encounter_id, "demographics", asdict(one.built.demographics),
        placed.version,
    )
    text_ = vault.seal(
        key, kid, placed.encounter_id, "note",
        {"text": events.note_text(one.claim, one.built)}, 1,
    )
    note = events.sealed_note(desk.site.opaque("note", placed.claim_id), one.claim.at)
    return events.of_claim(
        one.claim, one.built, placed, replace(one.built.bill, demographics=group),
        replace(note, text=text_), desk.now,
    )


def _coding_row(coded: Coded) -> dict[str, Any]:
    return {
        "encounter_id": coded.encounter_id, "version": coded.version, "event_id": coded.event_id,
        "encounter_version": coded.encounter_version, "coder_id": coded.coder_id,
        "reason": coded.reason, "rework_id": "", "predecessor": coded.predecessor,
        "recorded_at": coded.occurred_at, "event": codec.encode(coded),
    }


def _claim_row(one: _Told, coded: Coded, submitted: Submitted, desk: Desk) -> dict[str, Any]:
    found = edits.check(coded, one.claim.at.date(), desk.terms)
    holds = dict.fromkeys(f.edit for f in found if f.severity == "hold")
    return {
        "claim_id": one.placed.claim_id, "state": TOLD, "reason": "",
        "encounter_id": coded.encounter_id, "control_number": submitted.control_number,
        "version": coded.version, "event": codec.encode(submitted), "holds": " ".join(holds),
    }


def waiting_counts(conn: Connection) -> Mapping[str, int]:
    """Return what waits for what, of claims and of answers: ``kind: reason`` -> how many."""
    return dict(_counted(conn))


def _counted(conn: Connection) -> Iterator[tuple[str, int]]:
    for row in conn.execute(
        text(
            "select kind || ': ' || reason as what, count(*) as n from shadow_claim"
            " where state = :waiting group by 1"
            " union all select kind || ': ' || reason, count(*) from shadow_answer"
            " where state = :waiting group by 1 order by 1"
        ),
        {"waiting": WAITING},
    ):
        yield row.what, row.n
