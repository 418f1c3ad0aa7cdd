"""The whole pipeline in a home of its own, for campaigns: started, loaded, at rest, audited."""

import contextlib
import hashlib
import hmac
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.audit import run
from services.clock import real_now
from services.codes import reference
from services.db.engine import connect
from services.demo import figures, people, rest, staff
from services.intake import sample
from services.intake.load import Loader
from services.local import instance, programs
from services.ops import lag
from services.phi import keys
from services.settings import Settings
from tests.fault import nemesis

AS_OF = date(2026, 7, 1)
SCALE = 86_400.0  # a business day a second: fast enough, and no filing limit passes meanwhile
AWAY = (SQLAlchemyError, lag.Unreachable)


class Loop:
    """A running pipeline that anything may be done to."""

    def __init__(self, home: Path, seed: str, says=print) -> None:
        self.home = home
        self.seed = seed
        self.plan = home / "plan"
        self._says = says
        self._began = time.monotonic()
        self._stop = threading.Event()
        self.recoveries: list[float] = []
        self.faults: list[str] = []

    def draw(self, *parts: object, below: int) -> int:
        """Return a number that only the seed and its name decide."""
        digest = hmac.new(self.seed.encode(), repr(parts).encode(), "sha256").digest()
        return int.from_bytes(digest[:8]) % below

    def say(self, line: str) -> None:
        """Print a line with the time since the start."""
        self._says(f"{time.monotonic() - self._began:6.1f} s  {line}")

    def start(self) -> None:
        """Start everything with the crash plan, and the simulated staff."""
        plain = Settings(home=self.home, kafka_bootstrap_servers="", database_url=SecretStr(""))
        now = real_now().isoformat()
        base = datetime.combine(AS_OF, datetime.min.time(), UTC).isoformat()
        remember = {
            "seed": 7, "demo": True, "clock_base": base, "clock_started": now,
            "clock_scale": SCALE,
        }  # fmt: skip
        told = {"CLAIMLOOP_CRASH_PLAN": str(self.plan), "CLAIMLOOP_SESSION_S": "6"}
        os.environ.update(told)
        try:
            self.settings = instance.start(
                plain, site_key=hashlib.sha256(b"campaign").digest(), remember=remember
            )
        finally:
            for name in told:
                del os.environ[name]
        self.engine = connect(self.settings.database_url.get_secret_value(), pool=2, name="loop")
        self._meter = lag.Watch(self.settings)
        users = people.ensure_demo_users(self.engine)
        self.staff = staff.Staff(self.settings.web_url, 7, users)
        self._at_work = threading.Thread(target=self.staff.run, args=(self._stop,), daemon=True)
        self._at_work.start()
        self.say("everything is started")

    def stop(self) -> None:
        """Stop the staff and everything."""
        self._stop.set()
        with contextlib.suppress(AttributeError):
            self._meter.close()
        instance.stop(self.home)

    def dismiss(self) -> None:
        """Send the staff home: from here on nobody acts on what comes back."""
        self._stop.set()
        self._at_work.join(60)
        assert not self._at_work.is_alive(), "the staff goes home"

    def load(self, count: int, folder: Path = sample.FOLDER) -> None:
        """Take in the first `count` encounters of a folder, again and again until it worked."""

        def once() -> bool:
            loader = Loader(
                engine=self.engine,
                key=keys.read(self.settings.site_key_path),
                reference=reference.load(self.settings.reference),
                now=self.settings.clock.now,
                as_of=AS_OF,
                limit=count,
            )
            try:
                return loader.load([folder]).states.total() >= count
            except SQLAlchemyError:
                return False

        nemesis.until(once, 120, f"{count} encounters are taken in", every_s=1)

    def published(self, topic: str) -> int:
        """Return how many events of a topic were stored; 0 while the database is away."""
        try:
            with self.engine.connect() as conn:
                asked = text("select count(*) from outbox where topic = :topic")
                return int(conn.execute(asked, {"topic": topic}).scalar_one())
        except SQLAlchemyError:
            return 0

    def wait_for(self, topic: str, count: int) -> None:
        """Wait until a stage has made some events."""
        nemesis.until(lambda: self.published(topic) >= count, 150, f"{count} events of {topic}")

    def members(self, consumer: str) -> int:
        """Return how many members a consumer's group has; -1 while the broker is away."""
        try:
            stages = self._meter.measure()
        except lag.Unreachable:
            return -1
        return max(stage.members for stage in stages if stage.name == consumer)

    def kill(self, *names: str) -> None:
        """kill -9 processes and note how long each takes to be there again."""
        for name in names:
            began = time.monotonic()
            nemesis.kill_supervised(self.home, name)
            self.recoveries.append(time.monotonic() - began)
            self.fault(f"kill -9 {name}")

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process once it is up."""
        nemesis.until(lambda: nemesis.supervised_pid(self.home, name), 60, f"{name} is up")
        os.kill(nemesis.supervised_pid(self.home, name), number)
        self.fault(f"{number.name} {name}")

    def fault(self, what: str) -> None:
        """Note a fault."""
        self.faults.append(what)
        self.say(what)

    def rested(self) -> bool:
        """Whether nothing is on its way anywhere, but to a person who has left it."""
        try:
            unrest = rest.look(self.engine, self._meter.measure)
        except AWAY:
            return False
        return not unrest and (self._stop.is_set() or self.staff.idle(60))

    def wait_for_rest(self, longest_s: float = 240) -> None:
        """Wait until the loop is at rest (I21)."""
        nemesis.until(self.rested, longest_s, "the loop comes to rest", every_s=1)
        self.say("at rest")

    def audit(self) -> run.Audited:
        """Audit, with the figures of its results printed."""
        site = keys.read(self.settings.site_key_path)
        parties = reference.load(self.settings.reference)
        found = run.audit(self.settings, self.engine, site, parties)
        for result in found.results:
            self.say(result.line())
            for violation in result.violations:
                self.say(f"    {violation}")
        return found

    def audit_at_rest(self, most: int = 5) -> run.Audited:
        """Audit once nothing is on its way; again if time brought something just then."""
        for _ in range(most):
            self.wait_for_rest()
            found = self.audit()
            if found.idle:
                break
        return found

    def figures(self) -> dict[str, int]:
        """Return the summary's figures."""
        with self.engine.connect() as conn:
            dead = sum({s.name: s.dead for s in self._meter.measure()}.values())
            return figures.count(figures.events(conn), dead).as_dict()

    def met(self) -> set[str]:
        """Return the crash points that were met."""
        return nemesis.met(self.plan)


@contextlib.contextmanager
def running(home: Path, seed: str, points: dict[str, int], says=print) -> Iterator[Loop]:
    """Yield a started pipeline with crash points armed; stop it at the end."""
    loop = Loop(home, seed, says)
    nemesis.arm(loop.plan, points)
    try:
        loop.start()
        yield loop
    finally:
        loop.stop()


ALL = programs.ALL
