"""One continuous run of everything, in which everything dies: nothing lost, nothing billed twice.

Every crash point is met once, broker and database are killed, every process of ours too; one is
stopped beyond its session and continued, one asked to end. Then: heal, drain, audit, kill
everything at once, drain, audit again.
"""

import signal
from collections.abc import Iterator

import pytest

from services.delivery.crashpoint import POINTS
from tests.fault import nemesis
from tests.fault.loop import ALL, Loop, running

SEED = "suite-1"
STEP = 18


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A pipeline with every crash point armed, each at a pass the seed decides."""
    home = tmp_path_factory.mktemp("loop")
    points = dict.fromkeys(POINTS, 0)
    for point in ("runner.decoded", "runner.committed", "publish.sent", "runner.published"):
        points[point] = Loop(home, SEED).draw(point, below=20)
    with running(home, SEED, points) as started:
        yield started


@pytest.mark.timeout(600)
def test_whatever_dies_nothing_is_lost_and_nothing_is_billed_twice(loop: Loop):
    loop.load(STEP)
    loop.wait_for("claims.submitted", STEP // 3)
    loop.kill("kafka")
    loop.load(2 * STEP)
    loop.signal("assembly", signal.SIGSTOP)
    loop.kill("validation", "payer", "web")
    nemesis.until(lambda: loop.members("assembly") == 0, 60, "the session of assembly ends")
    loop.signal("assembly", signal.SIGCONT)
    loop.load(3 * STEP)
    loop.wait_for("claims.adjudicated", STEP // 3)
    loop.kill("postgres")
    loop.load(4 * STEP)
    loop.signal("denials", signal.SIGTERM)
    loop.kill("worklist", "accuracy", "gateway")
    loop.load(5 * STEP)
    nemesis.until(lambda: loop.met() == set(POINTS), 150, "every crash point is met")
    loop.wait_for_rest()

    first = loop.audit()
    before = loop.figures()
    loop.kill(*reversed(ALL))
    loop.wait_for_rest()
    second = loop.audit()

    assert [r.invariant for r in first.results if not r.holds] == []
    assert [r.invariant for r in second.results if not r.holds] == []
    assert loop.figures() == before
    assert before["encounters"] == 5 * STEP
    assert before["paid_after_rework"] > 0, "the loop went round"
    assert before["dead"] == 0
