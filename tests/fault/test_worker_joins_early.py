"""A worker that joins its group before the broker names its partitions still gets them."""

import sys
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from sqlalchemy import text

from schemas import codec, topics
from services.db.engine import connect
from services.kafka import clients
from services.kafka import topics as adapter
from services.local.supervise import wait_for
from tests.fault import nemesis, toy


@pytest.mark.slow
def test_a_worker_hears_of_partitions_it_missed(instance, tmp_path):
    """Found by the crash suite: broker and worker started at once, and the worker sat idle."""
    engine = connect(instance.database_url.get_secret_value())
    toy.META.create_all(engine)
    admin = KafkaAdminClient(**clients.admin(instance))
    admin.delete_topics([topics.CODED.name])
    wait_for(lambda: topics.CODED.name not in admin.list_topics(), 30)
    environment = {"CLAIMLOOP_HOME": str(instance.home), "PYTHONPATH": str(Path.cwd())}
    with nemesis.Crew(tmp_path, environment) as crew:
        crew.hire("early", (sys.executable, toy.__file__, "validation"), {})
        nemesis.until(lambda: members(admin), 60, "the worker has joined")
        adapter.apply(instance)
        producer = KafkaProducer(**clients.producer(instance))
        event = toy.source(1, 1)
        producer.send(topics.CODED.name, key=b"TOY00001", value=codec.encode(event)).get(30)
        producer.close()

        def settled() -> bool:
            with engine.connect() as conn:
                return bool(conn.execute(text("select count(*) from offset_range")).scalar_one())

        nemesis.until(settled, 40, "the worker takes the event")
    admin.close()
    engine.dispose()


def members(admin) -> int:
    found = admin.describe_groups(["claims.validation"])["claims.validation"]
    return sum(one["member_id"] != "" for one in found.get("members") or ())
