"""Which claims of the host belong to one encounter, and in which order; pure.

The claims with one CLM01 are one encounter's. A replacement or void under another number joins the
encounter of the claim whose decision has the payer's number it names (REF*F8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.phi.keys import SiteKey

FOLLOWS = ("7", "8")
A_CODER, THE_CLAIM_BEFORE = "who coded it", "the claim it follows"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim that has not been told.

    Attributes:
        claim_id: Its id.
        account: Opaque form of its CLM01.
        frequency: CLM05-3.
        original: Opaque form of its REF*F8.
        sent_at: When the host sent it.
    """

    claim_id: str
    account: str
    frequency: str
    original: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What decides where waiting claims belong.

    Attributes:
        encounters: Account -> encounter of its claims that were told.
        answered: Opaque payer's number -> accounts whose answers have it.
        coded: Accounts the coding file speaks of.
    """

    encounters: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    coded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Home:
    """Where a claim belongs: its encounter, and the account whose coding rows speak of it."""

    encounter_id: str
    coded_as: str


def encounter_id(site: SiteKey, account: str) -> str:
    """Return the encounter of an account."""
    return site.opaque("encounter", "host", account)


def settle(
    waiting: Sequence[Waiting], known: Known, site: SiteKey, *, final: bool
) -> dict[str, Home | str]:
    """Return claim id -> where it belongs, or what it waits for; in the order they were sent.

    Args:
        waiting: Claims that were not told.
        known: What else there is.
        site: Makes encounter ids.
        final: Nothing more will come: nothing waits.
    """
    ordered = sorted(waiting, key=lambda one: (one.sent_at, one.claim_id))
    homes = dict(known.encounters)
    held: set[str] = set()
    found: dict[str, Home | str] = {}
    originals = {one.account for one in ordered if one.frequency not in FOLLOWS}
    for one in [*(o for o in ordered if o.account in originals), *ordered]:
        if one.claim_id in found:
            continue
        parent = _parent(one, originals, homes, held, known)
        coded = next((a for a in (one.account, parent) if a in known.coded), "")
        if parent in held or (not parent and not final):
            found[one.claim_id] = THE_CLAIM_BEFORE
            held.add(one.account)
        elif not coded and not final:
            found[one.claim_id] = A_CODER
            held.add(one.account)
        else:
            home = homes.get(parent) or encounter_id(site, parent or one.account)
            homes[one.account] = home
            found[one.claim_id] = Home(home, coded or one.account)
    return {one.claim_id: found[one.claim_id] for one in ordered}


def _parent(
    one: Waiting, originals: set[str], homes: Mapping[str, str], held: set[str], known: Known
) -> str:
    """Return the account whose encounter a claim belongs to; empty while that is not known."""
    if one.frequency not in FOLLOWS or one.account in homes or one.account in originals:
        return one.account
    before = [a for a in known.answered.get(one.original, ()) if a != one.account]
    return next((a for a in sorted(before) if a in homes or a in held), "")
