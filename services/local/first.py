"""The site key on the first start: made where there is no database yet, demanded ever after."""

import secrets

from sqlalchemy import text

from services.db.engine import connect
from services.phi import keys
from services.settings import Settings


class FirstStartError(Exception):
    """The site key is gone or not usable; one line for the operator."""


def site_key(settings: Settings, secret: bytes | None = None) -> None:
    """Make the site key with a new database, read it with an old one.

    Args:
        settings: Where key and database are.
        secret: 32 bytes to begin with; random if none.

    Raises:
        FirstStartError: the database has data sealed under a key that is not there.
    """
    try:
        if settings.site_key_path.exists() or not _is_new(settings):
            keys.read(settings.site_key_path)
        else:
            keys.create(settings.site_key_path, secret or secrets.token_bytes(32))
    except keys.SiteKeyError as error:
        raise FirstStartError(str(error)) from None


def _is_new(settings: Settings) -> bool:
    engine = connect(settings.database_url.get_secret_value())
    try:
        with engine.connect() as conn:
            return conn.execute(text("select to_regclass('alembic_version')")).scalar() is None
    finally:
        engine.dispose()
