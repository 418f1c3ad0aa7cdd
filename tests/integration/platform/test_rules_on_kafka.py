"""A rule that is published reaches a validation worker that is running: no restart."""

import os
import subprocess
import sys

from kafka import KafkaProducer
from sqlalchemy import text

from schemas import codec
from schemas.events import RuleVersion
from services.db.engine import connect
from services.delivery import outbox
from services.delivery.publish import KafkaPublisher
from services.kafka import clients
from services.local.supervise import wait_for
from services.worklist.rulebook import rules
from tests.builders import bill, coded, line

LONG = RuleVersion(
    kind="own", words="A long visit needs a note of time: add it.", severity="hold", each="line",
    expression='line.code == "99215"', source="Compliance committee",
)


def test_a_published_rule_is_picked_up_without_a_restart_and_rolled_back_likewise(instance):
    engine = connect(instance.database_url.get_secret_value())
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(instance, "relay")))
    clock = instance.clock

    def judged(encounter_id):
        event = coded(encounter_id=encounter_id, bill=bill(lines=(line(1, code="99215"),)))
        with engine.begin() as conn:
            outbox.put(conn, "worklist", [event])
        outbox.relay(engine, "worklist", publisher)
        wait_for(lambda: said(encounter_id), 90)
        return said(encounter_id)

    def said(encounter_id):
        with engine.connect() as conn:
            row = conn.execute(text(
                "select value from outbox where topic = 'claims.validated' and key = :key"),
                {"key": encounter_id}).first()
            return codec.decode("claims.validated", bytes(row.value)) if row else None

    def heard(revision):
        outbox.relay(engine, "worklist", publisher)

        def kept():
            with engine.connect() as conn:
                return conn.execute(text("select revision from rule_in_force")).scalar() == revision

        wait_for(kept, 60)

    worker = subprocess.Popen(
        (sys.executable, "-m", "services.cli", "worker", "validation"),
        env=dict(os.environ) | {"CLAIMLOOP_HOME": str(instance.home)},
    )
    try:
        before = judged("A")
        rules.draft(engine, "long-visit", LONG, "ann", clock.now())
        rules.review(engine, "long-visit", "bob", clock.now())
        rules.publish(engine, "long-visit", "bob", clock.now(), clock.today())
        heard(1)
        after = judged("B")
        rules.retire(engine, "long-visit", "bob", clock.now(), clock.today())
        heard(2)
        gone = judged("C")
        assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(30)
        engine.dispose()

    names = [{finding.edit for finding in one.findings} for one in (before, after, gone)]
    assert ["own:long-visit" in one for one in names] == [False, True, False]
    assert (before.edit_set, after.edit_set) == (gone.edit_set, f"{before.edit_set}+"
                                                 f"{after.edit_set.partition('+')[2]}")
    assert after.edit_set != before.edit_set
