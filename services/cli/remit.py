"""``claimloop remit``: one remittance in words and sums, and the deposits beside it."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from services.cli import CannotRun, app

if TYPE_CHECKING:
    from services.gateway.deposits import Deposit
    from services.gateway.explain import Standing
    from services.settings import Settings
    from services.x12.remit835 import Remittance

remit = App(name="remit", help="One remittance in words and sums; what the bank received.")
app.command(remit)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@remit.default
def explain(which: str, *, json_: bool = False) -> int:
    """Explain a remittance: what was paid for what, what was posted, held or is in suspense.

    Args:
        which: An 835 file, in clear or from an exchange folder's archive; or the id of a
            remittance or of a file the gateway took.
        json_: One JSON object a remittance.
    """
    import orjson

    from services import settings as settings_module
    from services.gateway import explain as words

    settings = settings_module.load()
    path = Path(which)
    if path.suffix == ".sealed" or (_ID.fullmatch(which) and not path.exists()):
        found = _stored(settings, path.name)
    else:
        found = _read(path)
    if not found:
        sys.stderr.write(f"claimloop: there is no remittance in {which}\n")
        return 1
    balances = True
    for one, standing in zip(found, _standings(settings, found), strict=True):
        told = words.explain(one, standing)
        balances &= bool(told["balances"])
        text = orjson.dumps(told).decode() if json_ else "\n".join(words.lines(told))
        sys.stdout.write(text + "\n")
    return 0 if balances else 1


def _standings(settings: "Settings", found: "Sequence[Remittance]") -> "list[Standing]":
    """Return how each stands here; nothing is known of them where no database is."""
    from services.cli.exchange import connected
    from services.gateway import remits
    from services.gateway.explain import Standing

    if not settings.database_url.get_secret_value():
        return [Standing()] * len(found)
    with connected().connect() as conn:
        return [remits.standing(conn, one) for one in found]


def _read(path: Path) -> "list[Remittance]":
    from services.gateway import remits
    from services.x12.errors import X12Error

    try:
        return remits.in_file(path.read_bytes())
    except OSError as error:
        raise CannotRun(f"{path}: cannot be read ({error.strerror})") from None
    except X12Error as error:
        raise CannotRun(f"{path}: {error}") from None


def _stored(settings: "Settings", id_: str) -> "list[Remittance]":
    from services.cli.exchange import connected
    from services.gateway import remits
    from services.phi import keys

    engine = connected()
    try:
        site = keys.read(settings.site_key_path)
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    with engine.connect() as conn:
        return remits.stored(conn, site, id_)


@remit.command
def deposit(trace: str, amount: str, date: str, *, source: str = "typed") -> int:
    """Note a deposit of the bank and hold it against the remittance with its trace.

    Args:
        trace: The check or EFT number (TRN02).
        amount: As 1234.56.
        date: As 2026-07-02.
        source: Who or what says so.
    """
    from services.gateway import deposits

    try:
        return _note([deposits.typed(trace, amount, date)], source)
    except deposits.NotADeposit as why:
        raise CannotRun(str(why)) from None


@remit.command
def bank(file: Path) -> int:
    """Note the deposits of a bank's CSV with the columns trace, amount, date.

    Args:
        file: The CSV; a line that is known already is left out.
    """
    from services.gateway import deposits

    try:
        return _note(deposits.from_bank(file), file.name[:60])
    except deposits.NotADeposit as why:
        raise CannotRun(f"{file}: {why}") from None
    except (OSError, UnicodeDecodeError):
        raise CannotRun(f"{file}: cannot be read") from None


def _note(found: "Sequence[Deposit]", source: str) -> int:
    from sqlalchemy import text

    from services import settings
    from services.cli.exchange import connected
    from services.clock import real_now
    from services.gateway import deposits

    with connected().begin() as conn:
        added = deposits.note(conn, found, source, real_now(), settings.load().clock.now())
        rows = conn.execute(
            text(
                "select state, count(*) as n from deposit"
                " where deposit_id = any(cast(:ids as uuid[])) group by state order by state"
            ),
            {"ids": [one.deposit_id for one in found]},
        ).all()
    stand = ", ".join(f"{row.n} {row.state}" for row in rows)
    sys.stdout.write(f"{added} noted; {stand or 'nothing'}\n")
    return 0
