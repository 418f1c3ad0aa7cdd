"""``claimloop payer``: the simulated trading partner of the local run."""

from typing import Literal

from services.cli import CannotRun, app, not_in_a_shadow


@app.command
def payer(*, habits: Literal["calm", "demo", "all"] | None = None, whole_map: bool = False) -> None:
    """Run the payers behind the exchange folders until told to stop.

    Args:
        habits: How they behave: calm makes no trouble; demo is late, pays in two files, sends
            things twice; all adds takebacks, split claims, unbalanced and unknown remittances.
        whole_map: Validate every file against the whole guide, not only those that look wrong.
    """
    import signal
    import sqlite3
    import threading
    import time

    from services import settings as settings_module
    from services.ops import http, logs
    from services.payer.partner import POLL_SECONDS, Partner

    settings = settings_module.load()
    not_in_a_shadow(settings)
    logs.configure(settings, "payer")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    last = [time.monotonic()]

    def beat() -> None:
        last[0] = time.monotonic()

    try:
        partner = Partner(
            settings.exchange_folder,
            settings.home,
            settings.clock,
            settings.seed,
            habits=habits or settings.payer_habits,
            whole_map=whole_map,
        )
    except BlockingIOError:
        raise CannotRun("another payer works in this home") from None
    except (OSError, sqlite3.Error, ValueError, KeyError) as why:
        raise CannotRun(f"the payer cannot start: {type(why).__name__}: {why}") from None
    health = http.serve(settings, "payer", lambda: time.monotonic() - last[0] < POLL_SECONDS + 30)
    try:
        partner.run(stop, beat)
    finally:
        partner.close()
        health.close()
