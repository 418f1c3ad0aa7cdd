"""The same visits again as other patients', for load tests: stable, so a rerun adds nothing."""

import dataclasses
from collections.abc import Iterator
from typing import Protocol

from services.intake.visit import Found, Visit

STEP = 7_654_321
"""What a copy adds to a member number, so that a payer takes it for another member."""


class Reads(Protocol):
    """A reader of visits."""

    def read(self) -> Iterator[Found]:
        """Yield a visit or a refusal for every encounter."""


def read(reader: Reads, copies: int) -> Iterator[Found]:
    """Yield everything a reader finds, and the visits again as those of other patients."""
    yield from reader.read()
    for number in range(1, copies):
        for found in reader.read():
            if isinstance(found, Visit):
                yield copy(found, number)


def copy(visit: Visit, number: int) -> Visit:
    """Return the copy of a visit with a number from 1 on."""
    person, cover = visit.person, visit.cover
    return dataclasses.replace(
        visit, source_id=f"{visit.source_id}~{number}",
        person=dataclasses.replace(
            person, source_id=f"{person.source_id}~{number}",
            record_number=f"{person.record_number}~{number}",
        ),
        cover=dataclasses.replace(cover, member_id=_member(cover.member_id, number)),
    )


def _member(member_id: str, number: int) -> str:
    if not (member_id.isascii() and member_id.isdigit()):
        return member_id and f"{member_id}{number}"
    width = len(member_id)
    return str((int(member_id) + number * STEP) % 10**width).zfill(width)
