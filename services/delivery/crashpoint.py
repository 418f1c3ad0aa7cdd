"""Named points at which a test may kill the process; elsewhere they do nothing.

Armed by files: while ``CLAIMLOOP_CRASH_PLAN`` names a folder, a file ``<point>`` in it holds how
many more times the point is passed before the process kills itself. The file is removed first, so
the process that is started again lives; the death is noted in ``met/``.
"""

import os
import signal
from pathlib import Path

POINTS = (
    "runner.decoded",
    "runner.committed",
    "publish.sent",
    "runner.published",
    "worker.acknowledged",
    "outbox.published",
    "gateway.spooled",
    "gateway.before_rename",
    "gateway.after_rename",
    "gateway.posted",
    "decision.moved",
    "decision.told",
)

_PLAN = os.environ.get("CLAIMLOOP_CRASH_PLAN", "")  # noqa: TID251 - absent outside fault tests


def crashpoint(name: str) -> None:
    """Die here by SIGKILL if the plan says so."""
    if _PLAN:
        _meet(Path(_PLAN), name)


def _meet(plan: Path, name: str) -> None:
    file = plan / name
    try:
        left = int(file.read_text() or "0")
    except (FileNotFoundError, ValueError):
        return
    if left > 0:
        file.write_text(str(left - 1))
        return
    try:
        file.unlink()
    except FileNotFoundError:
        return  # another process of the same kind was first
    met = plan / "met"
    met.mkdir(exist_ok=True)
    (met / f"{name}.{os.getpid()}").touch()
    os.kill(os.getpid(), signal.SIGKILL)
