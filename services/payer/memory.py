"""Claims and decisions as the journal keeps them: JSON and back."""

from typing import Any

import orjson

from services.payer.claim import Adjustment, Claim, Decision, LineDecision, ServiceLine


def pack(value: Claim | Decision) -> bytes:
    """Return a claim or a decision as JSON."""
    return orjson.dumps(value)


def unpack_claim(content: bytes) -> Claim:
    """Return the claim packed in `content`."""
    raw: dict[str, Any] = orjson.loads(content)
    lines = tuple(
        ServiceLine(
            **(line | {"modifiers": tuple(line["modifiers"]), "pointers": tuple(line["pointers"])})
        )
        for line in raw["lines"]
    )
    diagnoses, flaws = tuple(raw["diagnoses"]), tuple(raw["flaws"])
    return Claim(**(raw | {"lines": lines, "diagnoses": diagnoses, "flaws": flaws}))


def unpack_decision(content: bytes) -> Decision:
    """Return the decision packed in `content`."""
    raw: dict[str, Any] = orjson.loads(content)
    lines = tuple(_line(line) for line in raw["lines"])
    return Decision(**(raw | {"lines": lines, "remarks": tuple(raw["remarks"])}))


def _line(raw: dict[str, Any]) -> LineDecision:
    adjustments = tuple(Adjustment(**one) for one in raw["adjustments"])
    modifiers, remarks = tuple(raw["modifiers"]), tuple(raw["remarks"])
    return LineDecision(
        **(raw | {"adjustments": adjustments, "modifiers": modifiers, "remarks": remarks})
    )
