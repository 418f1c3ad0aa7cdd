"""The Avro form of the events: `python -m schemas.avro` writes `.avsc` files and the registry.

The dataclasses are the source; their docstrings become the schemas' docs. A schema id is given
once and never changes: a changed schema gets the next one, and the old file stays as
``<event>.<id>.avsc`` so that what was written stays readable.
"""

import dataclasses
import inspect
import json
import re
import sys
import types
import typing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from schemas import events, topics

FOLDER = Path(__file__).parent
PRIMITIVES: dict[Any, Any] = {
    str: "string",
    int: "long",
    bool: "boolean",
    float: "double",
    bytes: "bytes",
    date: {"type": "int", "logicalType": "date"},
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
}


def schema_of(event: type[events.Event]) -> dict[str, Any]:
    """Return the Avro schema of an event as JSON values."""
    schema: dict[str, Any] = _record(event, set())
    return schema


def _record(cls: type[Any], named: set[str]) -> Any:
    name = f"claims.events.{cls.__name__}"
    if name in named:
        return name
    named.add(name)
    hints = typing.get_type_hints(cls)
    docs = _docs(cls)
    return {
        "type": "record",
        "name": cls.__name__,
        "namespace": "claims.events",
        "doc": inspect.cleandoc(cls.__doc__ or "").split("\n", 1)[0],
        "fields": [
            {
                "name": field.name,
                "type": _type(hints[field.name], named),
                "default": _default(field),
                "doc": docs[field.name],
            }
            for field in dataclasses.fields(cls)
        ],
    }


def _type(hint: Any, named: set[str]) -> Any:
    if hint in PRIMITIVES:
        return PRIMITIVES[hint]
    if dataclasses.is_dataclass(hint):
        return _record(typing.cast("type[Any]", hint), named)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return {"type": "array", "items": _type(args[0], named)}
    if origin is types.UnionType:
        return ["null", _type(next(a for a in args if a is not types.NoneType), named)]
    raise TypeError(hint)


def _default(field: dataclasses.Field[Any]) -> Any:
    return _plain(field.default)


def _plain(value: Any) -> Any:
    """Return a default as Avro's JSON encoding writes it."""
    match value:
        case datetime():
            return int(value.timestamp() * 1_000_000)
        case date():
            return (value - events.NO_DAY).days
        case bytes():
            return value.decode("latin-1")
        case tuple():
            return list(map(_plain, value))
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def _docs(cls: type[Any]) -> dict[str, str]:
    """Return the text of each attribute from the docstrings of a class and its bases."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        text = inspect.cleandoc(base.__doc__ or "").partition("Attributes:")[2]
        for match in re.finditer(r"^    (\w+): (.*(?:\n        .*)*)", text, re.MULTILINE):
            docs[match[1]] = " ".join(match[2].split())
    return docs


def registry() -> dict[str, dict[str, Any]]:
    """Return the committed ids: ``{id: {topic, event, file}}``."""
    path = FOLDER / "registry.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def main() -> None:
    """Write the schema of every event that has changed, under the next free id."""
    ids = registry()
    current = {entry["topic"]: entry["file"] for entry in ids.values()}
    for topic in topics.EVENTS:
        if topic.event is None:
            continue
        text = json.dumps(schema_of(topic.event), indent=1) + "\n"
        known = current.get(topic.name)
        if known and (FOLDER / known).read_text() == text:
            continue
        number = max(map(int, ids), default=0) + 1
        file = f"{topic.event.__name__.lower()}.{number}.avsc"
        (FOLDER / file).write_text(text)
        ids[str(number)] = {"topic": topic.name, "event": topic.event.__name__, "file": file}
        sys.stdout.write(f"{number} {file}\n")
    (FOLDER / "registry.json").write_text(json.dumps(ids, indent=1) + "\n")


if __name__ == "__main__":
    main()
