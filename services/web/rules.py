"""How people sign in: with what, over what, and whether with a second factor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.settings import Settings, SettingsError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ROLES = (
    "coder", "biller", "specialist", "supervisor", "physician", "ops", "admin", "auditor",
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a value of the role claim stands for: a role, and a specialist's team."""

    role: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider and what its claims mean.

    Attributes:
        issuer: Exactly as in its tokens and at its discovery document.
        client_id: Ours; the audience of its ID tokens.
        client_secret: Ours.
        role_claim: Names the claim with groups or roles.
        roles: Value of that claim -> what it grants; the first that is held counts.
        facility_claim: Names the claim with facility ids; a person without one sees none.
        npi_claim: Names the claim with a physician's NPI.
        coder_claim: Names the claim with a coder's id.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str = "groups"
    roles: Mapping[str, Grant] = field(default_factory=dict)
    facility_claim: str = "facilities"
    npi_claim: str = "npi"
    coder_claim: str = "coder_id"


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How people sign in.

    Attributes:
        url: Where browsers reach the pages, as ``https://claims.example.org``; empty: as asked.
        second_factor: Whether local users need an authenticator.
        provider: The OpenID provider; none: local users.
    """

    url: str = ""
    second_factor: bool = False
    provider: Provider | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.url.startswith("https://")


def of(settings: Settings) -> SignInRules:
    """Return how people sign in here.

    Raises:
        SettingsError: what is set does not go together; in production nothing is assumed.
    """
    production = settings.environment == "production"
    url = settings.web_public_url.rstrip("/")
    if url and urlsplit(url)[2:] != ("", "", ""):
        raise SettingsError("the setting CLAIMLOOP_WEB_PUBLIC_URL is wrong: scheme and host alone")
    if production and not url.startswith("https://"):
        raise SettingsError("production needs CLAIMLOOP_WEB_PUBLIC_URL, an https address")
    if production and not settings.auth_mode:
        raise SettingsError("production needs CLAIMLOOP_AUTH_MODE: oidc, or local said outright")
    if settings.auth_mode != "oidc":
        wanted = production if settings.second_factor is None else settings.second_factor
        return SignInRules(url, second_factor=wanted)
    return SignInRules(url, provider=_provider(settings, url))


def _provider(settings: Settings, url: str) -> Provider:
    for name in ("oidc_issuer", "oidc_client_id", "oidc_roles"):
        if not getattr(settings, name):
            raise SettingsError(f"sign-in by OpenID needs CLAIMLOOP_{name.upper()}")
    if not url:
        raise SettingsError("sign-in by OpenID needs CLAIMLOOP_WEB_PUBLIC_URL")
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
        raise SettingsError("the setting CLAIMLOOP_OIDC_ISSUER is wrong: not an https address")
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(), settings.oidc_role_claim,
        {value: _grant(told) for value, told in settings.oidc_roles.items()},
        settings.oidc_facility_claim,
    )


def _grant(told: str) -> Grant:
    """Return the grant in ``coder`` or ``specialist:AUTH_UM``."""
    role, _, team = told.partition(":")
    if role not in ROLES or (role == "specialist") != bool(team):
        raise SettingsError(
            "the setting CLAIMLOOP_OIDC_ROLES is wrong: a role, or specialist:TEAM"
        )
    return Grant(role, team)
