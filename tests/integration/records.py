"""What is on a topic, read to its end."""

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from services.kafka import clients
from services.settings import Settings


def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """Return every record of a topic, a partition's in their order."""
    reader = KafkaConsumer(**clients.consumer(settings, None))
    places = [TopicPartition(topic, p) for p in range(settings.topic_partitions)]
    reader.assign(places)
    ends = reader.end_offsets(places)
    found: list[ConsumerRecord] = []
    while any(reader.position(place) < ends[place] for place in places):
        found += [r for batch in reader.poll(timeout_ms=300).values() for r in batch]
    reader.close()
    return found
