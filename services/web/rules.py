"""How people sign in: with what, over what, asked how often for a second factor."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
