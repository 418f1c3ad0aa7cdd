"""Lag as the broker tells it: records, seconds, members, dead letters."""

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata, TopicPartition
from prometheus_client import generate_latest

from schemas import topics
from services.db.engine import connect
from services.kafka import clients
from services.ops import metrics, tables, work
from services.ops.lag import Unreachable, Watch
from services.ops.stages import Stage
from services.settings import Settings


def _stage(stages: list[Stage], name: str, topic: topics.Topic) -> Stage:
    return next(s for s in stages if (s.name, s.topic) == (name, topic.name))


def _send(settings: Settings, topic: str, count: int) -> None:
    producer = KafkaProducer(**clients.producer(settings))
    for number in range(count):
        producer.send(topic, key=b"k", value=b"%d" % number, partition=number % 2)
    producer.flush(30)
    producer.close()


def test_records_and_seconds_behind_shrink_to_nothing_as_a_group_commits(
    instance: Settings,
) -> None:
    watch = Watch(instance)
    assert all(stage.lag == 0 for stage in watch.measure())
    _send(instance, topics.CODED.name, 10)
    behind = _stage(watch.measure(), "validation", topics.CODED)
    assert (behind.lag, behind.members) == (10, 0)
    assert behind.lag_seconds > 0
    assert behind.in_rate is not None
    assert behind.in_rate > 0

    consumer = KafkaConsumer(
        topics.CODED.name, **clients.consumer(instance, group="claims.validation")
    )
    taken = 0
    while taken < 10:
        taken += sum(map(len, consumer.poll(timeout_ms=500).values()))
    consumer.commit(
        {TopicPartition(topics.CODED.name, p): OffsetAndMetadata(5, "", -1) for p in range(2)}
    )
    done = _stage(watch.measure(), "validation", topics.CODED)
    assert (done.lag, done.lag_seconds, done.members) == (0, 0.0, 1)
    consumer.close()
    watch.close()


def test_dead_letters_of_a_consumer_are_counted(instance: Settings) -> None:
    watch = Watch(instance)
    _send(instance, topics.dead("denials").name, 3)
    stages = watch.measure()
    assert {s.dead for s in stages if s.name == "denials"} == {3}
    assert {s.dead for s in stages if s.name == "gateway"} == {0}
    watch.close()


def test_every_gauge_of_the_table_is_set_once_measured(
    instance: Settings, database: Settings
) -> None:
    Watch(instance).measure()
    engine = connect(database.database_url.get_secret_value())
    work.observe(engine, instance.clock.today)
    tables.observe(engine, instance.clock.today())
    engine.dispose()
    metrics.batch("validation")(1, 1)
    text = generate_latest(metrics.registry()).decode()
    shown = {line.partition("{")[0].partition(" ")[0] for line in text.splitlines()}
    # open items by category appear with the first item, offsets with the first commit, opened
    # records with the first that is
    later = {
        "claims_denials_open", "claims_break_glass_total", "kafka_consumergroup_lag",
        "kafka_consumergroup_current_offset",
    }
    assert {one.name for one in metrics.TABLE} - shown <= later


@pytest.mark.slow
def test_a_broker_that_does_not_answer_is_said_in_one_line() -> None:
    with pytest.raises(Unreachable, match=r"^Kafka does not answer \(\w+\)$"):
        Watch(Settings(kafka_bootstrap_servers="127.0.0.1:1")).measure()
