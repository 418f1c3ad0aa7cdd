"""An ID token is taken only as the provider's own, for us, for this sign-in, now."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey

from services.clock import real_now
from services.web import oidc
from services.web.rules import Grant, Provider

KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
PROVIDER = Provider(
    "https://id.example", "claimloop", "a secret", roles={"coders": Grant("coder")},
)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the provider's keys be ours."""
    public = KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]})
    monkeypatch.setattr(oidc, "keys", lambda issuer: public)


def _claims(**over: Any) -> dict[str, Any]:
    now = int(real_now().timestamp())
    made = {
        "iss": "https://id.example", "aud": "claimloop", "sub": "1", "nonce": "n", "iat": now,
        "exp": now + 300, "groups": ["coders"],
    } | over
    return {name: value for name, value in made.items() if value is not None}


def _token(key: Any = KEY, header: dict[str, Any] | None = None, **over: Any) -> str:
    return jwt.encode(
        {"alg": "RS256", "kid": "k1"} | (header or {}), _claims(**over), key,
        algorithms=["RS256", "HS256"],
    )


def _part(value: Any) -> str:
    return _base64(orjson.dumps(value))


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def test_a_token_of_the_provider_for_us_is_taken() -> None:
    assert oidc.claims(PROVIDER, _token(), "n")["sub"] == "1"
    assert oidc.claims(PROVIDER, _token(aud=["claimloop", "x"], azp="claimloop"), "n")


@pytest.mark.parametrize(
    "over",
    [
        {"iss": "https://id.example.attacker.example"}, {"iss": "https://id.example/"},
        {"iss": None}, {"aud": "another"}, {"aud": None}, {"nonce": "m"}, {"nonce": None},
        {"exp": 1_000_000_000}, {"exp": None}, {"iat": 4_000_000_000}, {"sub": None},
        {"azp": "another"}, {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_a_token_with_another_claim_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, _token(**over), "n")


def test_a_token_signed_by_another_key_is_refused() -> None:
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, _token(OTHER), "n")


def test_a_token_that_brings_its_own_key_is_refused() -> None:
    embedded = {"jwk": OTHER.as_dict(private=False)}
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, _token(OTHER, embedded), "n")
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, _token(OTHER, {"jku": "https://attacker.example/keys"}), "n")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    signed = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(_claims())}"
    mac = hmac.new(KEY.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, f"{signed}.{_base64(mac)}", "n")


def test_a_token_that_is_not_signed_is_refused() -> None:
    for name in ("none", "None", "NONE"):
        unsigned = f"{_part({'alg': name})}.{_part(_claims())}."
        with pytest.raises(oidc.Refused):
            oidc.claims(PROVIDER, unsigned, "n")


def test_a_token_that_demands_an_extension_nobody_knows_is_refused() -> None:
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    registry.header_registry["x"] = registry.header_registry["kid"]
    demanding = jws.serialize_compact(
        {"alg": "RS256", "kid": "k1", "crit": ["x"], "x": "y"},
        orjson.dumps(_claims()), KEY, registry=registry,
    )
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, demanding, "n")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "." * 50])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(oidc.Refused):
        oidc.claims(PROVIDER, text, "n")
