"""``claimloop demo``: a hospital's loop in about two minutes, on the real thing."""

import json
import sys
from datetime import date
from typing import TYPE_CHECKING

from services.cli import CannotRun, Count, Day, app, not_in_a_shadow

if TYPE_CHECKING:
    from services.demo.run import Wish
    from services.settings import Settings


@app.command
def demo(
    *,
    encounters: Count | None = None,
    seed: int = 1,
    as_of: Day = date(2026, 7, 1),
    no_wait: bool = False,
    json_: bool = False,
) -> int:
    """Start everything, load encounters, run the loop, sum it up, and stay until Ctrl-C.

    Args:
        encounters: How many to load; all of the sample (about 1,200) by default.
        seed: Of everything that is drawn; the same seed and date give the same figures.
        as_of: The business day the demo begins on.
        no_wait: Stop after the summary.
        json_: One object on standard output instead of the table.

    Returns:
        1 if the audit found a violation.
    """
    from services import settings
    from services.demo.run import NeverRested, NotThisHome, Wish
    from services.local.errors import StartError

    told = settings.load()
    not_in_a_shadow(told)
    try:
        return _run(told, Wish(encounters, seed, as_of), stay=not no_wait, as_json=json_)
    except (StartError, NotThisHome, NeverRested) as why:
        raise CannotRun(str(why)) from None


def _run(told: "Settings", wish: "Wish", *, stay: bool, as_json: bool) -> int:
    import signal

    from services.demo import run, table
    from services.local import instance

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # all end it as Ctrl-C does
        signal.signal(number, signal.default_int_handler)
    running = run.start(told, wish, _says)
    try:
        outcome = run.loop(running, wish, _says, quiet=as_json)
        if as_json:
            sys.stdout.write(json.dumps(outcome.as_dict()) + "\n")
            sys.stdout.flush()
        else:
            table.show(outcome, running)
        if stay:
            _stay(running)
        return 0 if outcome.audit_passed else 1
    finally:
        instance.stop(told.home, _says)


def _stay(running: "Settings") -> None:
    """Attend to the clock until Ctrl-C."""
    from services.demo import run

    _says("Ctrl-C stops it; the data stays.")
    try:
        run.attend(running)
    except KeyboardInterrupt:
        _says("")


def _says(line: str) -> None:
    sys.stderr.write(line + "\n")
