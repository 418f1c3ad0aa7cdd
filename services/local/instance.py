"""Starts and stops the local run as a whole.

    lock -> jars, ports -> supervisor -> Kafka and PostgreSQL -> database, site key, migrations,
    topics -> everything else

Whatever keeps it from starting is one line (`StartError`), and nothing is left running.
"""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from services.local import (
    broker,
    first,
    home,
    jars,
    java,
    leftovers,
    postgres,
    programs,
    runfile,
    supervise,
)
from services.local.errors import StartError
from services.local.supervise import Place
from services.settings import Settings

Says = Callable[[str], None]
STARTS_ALLOWED = 3
WANTED = "wanted"  # there from a start to a stop, whatever dies in between
LONGEST_START_S = 120.0


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
    with home.held(place):
        adopted = supervise.server_pid(place) is not None
        if not adopted:
            leftovers.end(place.run, says)
        try:
            told = {**runfile.read(place.home), **(remember or {})}
            wanted = programs.chosen(names, shadow=_shadow(settings, told))
            return _start(place, settings, wanted, says, site_key, remember or {})
        except BaseException as error:
            if not adopted:
                _stop(place, says)
            if isinstance(error, OSError):
                raise StartError(home.of_the_disk(place.home, error)) from None
            raise


def stop(folder: Path, says: Says = lambda line: None) -> bool:
    """Stop the run of a home and whatever an earlier one left; return whether anything ran."""
    place = Place(folder.absolute())
    if not place.home.exists():
        return False
    with home.held(place):
        return _stop(place, says)


def _start(
    place: Place,
    settings: Settings,
    names: tuple[str, ...],
    says: Says,
    site_key: bytes | None,
    remember: Mapping[str, Any],
) -> Settings:
    home.require_room(place.home)
    running = supervise.server_pid(place) is not None
    values = runfile.read(place.home)
    local = _local(settings, values)
    ours = programs.workers(shadow=_shadow(settings, {**values, **remember}))
    if running and set(supervise.states(place)) != {*local, *ours}:
        says("other processes run than are wanted: starting anew")
        _stop(place, says)
        running = False
    if running or not settings.supervised:
        values = {**remember, **values}  # what runs has read its values: they stay
    else:
        values = {**values, **remember}
    if not settings.supervised:
        return _elsewhere(place, settings, values, local, says, site_key)
    all_programs = _programs(place, settings, values, local, says, running=running)
    runfile.write(place.home, values)
    if running:
        says(f"already running in {place.home}: adopting it")
    else:
        supervise.start_server(place, all_programs)
    _start_core(place, values, local, says)
    resolved = _resolved(settings, values, local)
    first.prepare(resolved, says, site_key)
    if resolved.clock_base and not running:
        values |= first.clock(resolved)
        runfile.write(place.home, values)
        resolved = _resolved(settings, values, local)
    rest = [name for name in names if name not in programs.CORE]
    if rest:
        says(f"starting {', '.join(rest)}")
        supervise.start_programs(place, rest)
    (place.run / WANTED).touch()
    return resolved


def _elsewhere(
    place: Place,
    settings: Settings,
    values: dict[str, Any],
    local: tuple[str, ...],
    says: Says,
    site_key: bytes | None,
) -> Settings:
    """Prepare for processes that something else starts, like compose."""
    if local:
        raise StartError(
            "what starts no process of its own (`claimloop prepare`, CLAIMLOOP_SUPERVISED=false) "
            "needs a broker and a database elsewhere: give KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL"
        )
    runfile.write(place.home, values)
    resolved = _resolved(settings, values, local)
    first.prepare(resolved, says, site_key)
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
    ours = programs.workers(shadow=_shadow(settings, values))
    made += [programs.worker(name, port(f"{name}_metrics_port")) for name in ours]
    return made


def _shadow(settings: Settings, values: Mapping[str, Any]) -> bool:
    """Say whether this is a shadow home: once it is, no setting makes it another."""
    return settings.shadow or bool(values.get("shadow"))


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


def _resolved(
    settings: Settings, values: Mapping[str, Any], local: tuple[str, ...] = ()
) -> Settings:
    keys = ["web_port", *_KEPT]
    keys += ["kafka_bootstrap_servers"] if programs.KAFKA in local else []
    keys += ["database_url"] if programs.POSTGRES in local else []
    chosen = {key: values[key] for key in keys if key in values}
    return Settings(**{**settings.model_dump(exclude_unset=True), **chosen})


_KEPT = (
    "clock_base", "clock_started", "clock_scale", "seed", "demo", "shadow", "reference", "exchange",
)


def _stop(place: Place, says: Says) -> bool:
    ran = False
    (place.run / WANTED).unlink(missing_ok=True)
    if supervise.server_pid(place) is not None:
        says("stopping")
        ran = True
        supervise.stop_programs(place, programs.WORKERS)
        supervise.stop_programs(place, programs.CORE)
        supervise.stop_server(place)
    ran = ran or bool(leftovers.find(place.run))
    leftovers.end(place.run, says)
    return ran
