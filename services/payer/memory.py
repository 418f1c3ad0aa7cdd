"""Claims and decisions as the journal keeps them: JSON and back."""

from collections.abc import Iterable
from typing import Any

import orjson

from services.payer.claim import Adjustment, Claim, Facility, OtherPayer, ServiceLine, Verdict
from services.payer.decision import Decision, LineDecision


def pack(value: Claim | Decision) -> bytes:
    """Return a claim or a decision as JSON."""
    return orjson.dumps(value)


def unpack_claim(content: bytes) -> Claim:
    """Return the claim packed in `content`."""
    raw: dict[str, Any] = orjson.loads(content)
    lines = tuple(ServiceLine(**_fixed(line, "modifiers", "pointers")) for line in raw["lines"])
    facility = raw.get("facility")
    return Claim(
        **_fixed(raw, "diagnoses", "flaws")
        | {
            "lines": lines,
            "others": tuple(_other(one) for one in raw.get("others", ())),
            "facility": facility
            and Facility(**_fixed(facility, "present", "procedures", "conditions")),
        }
    )


def unpack_decision(content: bytes) -> Decision:
    """Return the decision packed in `content`."""
    raw: dict[str, Any] = orjson.loads(content)
    lines = tuple(
        LineDecision(
            **_fixed(line, "modifiers", "remarks")
            | {"adjustments": _adjustments(line["adjustments"])}
        )
        for line in raw["lines"]
    )
    # a decision of before claims had adjustments of their own: its charge is that of its lines
    raw.setdefault("charge_cents", sum(line.charge_cents for line in lines))
    adjustments = _adjustments(raw.get("adjustments", ()))
    return Decision(**_fixed(raw, "remarks") | {"lines": lines, "adjustments": adjustments})


def _other(raw: dict[str, Any]) -> OtherPayer:
    lines = tuple(
        Verdict(**one | {"adjustments": _adjustments(one["adjustments"])}) for one in raw["lines"]
    )
    return OtherPayer(**raw | {"adjustments": _adjustments(raw["adjustments"]), "lines": lines})


def _adjustments(raw: Iterable[dict[str, Any]]) -> tuple[Adjustment, ...]:
    return tuple(Adjustment(**one) for one in raw)


def _fixed(raw: dict[str, Any], *names: str) -> dict[str, Any]:
    return raw | {name: tuple(raw[name]) for name in names}
