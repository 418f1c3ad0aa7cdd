"""Proof of timely filing: the payer's own words that it took the claim in.

A 999 proves that a file arrived and could be read; a 277CA with A1 or A2 that the payer has the
claim. So a 999 alone is no proof. The earliest acceptance of the payer's chain counts: what was
filed once in time stays filed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.events import Acknowledged, Submitted
from services.worklist.shown.happened import Place

TAKEN_IN = ("A1", "A2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows when the payer took a claim in.

    Attributes:
        control_number: CLM01 of the claim, returned as the trace of the 277CA (TRN02).
        sent_on: When our file was delivered; none when that is not known.
        received_on: When the 999 accepted the set.
        received_file: Id of that file.
        accepted_on: When the 277CA took the claim in; none: there is no proof.
        accepted_file: Id of that file.
        categories: Its categories, A1 or A2.
        payer_claim_number: The payer's number, where the 277CA gave one.
        filed_by: Last day the payer takes an original.
    """

    control_number: str
    sent_on: date | None = None
    received_on: date | None = None
    received_file: str = ""
    accepted_on: date | None = None
    accepted_file: str = ""
    categories: tuple[str, ...] = ()
    payer_claim_number: str = ""
    filed_by: date | None = None

    @property
    def in_time(self) -> bool:
        """Whether the acceptance is within the limit."""
        on, by = self.accepted_on, self.filed_by
        return on is not None and (by is None or on <= by)


def of(places: Sequence[Place], payer_id: str) -> Proof | None:
    """Return the best proof for a payer; none where nothing was sent to it."""
    sent = [
        place.event for place in places
        if isinstance(place.event, Submitted) and place.event.payer_id == payer_id
    ]
    proofs = [_of(one, places, sent[0].filing_deadline_on) for one in sent]
    accepted = [one for one in proofs if one.accepted_on is not None]
    if accepted:
        return min(accepted, key=lambda one: one.accepted_on or date.max)
    return proofs[0] if proofs else None


def _of(sent: Submitted, places: Iterable[Place], filed_by: date) -> Proof:
    hops: dict[str, Acknowledged] = {}
    for place in places:
        event = place.event
        if (
            isinstance(event, Acknowledged) and event.accepted
            and event.control_number == sent.control_number and _says(event)
        ):
            hops.setdefault(event.hop, event)
    delivered, format_, taken = hops.get("sent"), hops.get("999"), hops.get("277CA")
    return Proof(
        control_number=sent.control_number,
        sent_on=delivered.occurred_at.date() if delivered else None,
        received_on=format_.occurred_at.date() if format_ else None,
        received_file=format_.file_id if format_ else "",
        accepted_on=taken.occurred_at.date() if taken else None,
        accepted_file=taken.file_id if taken else "",
        categories=_categories(taken) if taken else (),
        payer_claim_number=taken.payer_claim_number if taken else "",
        filed_by=filed_by,
    )


def _says(event: Acknowledged) -> bool:
    return event.hop != "277CA" or bool(_categories(event))


def _categories(event: Acknowledged) -> tuple[str, ...]:
    return tuple(s.category for s in event.statuses if s.category in TAKEN_IN)
