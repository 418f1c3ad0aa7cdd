"""Accounts: who may sign in, as what, for whom. Changes of role or password end all sessions."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, text

from services.claims.routing import TEAMS
from services.codes import npi as npis
from services.db import keyset
from services.db.keyset import Order, Page
from services.phi import audit
from services.phi.keys import SiteKey
from services.web import passwords, totp
from services.web.rules import ROLES
from services.web.sessions import end_sessions
from services.worklist.item.scope import EVERYWHERE, Person

CODING, BILLING = "CODING", "BILLING"
TEAM_OF = {"coder": CODING, "biller": BILLING}
THEMES = ("", "light", "dark")
ORDER = Order((("name", "text"),))
COMMAND = "claimloop user"
"""The actor of what is done at the command line of the server."""


class Unfit(ValueError):  # noqa: N818 - says what it is
    """An account cannot be like that; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account.

    Attributes:
        name: Sign-in name.
        role: One of `ROLES`.
        team: Of a specialist: any team but coding and billing; of others their role's.
        facilities: Which it may see; ``("*",)`` all.
        coder_id: As on coded events; for coders.
        npi: For physicians.
        disabled: Whether it may not sign in.
        second_factor: Whether it has an authenticator.
    """

    name: str
    role: str
    team: str = ""
    facilities: tuple[str, ...] = ("*",)
    coder_id: str = ""
    npi: str = ""
    disabled: bool = False
    second_factor: bool = False


def user_id(name: str) -> str:
    """Return the id of an account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"claimloop:user:{name}"))


def fitting(account: Account) -> dict[str, Any]:
    """Return the columns of an account.

    Raises:
        Unfit: role, team, facility or NPI do not go together.
    """
    if not account.name.strip():
        raise Unfit("a user has a name")
    if account.role not in ROLES:
        raise Unfit(f"a role is one of {', '.join(ROLES)}")
    team = TEAM_OF.get(account.role, account.team)
    if account.role == "specialist" and team not in TEAMS - {CODING, BILLING}:
        others = ", ".join(sorted(TEAMS - {CODING, BILLING}))
        raise Unfit(f"a specialist has a team: {others}")
    if account.role not in ("specialist", "coder", "biller") and team:
        raise Unfit(f"a {account.role} has no team")
    if account.role == "physician":
        try:
            npis.validate(account.npi)
        except ValueError as why:
            raise Unfit(f"a physician has an NPI: {why}") from None
    if any("," in one or not one for one in account.facilities):
        raise Unfit("the id of a facility has no comma and is not empty")
    return {
        "id": user_id(account.name), "name": account.name, "role": account.role,
        "coder_id": (account.coder_id or account.name) if account.role == "coder" else "",
        "team": team, "npi": account.npi if account.role == "physician" else "",
        "facilities": orjson.dumps(account.facilities).decode(),
    }


def add(
    engine: Engine, account: Account, password: str, *, by: str = COMMAND, password_hash: str = ""
) -> bool:
    """Add an account, or change one and give it a new password; return whether it is new.

    Raises:
        ValueError: the password is too short, or the account does not fit.
    """
    values = fitting(account) | {"hash": password_hash or passwords.hashed(password)}
    with engine.begin() as conn:
        row = conn.execute(
            text(
                "insert into user_account (user_id, name, role, coder_id, team, npi, facilities,"
                " password_hash, disabled) values (cast(:id as uuid), :name, :role, :coder_id,"
                " :team, :npi, cast(:facilities as jsonb), :hash, false)"
                " on conflict (name) do update set role = excluded.role, team = excluded.team,"
                " coder_id = excluded.coder_id, npi = excluded.npi,"
                " facilities = excluded.facilities, password_hash = excluded.password_hash,"
                " disabled = false returning (xmax = 0) as fresh, cast(user_id as text) as user_id"
            ),
            values,
        ).one()
        end_sessions(conn, row.user_id)
        _note(conn, by, "user.add" if row.fresh else "user.change", row.user_id)
    return bool(row.fresh)


def placed(account: Account, known: Collection[str]) -> Account:
    """Return the account.

    Args:
        account: What was asked for.
        known: Ids of the site's facilities.

    Raises:
        Unfit: a facility it names is none of the site's, so that its owner would see nothing there.
    """
    for one in account.facilities:
        if one != EVERYWHERE and one not in known:
            there = ", ".join(sorted(known))
            raise Unfit(f"{one} is no facility: {there}, or {EVERYWHERE} for all")
    return account


_COLUMNS = (
    "select u.name, u.role, u.team, u.facilities, u.coder_id, u.npi, u.disabled,"
    " u.totp is not null as second_factor from"
)


def everybody(engine: Engine) -> list[Account]:
    """Return all accounts by name."""
    with engine.connect() as conn:
        rows = conn.execute(text(f"{_COLUMNS} user_account u order by u.name")).all()
    return [_account(row) for row in rows]


def listed(engine: Engine, after: str = "") -> Page[Account]:
    """Return a page of the accounts by name; after a cursor, or the first one."""
    place = keyset.place(ORDER, after)
    inner = keyset.head(ORDER, "user_account u", ["true"], "true", after=bool(place))
    with engine.connect() as conn:
        rows = conn.execute(
            text(f"{_COLUMNS} {inner} u order by u.name"), {**place, "size": keyset.PAGE + 1}
        ).all()
    page = keyset.cut(ORDER, rows, keyset.PAGE)
    return Page([_account(row) for row in page.rows], page.next)


def _account(row: Row[Any]) -> Account:
    return Account(**{**row._mapping, "facilities": tuple(row.facilities)})


def workers(engine: Engine) -> list[Person]:
    """Return who can be given work, by name."""
    return [
        Person(one.name, one.role, one.coder_id, one.team, one.facilities)
        for one in everybody(engine)
        if not one.disabled and one.role in ("coder", "biller", "specialist")
    ]


def worker(engine: Engine, name: str) -> Person | None:
    """Return somebody who can be given work; none where nobody has that name."""
    return next((one for one in workers(engine) if one.name == name), None)


def disable(engine: Engine, name: str, *, by: str = COMMAND) -> bool:
    """Disable an account and end its sessions; return whether there was one."""
    return _change(engine, name, by, "user.disable", "disabled = true", {})


def enable(engine: Engine, name: str, *, by: str = COMMAND) -> bool:
    """Let a disabled account sign in again; return whether there was one."""
    return _change(engine, name, by, "user.enable", "disabled = false", {})


def sign_out(engine: Engine, name: str, *, by: str = COMMAND) -> bool:
    """End every session of an account; return whether there was one."""
    return _change(engine, name, by, "user.sign_out", "name = name", {})


def set_totp(engine: Engine, site: SiteKey, name: str, *, by: str = COMMAND) -> str | None:
    """Give an account a new authenticator; return its secret, none if there is no such account."""
    secret = totp.fresh()
    with engine.connect() as conn:
        known = conn.execute(
            text("select cast(user_id as text) from user_account where name = :name"),
            {"name": name},
        ).scalar_one_or_none()
    if known is None:
        return None
    sealed = totp.sealed(site, known, secret)
    _change(engine, name, by, "user.totp", "totp = :totp, totp_step = 0", {"totp": sealed})
    return secret


def set_prefs(engine: Engine, user_id: str, prefs: Mapping[str, Any]) -> None:
    """Keep what a person prefers: theme and single-letter keys; anything else is left out."""
    theme = str(prefs.get("theme", ""))
    kept = {
        "theme": theme if theme in THEMES else "",
        "single_keys": bool(prefs.get("single_keys", True)),
    }
    with engine.begin() as conn:
        conn.execute(
            text(
                "update user_account set prefs = cast(:prefs as jsonb)"
                " where user_id = cast(:id as uuid)"
            ),
            {"prefs": orjson.dumps(kept).decode(), "id": user_id},
        )


def _change(
    engine: Engine, name: str, by: str, action: str, sets: str, given: Mapping[str, Any]
) -> bool:
    with engine.begin() as conn:
        found: Sequence[str] = conn.execute(
            text(
                f"update user_account set {sets} where name = :name"  # noqa: S608 - clauses are our own
                " returning cast(user_id as text)"
            ),
            {**given, "name": name},
        ).scalars().all()
        for one in found:
            end_sessions(conn, one)
            _note(conn, by, action, one)
    return bool(found)


def _note(conn: Connection, by: str, action: str, whom: str) -> None:
    audit.note(conn, action, "user", whom, actor=by, role="admin", purpose="administration")
