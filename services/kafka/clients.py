"""Settings of every Kafka client: where the cluster is, how to get in, and how to lose nothing.

Use:
    KafkaProducer(**producer(settings))
    KafkaConsumer(*topics, **consumer(settings, group="gateway"))
"""

import ssl
from typing import Any

from services.settings import Settings

LARGEST_FETCH = 4 << 20  # and the largest request: a dead letter holds a record and more
ANSWERS_WITHIN_MS = 10_000


def connection(settings: Settings, client_id: str = "claimloop") -> dict[str, Any]:
    """Return what every kafka-python client needs to connect."""
    return {
        "bootstrap_servers": _servers(settings),
        "client_id": client_id,
    } | security(settings)


def producer(settings: Settings, client_id: str = "claimloop") -> dict[str, Any]:
    """Return the settings of a kafka-python producer: idempotent, acknowledged by all."""
    return connection(settings, client_id) | {
        "acks": "all",
        "enable_idempotence": True,
        "max_in_flight_requests_per_connection": 5,
        "linger_ms": 5,
        "batch_size": 256 << 10,
        "max_request_size": LARGEST_FETCH,
        "compression_type": "lz4",
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


def consumer(settings: Settings, group: str | None, client_id: str = "claimloop") -> dict[str, Any]:
    """Return the settings of a kafka-python consumer that commits only what is done.

    Args:
        settings: Where the cluster is.
        group: The consumer group; none for a reader that commits nothing.
        client_id: How the broker's logs call it.
    """
    return connection(settings, client_id) | {
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "max_partition_fetch_bytes": LARGEST_FETCH,
        "fetch_max_wait_ms": 100,
        "max_poll_records": 2000,
        "session_timeout_ms": int(settings.session_s * 1000),
        "heartbeat_interval_ms": 3_000,
        "metadata_max_age_ms": 5_000,
        "metrics_enabled": False,
    }


def admin(settings: Settings, client_id: str = "claimloop-admin") -> dict[str, Any]:
    """Return the settings of a kafka-python admin client."""
    return connection(settings, client_id) | {"bootstrap_timeout_ms": ANSWERS_WITHIN_MS}


def aio_producer(settings: Settings) -> dict[str, Any]:
    """Return the settings of an aiokafka producer: idempotent, acknowledged by all."""
    return security(settings) | {
        "bootstrap_servers": _servers(settings),
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 5,
        "max_batch_size": 256 << 10,
        "max_request_size": LARGEST_FETCH,
        "compression_type": "lz4",
        "request_timeout_ms": 30_000,
    }


def security(settings: Settings) -> dict[str, Any]:
    """Return how to get in: the same arguments for kafka-python and for aiokafka."""
    config: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if "SSL" in settings.kafka_security_protocol.split("_"):
        config["ssl_context"] = _ssl(settings)
    if settings.kafka_security_protocol.startswith("SASL_"):
        config |= _sasl(settings)
    return config


def _servers(settings: Settings) -> list[str]:
    return [server.strip() for server in settings.kafka_bootstrap_servers.split(",")]


def _ssl(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.kafka_ssl_cafile)


def _sasl(settings: Settings) -> dict[str, Any]:
    return {
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
    }
