"""What the processors are told at start: the payers' terms, and how control numbers are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.codes.reference import Payer, Reference

CONTROL_LENGTH = 18
"""Characters of a control number; CLM01 holds 20 that every payer returns."""

ControlNumber = Callable[[str, str, int, int], str]
"""(encounter_id, payer_id, ordinal, version) -> CLM01."""


class Site(Protocol):
    """What makes opaque ids: the site key, or a stand-in in tests."""

    def opaque(self, purpose: str, *parts: str, length: int = ...) -> str:
        """Return an opaque id of some parts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What edits, assembly and denials know beside the events.

    Attributes:
        payers: The payers by id: filing, correction and appeal days, frequencies taken.
        control_number: Makes CLM01 of a submission; never a sequence.
    """

    payers: Mapping[str, Payer]
    control_number: ControlNumber


def of(site: Site, parties: Reference) -> Terms:
    """Return the terms of a site and its parties."""

    def control_number(encounter_id: str, payer_id: str, ordinal: int, version: int) -> str:
        parts = (encounter_id, payer_id, str(ordinal), str(version))
        return site.opaque("control", *parts, length=CONTROL_LENGTH)

    return Terms(parties.payers, control_number)
