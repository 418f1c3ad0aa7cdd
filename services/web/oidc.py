"""Sign in at an OpenID provider: authorization code with PKCE, everything pinned.

    begin   state, nonce and verifier are stored, bound to the browser by a cookie; off it goes
    finish  the state is used up; the code is exchanged; the ID token must be signed with one of
            the provider's own keys and `ALGORITHMS`, by that issuer, for us, with that nonce

Who somebody is comes from ``iss`` and ``sub``; what they may do from the role claim, with every
sign-in. An account that was made here is never taken over by name.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Engine, text

from services.clock import real_now
from services.web import accounts
from services.web.accounts import Account
from services.web.rules import Grant, Provider, SignInRules
from services.web.sessions import end_sessions

ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Asymmetric alone: no ``none``, and no HS256 that a public key could sign."""
LASTS = timedelta(minutes=10)
LEEWAY_S = 30
TIMEOUT_S = 10.0


class Refused(Exception):  # noqa: N818 - says what happened
    """Whoever came back is not let in; the reason is for the log, never for the page."""


class Unreachable(Exception):  # noqa: N818 - says what happened
    """The provider does not answer as one."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way: where the browser goes, and what it must bring back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def begin(engine: Engine, rules: SignInRules) -> Begun:
    """Start a sign-in.

    Raises:
        Unreachable: the provider does not answer.
    """
    provider = _provider(rules)
    state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    now = real_now()
    with engine.begin() as conn:
        conn.execute(
            text("delete from sign_in_attempt where started_at < :old"), {"old": now - LASTS}
        )
        conn.execute(
            text(
                "insert into sign_in_attempt (state_hash, browser_hash, nonce, verifier,"
                " started_at) values (:state, :browser, :nonce, :verifier, :now)"
            ),
            {
                "state": _hash(state), "browser": _hash(browser), "nonce": nonce,
                "verifier": verifier, "now": now,
            },
        )
    with _client(provider, rules) as client:
        url, _ = client.create_authorization_url(
            metadata(provider.issuer).authorization_endpoint, state=state, nonce=nonce,
            code_verifier=verifier,
        )
    return Begun(url, browser)


def finish(
    engine: Engine, rules: SignInRules, browser: str, state: str, code: str, issuer: str
) -> str:
    """Return the account of who came back, made or brought up to date.

    Args:
        engine: The database.
        rules: With the provider.
        browser: Cookie of the browser.
        state: As it came back.
        code: As it came back.
        issuer: ``iss`` of the answer (RFC 9207); empty if the provider sends none.

    Raises:
        Refused: anything about it is not right.
        Unreachable: the provider does not answer.
    """
    provider = _provider(rules)
    nonce, verifier = _used_up(engine, browser, state)
    if not code or (issuer and issuer != provider.issuer):
        raise Refused("answer")
    try:
        with _client(provider, rules) as client:
            token = client.fetch_token(
                metadata(provider.issuer).token_endpoint, code=code, code_verifier=verifier
            )
    except AuthlibBaseError:
        raise Refused("code") from None
    except requests.RequestException:
        raise Unreachable from None
    return _account(engine, provider, claims(provider, str(token.get("id_token", "")), nonce))


def claims(provider: Provider, id_token: str, nonce: str) -> Mapping[str, Any]:
    """Return the claims of an ID token.

    Raises:
        Refused: signature, algorithm, issuer, audience, time or nonce are not right.
        Unreachable: the provider's keys cannot be read.
    """
    wanted = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S, now=int(real_now().timestamp()),
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id}, exp={"essential": True},
        iat={"essential": True}, sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = jwt.decode(id_token, keys(provider.issuer), algorithms=ALGORITHMS)
        wanted.validate(token.claims)
    except (JoseError, ValueError):
        raise Refused("token") from None
    if token.claims.get("azp", provider.client_id) != provider.client_id:
        raise Refused("token")
    return token.claims


@lru_cache(maxsize=4)
def metadata(issuer: str) -> Metadata:
    """Return what an issuer's discovery document says; it must name that very issuer."""
    found = _json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise Unreachable
    try:
        return Metadata(
            found["authorization_endpoint"], found["token_endpoint"], found["jwks_uri"]
        )
    except KeyError:
        raise Unreachable from None


def keys(issuer: str) -> KeySet:
    """Return the issuer's own keys; a key inside a token is never looked at."""
    try:
        return KeySet.import_key_set(_json(metadata(issuer).jwks_uri))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError):
        raise Unreachable from None


def _used_up(engine: Engine, browser: str, state: str) -> tuple[str, str]:
    """Return nonce and verifier of an attempt, once, to the browser that began it."""
    with engine.begin() as conn:
        row = conn.execute(
            text(
                "delete from sign_in_attempt where state_hash = :state"
                " returning browser_hash, nonce, verifier, started_at"
            ),
            {"state": _hash(state)},
        ).one_or_none()
    if row is None or not hmac.compare_digest(bytes(row.browser_hash), _hash(browser)):
        raise Refused("state")
    if row.started_at < real_now() - LASTS:
        raise Refused("state")
    return row.nonce, row.verifier


def _account(engine: Engine, provider: Provider, told: Mapping[str, Any]) -> str:
    """Make or change the account of a subject as its claims say."""
    grant = _grant(provider, told.get(provider.role_claim))
    subject = f"{told['iss']} {told['sub']}"
    account = Account(
        name=str(told.get("preferred_username") or told.get("email") or told["sub"])[:64],
        role=grant.role, team=grant.team,
        facilities=tuple(map(str, _list(told.get(provider.facility_claim)))),
        npi=str(told.get(provider.npi_claim, "")), coder_id=str(told.get(provider.coder_claim, "")),
    )
    try:
        values = accounts.fitting(account)
    except accounts.Unfit:
        raise Refused("claims") from None
    values |= {"subject": subject, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, subject))}
    with engine.begin() as conn:
        before = conn.execute(
            text("select role, team from user_account where subject = :subject"),
            {"subject": subject},
        ).one_or_none()
        row = conn.execute(
            text(
                "insert into user_account (user_id, name, role, coder_id, team, npi, facilities,"
                " password_hash, disabled, subject) values (cast(:id as uuid), :name, :role,"
                " :coder_id, :team, :npi, cast(:facilities as jsonb), '', false, :subject)"
                " on conflict (name) do update set role = excluded.role, team = excluded.team,"
                " coder_id = excluded.coder_id, npi = excluded.npi,"
                " facilities = excluded.facilities"
                " where user_account.subject = excluded.subject and not user_account.disabled"
                " returning cast(user_id as text) as user_id, role, team"
            ),
            values,
        ).one_or_none()
        if row is None:
            raise Refused("account")
        if before is not None and (before.role, before.team) != (row.role, row.team):
            end_sessions(conn, row.user_id)
    return str(row.user_id)


def _grant(provider: Provider, held: Any) -> Grant:
    values = set(map(str, _list(held)))
    for value, grant in provider.roles.items():
        if value in values:
            return grant
    raise Refused("role")


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return value.split()
    return list(value) if isinstance(value, list) else []


def _provider(rules: SignInRules) -> Provider:
    if rules.provider is None:
        raise Unreachable
    return rules.provider


def _client(provider: Provider, rules: SignInRules) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id, provider.client_secret, scope="openid profile email",
        redirect_uri=f"{rules.url}/sign-in/back", code_challenge_method="S256",
        default_timeout=TIMEOUT_S,
    )


def _json(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError):
        raise Unreachable from None
    if not isinstance(found, dict):
        raise Unreachable
    return found


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
