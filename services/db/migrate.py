"""Bring a database to the current schema with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from services.db.engine import Unusable

FOLDER = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """Return Alembic's configuration for a database."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.attributes["url"] = url
    return settings


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate a database up to a revision.

    Raises:
        Unusable: a later release has been at it.
    """
    try:
        command.upgrade(config(url), revision)
    except CommandError as why:
        raise Unusable(f"the database has a schema of a later release: {why}") from None
