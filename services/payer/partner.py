"""The payer process: look into the drop folders, answer what is due, again and again."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from services.clock import Clock
from services.payer.cashier import Cashier, pay_day
from services.payer.desk import Desk, Receipt
from services.payer.folders import Folders
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.mailroom import stamp
from services.payer.plan import Plan
from services.payer.tables import Tables, load

log = structlog.get_logger("payer")
POLL_SECONDS = 0.15


class Partner:
    """All payers of one exchange folder.

    Attributes:
        journal: What was received and answered.
        taken: Files taken in since the start.
        sent: Answers given since the start.
    """

    def __init__(  # noqa: PLR0913 - what a process is given
        self,
        exchange: Path,
        home: Path,
        clock: Clock,
        seed: int,
        *,
        tables: Tables | None = None,
        habits: str = "calm",
        whole_map: bool = False,
    ) -> None:
        """Open the journal and finish what a previous process left half done.

        Args:
            exchange: The exchange folder.
            home: The local state; the payer uses ``home/payer``.
            clock: Business time.
            seed: Decides everything left to chance.
            tables: The payer's rules; the packaged ones if not given.
            habits: calm, demo or all.
            whole_map: Validate every file against the whole guide (2 ms a claim).

        Raises:
            BlockingIOError: another payer works in this home.
        """
        self._tables = tables or load()
        self._clock = clock
        self._folders = Folders(exchange, home)
        self._lock = self._folders.lock()
        self._folders.prepare(self._tables.plans)
        self.journal = Journal(home / "payer" / "journal.sqlite")
        key = f"payer {seed}".encode()
        self._habits = Habits(self._tables, key, habits)
        self._desk = Desk(self.journal, self._habits, whole_map)
        self._cashier = Cashier(self.journal, self._habits)
        self._paid: dict[str, str] = {}
        self.taken = self.sent = 0
        self.sent += self._folders.send(self.journal, stamp(clock.now()), recovering=True)

    def step(self) -> bool:
        """Take in what waits and give what is due; return whether there was anything."""
        worked = False
        closed = {p.payer_id for p in self._tables.plans.values() if self._is_down(p)}
        for plan in self._tables.plans.values():
            if plan.payer_id not in closed:
                worked |= self._receive(plan)
                worked |= self._pay(plan)
        sent = self._folders.send(self.journal, stamp(self._clock.now()), closed=closed)
        self.sent += sent
        return worked or sent > 0

    def run(self, stopping: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Work until told to stop; `beat` is called once a round."""
        while not stopping.is_set():
            beat()
            if not self.step():
                stopping.wait(POLL_SECONDS)

    def close(self) -> None:
        """Close the journal and let another process work here."""
        self.journal.close()
        self._lock.close()

    def _is_down(self, plan: Plan) -> bool:
        return self._habits.has("down_day", plan, self._clock.now().date().isoformat())

    def _receive(self, plan: Plan) -> bool:
        waiting = self._folders.waiting(plan.payer_id)
        for path in waiting:
            content = path.read_bytes()
            stored_as = self._folders.pending_move(self.journal, plan.payer_id, path, content)
            if not stored_as:
                stored_as = f"{self._count(plan):06d}-{path.name}"
                receipt = Receipt(path.name, stored_as, content, self._clock.now())
                outcome = self._desk.take(plan, receipt)
                log.info("file received", payer_id=plan.payer_id, state=outcome)
                self.taken += 1
            self._folders.keep(path, plan.payer_id, stored_as)
        return bool(waiting)

    def _count(self, plan: Plan) -> int:
        row = self.journal.one("select count(*) from file where payer_id = ?", plan.payer_id)
        return int(row[0]) + 1 if row else 1

    def _pay(self, plan: Plan) -> bool:
        now = self._clock.now()
        day = stamp(pay_day(plan, now))
        if self._paid.get(plan.payer_id) == day:
            return False
        made = self._cashier.pay(plan, now)
        self._paid[plan.payer_id] = day
        return made > 0
