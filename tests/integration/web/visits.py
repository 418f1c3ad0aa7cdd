"""Visits in the database: a scene that was played, for the tests that begin with one."""

import itertools
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, text

from schemas import codec, ids
from schemas.events import Adjudicated, Rework, Submitted
from services.db import bulk
from services.db.tables.gateway import GATEWAY_CLAIM
from tests.integration.web import scene
from tests.integration.web.scene import Made

_names = (f"visit-{n}" for n in itertools.count())


def held(engine: Engine) -> Made:
    """Let a visit of coder C-01 be held by an edit."""
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
    return made


def denied(engine: Engine, **over: Any) -> Made:
    """Let a visit of coder C-01 come back denied."""
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), **over)
        scene.play(conn, made)
    return made


def silent(engine: Engine, **over: Any) -> Made:
    """Let a payer take a claim in and not decide it by remittance."""
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), **over)
        kept = tuple(one for one in made.events if not isinstance(one, Adjudicated | Rework))
        scene.play(conn, replace(made, events=kept))
        claim = next(one for one in made.events if isinstance(one, Submitted))
        bulk.insert(conn, GATEWAY_CLAIM, [{
            "control_number": claim.control_number, "encounter_id": claim.encounter_id,
            "payer_id": claim.payer_id, "event_id": claim.event_id,
            "event": codec.encode(claim), "frequency": "1",
            "charge_cents": claim.bill.charge_cents, "state": "ready", "fact": "submitted",
            "evidence": claim.event_id, "moved_at": claim.occurred_at,
            "payer_claim_number": None, "payer_number_rank": None,
        }])
    return made


def put(engine: Engine, made: Made, assigns: str, **given: Any) -> None:
    """Put the item of a visit where a test wants it, as ``state = 'released'``."""
    with engine.begin() as conn:
        conn.execute(
            text(f"update work_item set {assigns} where rework_id = cast(:id as uuid)"),
            {"id": made.rework.rework_id, **given},
        )


def remit(engine: Engine, made: Made) -> None:
    """Let the remittance of a silent payer arrive, and the denial it makes."""
    with engine.begin() as conn:
        scene.see(conn, tuple(o for o in made.events if isinstance(o, Adjudicated | Rework)))


def say(engine: Engine, made: Made, revision: int, **over: Any) -> None:
    """Let a later revision of the item arrive."""
    later = replace(
        made.rework, revision=revision,
        event_id=ids.derive("rework", made.rework.rework_id, revision), **over,
    )
    with engine.begin() as conn:
        scene.see(conn, (later,))
