"""Start, stop and look at the local run."""

import json
import signal
import sys
from datetime import date
from pathlib import Path

from services.cli import CannotRun, Count, Day, app


def _says(line: str) -> None:
    sys.stderr.write(line + "\n")


@app.command
def up(*, detach: bool = False, core: bool = False, only: str = "") -> None:
    """Start Kafka, PostgreSQL and every process; Ctrl-C stops them.

    Args:
        detach: Return when all is started.
        core: Kafka and PostgreSQL only.
        only: These processes only, with commas between.
    """
    from services import settings
    from services.local import instance, programs
    from services.local.errors import StartError

    names = programs.CORE if core else programs.ALL
    if only:
        names = tuple(name.strip() for name in only.split(","))
    told = settings.load()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        running = instance.start(told, names, _says)
        _says(f"running in {running.home}")
        if not detach:
            _attend(told, names)
    except StartError as why:
        raise CannotRun(str(why)) from None


def _attend(told: "Settings", names: tuple[str, ...]) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Stay until interrupted; start the supervisor again should it be killed."""
    import threading

    from services.local import instance, supervise

    place = supervise.Place(told.home.absolute())
    try:
        while True:
            threading.Event().wait(1)
            if not (place.run / instance.WANTED).exists():
                return
            if supervise.server_pid(place) is None:
                _says("the supervisor is gone: starting again")
                instance.start(told, names, _says)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        instance.stop(told.home, _says)


@app.command
def prepare(*, demo: bool = False, seed: int = 1, as_of: Day = date(2026, 7, 1)) -> None:
    """Make site key, schema and topics on a broker and a database elsewhere; start nothing.

    Args:
        demo: Set seed and clock of the demo too, for every process of this home.
        seed: The demo's.
        as_of: The business day the demo begins on.
    """
    from services import settings
    from services.demo import run
    from services.local import instance
    from services.local.errors import StartError

    told = settings.load(supervised=False)
    try:
        if demo:
            run.start(told, run.Wish(None, seed, as_of), _says)
        else:
            instance.start(told, says=_says)
    except (StartError, run.NotThisHome) as why:
        raise CannotRun(str(why)) from None


@app.command
def down() -> None:
    """Stop everything that runs in this home."""
    from services import settings
    from services.local import instance
    from services.local.errors import StartError

    try:
        if not instance.stop(settings.load().home, _says):
            _says("nothing runs")
    except StartError as why:
        raise CannotRun(str(why)) from None


@app.command
def status(*, json_: bool = False) -> int:
    """Show every process and how far each stage is behind.

    Args:
        json_: One object: ``processes`` and ``stages``.

    Returns:
        1 if a process that should run does not.
    """
    from services import settings
    from services.local import look
    from services.local.errors import StartError

    told = settings.load()
    try:
        processes = look.processes(told)
    except StartError as why:
        raise CannotRun(str(why)) from None
    stages = look.stages(told, processes)
    if json_:
        shown = {"processes": [p.as_dict() for p in processes], "stages": stages}
        sys.stdout.write(json.dumps(shown) + "\n")
    else:
        for process in processes:
            print(f"{process.name:12} {process.state:10} {process.pid or ''}")  # noqa: T201
        for stage in stages:
            print(  # noqa: T201
                f"{stage['name']:12} {stage['topic']:22} {stage['lag']:8} behind"
                f" {stage['lag_seconds']:8.1f} s  {stage['members']} members"
            )
    return 0 if look.well(processes) else 1


@app.command
def env(*, json_: bool = False) -> None:
    """Print addresses for psql and Kafka's own tools: ``eval "$(claimloop env)"``.

    Args:
        json_: One object instead of shell lines.
    """
    import shlex

    from services import settings
    from services.local import postgres

    told = settings.load()
    values = {
        "DATABASE_URL": told.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": told.kafka_bootstrap_servers,
        "PSQL": str(postgres.binary("psql")),
    }
    if not values["DATABASE_URL"] or not values["KAFKA_BOOTSTRAP_SERVERS"]:
        raise CannotRun(f"nothing was started in {told.home} yet: run `claimloop up`")
    if json_:
        sys.stdout.write(json.dumps(values) + "\n")
        return
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201


@app.command
def logs(name: str, *, follow: bool = False, lines: Count = 200) -> None:
    """Print the end of a process's log.

    Args:
        name: The process, or ``supervisor``.
        follow: Go on printing what is added.
        lines: How many lines to begin with.
    """
    from services import settings
    from services.local import look, programs

    known = (*programs.ALL, "supervisor")
    if name not in known:
        raise CannotRun(f"no process is called {name}: there are {', '.join(known)}")
    path = settings.load().home / "logs" / f"{name}.log"
    if not path.is_file():
        raise CannotRun(f"{name} has no log in {path.parent}: it was never started here")
    for part in look.log(path, lines, follow=follow):
        sys.stdout.write(part)
        sys.stdout.flush()


@app.command
def backup(file: Path) -> None:
    """Write the database and the site key to one file, readable by you alone.

    Args:
        file: The file to write; it must not exist.
    """
    from services import settings
    from services.db.engine import Unusable
    from services.local import keeping

    try:
        keeping.backup(settings.load(), file)
    except (keeping.KeepingError, Unusable) as why:
        raise CannotRun(str(why)) from None
    except OSError as why:
        raise CannotRun(f"{file}: cannot be written ({why.strerror})") from None
    _says(f"written: {file}; keep it as you keep the site key in it")


@app.command
def restore(file: Path, *, replace: bool = False) -> None:
    """Put a backup's database and site key in place; the gateway then stays closed.

    Args:
        file: A file `backup` wrote.
        replace: Give up what the database holds.
    """
    from services import settings
    from services.db.engine import Unusable
    from services.local import keeping
    from services.local.errors import StartError

    try:
        keeping.restore(settings.load(), file, _says, replace=replace)
    except (keeping.KeepingError, StartError, Unusable) as why:
        raise CannotRun(str(why)) from None
    except OSError as why:
        raise CannotRun(f"{why.filename or file}: cannot be used ({why.strerror})") from None
    _says("restored; the gateway is closed until `claimloop gateway --reconciled`")
