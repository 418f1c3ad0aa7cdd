"""The processes of a ClaimLoop: their names, what starts each, and how each is stopped."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from services.local.errors import StartError

KAFKA = "kafka"
POSTGRES = "postgres"
CORE = (KAFKA, POSTGRES)

SUBCOMMANDS = {
    "validation": ("worker", "validation"),
    "assembly": ("worker", "assembly"),
    "denials": ("worker", "denials"),
    "accuracy": ("worker", "accuracy"),
    "gateway": ("gateway",),
    "payer": ("payer",),
    "worklist": ("worklist",),
    "web": ("web",),
}
WORKERS = tuple(SUBCOMMANDS)
SHADOW = ("denials", "accuracy", "worklist", "web")
"""A shadow home measures a host's claims: nothing that could send one is ever started in it."""
ALL = (*CORE, *WORKERS)


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process.

    Attributes:
        name: What `status`, `logs` and the files in `run/` call it.
        command: What it turns into.
        environment: Variables of its own.
        stop_signal: What asks it to end.
        stop_wait_s: How long it may take before it is killed.
    """

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    stop_signal: str = "TERM"
    stop_wait_s: int = 15


def worker(name: str, metrics_port: int) -> Program:
    """Return the program of one of our own processes."""
    return Program(
        name,
        (sys.executable, "-m", "services.cli", *SUBCOMMANDS[name]),
        (("CLAIMLOOP_METRICS_PORT", str(metrics_port)),),
    )


def kafka(command: tuple[str, ...]) -> Program:
    """Return the broker's program."""
    return Program(KAFKA, command, stop_wait_s=20)


def postgres(command: tuple[str, ...]) -> Program:
    """Return the database server's program; INT is its fast shutdown."""
    return Program(POSTGRES, command, stop_signal="INT", stop_wait_s=20)


def workers(*, shadow: bool) -> tuple[str, ...]:
    """Return our own processes of a home."""
    return SHADOW if shadow else WORKERS


def chosen(names: Iterable[str], *, shadow: bool = False) -> tuple[str, ...]:
    """Return the named processes, in the order they start; of all, those that a home has.

    Raises:
        StartError: there is no such process, or none in a shadow home.
    """
    wanted = set(names)
    if shadow and wanted == set(ALL):
        wanted = {*CORE, *SHADOW}
    if shadow and (never := sorted(wanted - {*CORE, *SHADOW})):
        raise StartError(f"a shadow home never sends, so it has no {never[0]}")
    if unknown := sorted(wanted - set(ALL)):
        raise StartError(f"no process is called {unknown[0]}: there are {', '.join(ALL)}")
    return tuple(name for name in ALL if name in wanted)
