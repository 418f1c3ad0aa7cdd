"""Events to measure with, and the check that a contestant did all of the work."""

from datetime import UTC, date, datetime

from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition
from sqlalchemy import text

from schemas import codec, events, ids, topics
from services.db.engine import connect
from services.kafka import clients
from services.settings import Settings
from tests.conftest import empty_topics

DAY = date(2026, 6, 1)
AT = datetime(2026, 6, 2, tzinfo=UTC)


def bill(n: int) -> events.Bill:
    """A clean professional claim of three lines and three diagnoses."""
    return events.Bill(
        claim_type="professional",
        facility_id="H1",
        department="internal_medicine",
        encounter_class="ambulatory",
        place_of_service="11",
        starts_on=DAY,
        ends_on=DAY,
        patient=events.Patient(age_years=20 + n % 60, sex="FM"[n % 2]),
        coverage=events.Coverage(payer_id="BCBS", plan="commercial", starts_on=date(2026, 1, 1)),
        billing_npi="1234567893",
        rendering_npi="1234567893",
        diagnoses=tuple(
            events.Diagnosis(code=code, assigned_by="C1", source="coder")
            for code in ("E11.9", "I10", "E78.5")
        ),
        lines=tuple(
            events.Line(
                line_id=f"L{i}",
                code=code,
                units=1,
                charge_cents=12_000,
                pointers=(1, 2),
                place_of_service="11",
                served_on=DAY,
                assigned_by="C1",
                source="coder",
            )
            for i, code in enumerate(("99213", "G0008", "36415"), start=1)
        ),
        demographics=events.Sealed(
            kid=f"K{n}", version=1, schema="demographics", nonce=b"n" * 12, ciphertext=b"c" * 320
        ),
    )


def coded_event(n: int) -> events.Coded:
    """The n-th coded visit."""
    return events.Coded(
        event_id=ids.derive("bench", n),
        encounter_id=f"BENCH{n:021d}",
        occurred_at=AT,
        recorded_at=AT,
        version=1,
        encounter_version=1,
        coder_id="C1",
        reason="initial",
        bill=bill(n),
    )


def fresh(settings: Settings) -> None:
    """Empty the topics and the tables of delivery."""
    empty_topics(settings)
    engine = connect(settings.database_url.get_secret_value())
    with engine.begin() as conn:
        conn.execute(text("truncate inbox, outbox, offset_range, billed_encounter"))
    engine.dispose()


def coded(settings: Settings, count: int) -> None:
    """Write coded events to their topic."""
    producer = KafkaProducer(**clients.producer(settings))
    for n in range(count):
        event = coded_event(n)
        producer.send(topics.CODED.name, key=event.encounter_id.encode(), value=codec.encode(event))
    producer.flush()
    producer.close()


def check(settings: Settings, count: int) -> None:
    """Raise unless every event was validated, stored and published."""
    engine = connect(settings.database_url.get_secret_value())
    with engine.connect() as conn:
        inbox = conn.execute(text("select count(*) from inbox")).scalar_one()
        outbox = conn.execute(text("select count(*) from outbox")).scalar_one()
    engine.dispose()
    consumer = KafkaConsumer(**clients.consumer(settings, group=None))
    partitions = [TopicPartition(topics.VALIDATED.name, p) for p in range(topics.PARTITIONS)]
    ends = sum(consumer.end_offsets(partitions).values())
    consumer.close()
    if (inbox, outbox) != (count, count) or ends < count:
        raise SystemExit(f"not all done: inbox {inbox}, outbox {outbox}, published {ends}")
