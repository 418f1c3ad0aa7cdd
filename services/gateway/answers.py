"""TA1, 999 and 277CA to what they say of each of our claims; pure.

A verdict on a file or set holds for each claim in it. What one file says of a claim at one hop is
one `Said`: where it says several things, a refusal wins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.events import Status
from services.x12 import ack999, status277, ta1


@dataclass(frozen=True, slots=True)
class Said:
    """What one hop said of one claim."""

    control_number: str
    hop: str
    accepted: bool
    statuses: tuple[Status, ...]
    payer_claim_number: str = ""


def of_interchange(verdict: ta1.InterchangeVerdict, numbers: Iterable[str]) -> Iterator[Said]:
    """Yield what a TA1 says of the claims of the file it answers."""
    status = Status(category=verdict.code, code=verdict.note)
    for number in numbers:
        yield Said(number, "TA1", verdict.accepted, (status,))


def of_group(
    verdict: ack999.GroupVerdict, sets: Iterable[tuple[str, str]]
) -> Iterator[Said]:
    """Yield what a 999 says of the claims of the group it answers.

    Args:
        verdict: The 999.
        sets: (control number, ST02) of the claims.
    """
    known: dict[str, tuple[bool, tuple[Status, ...]] | None] = {}
    for number, set_control in sets:
        if set_control not in known:
            one = verdict.verdict(set_control)
            known[set_control] = None if one is None else (one.accepted, _statuses(one))
        found = known[set_control]
        if found is not None:
            yield Said(number, "999", *found)


def of_claims(report: status277.StatusReport) -> Iterator[Said]:
    """Yield what a 277CA says of its claims."""
    for claim in report.claims:
        statuses = [
            Status(category=code.category, code=code.code, entity=code.entity)
            for status in (*claim.statuses, *(s for line in claim.lines for s in line.statuses))
            for code in status.codes
        ]
        yield Said(
            claim.control_number, "277CA", claim.accepted, tuple(statuses),
            claim.payer_claim_number,
        )


def together(said: Iterable[Said]) -> list[Said]:
    """Return one `Said` for each claim and hop, in order of first mention.

    >>> a, b = Said("C", "999", True, ()), Said("C", "999", False, ())
    >>> [s.accepted for s in together([a, b])]
    [False]
    """
    merged: dict[tuple[str, str], Said] = {}
    for one in said:
        key = (one.control_number, one.hop)
        before = merged.get(key)
        if before is None:
            merged[key] = one
            continue
        statuses = tuple(dict.fromkeys((*before.statuses, *one.statuses)))
        merged[key] = Said(
            one.control_number, one.hop, before.accepted and one.accepted, statuses,
            one.payer_claim_number or before.payer_claim_number,
        )
    return list(merged.values())


def _statuses(verdict: ack999.SetVerdict) -> tuple[Status, ...]:
    """Return category = IK501, code = IK304 or IK403, entity = segment/element."""
    found = []
    for segment in verdict.segments:
        for element in segment.elements:
            place = f"{segment.segment_id}/{element.position}"
            found.append(Status(category=verdict.code, code=element.code, entity=place))
        if not segment.elements:
            place = segment.segment_id
            found.append(Status(category=verdict.code, code=segment.code, entity=place))
    if not found:
        found = [Status(category=verdict.code, code=code) for code in verdict.errors or ("",)]
    return tuple(dict.fromkeys(found))
