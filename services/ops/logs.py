"""JSON logs on standard error with a closed set of field names.

A field that is not declared here is left out and counted, so that a value of a record cannot
slip into a log by way of a new keyword. Exceptions are logged as their type and place, never
their message: messages of database, parser and codec quote values. Messages of libraries are
logged as their template without arguments, except Kafka's client, whose arguments are addresses.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from services.settings import Settings

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "logger", "process", "stage", "consumer", "producer",
        "topic", "partition", "offset", "group", "records", "outputs", "dead", "pending", "reason",
        "kind", "where", "port", "pid", "signal", "retry_in_s", "seconds", "attempt", "payer_id",
        "file_id", "file", "segment", "element", "rule", "line", "field", "count", "state", "role",
        "action", "status", "method", "version", "revision", "edit", "figure", "url", "crashpoint",
        "encounters", "claims", "refused", "encounter_id", "rework_id", "control_number",
        "anchor",
    }
)
_OPEN = ("kafka", "aiokafka", "uvicorn")


def configure(settings: Settings, process: str) -> None:
    """Send this process's logs to standard error as JSON, one object a line."""
    level = settings.log_level
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso"),
    ]
    structlog.configure(
        processors=[*shared, _exception, _closed, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _library],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _closed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelName(level), logging.WARNING))
    logging.getLogger("kafka.net").setLevel(logging.ERROR)  # warns of every pause above 0.1 s


def _exception(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        _place(event, error)
    return event


def _library(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["logger"] = record.name
        if not record.name.startswith(_OPEN):
            event["event"] = str(record.msg)
        _place(event, record.exc_info[1] if record.exc_info else None)
        record.exc_info = None
    event.pop("exc_info", None)
    return event


def _place(event: MutableMapping[str, Any], error: BaseException | None) -> None:
    if error is None:
        return
    event["kind"] = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        event["where"] = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}"


def _closed(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    kept = {name: value for name, value in event.items() if name in FIELDS}
    left_out = len(event) - len(kept)
    if left_out:
        kept["left_out"] = left_out
    return kept
