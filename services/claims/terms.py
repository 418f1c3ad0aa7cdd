"""What the processors are told at start: payers, their policies, how control numbers are made."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from services.codes import reference
from services.codes.library import library as code_tables
from services.codes.reference import Payer, Policies, Policy, Reference

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
        payers: The payers by id, in the order in which they pay.
        policies: What each takes of a claim type and until when, from a first to a last day.
        control_number: Makes CLM01 of a submission; never a sequence.
        library: The code tables the site has.
        states: The state of each facility, by its id: decides the Medicare contractor.
        policy_set: Names the policies: changes with any of them.
        tables: Opens the code tables that are at hand; none where they stay as they are.
        hospitals: The taxonomy of each facility, by its id: decides the payment window.
        specialties: The taxonomy of each provider, by NPI.
    """

    payers: Mapping[str, Payer]
    policies: Policies
    control_number: ControlNumber
    library: code_tables.Library = code_tables.NOTHING
    states: Mapping[str, str] = field(default_factory=dict)
    policy_set: str = ""
    tables: Callable[[], code_tables.Library] | None = None
    hospitals: Mapping[str, str] = field(default_factory=dict)
    specialties: Mapping[str, str] = field(default_factory=dict)

    def policy(self, payer_id: str, claim_type: str, on: date) -> Policy | None:
        """Return a payer's policy for a claim type on a day.

        The day is the one a clock starts at: of service for an original, of the decision for what
        answers it.
        """
        return reference.policy(self.policies, payer_id, claim_type, on)


class UnsignedError(RuntimeError):
    """A control number was asked of terms that were made to judge only, without the site key."""


def of(
    site: Site | None, parties: Reference, library: code_tables.Library = code_tables.NOTHING,
    reopen: Callable[[], code_tables.Library] | None = None,
) -> Terms:
    """Return the terms of a site, its parties and its code tables, and how to open these again.

    Args:
        site: Its key; none for who only judges, and makes no claim.
        parties: Payers, providers, facilities.
        library: The code tables at hand.
        reopen: Opens them anew.
    """

    def control_number(encounter_id: str, payer_id: str, ordinal: int, version: int) -> str:
        if site is None:
            raise UnsignedError("these terms judge only: they make no control number")
        parts = (encounter_id, payer_id, str(ordinal), str(version))
        return site.opaque("control", *parts, length=CONTROL_LENGTH)

    states = {one.facility_id: one.state for one in parties.facilities.values()}
    hospitals = {one.facility_id: one.taxonomy for one in parties.facilities.values()}
    specialties = {one.npi: one.taxonomy for one in parties.providers.values()}
    named = repr(sorted(parties.policies.items())).encode()
    return Terms(
        parties.payers, parties.policies, control_number, library, states,
        hashlib.sha256(named).hexdigest()[:12], reopen, hospitals, specialties,
    )
