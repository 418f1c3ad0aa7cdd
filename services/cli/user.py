"""``claimloop user``: who may sign in."""

import sys
from datetime import date
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from services.cli import CannotRun, app, database

Role = Literal[
    "coder", "biller", "specialist", "supervisor", "physician", "ops", "admin", "auditor"
]
user = App(name="user", help="Who may sign in to the pages.")
app.command(user)


@user.command
def add(
    name: str, *, role: Role, team: str = "", facility: tuple[str, ...] = (), npi: str = "",
    coder_id: str = "",
) -> int:
    """Add a user, or change one and set a new password; it is asked for, or read from stdin.

    Args:
        name: Sign-in name.
        role: What the user may do.
        team: For a specialist: AUTH_UM, PATIENT_ACCESS, HIM, CDI, ...
        facility: Whose claims the user may see; repeat it for several; all when left out.
        npi: For a physician: whose queries the user answers.
        coder_id: For a coder: the id on coded events; the sign-in name when left out.
    """
    import getpass

    from services import settings
    from services.codes import reference
    from services.web.accounts import Account, placed
    from services.web.accounts import add as add_account

    ask = sys.stdin.isatty()
    password = getpass.getpass("password: ") if ask else sys.stdin.readline().rstrip("\n")
    account = Account(
        name=name, role=role, team=team, facilities=facility or ("*",), npi=npi, coder_id=coder_id
    )
    try:
        known = reference.load(settings.load().reference).facilities
        fresh = add_account(_engine(), placed(account, known), password)
    except (ValueError, reference.InvalidReference) as why:
        raise CannotRun(str(why)) from None
    where = ", ".join(facility) or "all facilities"
    _say(f"{name}: {'added' if fresh else 'changed'} ({role}, {where})")
    return 0


@user.command(name="list")
def list_(*, json_: bool = False) -> int:
    """List the users.

    Args:
        json_: One array instead of lines.
    """
    from services.web.accounts import everybody

    found = everybody(_engine())
    if json_:
        import orjson

        _say(orjson.dumps(found).decode())
        return 0
    if not found:
        _say("nobody may sign in yet: see `claimloop user add --help`")
    for one in found:
        marks = [one.team, ",".join(one.facilities), one.npi,
                 "authenticator" if one.second_factor else "", "disabled" if one.disabled else ""]
        _say(f"{one.name:<20} {one.role:<11} {' '.join(mark for mark in marks if mark)}")
    return 0


@user.command
def disable(name: str) -> int:
    """Disable a user and end the user's sessions.

    Args:
        name: Sign-in name.
    """
    from services.web.accounts import disable as disable_account

    if not disable_account(_engine(), name):
        return _unknown(name)
    _say(f"{name}: disabled")
    return 0


@user.command
def totp(name: str) -> int:
    """Give a user a new authenticator: the code is asked for at every sign-in from then on.

    What is printed is the secret: hand it to the user alone.

    Args:
        name: Sign-in name.
    """
    from services import settings as settings_module
    from services.phi import keys
    from services.web import totp as codes
    from services.web.accounts import set_totp

    engine = _engine()
    try:
        site = keys.read(settings_module.load().site_key_path)
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    secret = set_totp(engine, site, name)
    if secret is None:
        return _unknown(name)
    _say(codes.uri(secret, name))
    return 0


@user.command
def absent(name: str, first: date, last: date, *, by: str = "command line") -> int:
    """Note that a user is away; open work goes to the rest of the team from the first day on.

    Args:
        name: Sign-in name.
        first: First day away, as 2026-12-24.
        last: Last day away.
        by: Who says so.
    """
    from services import settings as settings_module
    from services.worklist.clockwork import assigning

    now = settings_module.load().clock.now()
    try:
        with _engine().begin() as conn:
            assigning.note_absence(conn, name, first, last, by, now)
    except LookupError:
        return _unknown(name)
    except ValueError as why:
        raise CannotRun(str(why)) from None
    _say(f"{name}: away from {first} to {last}")
    return 0


@user.command
def skills(name: str, *known: str, most: Annotated[int, Parameter(validator=Number(gte=0))] = 0
) -> int:
    """Set what a user knows and takes: it decides who gets what nobody coded, or who stands in.

    Args:
        name: Sign-in name.
        known: Claim types, departments, categories: institutional, cardiology, AUTH, ...
        most: Open items the user is given at most; 0 for no limit.
    """
    from services.worklist.clockwork import assigning

    try:
        with _engine().begin() as conn:
            assigning.set_profile(conn, name, known, most)
    except LookupError:
        return _unknown(name)
    except ValueError as why:
        raise CannotRun(str(why)) from None
    limit = f"at most {most} open items" if most else "no limit"
    _say(f"{name}: {', '.join(sorted(set(known))) or 'anything'}; {limit}")
    return 0


def _unknown(name: str) -> int:
    sys.stderr.write(f"claimloop: no user is called {name}\n")
    return 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _engine() -> Any:
    from services import settings

    return database(settings.load(), "user")
