"""Many claims with every habit of the payers: the audit must hold and the cash tie to BPR02.

    python -m tests.fault.payers --claims 10000 --seed 1 [--staff 5]

Everything runs as in the demo, with every habit of the payers: late and missing answers, copies,
files in two parts, takebacks, split claims, remittances that do not balance or are nobody's. The
clock is slow while our own side has work and fast while only a payer has something to say. Then
`claimloop audit` runs as an operator would, measured. Exit status 0 when it does, nothing is a dead
letter and the sum of BPR02 of all files is the cash of the ledger.
"""

import argparse
import contextlib
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from services.clock import real_now
from services.codes import reference
from services.db.engine import connect
from services.demo import people, rest, staff
from services.intake import sample
from services.intake.load import Loader
from services.local import instance, runfile
from services.ops import lag
from services.phi import keys
from services.settings import Settings

AS_OF = datetime(2026, 7, 1, 8, tzinfo=UTC)
SLOW, FAST = 60.0, 172_800.0  # business seconds a second: a minute, two days
AFTERWARDS_DAYS = 45  # takebacks and what they are bridged by come late
SILENT_DAYS = 120
Says = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        claims: Claims that left.
        audit: What the audit says, as JSON.
        status: Its exit status.
        seconds: How long it took.
        peak_mb: The most memory it had.
    """

    claims: int
    audit: dict
    status: int
    seconds: float
    peak_mb: float

    @property
    def money(self) -> dict[str, int]:
        """The figures of I9."""
        return self._checked("I9")

    def _checked(self, invariant: str) -> dict[str, int]:
        found = (one for one in self.audit["invariants"] if one["invariant"] == invariant)
        return next(found)["checked"]

    @property
    def dead(self) -> int:
        """Dead letters: nothing here sends what nobody can process."""
        return self._checked("I2")["dead"]

    @property
    def right(self) -> bool:
        """Whether every invariant holds, nothing died and the cash is the sum of BPR02."""
        tie = self.money["cash_cents"] == self.money["bpr02_cents"]
        return self.status == 0 and not self.dead and tie


class Many:
    """A home full of claims."""

    def __init__(self, home: Path, claims: int, seed: int, says: Says) -> None:
        self._home, self._claims, self._seed = home, claims, seed
        self._began = time.monotonic()
        self._says = says

    def say(self, line: str) -> None:
        self._says(f"{time.monotonic() - self._began:7.1f} s  {line}")

    def run(self, staff_minutes: float, longest_minutes: float) -> Outcome:
        self._start()
        self._load()
        self._rest(longest_minutes, "every claim is answered")
        if staff_minutes:
            with self._staff():
                self._rest(staff_minutes, "the staff is done", needs_rest=False)
            self._rest(longest_minutes, "every correction is answered")
        self._days(AFTERWARDS_DAYS)
        self._rest(longest_minutes, "what came late is taken in")
        self._pace(1.0)
        with self._engine.connect() as conn:
            left = conn.execute(text("select count(*) from gateway_claim")).scalar_one()
        return self._audit(int(left))

    def _start(self) -> None:
        remember = {
            "seed": self._seed, "demo": True, "clock_base": AS_OF.isoformat(),
            "clock_started": real_now().isoformat(), "clock_scale": SLOW, "payer_habits": "all",
        }  # fmt: skip
        key = b"%032d" % self._seed
        self._settings = instance.start(Settings(home=self._home), site_key=key, remember=remember)
        self._engine = connect(self._settings.database_url.get_secret_value(), pool=2, name="many")
        self._meter = lag.Watch(self._settings)
        self.say("everything is started")

    def _load(self) -> None:
        loader = Loader(
            engine=self._engine,
            key=keys.read(self._settings.site_key_path),
            reference=reference.load(self._settings.reference),
            now=self._settings.clock.now,
            as_of=AS_OF.date(),
            copies=math.ceil(self._claims / 1000),
            limit=round(self._claims * 1.1),
        )
        states = loader.load([sample.FOLDER]).states
        self.say(f"{states.total():,} encounters are taken in")

    @contextlib.contextmanager
    def _staff(self) -> Iterator[None]:
        users = people.ensure_demo_users(self._engine)
        colleagues, stop = staff.Staff(self._settings.web_url, self._seed, users), threading.Event()
        at_work = threading.Thread(target=colleagues.run, args=(stop,), daemon=True)
        at_work.start()
        try:
            yield
        finally:
            stop.set()
            at_work.join(30)
            self.say(f"the staff did {dict(colleagues.counts)}")

    def _rest(self, minutes: float, what: str, *, needs_rest: bool = True) -> None:
        """Wait until nothing is on its way; days pass fast while only a payer has to speak."""
        pause, deadline = threading.Event(), time.monotonic() + minutes * 60
        told = calm = 0.0
        last, since = None, self._settings.clock.today()
        while time.monotonic() < deadline:
            pause.wait(1.0)
            try:
                unrest = rest.look(self._engine, self._meter.measure)
            except lag.Unreachable:
                continue
            ours = unrest.behind > 200 or unrest.unpublished > 200 or unrest.unsent
            self._pace(SLOW if ours or not unrest else FAST)
            calm = calm + 1 if not unrest else 0
            if calm >= 5 and needs_rest:
                self.say(what)
                return
            if unrest != last:
                last, since = unrest, self._settings.clock.today()
            elif unrest and (self._settings.clock.today() - since).days > SILENT_DAYS:
                self.say(f"nobody says anything for {SILENT_DAYS} days: {unrest}")
                return
            if time.monotonic() - told > 30:
                told = time.monotonic()
                self.say(f"{self._settings.clock.today()}  {unrest}")
        self.say(f"{what}: after {minutes:g} minutes" + (", but it is not" if needs_rest else ""))

    def _days(self, count: int) -> None:
        """Let days pass for what payers do late."""
        pause = threading.Event()
        end = self._settings.clock.now().toordinal() + count
        self._pace(FAST)
        while self._settings.clock.now().toordinal() < end:
            pause.wait(0.5)
        self._pace(SLOW)

    def _pace(self, scale: float) -> None:
        values = runfile.read(self._home)
        if values["clock_scale"] != scale:
            values["clock_base"] = self._settings.clock.now().isoformat()
            values["clock_started"] = real_now().isoformat()
            runfile.write(self._home, {**values, "clock_scale": scale})

    def _ask(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command of the product as an operator would."""
        return subprocess.run(
            (sys.executable, "-m", "services.cli", *command), check=False, capture_output=True,
            env={**os.environ, "CLAIMLOOP_HOME": str(self._home)},
        )  # fmt: skip

    def _audit(self, claims: int) -> Outcome:
        began = time.monotonic()
        told = self._ask("audit", "--json")
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        if told.returncode not in (0, 1):
            raise SystemExit(f"the audit could not run: {told.stderr.decode()[-500:]}")
        for line in self._ask("dead", "list").stdout.decode().splitlines():
            self.say(f"dead letter: {line}")
        return Outcome(claims, json.loads(told.stdout), told.returncode, seconds, peak)

    def stop(self) -> None:
        with contextlib.suppress(AttributeError):
            self._meter.close()
            self._engine.dispose()
        instance.stop(self._home)


def live(
    claims: int, seed: int, says: Says, *, staff_minutes: float = 0, longest_minutes: float = 30
) -> Outcome:
    """Run many claims in a home of their own and return what came of it."""
    with tempfile.TemporaryDirectory(prefix="payers-") as folder:
        Path(folder).chmod(0o755)
        many = Many(Path(folder), claims, seed, says)
        try:
            return many.run(staff_minutes, longest_minutes)
        finally:
            many.stop()


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--staff", type=float, default=5, help="minutes the staff works; 0: none")
    parser.add_argument("--longest", type=float, default=45, help="minutes to wait for rest")
    told = parser.parse_args()
    found = live(
        told.claims, told.seed, lambda line: print(line, flush=True),
        staff_minutes=told.staff, longest_minutes=told.longest,
    )  # fmt: skip
    for one in found.audit["invariants"]:
        verdict = "VIOLATED" if one["violations"] else "OK"
        print(f"{verdict:8} {one['invariant']:4} {one['checked']}")
        for violation in one["violations"]:
            print(f"         {violation['count']} x {violation['text']}: {violation['ids'][:5]}")
    print(
        f"{found.claims:,} claims, sum of BPR02 {found.money['bpr02_cents'] / 100:,.2f}, cash of"
        f" the ledger {found.money['cash_cents'] / 100:,.2f}; idle: {found.audit['idle']}; audit"
        f" {found.seconds:.0f} s, {found.peak_mb:.0f} MB, exit {found.status}"
    )
    return 0 if found.right else 1


if __name__ == "__main__":
    sys.exit(main())
