"""The services' loop and the relay: nothing is committed or marked before it is done."""

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.base import MemberState
from sqlalchemy import text

from schemas import codec, events, ids, topics
from services.clock import Clock
from services.db.engine import connect
from services.delivery import outbox
from services.delivery.consume import Consumer
from services.delivery.processor import Processor
from services.delivery.publish import KafkaPublisher
from services.delivery.runner import Runner
from services.kafka import clients
from services.phi.keys import SiteKey
from tests.integration.records import records


class Dies(Exception):  # noqa: N818 - what happens
    """The process ends here."""


def coded(n: int) -> events.Coded:
    return events.Coded(event_id=ids.derive("consume", n), encounter_id=f"KEY{n}", version=1)


def answer(state, event, moment):
    said = events.Validated(event_id=ids.derive(event.event_id), encounter_id=event.encounter_id)
    return None, [said]


@pytest.fixture(scope="module")
def engine(instance):
    engine = connect(instance.database_url.get_secret_value())
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def producer(instance):
    producer = KafkaProducer(**clients.producer(instance))
    yield producer
    producer.close()


def committed(settings) -> int:
    reader = KafkaConsumer(**clients.consumer(settings, "claims.validation"))
    tps = [TopicPartition("claims.coded", p) for p in range(4)]
    found = sum(reader.committed(tp) or 0 for tp in tps)
    reader.close()
    return found


def take(loop: Consumer) -> int:
    """Take the batch that is there; fail when none comes."""
    taken = (loop.step(timeout_ms=1000) for _ in range(30))
    return next((count for count in taken if count), 0)


def test_an_offset_is_committed_only_after_effect_and_publishing(instance, engine, producer):
    runner = Runner(
        Processor("validation", (topics.CODED,), (topics.VALIDATED,), answer),
        engine,
        Clock(),
        SiteKey(b"k" * 32),
    )
    producer.send("claims.coded", key=b"KEY1", value=codec.encode(coded(1))).get(10)

    class Torn:
        def publish(self, outgoing):
            raise Dies

    def loop(publisher):
        reader = KafkaConsumer("claims.coded", **clients.consumer(instance, "claims.validation"))
        return reader, Consumer(runner, reader, publisher)

    reader, torn = loop(Torn())
    with pytest.raises(Dies):
        take(torn)
    reader.close()
    assert committed(instance) == 0

    reader, whole = loop(KafkaPublisher(producer))
    assert take(whole) == 1
    reader.close()
    assert committed(instance) == 1
    (said,) = records(instance, "claims.validated")
    assert said.key == b"KEY1", "what is not keyed loses its order"


def test_who_loses_its_place_in_the_group_mid_batch_goes_on_and_nothing_is_lost_or_doubled(
    instance, engine, producer
):
    runner = Runner(
        Processor("accuracy", (topics.CODED,), (topics.VALIDATED,), answer),
        engine,
        Clock(),
        SiteKey(b"k" * 32),
    )
    reader = KafkaConsumer("claims.coded", **clients.consumer(instance, "claims.accuracy"))

    class Late(KafkaPublisher):
        """Publishes, and in the first batch takes so long that the group goes on without us."""

        late = True

        def publish(self, outgoing):
            super().publish(outgoing)
            if self.late:
                self.late = False
                reader.unsubscribe()
                reader.subscribe(["claims.coded"])

    loop = Consumer(runner, reader, Late(producer))
    sent = producer.send("claims.coded", key=b"KEY9", value=codec.encode(coded(9))).get(10)
    place = TopicPartition(sent.topic, sent.partition)

    assert take(loop) > 0
    assert (reader.committed(place) or 0) <= sent.offset, "the commit was refused"
    assert take(loop) > 0, "the same records come again"
    assert reader.committed(place) == sent.offset + 1
    reader.close()
    said = [
        codec.decode("claims.validated", r.value)
        for r in records(instance, "claims.validated") if r.key == b"KEY9"
    ]
    assert {one.event_id for one in said} == {ids.derive(ids.derive("consume", 9))}
    with engine.connect() as conn:
        stored = conn.execute(
            text("select count(*) from outbox where producer = 'accuracy' and key = 'KEY9'")
        ).scalar_one()
    assert stored == 1


def test_a_join_that_outlasts_its_poll_is_ended_though_its_reason_is_gone(
    instance, engine, producer
):
    runner = Runner(
        Processor("denials", (topics.CODED,), (topics.VALIDATED,), answer),
        engine,
        Clock(),
        SiteKey(b"k" * 32),
    )
    reader = KafkaConsumer("claims.coded", **clients.consumer(instance, "claims.denials"))
    loop = Consumer(runner, reader, KafkaPublisher(producer))
    producer.send("claims.coded", key=b"KEY10", value=codec.encode(coded(10))).get(10)
    assert take(loop) > 0

    known = reader._coordinator._metadata_snapshot
    reader._coordinator._metadata_snapshot = {}
    reader.poll(timeout_ms=0)
    assert reader.group_metadata().state is MemberState.REBALANCING, "a join is under way"
    reader._coordinator._metadata_snapshot = known

    sent = producer.send("claims.coded", key=b"KEY10", value=codec.encode(coded(11))).get(10)
    place = TopicPartition(sent.topic, sent.partition)
    taken = (take(loop) for _ in range(3))
    assert any(reader.committed(place) == sent.offset + 1 for count in taken if count)
    assert reader.group_metadata().state is MemberState.STABLE
    reader.close()


def test_a_row_is_marked_only_after_the_broker_has_it(instance, engine, producer):
    class Torn:
        def publish(self, outgoing):
            raise Dies

    with engine.begin() as conn:
        outbox.put(conn, "worklist", [coded(n) for n in (7, 8)])
    with pytest.raises(Dies):
        outbox.relay(engine, "worklist", Torn())

    with engine.connect() as conn:
        waiting = conn.execute(text("select count(*) from outbox where pending")).scalar_one()
    assert waiting == 2
    assert outbox.relay(engine, "worklist", KafkaPublisher(producer)) == 2
    assert {r.key for r in records(instance, "claims.coded")} >= {b"KEY7", b"KEY8"}
