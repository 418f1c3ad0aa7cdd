"""Tell the answers whose claim was told.

An answer about one claim is matched by `services.shadow.match`; a TA1 or 999 speaks of every claim
of its interchange or group, and waits until the last of them was told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from schemas import codec, topics
from schemas.events import Event, Submitted
from services.db import bulk
from services.db.tables.shadow import SHADOW_ANSWER, TOLD, WAITING
from services.delivery import outbox
from services.shadow import events, match, store
from services.shadow.match import Candidate, Clue
from services.shadow.settle import BATCH, PRODUCER, Desk

ITS_CLAIM_WAITS = "its claim to be complete"
ALL_CLAIMS = "every claim of its file"


def answers(conn: Connection, desk: Desk, *, final: bool) -> Counter[str]:
    """Tell the answers that are complete; return how many were told or wait."""
    counts: Counter[str] = Counter()
    ids = [
        str(row.answer_id)
        for row in conn.execute(
            text(
                "select answer_id from shadow_answer a where state = 'waiting' and exists (select"
                " from shadow_claim c where c.state <> 'refused' and (c.account = a.account"
                " or (a.batch <> '' and a.batch in (c.batch, c.interchange))))"
                " order by at, answer_id"
            )
        )
    ]
    for at in range(0, len(ids), BATCH):
        counts += _batch(conn, desk, ids[at : at + BATCH], final=final)
    return counts


def _batch(conn: Connection, desk: Desk, ids: Sequence[str], *, final: bool) -> Counter[str]:
    rows = conn.execute(
        text(
            "select * from shadow_answer where answer_id = any(cast(:ids as uuid[]))"
            " order by at, answer_id"
        ),
        {"ids": list(ids)},
    ).all()
    of_one = [row for row in rows if row.account]
    of_many = [row for row in rows if not row.account]
    out: list[Event] = []
    states = []
    by_account = _candidates(conn, {row.account for row in of_one})
    for row in of_one:
        said = _said(desk, row)
        event = _of_one(desk, row, said, by_account[row.account], final=final)
        if not isinstance(event, str):
            out.append(event)
        states.append(_state(row, event if isinstance(event, str) else ""))
    for row in of_many:
        found, waits = _of_many(conn, desk, row)
        out += found
        states.append(_state(row, ALL_CLAIMS if waits else ""))
    outbox.put(conn, PRODUCER, out)
    bulk.update(conn, SHADOW_ANSWER, states)
    return Counter(state["state"] for state in states)


def _state(row: Row[Any], waits_for: str) -> dict[str, Any]:
    return {
        "answer_id": str(row.answer_id), "state": WAITING if waits_for else TOLD,
        "reason": waits_for,
    }


def _said(desk: Desk, row: Row[Any]) -> Mapping[str, Any]:
    told = str(row.answer_id)
    said: Mapping[str, Any] = orjson.loads(store.unseal(desk.site, bytes(row.content), told))
    return said


def _candidates(conn: Connection, accounts: set[str]) -> Mapping[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(
        text(
            "select claim_id, account, frequency, sequence, original, sent_at, state, event"
            " from shadow_claim where state <> 'refused' and account = any(:accounts)"
        ),
        {"accounts": sorted(accounts)},
    ):
        found[row.account].append(row)
    return found


def _of_one(
    desk: Desk, row: Row[Any], said: Mapping[str, Any], known: Sequence[Row[Any]], *, final: bool
) -> Event | str:
    """Return the event of an answer about one claim, or what it waits for."""
    decision = row.kind == "835"
    clue = Clue(
        row.at, row.reference, said.get("frequency", "") if decision else "",
        said.get("status", "") if decision else "",
    )
    candidates = [
        Candidate(str(c.claim_id), c.frequency, c.sequence, c.original, c.sent_at) for c in known
    ]
    chosen = match.choose(candidates, clue, final=final)
    if isinstance(chosen, str):
        return chosen
    claim = next(c for c in known if str(c.claim_id) == chosen.claim_id)
    if claim.state != TOLD:
        return ITS_CLAIM_WAITS
    submitted = _submitted(claim)
    if decision:
        return events.adjudicated(submitted, desk.site, said["number"], said, row.at, desk.now)
    return events.acknowledged(
        submitted, str(row.answer_id), row.kind, said, row.at, desk.now
    )


def _of_many(conn: Connection, desk: Desk, row: Row[Any]) -> tuple[list[Event], bool]:
    """Return the events of a TA1 or 999, and whether claims it speaks of still wait."""
    column = "interchange" if row.kind == "TA1" else "batch"
    claims = conn.execute(
        text(
            f"select set_control, state, event from shadow_claim where {column} = :batch"  # noqa: S608 - one of two names
            " and state <> 'refused' order by sent_at, claim_id"
        ),
        {"batch": row.batch},
    ).all()
    told = [claim for claim in claims if claim.state == TOLD]
    return list(_each(desk, row, told)), len(told) < len(claims)


def _each(desk: Desk, row: Row[Any], claims: Sequence[Row[Any]]) -> Iterator[Event]:
    said = _said(desk, row)
    for claim in claims:
        verdict = said.get("sets", {}).get(claim.set_control, said["rest"])
        if verdict is not None:
            yield events.acknowledged(
                _submitted(claim), str(row.answer_id), row.kind, verdict, row.at, desk.now
            )


def _submitted(row: Row[Any]) -> Submitted:
    found: Submitted = codec.decode(topics.SUBMITTED.name, bytes(row.event))
    return found
