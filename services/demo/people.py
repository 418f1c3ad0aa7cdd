"""The demo's sign-ins, which share a password that is printed.

Its coders, two billers, a specialist a team, physicians, and one of each other role.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from services.codes import reference
from services.web import accounts, passwords
from services.web.accounts import Account
from services.worklist.bill import encoder

PASSWORD = "claimloop-demo"  # noqa: S105 - printed by the demo, which is bound to this machine
SPECIALISTS = {
    "access": "PATIENT_ACCESS", "auth": "AUTH_UM", "him": "HIM", "cdi": "CDI",
    "advisor": "PHYS_ADVISOR", "charges": "CHARGE_INTEGRITY", "enrollment": "ENROLLMENT",
    "contracts": "CONTRACTING", "posting": "POSTING", "cases": "CASE_MGMT",
}
"""Sign-in name -> team."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo user."""

    name: str
    role: str
    password: str


def _accounts() -> list[Account]:
    coders = sorted({coder for team in encoder.coders().values() for coder in team})
    physicians = reference.load().providers.values()
    return [
        *(Account(name=coder, role="coder") for coder in coders),
        *(Account(name=name, role="biller") for name in ("biller", "biller2")),
        *(
            Account(name=name, role="specialist", team=team)
            for name, team in SPECIALISTS.items()
        ),
        *(Account(name=role, role=role) for role in ("supervisor", "ops", "admin", "auditor")),
        *(
            Account(name=f"dr.{one.family.lower()}", role="physician", npi=one.npi)
            for one in physicians
        ),
    ]


def everybody() -> list[SignIn]:
    """Return the demo's users: coders are called as on the coded events, physicians ``dr.name``."""
    return [SignIn(one.name, one.role, PASSWORD) for one in _accounts()]


def ensure_demo_users(engine: Engine) -> list[SignIn]:
    """Add the demo's users, or give them their password again; return them."""
    shared = passwords.hashed(PASSWORD)
    for one in _accounts():
        accounts.add(engine, one, PASSWORD, password_hash=shared)
    return everybody()
