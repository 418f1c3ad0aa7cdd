"""W8, W9: sessions and guessing."""

import threading
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import Engine, text

from services.phi.keys import SiteKey
from services.web import accounts, passwords, totp
from services.web.limits import Limits
from services.web.sessions import COOKIE, Sessions
from tests.integration.web import scene
from tests.integration.web.conftest import PASSWORD
from tests.integration.web.hostile import SignIn


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


# W8, sessions


def test_w8_signing_in_never_takes_up_the_session_a_browser_brings(
    somebody: SignIn, app: Litestar
) -> None:
    victim = somebody("")
    planted = "p" * 43
    victim.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    assert victim.sign_in("anna") == 303
    attacker = somebody("")
    attacker.client.cookies.set(COOKIE, planted)
    assert attacker.status("/work") == 303

    carl = somebody("carl")
    before = carl.client.cookies[COOKIE]
    assert carl.sign_in("carl") == 303
    other = somebody("")
    other.client.cookies.set(COOKIE, before)
    assert other.status("/work") == 303


def test_w8_an_id_in_the_address_or_a_header_is_not_looked_at(
    somebody: SignIn, items: dict[str, str]
) -> None:
    value = somebody("anna").client.cookies[COOKIE]
    nobody = somebody("")
    assert nobody.status(f"/work?{COOKIE}={value}&session={value}") == 303
    bearer = {"Authorization": f"Bearer {value}", "X-Session": value, "Accept": "application/json"}
    assert nobody.client.get("/work", headers=bearer).status_code == 401


def test_w8_all_sessions_of_a_person_end_at_once(somebody: SignIn, engine: Engine) -> None:
    one, two, other = somebody("carl"), somebody("carl"), somebody("anna")
    assert accounts.sign_out(engine, "carl")
    assert [one.status("/work"), two.status("/work"), other.status("/work")] == [303, 303, 200]


def test_w8_a_page_can_ask_how_long_the_session_lasts_without_prolonging_it(
    somebody: SignIn, engine: Engine
) -> None:
    anna = somebody("anna")
    with engine.begin() as conn:
        conn.execute(text("update user_session set seen_at = seen_at - interval '10 minutes'"))
    told = [anna.client.get("/me?part=session").json()["session"] for _ in range(2)]
    assert all(280 <= one["idle_s"] <= 300 for one in told)
    assert told[0]["warn_s"] == 120
    assert anna.client.get("/me").json()["session"]["idle_s"] > 880


# W9, guessing


def test_w9_an_unknown_name_costs_a_verification_as_a_known_one_does(
    somebody: SignIn, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    verify = passwords._HASHER.__class__.verify

    def counted(self: Any, known: str, password: str) -> bool:
        asked.append(known)
        return bool(verify(self, known, password))

    monkeypatch.setattr(passwords._HASHER.__class__, "verify", counted)
    nobody = somebody("")
    for name in ("anna", "who-is-this"):
        nobody.client.post("/sign-in", data={"name": name, "password": "wrong"})
    assert len(asked) == 2
    app.state.sessions.limits = Limits()


def test_w9_a_right_password_without_the_code_is_not_enough_and_a_code_works_once(
    engine: Engine,
) -> None:
    import pyotp

    from services.clock import real_now

    site: SiteKey = scene.SITE
    sessions = Sessions(engine, site)
    secret = accounts.set_totp(engine, site, "hugo")
    assert secret is not None
    code = pyotp.TOTP(secret).at(int(real_now().timestamp()))
    try:
        assert sessions.sign_in("hugo", PASSWORD) is None
        assert sessions.sign_in("hugo", PASSWORD, "000000") is None
        assert sessions.sign_in("hugo", "wrong", code) is None
        assert sessions.sign_in("hugo", PASSWORD, code) is not None
        assert sessions.sign_in("hugo", PASSWORD, code) is None
    finally:
        with engine.begin() as conn:
            conn.execute(text("update user_account set totp = null where name = 'hugo'"))


def test_w9_where_a_second_factor_is_required_a_password_alone_never_signs_in(
    engine: Engine,
) -> None:
    strict = Sessions(engine, scene.SITE, second_factor=True)
    assert strict.sign_in("anna", PASSWORD) is None


def test_w9_two_requests_with_one_code_are_one_session(engine: Engine) -> None:
    import pyotp

    from services.clock import real_now

    sessions = Sessions(engine, scene.SITE)
    secret = accounts.set_totp(engine, scene.SITE, "ada")
    assert secret is not None
    code = pyotp.TOTP(secret).at(int(real_now().timestamp()) + totp.STEP_S)
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(sessions.sign_in("ada", PASSWORD, code)))
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with engine.begin() as conn:
        conn.execute(text("update user_account set totp = null where name = 'ada'"))
    assert len([one for one in found if one]) == 1
