"""What a host's answer files say, as facts that can wait for their claim; pure.

    TA1 -> of an interchange      999 -> of a group and its sets
    277CA -> of each claim        835 -> of each occurrence of a claim

An `Answer` is one such fact. It is kept sealed until its claim is known; then `events` makes of it
what the gateway would have said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from schemas.ids import derive
from services.x12 import ack999, remittance, status277, ta1
from services.x12.envelope import Interchange
from services.x12.remittance import Remittance

Said = Mapping[str, Any]
"""``accepted`` and ``statuses`` (category, code, entity)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One fact.

    Attributes:
        answer_id: Derives from what it says, so the same answer in another envelope is the same.
        kind: TA1, 999, 277CA or 835.
        number: CLM01 it is about; empty for a TA1 or 999.
        batch: ``sender|ISA13`` or ``sender|GS06`` it is about; else empty.
        reference: The payer's claim number, if it gives one.
        at: When it was said; for an 835 the day of the remittance.
        paid_cents: CLP04.
        content: The rest, to be kept as JSON.
    """

    answer_id: str
    kind: str
    number: str
    batch: str
    reference: str
    at: datetime
    paid_cents: int
    content: Mapping[str, Any]

    def dumps(self) -> bytes:
        """Return the content as JSON."""
        return orjson.dumps(self.content)


def said_at(head: Interchange) -> datetime:
    """Return when an interchange says it was made (ISA09, ISA10), as UTC."""
    try:
        return datetime.strptime(head.date + head.time[:4], "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def of_interchange(head: Interchange, verdict: ta1.InterchangeVerdict) -> Answer:
    """Return what a TA1 says of a file of the host."""
    status = (verdict.code, verdict.note, "")
    content = {"rest": _said(accepted=verdict.accepted, statuses=[status])}
    batch = f"{head.receiver}|{verdict.control}"
    return _answer("TA1", head, content, batch=batch)


def of_group(head: Interchange, verdict: ack999.GroupVerdict) -> Answer:
    """Return what a 999 says of a group of the host: by set, and of those it does not name."""
    rest = verdict.verdict("")
    content = {
        "sets": {one.control: _of_set(one) for one in verdict.sets},
        "rest": _of_set(rest) if rest else None,
    }
    return _answer("999", head, content, batch=f"{head.receiver}|{verdict.control}")


def of_claims(head: Interchange, report: status277.StatusReport) -> Iterator[Answer]:
    """Yield what a 277CA says of its claims."""
    for claim in report.claims:
        statuses = [
            (code.category, code.code, code.entity)
            for status in (*claim.statuses, *(s for line in claim.lines for s in line.statuses))
            for code in status.codes
        ]
        content = _said(accepted=claim.accepted, statuses=statuses)
        yield _answer(
            "277CA", head, content, number=claim.control_number,
            reference=claim.payer_claim_number,
        )


def remittance_id(paid: Remittance) -> str:
    """Return the id of a remittance: of its key, and of its content where nothing was paid."""
    key = (paid.payer_id, paid.trace, paid.paid_cents, paid.paid_on.isoformat(), paid.payee_npi)
    return derive("host remittance", *key, *(() if paid.paid_cents else (paid.digest,)))


def of_remittance(paid: Remittance) -> Iterator[Answer]:
    """Yield the decisions of a remittance."""
    rid = remittance_id(paid)
    at = datetime(paid.paid_on.year, paid.paid_on.month, paid.paid_on.day, 12, tzinfo=UTC)
    for claim in paid.claims:
        yield Answer(
            derive("host decision", rid, claim.ordinal), "835", claim.control_number, "",
            claim.payer_claim_number, at, claim.paid_cents,
            {
                "remittance_id": rid, "ordinal": claim.ordinal, "count": len(paid.claims),
                "decided_on": paid.paid_on.isoformat(), "status": claim.status,
                "frequency": claim.frequency, "charge_cents": claim.charge_cents,
                "paid_cents": claim.paid_cents, "patient_cents": claim.patient_cents,
                "payer_claim_number": claim.payer_claim_number,
                "adjustments": [_adjustment(one) for one in claim.adjustments],
                "remarks": claim.remarks, "lines": [_line(one) for one in claim.lines],
            },
        )


def decided_on(content: Mapping[str, Any]) -> date:
    """Return the day of a decision as kept."""
    return date.fromisoformat(content["decided_on"])


def _answer(
    kind: str, head: Interchange, content: Said, *, number: str = "", batch: str = "",
    reference: str = "",
) -> Answer:
    at = said_at(head)
    said = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
    told = derive("host answer", kind, number, batch, reference, at.isoformat(), said)
    return Answer(told, kind, number, batch, reference, at, 0, content)


def _said(*, accepted: bool, statuses: list[tuple[str, str, str]]) -> Said:
    return {"accepted": accepted, "statuses": list(dict.fromkeys(statuses))}


def _of_set(verdict: ack999.SetVerdict) -> Said:
    """Return a set's verdict: category IK501, code IK304 or IK403, entity segment/element."""
    found = []
    for segment in verdict.segments:
        for element in segment.elements:
            place = f"{segment.segment_id}/{element.position}"
            found.append((verdict.code, element.code, place))
        if not segment.elements:
            found.append((verdict.code, segment.code, segment.segment_id))
    if not found:
        found = [(verdict.code, code, "") for code in verdict.errors or ("",)]
    return _said(accepted=verdict.accepted, statuses=found)


def _adjustment(one: remittance.Adjustment) -> list[Any]:
    quantity = None if one.quantity is None else int(one.quantity)
    return [one.group, one.reason, one.amount_cents, quantity]


def _line(one: remittance.ServiceLine) -> dict[str, Any]:
    return {
        "line_id": one.line_id, "code": one.code, "modifiers": one.modifiers,
        "charge_cents": one.charge_cents, "paid_cents": one.paid_cents, "units": int(one.units),
        "adjustments": [_adjustment(a) for a in one.adjustments], "remarks": one.remarks,
    }
