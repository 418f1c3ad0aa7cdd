"""The ``claimloop`` command.

Each area registers its commands in a module of this package; a module imports what it needs
inside its commands, so that ``claimloop --help`` is quick.

Exit status: 0 fine, 1 the answer is "no" (a violation, a refused file), 2 could not run.
"""

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.settings import Settings

app = App(
    name="claimloop",
    help="What a payer denies comes back to the person who can fix it.",
    default_parameter=Parameter(negative=()),
)


class CannotRun(Exception):  # noqa: N818 - reads as the sentence it prints
    """A command cannot do its work; the message is the one line to print. Exit status 2."""


def settings_with_ids() -> "Settings":
    """Return the settings, the codec using the ids of the schema registry if there is one.

    Raises:
        CannotRun: there is one and it does not answer.
    """
    from services import settings
    from services.kafka import registry

    told = settings.load()
    try:
        registry.adopt(told)
    except registry.RegistryError as why:
        raise CannotRun(str(why)) from None
    return told


def database(told: "Settings", name: str) -> "Engine":
    """Return the database, which answered.

    Args:
        told: The settings.
        name: Who we say we are there.

    Raises:
        CannotRun: none is known, or it does not answer.
    """
    from sqlalchemy.exc import OperationalError

    from services.db.engine import connect

    if not told.database_url.get_secret_value():
        raise CannotRun("no database is known: start with `claimloop up`, or set DATABASE_URL")
    engine = connect(told.database_url.get_secret_value(), name=name)
    try:
        engine.connect().close()
    except OperationalError:
        at = f"{engine.url.host}:{engine.url.port or 5432}"
        raise CannotRun(
            f"the database at {at} does not answer: is it running? (`claimloop up`)"
        ) from None
    return engine


def not_in_a_shadow(told: "Settings") -> None:
    """Return only if this home may send.

    Raises:
        CannotRun: it is a shadow's: it measures a host's claims and never sends one.
    """
    if told.shadow:
        raise CannotRun(f"{told.home} is a shadow home: it measures, and never sends")


def main() -> None:
    """Run the command line."""
    for area in pkgutil.iter_modules(__path__):
        if area.name != "__main__":
            importlib.import_module(f"{__name__}.{area.name}")
    from services.settings import SettingsError

    try:
        result = app()
    except (CannotRun, SettingsError) as why:
        sys.stderr.write(f"claimloop: {why}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our lines went away, like `head`
        sys.stdout = None
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)


if __name__ == "__main__":
    main()
