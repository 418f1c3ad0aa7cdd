"""A schema registry with Confluent's API, where there is one (`SCHEMA_REGISTRY_URL`).

The registry gives ids of its own. `register` (with the topics, by whoever may) puts every
committed schema under its subject as FULL_TRANSITIVE; `adopt` (every process, at its start) asks
for the ids and has the codec use them. Nothing is registered by a process that only runs.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from schemas import avro, codec
from services.settings import Settings

TIMEOUT_S = 10
COMPATIBILITY = "FULL_TRANSITIVE"


class TopicsError(Exception):
    """Topics or schemas are not as they must be, or nobody answers; one line."""


class RegistryError(TopicsError):
    """The registry does not answer or lacks a schema; one line."""


def register(settings: Settings) -> int:
    """Put every committed schema into the registry; return how many subjects there are.

    Raises:
        RegistryError: it does not answer, or refuses a schema as incompatible.
    """
    subjects = set()
    for _, subject, schema in _committed(settings):
        if subject not in subjects:
            _ask(settings, "PUT", f"/config/{subject}", {"compatibility": COMPATIBILITY})
            subjects.add(subject)
        _ask(settings, "POST", f"/subjects/{subject}/versions", {"schema": schema})
    return len(subjects)


def adopt(settings: Settings) -> None:
    """Have the codec write and read the registry's ids; nothing where there is no registry.

    Raises:
        RegistryError: it does not answer, or lacks a schema.
    """
    codec.use(
        {
            number: int(_ask(settings, "POST", f"/subjects/{subject}", {"schema": schema})["id"])
            for number, subject, schema in _committed(settings)
        }
    )


def _committed(settings: Settings) -> Iterator[tuple[int, str, str]]:
    """Yield (committed id, subject, schema) in order; nothing where there is no registry."""
    if settings.schema_registry_url:
        for number, entry in avro.registry().items():
            schema = (avro.FOLDER / entry["file"]).read_text()
            yield int(number), f"{entry['topic']}-value", schema


def _ask(settings: Settings, method: str, path: str, body: dict[str, str]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's
        settings.schema_registry_url.rstrip("/") + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/vnd.schemaregistry.v1+json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise RegistryError(
            f"the schema registry refuses {method} {path} with {refused.code}:"
            " register the schemas with `claimloop topics apply`"
        ) from None
    except (OSError, ValueError):
        raise RegistryError(
            "the schema registry does not answer: see SCHEMA_REGISTRY_URL"
        ) from None
