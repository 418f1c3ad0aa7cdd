"""Starts and stops the local run as a whole.

    lock -> jars, ports -> supervisor -> Kafka and PostgreSQL -> database, site key, migrations,
    topics -> everything else

Whatever keeps it from starting is one line (`StartError`), and nothing is left running.
"""

import contextlib
import fcntl
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from services.local import broker, jars, java, leftovers, postgres, programs, runfile, supervise
from services.local.errors import StartError
from services.local.supervise import Place
from services.settings import Settings

Says = Callable[[str], None]
ROOM_BYTES = 256 << 20
STARTS_ALLOWED = 3
LONGEST_START_S = 120.0
_ODD = set("%\"'\\,;:#\n")


def start(
    settings: Settings,
    names: Collection[str] = programs.ALL,
    says: Says = lambda line: None,
    *,
    site_key: bytes | None = None,
    remember: Mapping[str, Any] | None = None,
) -> Settings:
    """Start processes of the local run, or adopt those that run already.

    Args:
        settings: Where the home is; addresses of a broker or database elsewhere, if any.
        names: The processes to start; broker and database come along where they are local.
        says: Told what happens, a line at a time.
        site_key: The key to begin with, where there is no database yet; else a random one.
        remember: Further settings to keep in ``run.json`` for every process of this home.

    Returns:
        The settings with the addresses of what runs.

    Raises:
        StartError: something is missing; nothing is left running that was not before.
    """
    place = Place(settings.home.absolute())
    with _lock(place):
        adopted = supervise.server_pid(place) is not None
        if not adopted:
            leftovers.end(place.run, says)
        try:
            return _start(place, settings, programs.chosen(names), says, site_key, remember or {})
        except BaseException as error:
            if not adopted:
                _stop(place, says)
            if isinstance(error, OSError):
                raise StartError(_of_the_disk(place, error)) from None
            raise


def stop(home: Path, says: Says = lambda line: None) -> bool:
    """Stop the local run and whatever an earlier one left; return whether anything ran."""
    place = Place(home.absolute())
    with _lock(place):
        return _stop(place, says)


def _start(
    place: Place,
    settings: Settings,
    names: tuple[str, ...],
    says: Says,
    site_key: bytes | None,
    remember: Mapping[str, Any],
) -> Settings:
    _require_room(place.home)
    running = supervise.server_pid(place) is not None
    values = runfile.read(place.home)
    local = _local(settings, values)
    values.update(remember)
    all_programs = _programs(place, settings, values, local, says, running=running)
    runfile.write(place.home, values)
    if running:
        says(f"already running in {place.home}: adopting it")
    else:
        supervise.start_server(place, all_programs)
    _start_core(place, values, local, says)
    resolved = _resolved(settings, values)
    _prepare(place, resolved, local, site_key, says)
    rest = [name for name in names if name not in programs.CORE]
    if rest:
        says(f"starting {', '.join(rest)}")
        supervise.start_programs(place, rest)
    return resolved


def _local(settings: Settings, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of broker and database are ours to run: those nobody gave an address of."""
    servers = settings.kafka_bootstrap_servers
    database = settings.database_url.get_secret_value()
    return tuple(
        name
        for name, given, ours in (
            (programs.KAFKA, servers, values.get("kafka_bootstrap_servers")),
            (programs.POSTGRES, database, values.get("database_url")),
        )
        if not given or given == ours
    )


def _programs(
    place: Place,
    settings: Settings,
    values: dict[str, Any],
    local: tuple[str, ...],
    says: Says,
    *,
    running: bool,
) -> list[programs.Program]:
    """Return every program, choosing ports; `values` learns the addresses."""

    def port(name: str) -> int:
        return runfile.port(place.home, values, name, running=running)

    made = []
    if programs.KAFKA in local:
        made.append(
            _kafka(place, settings, port("kafka_port"), port("controller_port"), says, running)
        )
        values["kafka_bootstrap_servers"] = f"127.0.0.1:{values['kafka_port']}"
    if programs.POSTGRES in local:
        folder = place.home / programs.POSTGRES
        number = port("postgres_port")
        made.append(programs.postgres(() if running else postgres.prepare(folder, number)))
        values["database_url"] = postgres.url(folder, number)
    if settings.web_port and settings.web_port != values.get("web_port"):
        values["web_port"] = settings.web_port
    port("web_port")
    made += [programs.worker(name, port(f"{name}_metrics_port")) for name in programs.WORKERS]
    return made


def _kafka(
    place: Place, settings: Settings, port: int, controller: int, says: Says, running: bool
) -> programs.Program:
    if running:
        return programs.kafka(())
    path = jars.class_path(jars.fetch(settings.cache_folder, says))
    program = java.find(settings.java, settings.java_home)
    return programs.kafka(
        broker.prepare(place.home / programs.KAFKA, program, path, port, controller)
    )


def _start_core(
    place: Place, values: Mapping[str, Any], local: tuple[str, ...], says: Says
) -> None:
    if not local:
        return
    says(f"starting {' and '.join(local)}")
    folder = place.home / programs.POSTGRES
    answers = {
        programs.KAFKA: lambda: not runfile.free(int(values["kafka_port"])),
        programs.POSTGRES: lambda: postgres.answers(folder, int(values["postgres_port"])),
    }
    before = {name: _starts(place, name) for name in local}
    supervise.start_programs(place, local)
    for name in local:
        _wait(place, name, answers[name], before[name])
    if programs.POSTGRES in local:
        postgres.ensure_database(folder, int(values["postgres_port"]))


def _wait(place: Place, name: str, answers: Callable[[], bool], before: int) -> None:
    end = time.monotonic() + LONGEST_START_S
    while not answers():
        tries = _starts(place, name) - before
        if tries > STARTS_ALLOWED or time.monotonic() > end:
            raise StartError(_reason(place, name))
        time.sleep(0.05)


def _starts(place: Place, name: str) -> int:
    """Return how often a program was started in the life of this home."""
    try:
        return int((place.run / f"{name}.count").read_text())
    except (OSError, ValueError):
        return 0


def _reason(place: Place, name: str) -> str:
    """Say why a program does not start, from the end of its log."""
    log = place.logs / f"{name}.log"
    tail = log.read_text(errors="replace")[-20_000:] if log.exists() else ""
    if "Address already in use" in tail or "BindException" in tail:
        return (
            f"{name} does not start: its port is taken by another program: stop that program, "
            f"or delete {place.home / runfile.NAME} to have others chosen"
        )
    if "No space left on device" in tail:
        return f"{name} does not start: the disk of {place.home} is full: make room there"
    if "Failed to acquire lock" in tail:
        return f"{name} does not start: another instance uses {place.home / name}: stop it first"
    return f"{name} does not start: `claimloop logs {name}` shows why ({log})"


def _resolved(settings: Settings, values: Mapping[str, Any]) -> Settings:
    keys = ("kafka_bootstrap_servers", "database_url", "web_port", *_KEPT)
    chosen = {key: values[key] for key in keys if key in values}
    return Settings(**{**settings.model_dump(exclude_unset=True), **chosen})


_KEPT = ("clock_base", "clock_started", "clock_scale", "seed", "demo", "reference", "exchange")


def _prepare(
    place: Place, settings: Settings, local: tuple[str, ...], site_key: bytes | None, says: Says
) -> None:
    """Bring database, site key and topics to what the processes need."""
    from services.db import migrate
    from services.kafka import topics
    from services.local import first

    try:
        first.site_key(settings, site_key)
        says("migrating the database")
        migrate.upgrade(settings.database_url.get_secret_value())
        if programs.KAFKA in local:
            done = topics.apply(settings)
            if done:
                says(f"created {len(done)} topics")
        topics.check(settings)
        topics.await_groups(settings)
    except (first.FirstStartError, topics.TopicsError) as error:
        raise StartError(str(error)) from None


def _stop(place: Place, says: Says) -> bool:
    ran = False
    if supervise.server_pid(place) is not None:
        says("stopping")
        ran = True
        supervise.stop_programs(place, programs.WORKERS)
        supervise.stop_programs(place, programs.CORE)
        supervise.stop_server(place)
    ran = ran or bool(leftovers.find(place.run))
    leftovers.end(place.run, says)
    return ran


@contextlib.contextmanager
def _lock(place: Place) -> Iterator[None]:
    """Hold the home against a second `up` or `down`; the kernel frees it whatever happens."""
    if odd := _ODD & set(str(place.home)):
        raise StartError(
            f"the path {place.home} has a character that Kafka or the supervisor cannot take, "
            f"{sorted(odd)[0]!r}: name another CLAIMLOOP_HOME"
        )
    try:
        place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.run.mkdir(exist_ok=True, mode=0o700)
        file = (place.run / "lock").open("w")
    except OSError as error:
        raise StartError(_of_the_disk(place, error)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"another `claimloop` is starting or stopping in {place.home}: "
                "wait for it, or name another CLAIMLOOP_HOME"
            ) from None
        yield


def _require_room(home: Path) -> None:
    room = shutil.disk_usage(home).free
    if room < ROOM_BYTES:
        raise StartError(
            f"the disk of {home} is full: {room >> 20} MB are free and {ROOM_BYTES >> 20} MB are "
            "needed: make room, or name another CLAIMLOOP_HOME"
        )


def _of_the_disk(place: Place, error: OSError) -> str:
    where = error.filename or place.home
    return f"{where} cannot be used ({error.strerror or error}): make it writable, or make room"
