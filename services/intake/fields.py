"""Reading fields of FHIR resources and CSV rows; what breaks a rule is `Refused` with its name."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from services.intake.visit import Refused

SEX = {"male": "M", "female": "F", "m": "M", "f": "F"}
KEY = re.compile(r"[a-z][a-z_]{0,39}")


def instant(content: Mapping[str, Any], *path: str) -> datetime:
    """Return the instant at a path.

    Raises:
        Refused: missing, or not ISO 8601.
    """
    value = dig(content, *path)
    name = ".".join(path)
    if not isinstance(value, str) or not value:
        raise Refused(name, "is missing")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(name, "is not a date and time") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def instant_or_none(content: Mapping[str, Any], *path: str) -> datetime | None:
    """Return the instant at a path, or none when the field is absent or empty."""
    return instant(content, *path) if dig(content, *path) else None


def day(content: Mapping[str, Any], *path: str) -> date | None:
    """Return the date at a path, or none when it is absent or empty.

    Raises:
        Refused: it is not a full date.
    """
    value = dig(content, *path)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Refused(".".join(path), "is not a date") from None


def dig(content: Any, *path: str) -> Any:
    """Return the value at a path of names, or none; of a list, its first element."""
    for name in path:
        if isinstance(content, list):
            content = content[0] if content else None
        if not isinstance(content, Mapping):
            return None
        content = content.get(name)
    return content


def words(content: Any, *path: str) -> str:
    """Return the text at a path, or nothing."""
    value = dig(content, *path)
    return value.strip() if isinstance(value, str) else ""


def items(content: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list field."""
    value = content.get(name) if isinstance(content, Mapping) else None
    for element in value if isinstance(value, list) else ():
        if isinstance(element, Mapping):
            yield element


def target(content: Any, *path: str) -> str:
    """Return the id a reference points to: its last segment."""
    reference = words(content, *path, "reference")
    return reference.removeprefix("urn:uuid:").rpartition("/")[2]


def key(value: str) -> str:
    """Return a department's key; anything that could be free text is ``other``."""
    plain = value.strip().lower().replace("-", "_").replace(" ", "_")
    return plain if KEY.fullmatch(plain) else "other"
