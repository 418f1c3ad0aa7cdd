"""What a process is told from outside: one frozen object, read once.

Sources, strongest first: the environment (``CLAIMLOOP_*`` and the well-known names below), then
``run.json`` in the home, which ``claimloop up`` writes with the addresses it chose, then
the defaults. Nothing else in the code reads the environment.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from services.clock import Clock


def default_home() -> Path:
    """Return where the local state lives when nothing says otherwise."""
    return Path.cwd() / ".claimloop"


class Settings(BaseSettings):
    """All settings. ``claimloop config show`` prints them with their sources, secrets masked."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMLOOP_", frozen=True, extra="ignore", populate_by_name=True
    )

    home: Path = Field(default_factory=default_home)
    database_url: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("DATABASE_URL", "database_url")
    )
    kafka_bootstrap_servers: str = Field(
        "", validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "kafka_bootstrap_servers")
    )
    kafka_security_protocol: str = Field(
        "PLAINTEXT",
        validation_alias=AliasChoices("KAFKA_SECURITY_PROTOCOL", "kafka_security_protocol"),
    )
    kafka_sasl_mechanism: str = Field(
        "SCRAM-SHA-512",
        validation_alias=AliasChoices("KAFKA_SASL_MECHANISM", "kafka_sasl_mechanism"),
    )
    kafka_sasl_username: str = Field(
        "", validation_alias=AliasChoices("KAFKA_SASL_USERNAME", "kafka_sasl_username")
    )
    kafka_sasl_password: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("KAFKA_SASL_PASSWORD", "kafka_sasl_password")
    )
    kafka_ssl_cafile: Path | None = Field(
        None, validation_alias=AliasChoices("KAFKA_SSL_CAFILE", "kafka_ssl_cafile")
    )
    session_s: float = 10.0
    schema_registry_url: str = Field(
        "", validation_alias=AliasChoices("SCHEMA_REGISTRY_URL", "schema_registry_url")
    )
    topic_replication: int = 1
    topic_min_isr: int = 1
    topic_partitions: int = 4
    topic_retention_ms: int = -1
    clock_base: datetime | None = None
    clock_started: datetime | None = None
    clock_scale: float = 1.0
    seed: int = 1
    web_host: str = "127.0.0.1"
    web_port: int = Field(0, ge=0, le=65_535)
    web_public_url: str = ""
    environment: Literal["local", "production"] = "local"
    auth_mode: Literal["", "local", "oidc"] = ""
    second_factor: bool | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_role_claim: str = "groups"
    oidc_roles: dict[str, str] = Field(default_factory=dict)
    oidc_facility_claim: str = "facilities"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65_535)
    payer_habits: Literal["calm", "demo", "all"] = "demo"
    exchange: Path | None = None
    site_key_file: Path | None = None
    reference: Path | None = None
    sftp_keys: Path | None = None
    write_off_limit_cents: int = 50_000
    demo: bool = False
    retrospective_queries: bool = False
    ehr_link: str = ""
    shadow: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    supervised: bool = True
    cache: Path | None = None
    java: str = ""
    java_home: Path | None = Field(None, validation_alias=AliasChoices("JAVA_HOME", "java_home"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, the environment, then the ``run.json`` of the home they name."""
        told = init_settings().get("home") or os.environ.get("CLAIMLOOP_HOME")
        home = Path(told or default_home())
        return init_settings, env_settings, InitSettingsSource(settings_cls, _run_file(home))

    @property
    def clock(self) -> Clock:
        """The business clock; a local run may set it anew in its ``run.json``."""
        follows = self.home / "run.json" if self.clock_base and self.supervised else None
        return Clock(self.clock_base, self.clock_started, self.clock_scale, follows)

    @property
    def web_url(self) -> str:
        """Where the pages are."""
        return f"http://{self.web_host}:{self.web_port}"

    @property
    def exchange_folder(self) -> Path:
        """Where files are exchanged: ``<payer id>/{spool,to_payer,from_payer,archive,...}``."""
        return self.exchange or self.home / "exchange"

    @property
    def cache_folder(self) -> Path:
        """Where Kafka's jars are kept, for all homes of this user."""
        return self.cache or Path.home() / ".cache" / "claimloop"

    @property
    def sftp_key_folder(self) -> Path:
        """Where the private keys of SFTP accounts are, each mode 0600."""
        return self.sftp_keys or self.home / "sftp"

    @property
    def site_key_path(self) -> Path:
        """The site key's file, mode 0600."""
        return self.site_key_file or self.home / "site.key"


def _run_file(home: Path) -> dict[str, Any]:
    path = home / "run.json"
    try:
        return dict(json.loads(path.read_text())) if path.is_file() else {}
    except (ValueError, TypeError):
        raise SettingsError(
            f"{path} is damaged: delete it, the next start writes another"
        ) from None


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it."""


def load(**overrides: Any) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: one of them cannot be read.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        shown = name if name.isupper() else f"CLAIMLOOP_{name.upper()}"
        raise SettingsError(f"the setting {shown} is wrong: {first['msg']}") from None
    except ValueError as error:
        raise SettingsError(f"the settings cannot be read: {error}") from None


def sources() -> dict[str, str]:
    """Return name -> ``environment``, ``run.json`` or ``default`` of every setting."""
    env = EnvSettingsSource(Settings)()
    home = Path(os.environ.get("CLAIMLOOP_HOME", "") or default_home())
    remembered = _run_file(home)
    found = {}
    for name, field in Settings.model_fields.items():
        aliases = (
            field.validation_alias.choices
            if isinstance(field.validation_alias, AliasChoices)
            else []
        )
        if any(str(key) in env for key in (name, *aliases)):
            found[name] = "environment"
        else:
            found[name] = "run.json" if name in remembered else "default"
    return found
