"""Many runs of the whole loop, each under another random schedule of faults.

Everything a run does to the loop derives from its seed, so a seed found bad can be run again. The
business seed is always the same: whatever dies, every run must end with the same figures.
"""

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.delivery.crashpoint import POINTS
from tests.fault import nemesis
from tests.fault.loop import ALL, Loop, running

STEPS, STEP = 6, 15
OURS = tuple(name for name in ALL if name not in ("kafka", "postgres"))
MOST_AT_ONCE = 3
CLEAN = "clean"
"""The run without faults, whose figures all others must have."""


@dataclass(slots=True)
class Outcome:
    """What one run saw.

    Attributes:
        seed: Its seed.
        seconds: How long it took.
        faults: What was done: kind -> how often.
        met: Crash points that were met.
        recoveries: Seconds until each killed process was there again.
        copies: Further copies of events on the topics, all absorbed.
        violations: Invariant -> how many sentences do not hold.
        figures: The summary.
        broken: Why the run could not be finished, if so.
    """

    seed: str
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    met: int = 0
    recoveries: list[float] = field(default_factory=list)
    copies: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    figures: dict[str, int] = field(default_factory=dict)
    broken: str = ""

    def line(self) -> str:
        """Return it as one line."""
        slowest = max(self.recoveries, default=0.0)
        said = (
            f"seed {self.seed}: {self.seconds:.0f} s",
            f"{self.faults.total()} faults",
            f"{self.met} crash points",
            f"slowest restart {slowest:.1f} s",
            f"{self.copies} copies absorbed",
            f"violations {dict(self.violations) or 0}",
        )
        return ", ".join(said) + (f", BROKEN: {self.broken}" if self.broken else "")


def once(seed: str, says) -> Outcome:
    """Run the loop once under the schedule of a seed."""
    outcome = Outcome(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        home = Path(name) / "home"
        drawn = Loop(home, seed)
        points = {point: drawn.draw("passes", point, below=25) for point in POINTS}
        points |= {p: drawn.draw("passes", p, below=3) for p in POINTS if p.startswith("gateway")}
        points = {} if seed == CLEAN else points
        try:
            with running(home, seed, points, says) as loop:
                _fire(loop)
                _verify(loop, outcome)
                outcome.met = len(loop.met())
                outcome.faults = Counter(what.split()[0] for what in loop.faults)
                outcome.recoveries = loop.recoveries
        except AssertionError as why:
            outcome.broken = str(why).splitlines()[0]
    outcome.seconds = time.monotonic() - began
    return outcome


def _fire(loop: Loop) -> None:
    """Load in steps; at each do a random set of faults, the empty one included."""
    for step in range(1, STEPS + 1):
        loop.load(step * STEP)
        for job in _jobs(loop, step) if loop.seed != CLEAN else ():
            job()


def _jobs(loop: Loop, step: int) -> Iterator:
    for n in range(loop.draw("faults", step, below=MOST_AT_ONCE + 1)):
        kind = loop.draw("kind", step, n, below=10)
        name = OURS[loop.draw("whom", step, n, below=len(OURS))]
        if kind < 5:
            yield lambda name=name: loop.kill(name)
        elif kind == 5:
            yield lambda: loop.kill("kafka")
        elif kind == 6:
            yield lambda: loop.kill("postgres")
        elif kind == 7:
            yield lambda name=name: loop.signal(name, signal.SIGTERM)
        elif kind == 8:
            yield lambda: loop.kill(*OURS)
        else:
            yield lambda: _stop_and_go(loop)


def _stop_and_go(loop: Loop) -> None:
    """Stop a worker beyond its session, so that it wakes as a zombie."""
    name = ("validation", "assembly", "denials", "accuracy")[loop.draw("zombie", below=4)]
    nemesis.until(lambda: loop.members(name) > 0, 90, f"{name} has joined its group")
    loop.signal(name, signal.SIGSTOP)
    nemesis.until(lambda: loop.members(name) == 0, 90, f"the session of {name} ends")
    loop.signal(name, signal.SIGCONT)


def _verify(loop: Loop, outcome: Outcome) -> None:
    """Drain, audit, kill everything, drain, audit again."""
    for last in (False, True):
        loop.wait_for_rest(400)
        found = loop.audit()
        for result in found.results:
            outcome.copies = max(outcome.copies, result.checked.get("further_copies", 0))
            if not result.holds:
                outcome.violations[result.invariant] += len(result.violations)
        figures = loop.figures()
        if outcome.figures and figures != outcome.figures:
            outcome.violations["restart changed figures"] += 1
        outcome.figures = figures
        if not last:
            loop.kill(*reversed(ALL))


def run(first: int, seeds: int, says=lambda line: None) -> int:
    """Run once without faults, then some seeds; return 1 if anything was violated or differs."""
    done = []
    for seed in (CLEAN, *(f"campaign-{n}" for n in range(first, first + seeds))):
        done.append(once(seed, says))
        print(done[-1].line(), flush=True)
    faults: Counter[str] = sum((one.faults for one in done), Counter())
    violations: Counter[str] = sum((one.violations for one in done), Counter())
    broken = [one.seed for one in done if one.broken]
    figures = {tuple(one.figures.items()) for one in done if one.figures}
    recoveries = sorted(seconds for one in done for seconds in one.recoveries)
    half = recoveries[len(recoveries) // 2] if recoveries else 0.0
    print(
        f"{len(done)} runs, {sum(one.seconds for one in done) / 60:.0f} min,"
        f" faults {dict(faults)}, crash points met {sum(one.met for one in done)},"
        f" restarts median {half:.1f} s, slowest {max(recoveries, default=0.0):.1f} s,"
        f" copies absorbed {sum(one.copies for one in done)},"
        f" violations {dict(violations) or 0}, broken {broken or 0},"
        f" same figures in all runs: {'yes' if len(figures) == 1 else 'NO'}"
    )
    for one in figures if len(figures) > 1 else ():
        print(dict(one))
    if done and not violations and not broken:
        print(f"0 violations in {len(done)} runs: at 95 % fewer than {min(3 / len(done), 1):.0%}")
    return 0 if not violations and not broken and len(figures) == 1 else 1
