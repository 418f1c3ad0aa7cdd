"""The demo from start to summary.

1. start everything in `CLAIMLOOP_HOME`, its site key and clock derived from seed and date;
2. take in encounters;
3. let simulated staff work what comes back, until the loop rests;
4. count, audit, say where the pages are.
"""

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from services.audit import run as audit
from services.clock import real_now
from services.codes import reference
from services.db.engine import connect
from services.demo import figures, people, rest, staff
from services.demo.display import Display
from services.intake import sample
from services.intake.load import Loader
from services.local import instance, runfile
from services.ops import lag
from services.phi import keys
from services.settings import Settings

BUSINESS_SECONDS_A_SECOND = 43_200.0
OPENS_AT = time(8, tzinfo=UTC)
POLL_S = 0.5
LONGEST_REST_S = 1_800.0
NOTE = "demo.json"

Says = Callable[[str], None]


class NotThisHome(Exception):  # noqa: N818 - reads as the sentence it prints
    """The home has a demo of another seed or date; the message is one line."""


class NeverRested(Exception):  # noqa: N818 - says what happened
    """The loop did not come to rest; the message is one line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the demo was asked for.

    Attributes:
        encounters: How many to take in; none for all of the sample.
        seed: Of everything that is drawn.
        as_of: The business day it begins on.
    """

    encounters: int | None
    seed: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo did.

    Attributes:
        figures: The loop's figures.
        staff: What the simulated staff did: outcome -> items.
        audit_passed: Whether every invariant holds.
        audit_lines: What the audit looked at, one line an invariant.
        sign_ins: (role, its users) for each role.
        password: Of all of them.
    """

    figures: figures.Figures
    staff: Mapping[str, int]
    audit_passed: bool
    audit_lines: Sequence[str]
    sign_ins: Sequence[tuple[str, str]]
    password: str

    def as_dict(self) -> dict[str, Any]:
        """Return the figures and the verdict, for JSON."""
        return {**self.figures.as_dict(), "audit": "pass" if self.audit_passed else "fail"}


def start(settings: Settings, wish: Wish, says: Says) -> Settings:
    """Start everything and return the settings with its addresses.

    Raises:
        NotThisHome: the home has another demo.
        services.local.errors.StartError: something is missing.
    """
    _claim(settings.home, wish)
    remember: dict[str, Any] = {"seed": wish.seed, "demo": True}
    remember |= {
        "clock_base": datetime.combine(wish.as_of, OPENS_AT).isoformat(),
        "clock_started": real_now().isoformat(),
        "clock_scale": BUSINESS_SECONDS_A_SECOND,
    }
    secret = hashlib.sha256(b"claimloop demo %d" % wish.seed).digest()
    return instance.start(settings, says=says, site_key=secret, remember=remember)


def _claim(home: Path, wish: Wish) -> None:
    """Note seed and date in the home, or compare them with those noted."""
    wanted = {"seed": wish.seed, "as_of": wish.as_of.isoformat()}
    note = home / NOTE
    if note.is_file():
        known = json.loads(note.read_text())
        if known != wanted:
            raise NotThisHome(
                f"{home} has the demo of seed {known['seed']} and {known['as_of']}:"
                " give those, or name another CLAIMLOOP_HOME"
            )
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    note.write_text(json.dumps(wanted) + "\n")


def load(settings: Settings, engine: Engine, wish: Wish) -> int:
    """Take in the sample's encounters; return how many came in, again or for the first time."""
    loader = Loader(
        engine=engine,
        key=keys.read(settings.site_key_path),
        reference=reference.load(settings.reference),
        now=settings.clock.now,
        as_of=wish.as_of,
        limit=wish.encounters,
    )
    return loader.load([sample.FOLDER]).states.total()


def watch(
    engine: Engine, meter: lag.Watch, display: Display, idle: Callable[[], bool]
) -> None:
    """Show the loop until it rests and nobody has work in hand.

    Args:
        engine: The database.
        meter: Measures the stages.
        display: Shows them.
        idle: Whether the staff found nothing to do since anything last moved.

    Raises:
        NeverRested: it did not rest in time.
    """
    pause = threading.Event()
    for _ in range(int(LONGEST_REST_S / POLL_S)):
        try:
            unrest = rest.look(engine, meter.measure)
        except lag.Unreachable:
            pause.wait(POLL_S)
            continue
        display.show(unrest)
        if not unrest and idle():
            return
        pause.wait(POLL_S)
    raise NeverRested("the loop did not come to rest: see `claimloop status`")


def loop(settings: Settings, wish: Wish, says: Says, *, quiet: bool = False) -> Outcome:
    """Load, work until the loop rests, audit; return what came of it.

    Raises:
        NeverRested: it did not rest in time.
    """
    engine = connect(settings.database_url.get_secret_value(), pool=2, name="claimloop-demo")
    meter = lag.Watch(settings)
    users = people.ensure_demo_users(engine)
    stop = threading.Event()
    colleagues = staff.Staff(settings.web_url, wish.seed, users)
    at_work = threading.Thread(target=colleagues.run, args=(stop,), name="staff", daemon=True)
    try:
        says(f"{load(settings, engine, wish):,} encounters taken in")
        at_work.start()
        with Display(quiet=quiet) as display:
            watch(engine, meter, display, colleagues.idle)
        pace(settings, fast=False)
        says("at rest; auditing")
        site = keys.read(settings.site_key_path)
        parties = reference.load(settings.reference)
        results = audit.audit(settings, engine, site, parties).results
        with engine.connect() as conn:
            done = figures.count(figures.events(conn), _dead(meter))
    finally:
        stop.set()
        meter.close()
        engine.dispose()
    return Outcome(
        figures=done,
        staff=dict(colleagues.counts),
        audit_passed=all(result.holds for result in results),
        audit_lines=[result.line() for result in results],
        sign_ins=_by_role(users),
        password=people.PASSWORD,
    )


def pace(settings: Settings, *, fast: bool) -> None:
    """Let business days pass in seconds, or as they do.

    While nothing is at a payer, days that pass in seconds would only make work late.
    """
    values = runfile.read(settings.home)
    scale = BUSINESS_SECONDS_A_SECOND if fast else 1.0
    if values["clock_scale"] != scale:
        values["clock_base"] = settings.clock.now().isoformat()
        values["clock_started"] = real_now().isoformat()
        runfile.write(settings.home, {**values, "clock_scale": scale})


def attend(settings: Settings) -> None:
    """Let days pass quickly while a payer has something to answer; until interrupted."""
    engine = connect(settings.database_url.get_secret_value(), pool=1, name="claimloop-demo")
    pause = threading.Event()
    while True:
        with contextlib.suppress(OperationalError):  # the database may be starting again
            pace(settings, fast=bool(rest.look(engine)))
        pause.wait(POLL_S)


def _dead(meter: lag.Watch) -> int:
    """Return the dead letters of all consumers."""
    return sum({stage.name: stage.dead for stage in meter.measure()}.values())


def _by_role(users: Sequence[people.SignIn]) -> list[tuple[str, str]]:
    """Return each role with its users; of physicians the one a query names is who can answer it."""
    names: dict[str, list[str]] = {}
    for user in users:
        names.setdefault(user.role, []).append(user.name)
    names["physician"] = [f"{names['physician'][0]} and so on: dr. and the name of who was asked"]
    return [(role, ", ".join(found)) for role, found in names.items()]
