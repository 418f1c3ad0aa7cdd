"""The ``claimloop`` command.

Each area registers its commands in a module of this package; a module imports what it needs
inside its commands, so that ``claimloop --help`` is quick.

Exit status: 0 fine, 1 the answer is "no" (a violation, a refused file, nothing of that name), 2
could not run. Why not is one line on standard error.
"""

import importlib
import pkgutil
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.settings import Settings

Count = Annotated[int, Parameter(validator=Number(gte=1))]
"""How many of something a person asks for."""


def _in_our_days(kind: object, day: object) -> None:
    if isinstance(day, date) and not 2000 <= day.year <= 2100:
        raise ValueError("Must be a day of the years 2000 to 2100.")


Day = Annotated[date, Parameter(validator=_in_our_days)]
"""A business day to move dates to: those of a visit around it stay dates."""


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("claimloop")
    except metadata.PackageNotFoundError:  # run from its source, as the image does
        return "not installed as a package"


app = App(
    name="claimloop",
    version=_version,
    help="What a payer denies comes back to the person who can fix it.",
    default_parameter=Parameter(negative=()),
)


class CannotRun(Exception):  # noqa: N818 - reads as the sentence it prints
    """A command cannot do its work; the message is the one line to print. Exit status 2."""


class NotThere(CannotRun):
    """Nothing has the id or name that was asked for. Exit status 1."""


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


def engine_of(told: "Settings", name: str, *, pool: int = 4) -> "Engine":
    """Return the database, whether it answers or not: a process waits for it, a command does not.

    Args:
        told: The settings.
        name: Who we say we are there.
        pool: Connections kept.

    Raises:
        CannotRun: none is known, or its address is none.
    """
    from services.db import engine

    url = told.database_url.get_secret_value()
    if not url:
        raise CannotRun("no database is known: start with `claimloop up`, or set DATABASE_URL")
    try:
        return engine.connect(url, pool=pool, name=name)
    except engine.Unusable as why:
        raise CannotRun(str(why)) from None


def database(told: "Settings", name: str) -> "Engine":
    """Return the database, which answered and has the schema of this release.

    Args:
        told: The settings.
        name: Who we say we are there.

    Raises:
        CannotRun: none is known, it does not answer, refuses us, or has another schema.
    """
    from services.db import engine

    found = engine_of(told, name)
    try:
        engine.reach(found)
        engine.require_schema(found)
    except engine.NoAnswer as why:
        raise CannotRun(f"{why} (`claimloop up`)") from None
    except engine.Unusable as why:
        raise CannotRun(str(why)) from None
    return found


def need_broker(told: "Settings") -> None:
    """Return only if a broker is known; whether it answers is another matter.

    Raises:
        CannotRun: none is.
    """
    if not told.kafka_bootstrap_servers:
        raise CannotRun(
            "no broker is known: start with `claimloop up`, or set KAFKA_BOOTSTRAP_SERVERS"
        )


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
        result = app(print_error=False, exit_on_error=False, result_action="return_value")
        sys.stdout.flush()
    except (CannotRun, SettingsError, CycloptsError) as why:
        _end(str(why), 1 if isinstance(why, NotThere) else 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our lines went away, like `head`
        sys.stdout = None
        sys.exit(0)
    except OSError as error:  # a file, or what our lines go to: gone, forbidden, full
        sys.stdout = None
        _end(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}")
    except _gone() as error:
        _end(_of_outside(error))
    sys.exit(result if isinstance(result, int) else 0)


def _end(why: str, status: int = 2) -> NoReturn:
    """Say in one line why a command could not run."""
    sys.stderr.write(f"claimloop: {' '.join(why.split())}\n")
    sys.exit(status)


def _gone() -> tuple[type[Exception], ...]:
    """Return what says that database or broker went away; asked only once something was raised."""
    from kafka.errors import KafkaError
    from sqlalchemy.exc import OperationalError

    return OperationalError, KafkaError


def _of_outside(error: Exception) -> str:
    """Return what kept the database or the broker from answering, without any value of a row."""
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        first = str(error.orig).strip().partition("\n")[0]
        return f"the database gave up: {first}"
    return f"Kafka does not answer ({type(error).__name__}): is it running? (`claimloop up`)"


if __name__ == "__main__":
    main()
