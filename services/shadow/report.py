"""What the pilot measured, from the tables alone.

Returnable: open or closed denials and rejections of coding (team CODING), which a loop brings back
to the coder who can fix them. Of these, *answered* are those the host itself followed with a later
claim, *recovered* what that brought; the rest was left. Preventable: denied claims which our edits
would have held on the day they went out. All amounts are charges, but `recovered`, which is paid.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, text

Found = dict[str, Any]
GROUPS = ("category", "team", "payer_id", "coder_id")
CAME_BACK = "kind in ('held', 'rejection', 'denial')"
SENT_AFTER = (
    "exists (select from shadow_claim a join shadow_claim b on b.encounter_id = a.encounter_id"
    " and b.payer_id = a.payer_id and b.version > a.version and b.state = 'told'"
    " where a.control_number = w.control_number)"
)


def measure(conn: Connection) -> Found:
    """Return every figure of the report."""
    return {
        "files": _rows(conn, "select state, kind, count(*) as files, sum(documents)::bigint as"
                             " documents from shadow_file group by 1, 2 order by 1, 2"),
        "quarantined": _rows(conn, "select name as file, reason from shadow_file"
                                   " where state = 'quarantined' order by name"),
        "claims": _rows(conn, "select kind, frequency, state, count(*) as n,"
                              " sum(charge_cents)::bigint as charge_cents,"
                              " count(*) filter (where not known_payer) as payers_by_kind"
                              " from shadow_claim group by 1, 2, 3 order by 1, 2, 3"),
        "refused": _rows(conn, "select reason, count(*) as n from shadow_claim"
                               " where state = 'refused' group by 1 order by 2 desc, 1"),
        "waiting": _rows(conn, "select kind, reason, count(*) as n, sum(cents)::bigint as cents"
                               " from (select kind, reason, charge_cents as cents from shadow_claim"
                               " where state = 'waiting' union all select kind, reason, paid_cents"
                               " from shadow_answer where state = 'waiting') w"
                               " group by 1, 2 order by 1, 2"),
        "unmatched": _unmatched(conn),
        "denials": {group: _denials(conn, group) for group in GROUPS},
        "returnable": _returnable(conn),
        "preventable": _preventable(conn),
    }


def _rows(conn: Connection, statement: str) -> list[Found]:
    return [dict(row._mapping) for row in conn.execute(text(statement))]


def _unmatched(conn: Connection) -> list[Found]:
    """Return remittances with decisions whose claim never came: what they paid on them."""
    return _rows(
        conn,
        "select kind, at::date::text as on, count(*) as n, sum(paid_cents)::bigint as paid_cents"
        " from shadow_answer a where state = 'waiting' and account <> '' and not exists"
        " (select from shadow_claim c where c.account = a.account) group by 1, 2 order by 2, 1",
    )


def _denials(conn: Connection, group: str) -> list[Found]:
    return _rows(
        conn,
        f"select kind, {group} as name, count(*) as n, sum(at_stake_cents)::bigint as cents,"  # noqa: S608 - a name of GROUPS
        " count(*) filter (where status = 'open') as open"
        f" from work_item where {CAME_BACK} group by 1, 2 order by 4 desc, 1, 2",
    )


def _returnable(conn: Connection) -> Found:
    found = _rows(
        conn,
        "select count(*) as n, coalesce(sum(at_stake_cents), 0)::bigint as cents,"  # noqa: S608 - our own text
        f" count(*) filter (where {SENT_AFTER}) as answered_n,"
        f" coalesce(sum(at_stake_cents) filter (where {SENT_AFTER}), 0)::bigint as answered_cents"
        f" from work_item w where team = 'CODING' and {CAME_BACK}",
    )[0]
    paid = _rows(
        conn,
        "select coalesce(sum(paid_cents), 0)::bigint as recovered_cents from"
        " (select distinct n.answer_id, n.paid_cents from work_item w"
        " join shadow_claim a on a.control_number = w.control_number"
        " join shadow_claim b on b.encounter_id = a.encounter_id and b.payer_id = a.payer_id"
        " and b.version > a.version and b.state = 'told'"
        " join shadow_answer n on n.account = b.account and n.kind = '835' and n.at >= b.sent_at"
        " where w.team = 'CODING' and n.state = 'told') paid",
    )[0]
    left_n, left = found["n"] - found["answered_n"], found["cents"] - found["answered_cents"]
    return {**found, **paid, "left_n": left_n, "left_cents": left}


def _preventable(conn: Connection) -> Found:
    by_edit = _rows(
        conn,
        "select edit, count(*) as n from shadow_claim,"
        " unnest(string_to_array(holds, ' ')) as edit where state = 'told' group by 1"
        " order by 2 desc, 1",
    )
    found = _rows(
        conn,
        "select count(*) as held_n, coalesce(sum(charge_cents), 0)::bigint as held_cents,"
        " count(back) as denied_n, coalesce(sum(back), 0)::bigint as denied_cents"
        " from (select charge_cents, (select max(at_stake_cents) from work_item w"
        " where w.control_number = c.control_number and w.kind in ('denial', 'rejection')) as back"
        " from shadow_claim c where state = 'told' and holds <> '') held",
    )[0]
    return {**found, "by_edit": by_edit}


def as_text(found: Mapping[str, Any]) -> str:
    """Return the report as tables of plain text."""
    lines = ["claims"]
    for row in found["claims"]:
        lines.append(
            f"{row['n']:8,} {row['kind']} frequency {row['frequency'] or '-'}, {row['state']},"
            f" charged {_dollars(row['charge_cents'])}"
            + (f", {row['payers_by_kind']:,} by kind of payer" if row["payers_by_kind"] else "")
        )
    for title in ("refused", "waiting"):
        lines += [title, *(_counted(row) for row in found[title])]
    lines.append("unmatched: answers whose claim never came")
    lines += [f"{r['n']:8,} {r['kind']} of {r['on']}, paid {_dollars(r['paid_cents'])}"
              for r in found["unmatched"]]
    for group, rows in found["denials"].items():
        lines.append(f"came back, by {group.removesuffix('_id')}")
        lines += [f"{r['n']:8,} {r['kind']:10} {r['name'] or '(nobody)':24}"
                  f" {_dollars(r['cents']):>16}  {r['open']:,} open" for r in rows]
    return "\n".join([*lines, *_loop(found)]) + "\n"


def _loop(found: Mapping[str, Any]) -> Iterable[str]:
    back, held = found["returnable"], found["preventable"]
    yield "what a loop would have returned to a coder"
    yield f"{back['n']:8,} items of coding, {_dollars(back['cents'])} charged"
    yield (
        f"{back['answered_n']:8,} of them the host answered, {_dollars(back['answered_cents'])}"
        f" charged, {_dollars(back['recovered_cents'])} paid on it"
    )
    yield f"{back['left_n']:8,} were left, {_dollars(back['left_cents'])} charged"
    yield "what our edits would have held on the day it went out"
    yield f"{held['held_n']:8,} claims, {_dollars(held['held_cents'])} charged"
    yield f"{held['denied_n']:8,} of these came back, {_dollars(held['denied_cents'])}"
    yield from (f"{row['n']:8,} by the edit {row['edit']}" for row in held["by_edit"])


def _counted(row: Mapping[str, Any]) -> str:
    kind = f"{row['kind']}: " if "kind" in row else ""
    return f"{row['n']:8,} {kind}{row['reason']}"


def _dollars(cents: int | None) -> str:
    return f"${(cents or 0) / 100:,.2f}"
