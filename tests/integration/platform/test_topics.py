"""The topics as they must be, on a real broker."""

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.topics import ALL
from services.kafka import clients, topics
from services.local.supervise import wait_for
from services.settings import Settings


def test_after_apply_nothing_differs(instance: Settings) -> None:
    assert topics.plan(instance) == []
    assert topics.apply(instance) == []
    topics.check(instance)


def test_a_topic_with_another_retention_is_refused_and_set_right_by_apply(
    instance: Settings,
) -> None:
    admin = KafkaAdminClient(**clients.admin(instance))
    resource = ConfigResource(ConfigResourceType.TOPIC, ALL[0].name, {"retention.ms": "1000"})
    admin.alter_configs([resource])
    assert wait_for(lambda: bool(topics.plan(instance)), 10)
    with pytest.raises(topics.TopicsError, match=r"retention\.ms is 1000, must be -1"):
        topics.check(instance)
    assert [d.what for d in topics.apply(instance)] == ["retention.ms"]
    topics.check(instance)
    admin.close()


def test_a_number_of_partitions_is_never_changed_only_reported(instance: Settings) -> None:
    more = instance.model_copy(update={"topic_partitions": 6})
    found = topics.apply(more)
    assert found == []
    with pytest.raises(topics.TopicsError, match="partitions is 4, must be 6"):
        topics.check(more)


def test_a_cluster_that_does_not_answer_is_one_line(
    instance: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "ANSWERS_WITHIN_MS", 2_000)
    away = instance.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    with pytest.raises(topics.TopicsError, match="does not answer"):
        topics.plan(away)


def test_no_topic_is_made_by_asking_for_it(instance: Settings) -> None:
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    producer = KafkaProducer(**clients.producer(instance) | {"max_block_ms": 2000})
    with pytest.raises(KafkaError):
        producer.send("claims.nothing", value=b"x").get(timeout=5)
    producer.close(timeout=1)
