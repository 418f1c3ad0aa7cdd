"""Codes of an authenticator: the right one, of about this moment, once."""

import pyotp
import pytest
from cryptography.exceptions import InvalidTag

from services.phi.keys import SiteKey
from services.web import totp

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_780_000_000.0
SITE = SiteKey(bytes(range(32)))


def _code(seconds: float) -> str:
    return pyotp.TOTP(SECRET).at(int(seconds))


def test_the_code_of_this_step_or_of_a_neighbour_is_right_and_older_ones_are_not() -> None:
    here = int(NOW // totp.STEP_S)
    assert totp.step(SECRET, _code(NOW), 0, NOW) == here
    assert totp.step(SECRET, _code(NOW - 30), 0, NOW) == here - 1
    assert totp.step(SECRET, _code(NOW + 30), 0, NOW) == here + 1
    assert totp.step(SECRET, _code(NOW - 90), 0, NOW) is None
    assert totp.step(SECRET, f"{_code(NOW)[:3]} {_code(NOW)[3:]}", 0, NOW) == here


def test_a_step_that_was_used_is_not_taken_again() -> None:
    used = totp.step(SECRET, _code(NOW), 0, NOW)
    assert used is not None
    assert totp.step(SECRET, _code(NOW), used, NOW) is None
    assert totp.step(SECRET, _code(NOW - 30), used, NOW) is None


WIDE = "\uff11\uff12\uff13\uff14\uff15\uff16"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", WIDE, "-12345"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert totp.step(SECRET, typed, 0, NOW) is None


def test_the_secret_is_stored_sealed_for_its_account_alone() -> None:
    stored = totp.sealed(SITE, "account-1", SECRET)
    assert SECRET.encode() not in stored
    assert totp.opened(SITE, "account-1", stored) == SECRET
    with pytest.raises(InvalidTag):
        totp.opened(SITE, "account-2", stored)
