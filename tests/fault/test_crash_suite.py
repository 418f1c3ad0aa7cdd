"""One continuous run of everything, in which everything dies: nothing lost, nothing billed twice.

Every crash point is met once, broker and database are killed, every process of ours too; one is
stopped beyond its session and continued, one asked to end. Then: heal, drain, audit, kill
everything at once, drain, audit again.
"""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.audit.canary import Search
from services.delivery.crashpoint import POINTS
from tests.fault import canaries, nemesis
from tests.fault.loop import ALL, Loop, running

SEED = "suite-1"
STEP = 18
UNREAD = ("/payer/", "/exchange/", "/kafka/data/", "/postgres/data/")
"""The partner's own folder and the drop folders hold files in clear; topics and tables are read."""


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A pipeline with every crash point armed, each at a pass the seed decides."""
    home = tmp_path_factory.mktemp("loop")
    points = dict.fromkeys(POINTS, 0)
    for point in ("runner.decoded", "runner.committed", "publish.sent", "runner.published"):
        points[point] = Loop(home, SEED).draw(point, below=8)
    with running(home, SEED, points) as started:
        yield started


@pytest.mark.timeout(600)
def test_whatever_dies_nothing_is_lost_and_nothing_is_billed_twice(loop: Loop):
    loop.load(2 * STEP)
    loop.wait_for("claims.submitted", STEP // 3)
    loop.signal("assembly", signal.SIGSTOP)
    loop.kill("validation", "payer", "web")
    nemesis.until(lambda: loop.members("assembly") == 0, 60, "the session of assembly ends")
    loop.signal("assembly", signal.SIGCONT)
    loop.load(3 * STEP)
    loop.kill("kafka")
    loop.wait_for("claims.adjudicated", STEP // 3)
    live = loop.audit()
    loop.kill("postgres")
    loop.load(5 * STEP)
    loop.signal("denials", signal.SIGTERM)
    loop.kill("worklist", "accuracy", "gateway")
    nemesis.until(lambda: loop.met() == set(POINTS), 150, "every crash point is met")

    first = loop.audit_at_rest()
    before = loop.figures()
    loop.kill(*reversed(ALL))
    second = loop.audit_at_rest()

    assert [r.invariant for r in live.results if not r.holds] == [], "while everything runs"
    assert first.idle
    assert second.idle
    assert [r.invariant for r in first.results if not r.holds] == []
    assert [r.invariant for r in second.results if not r.holds] == []
    assert loop.figures() == before
    assert before["encounters"] == 5 * STEP
    assert before["paid_after_rework"] > 0, "the loop went round"
    assert before["dead"] == 0


@pytest.mark.timeout(300)
def test_no_protected_data_stands_where_it_must_not(loop: Loop, tmp_path: Path):
    count = canaries.lay_out(tmp_path / "canaries")
    loop.load(count, tmp_path / "canaries")
    loop.wait_for_rest()

    search = Search(canaries.MARKERS)
    ports = json.loads((loop.home / "run.json").read_text())
    pages = {
        name: f"http://127.0.0.1:{port}/metrics"
        for name, port in ports.items()
        if name.endswith("_metrics_port")
    }
    with loop.engine.connect() as conn:
        found = [
            *search.topics(loop.settings),
            *search.tables(conn),
            *search.files(loop.home, UNREAD),
            *search.pages(pages),
        ]
    assert found == []
    assert len(pages) == 8
    # what the partner holds is the partner's; that it is found there shows that it would be found
    theirs = " ".join(search.files(loop.home / "payer"))
    assert all(marker in theirs for marker in (canaries.FAMILY, canaries.MEMBER))


PLANTED = {
    "I1": "insert into intake"
    " select 'LOST', version, hash, state, source, taken_at from intake limit 1",
    "I6": "update interchange set sha256 = sha256(sha256) where control = 1",
    "I9": "update posting set amount_cents = amount_cents + 1 where credit = 'receivable'"
    " and debit = 'cash'",
    "I10": "delete from remittance_claim where matched and ordinal = 1",
    "I11": "update rework_item set status = 'closed' where status = 'open'",
    "I14": "update accuracy_bucket set count = count + 1 where name = 'resolved'",
}


@pytest.mark.timeout(600)
def test_the_audit_sees_what_was_done_wrong(loop: Loop):
    """Last: it leaves the home spoilt."""
    loop.wait_for_rest()
    loop.dismiss()
    with loop.engine.begin() as conn:
        for invariant, statement in PLANTED.items():
            assert conn.execute(text(statement)).rowcount, invariant

    audited = loop.audit_at_rest()
    found = {result.invariant for result in audited.results if not result.holds}

    assert audited.idle
    assert found >= set(PLANTED)
    assert not found & {"I2", "I3", "I4", "I5", "I8"}
