"""The live display: one bar a stage on a terminal, plain lines elsewhere."""

import sys
from collections import defaultdict
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from services.demo.rest import Unrest
from services.ops.stages import Stage

ORDER = ("worklist", "validation", "assembly", "gateway", "denials", "accuracy")
PLAIN_EVERY = 10


class Display:
    """Shows how many records each stage has done, how fast, how far behind and for how long."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal and not quiet
        self._quiet = quiet
        self._shown = 0
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[says]}"),
            console=self._console,
            disable=not self._live,
        )

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, unrest: Unrest) -> None:
        """Show a measurement."""
        groups: dict[str, list[Stage]] = defaultdict(list)
        for stage in unrest.stages:
            groups[stage.name].append(stage)
        if self._live:
            for name in ORDER:
                self._bar(name, groups[name])
        elif not self._quiet and self._shown % PLAIN_EVERY == 0:
            behind = ", ".join(
                f"{name} {sum(s.lag for s in groups[name])}" for name in ORDER
            )
            sys.stderr.write(
                f"behind: {behind}; at payers {unrest.unanswered}, to send {unrest.unsent}\n"
            )
        self._shown += 1

    def _bar(self, name: str, stages: list[Stage]) -> None:
        done, lag = sum(s.done for s in stages), sum(s.lag for s in stages)
        rate = sum(s.out_rate or 0.0 for s in stages)
        coming = sum(s.in_rate or 0.0 for s in stages)
        gain = rate - coming
        left = f"{lag / gain:5.0f} s left" if lag and gain > 0 else " " * 12
        says = f"{done:>8,} done {rate:>7,.0f}/s {lag:>7,} behind {left}"
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=1, says=says)
        self._progress.update(
            self._bars[name], total=max(done + lag, 1), completed=done, says=says
        )
