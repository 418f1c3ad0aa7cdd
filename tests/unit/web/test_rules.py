"""How people sign in is said by settings, and production assumes nothing."""

from typing import Any

import pytest

from services import settings
from services.settings import SettingsError
from services.web import rules
from services.web.rules import Grant

OIDC = {
    "auth_mode": "oidc", "web_public_url": "https://claims.example", "oidc_client_id": "c",
    "oidc_issuer": "https://id.example",
    "oidc_roles": {"coders": "coder", "authorisation": "specialist:AUTH_UM"},
}
PRODUCTION = {"environment": "production", "web_public_url": "https://claims.example"}


def _rules(**over: Any) -> rules.SignInRules:
    return rules.of(settings.Settings(**over))


def test_on_ones_own_machine_local_users_sign_in_and_need_no_authenticator() -> None:
    told = _rules()
    assert (told.provider, told.secure, told.second_factor) == (None, False, False)


def test_in_production_local_users_must_be_said_outright_and_need_an_authenticator() -> None:
    with pytest.raises(SettingsError, match="CLAIMLOOP_AUTH_MODE"):
        _rules(**PRODUCTION)
    told = _rules(**PRODUCTION, auth_mode="local")
    assert (told.provider, told.secure, told.second_factor) == (None, True, True)


@pytest.mark.parametrize("url", ["", "http://claims.example"])
def test_production_is_served_over_https_alone(url: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        _rules(environment="production", auth_mode="local", web_public_url=url)


def test_a_provider_and_what_its_claims_mean_come_from_settings() -> None:
    provider = _rules(**OIDC).provider
    assert provider is not None
    assert provider.roles == {
        "coders": Grant("coder"), "authorisation": Grant("specialist", "AUTH_UM"),
    }


@pytest.mark.parametrize(
    "over",
    [
        {"oidc_issuer": ""}, {"oidc_client_id": ""}, {"oidc_roles": {}}, {"web_public_url": ""},
        {"oidc_issuer": "http://id.example"}, {"oidc_roles": {"x": "king"}},
        {"oidc_roles": {"x": "specialist"}}, {"oidc_roles": {"x": "coder:AUTH_UM"}},
        {"web_public_url": "https://claims.example/path"},
    ],
    ids=str,
)
def test_settings_of_a_provider_that_do_not_go_together_are_refused(over: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        _rules(**{**OIDC, **over})


def test_the_clients_secret_is_not_shown() -> None:
    told = _rules(**OIDC, oidc_client_secret="very secret")
    assert "very secret" not in repr(told)
