"""One-time codes of an authenticator (RFC 6238: SHA-1, six digits, 30 s), each step used once."""

import pyotp

from services.phi import vault
from services.phi.keys import SiteKey

STEP_S = 30
PURPOSE = "totp"
DRIFT = (-1, 0, 1)


def fresh() -> str:
    """Return a new secret, base 32."""
    return pyotp.random_base32()


def uri(secret: str, name: str) -> str:
    """Return what an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="ClaimLoop")


def sealed(site: SiteKey, user_id: str, secret: str) -> bytes:
    """Return a secret as it is stored."""
    return vault.seal_bytes(site, PURPOSE, secret.encode(), user_id)


def opened(site: SiteKey, user_id: str, stored: bytes) -> str:
    """Return what `sealed` stored."""
    return vault.unseal_bytes(site, PURPOSE, stored, user_id).decode()


def step(secret: str, code: str, after: int, seconds: float) -> int | None:
    """Return the step a code is of; none if it is wrong, or of a step used before.

    Args:
        secret: Base 32.
        code: As typed.
        after: The last step used.
        seconds: Real time since 1970; one step of drift either way is allowed.
    """
    typed = code.replace(" ", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return None
    at = int(seconds // STEP_S)
    for one in (at + drift for drift in DRIFT):
        if one > after and pyotp.utils.strings_equal(
            typed, pyotp.TOTP(secret).at(one * STEP_S)
        ):
            return one
    return None
