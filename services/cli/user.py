"""``claimloop user``: who may sign in."""

from typing import Any, Literal

from cyclopts import App

from services.cli import CannotRun, app

Role = Literal["coder", "biller", "supervisor", "ops"]
user = App(name="user", help="Who may sign in to the pages.")
app.command(user)


@user.command
def add(name: str, *, role: Role, coder_id: str = "") -> int:
    """Add a user, or give one a new password; it is asked for, or read from standard input.

    Args:
        name: Sign-in name.
        role: What the user may do.
        coder_id: For a coder: the id on coded events; the sign-in name when left out.
    """
    import getpass
    import sys

    from services.web.sessions import add_user

    ask = sys.stdin.isatty()
    password = getpass.getpass("password: ") if ask else sys.stdin.readline().rstrip("\n")
    chosen = (coder_id or name) if role == "coder" else ""
    try:
        fresh = add_user(_engine(), name, role, chosen, password)
    except ValueError as why:
        raise CannotRun(str(why)) from None
    sys.stdout.write(f"{name}: {'added' if fresh else 'changed'}\n")
    return 0


@user.command
def disable(name: str) -> int:
    """Disable a user and end the user's sessions.

    Args:
        name: Sign-in name.
    """
    import sys

    from services.web.sessions import disable_user

    if not disable_user(_engine(), name):
        sys.stderr.write(f"claimloop: no user is called {name}\n")
        return 1
    sys.stdout.write(f"{name}: disabled\n")
    return 0


def _engine() -> Any:
    from services import settings as settings_module
    from services.db.engine import connect

    settings = settings_module.load()
    if not settings.database_url.get_secret_value():
        raise CannotRun("no database: start it with `claimloop up`, or set DATABASE_URL")
    return connect(settings.database_url.get_secret_value(), name="user")
