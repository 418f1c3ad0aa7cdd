"""What tells whether a visit changed: an HMAC of all its content.

A field that was added to the events later counts only where it holds something. So a visit whose
content did not change has the digest it had before, and no home takes in everything again.
"""

import dataclasses
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from schemas.events import Bill, Coverage, Diagnosis, Encounter, Line, Note
from services.phi.keys import SiteKey
from services.phi.vault import Demographics

FIRST: Mapping[type[Any], int] = {
    Bill: 14, Coverage: 4, Diagnosis: 3, Line: 10, Note: 5, Demographics: 12,
}
"""How many fields of a type count whatever they hold; those after them were added later."""


def digest(
    key: SiteKey, event: Encounter, demographics: Demographics, texts: tuple[str, ...]
) -> bytes:
    """Return 16 bytes that are equal for equal content."""
    content = orjson.dumps(
        (event, demographics, texts), default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS
    )
    return hmac.new(key.derived("intake"), content, hashlib.sha256).digest()[:16]


def _plain(value: Any) -> Any:
    """Return a value as orjson would, without later fields that hold nothing."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        every = dataclasses.fields(value)
        count = FIRST.get(type(value), len(every))
        held = {field.name: getattr(value, field.name) for field in every}
        return {
            field.name: held[field.name]
            for at, field in enumerate(every)
            if at < count or held[field.name] not in ("", field.default)
        }
    return repr(value)
