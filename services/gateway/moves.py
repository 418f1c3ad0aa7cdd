"""SQL of a claim's life: facts in, moves along `claim_transition`, refusals with a trace.

A trigger of the database writes `claim_move` and refuses what the table does not allow; here a fact
that is not legal is left out and noted, so that one wrong fact never stops the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from schemas.ids import derive
from services.claims import life
from services.db import bulk
from services.db.tables.gateway import CLAIM_REFUSAL


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of a claim.

    Attributes:
        control_number: The claim.
        name: A fact of `services.claims.life`.
        evidence: Id of the file or event that says so.
        payer_number: The payer's number of the claim, if it says one.
        rank: Of two numbers the one with the higher rank stays.
    """

    control_number: str
    name: str
    evidence: str
    payer_number: str = ""
    rank: str = ""


_MOVE = text(
    "with n as (select * from unnest(cast(:numbers as text[]), cast(:facts as text[]),"
    " cast(:evidence as text[]), cast(:payer_numbers as text[]), cast(:ranks as text[]))"
    " as n (control_number, fact, evidence, payer_number, rank)), moved as ("
    "update gateway_claim c set state = t.next,"
    " fact = case when t.next = c.state then c.fact else n.fact end,"
    " evidence = case when t.next = c.state then c.evidence else n.evidence end,"
    " moved_at = case when t.next = c.state then c.moved_at else :at end,"
    " payer_claim_number = case when n.rank > coalesce(c.payer_number_rank, '')"
    " then n.payer_number else c.payer_claim_number end,"
    " payer_number_rank = greatest(n.rank, coalesce(c.payer_number_rank, ''))"
    " from n, claim_transition t"
    " where c.control_number = n.control_number and t.state = c.state and t.fact = n.fact"
    " and (t.next <> c.state or n.rank > coalesce(c.payer_number_rank, '')))"
    " insert into claim_refusal (refusal_id, control_number, state, fact, rule, evidence, at)"
    " select cast(md5(concat_ws('|', n.control_number, n.fact, n.evidence)) as uuid),"
    " n.control_number, c.state, n.fact, :rule, n.evidence, :at"
    " from n join gateway_claim c on c.control_number = n.control_number"
    " left join claim_transition t on t.state = c.state and t.fact = n.fact"
    " where t.state is null on conflict do nothing"
)


def move(conn: Connection, facts: Sequence[Fact], at: datetime) -> None:
    """Move claims by what is known of them, once a claim; what is not legal is noted."""
    for name in sorted({fact.name for fact in facts}):
        some = [fact for fact in facts if fact.name == name]
        conn.execute(
            _MOVE,
            {
                "numbers": [f.control_number for f in some], "facts": [f.name for f in some],
                "evidence": [f.evidence for f in some],
                "payer_numbers": [f.payer_number for f in some],
                "ranks": [f.rank for f in some], "at": at, "rule": life.ILLEGAL,
            },
        )


def refuse(
    conn: Connection, refused: Iterable[tuple[Fact, str, str]], at: datetime
) -> None:
    """Note facts that were refused.

    Args:
        conn: A connection in a transaction.
        refused: The fact, where its claim stands (empty when it is not ours), the rule.
        at: Business time.
    """
    rows = {
        derive("refusal", fact.control_number, fact.name, fact.evidence): (fact, state, rule)
        for fact, state, rule in refused
    }
    bulk.insert(
        conn, CLAIM_REFUSAL,
        [
            {
                "refusal_id": key, "control_number": fact.control_number, "state": state,
                "fact": fact.name, "rule": rule, "evidence": fact.evidence, "at": at,
            }
            for key, (fact, state, rule) in rows.items()
        ],
        conflict="nothing",
    )


def states(conn: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """Return where claims stand, locked; those that are not ours are left out."""
    rows = conn.execute(
        text(
            "select control_number, state from gateway_claim"
            " where control_number = any(:numbers) order by control_number for update"
        ),
        {"numbers": sorted(set(numbers))},
    )
    return {row.control_number: row.state for row in rows}


def unprocessable(conn: Connection, numbers: Iterable[str]) -> set[str]:
    """Return claims of which the latest decision says that they were never adjudicated."""
    rows = conn.execute(
        text(
            "select control_number from (select distinct on (c.control_number) c.control_number,"
            " c.unprocessable from remittance_claim c join remittance r using (remittance_id)"
            " where c.control_number = any(:numbers) and c.matched"
            " and c.status not in ('22', '25')"
            " order by c.control_number, r.paid_on desc, r.remittance_id desc, c.ordinal desc)"
            " as latest where unprocessable"
        ),
        {"numbers": sorted(set(numbers))},
    )
    return set(rows.scalars())


def chain(conn: Connection, encounters: Iterable[tuple[str, str]]) -> list[Any]:
    """Return the claims of encounters with a payer, in the order in which they went out.

    Returns:
        Rows of control_number, encounter_id, payer_id, state, frequency, payer_claim_number, event.
    """
    pairs = sorted(set(encounters))
    rows = conn.execute(
        text(
            "select c.control_number, c.encounter_id, c.payer_id, c.state, c.frequency,"
            " c.payer_claim_number, c.event"
            " from unnest(cast(:encounters as text[]), cast(:payers as text[]))"
            " as n (encounter_id, payer_id)"
            " join gateway_claim c on c.encounter_id = n.encounter_id and c.payer_id = n.payer_id"
            " left join interchange i on i.interchange_id = c.interchange_id"
            " order by i.control nulls last, c.control_number"
        ),
        {"encounters": [e for e, _ in pairs], "payers": [p for _, p in pairs]},
    )
    return list(rows)
