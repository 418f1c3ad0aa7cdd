"""The demo's sign-ins: one for each of its coders, and one for each other role. Demo only."""

from dataclasses import dataclass

from sqlalchemy import Engine

from services.web.sessions import add_user
from services.worklist import encoder

PASSWORD = "claimloop-demo"  # noqa: S105 - printed by the demo, which is bound to this machine


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo user."""

    name: str
    role: str
    password: str


def everybody() -> list[SignIn]:
    """Return the demo's users: coders are called as on the coded events."""
    coders = sorted({coder for team in encoder.coders().values() for coder in team})
    return [
        *(SignIn(coder, "coder", PASSWORD) for coder in coders),
        *(SignIn(role, role, PASSWORD) for role in ("biller", "supervisor", "ops")),
    ]


def ensure_demo_users(engine: Engine) -> list[SignIn]:
    """Add the demo's users, or give them their passwords again; return them."""
    for one in everybody():
        add_user(
            engine, one.name, one.role, one.name if one.role == "coder" else "", one.password
        )
    return everybody()
