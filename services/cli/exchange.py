"""``claimloop exchange``: what a person must look at that belongs to no encounter."""

import sys
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app, database

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.gateway.exchange import Shown

exchange = App(name="exchange", help="Held remittances, suspense, overdue acknowledgements.")
app.command(exchange)


@exchange.command(name="list")
def list_(*, kind: str = "", all_: bool = False, json_: bool = False) -> int:
    """List what is open, the oldest first.

    Args:
        kind: Only this kind, as remittance_held.
        all_: The closed ones too.
        json_: One JSON object a line.
    """
    import orjson

    from services.gateway import exchange as read
    from services.gateway.kinds import KINDS

    if kind and kind not in KINDS:
        raise CannotRun(f"no kind is called {kind}: there are {', '.join(KINDS)}")
    with connected().connect() as conn:
        found = read.select(conn, state="" if all_ else "open", kind=kind)
    for one in found:
        if json_:
            sys.stdout.write(orjson.dumps(one.as_dict()).decode() + "\n")
        else:
            sys.stdout.write(_line(one) + "\n")
    if not found and not json_:
        sys.stdout.write("nothing is open\n" if not all_ else "there is nothing\n")
    return 0


@exchange.command
def show(item_id: str, *, json_: bool = False) -> int:
    """Show one item: what it is, what to do, what ends it.

    Args:
        item_id: As `list` prints it.
        json_: One JSON object.
    """
    import orjson

    from services.gateway import exchange as read

    with connected().connect() as conn:
        one = read.get(conn, item_id)
        given = read.approvals(conn, one.file_id if one else None)
    if one is None:
        sys.stderr.write(f"claimloop: no item is called {item_id}\n")
        return 1
    if json_:
        told = one.as_dict() | {"approvals": [{"person": a.person, "role": a.role} for a in given]}
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
        return 0
    rows = [
        one.about.says, f"  payer    {one.payer_id}", f"  state    {one.state}",
        f"  since    {one.opened_at:%Y-%m-%d %H:%M}", f"  about    {one.subject}",
        f"  amount   {_money(one.amount_cents)}", f"  why      {one.reason or '-'}",
        f"  file     {one.file_id or '-'}", f"  team     {one.team}",
        f"  do       {one.about.todo}", f"  ends     {one.about.ends or 'a person closes it'}",
    ]
    rows += [f"  released by {a.person} ({a.role}): {a.reason}" for a in given]
    if one.state == "closed":
        rows.append(f"  closed   {one.closed_at:%Y-%m-%d %H:%M} {one.closed_by} {one.closing}")
    sys.stdout.write("\n".join(rows) + "\n")
    return 0


@exchange.command
def close(item_id: str, *, as_: str, reason: str) -> int:
    """Close an item that no fact closes; the password is asked for, or read from standard input.

    Args:
        item_id: As `list` prints it.
        as_: Sign-in name of who says so.
        reason: What was found out or done.
    """
    from services import settings
    from services.gateway import exchange as read

    engine = connected()
    role = identified(engine, as_)
    if role not in (*read.APPROVERS, "ops"):
        raise CannotRun(f"a {role} closes no items")
    try:
        with engine.begin() as conn:
            read.close(conn, item_id, as_, reason, settings.load().clock.now())
    except read.NotPossible as why:
        sys.stderr.write(f"claimloop: {why}\n")
        return 1
    sys.stdout.write("closed\n")
    return 0


def connected() -> "Engine":
    """Return the database.

    Raises:
        CannotRun: none is known, or it does not answer.
    """
    from services import settings

    return database(settings.load(), "exchange")


def identified(engine: "Engine", name: str) -> str:
    """Return the role of a person who gives the right password.

    Raises:
        CannotRun: there is no such person, or the password is another.
    """
    import getpass

    from sqlalchemy import text

    from services.web import passwords

    ask = sys.stdin.isatty()
    password = getpass.getpass("password: ") if ask else sys.stdin.readline().rstrip("\n")
    with engine.connect() as conn:
        row: Any = conn.execute(
            text("select role, password_hash from user_account where name = :n and not disabled"),
            {"n": name},
        ).one_or_none()
    if not passwords.matches(row.password_hash if row else "", password) or row is None:
        raise CannotRun("name and password do not fit")
    return str(row.role)


def _line(one: "Shown") -> str:
    return (
        f"{one.item_id}  {one.opened_at:%Y-%m-%d}  {one.payer_id:10}  {one.team:8}"
        f"  {_money(one.amount_cents):>14}  {one.about.says}"
        + (f"  [{one.reason}]" if one.reason else "")
        + ("" if one.state == "open" else f"  closed: {one.closing}")
    )


def _money(cents: int | None) -> str:
    return "-" if cents is None else f"{cents / 100:,.2f}"
