"""What must be there before any process starts: site key, migrated database, topics.

The site key is made where there is no database yet, and demanded ever after.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.clock import real_now
from services.db import migrate
from services.db.engine import Unusable, connect, reach
from services.kafka import topics
from services.local.errors import StartError
from services.phi import keys
from services.settings import Settings


def prepare(settings: Settings, says: Callable[[str], None], site_key: bytes | None = None) -> None:
    """Bring site key, database and topics to what the processes need; again changes nothing.

    Args:
        settings: Where they are.
        says: Told what happens, a line at a time.
        site_key: The key to begin with, where there is no database yet; random if none.

    Raises:
        StartError: one of them cannot be brought there.
    """
    url = settings.database_url.get_secret_value()
    try:
        _reach(url)
        ensure_key(settings, site_key)
        says("migrating the database")
        migrate.upgrade(url)
    except Unusable as why:
        raise StartError(str(why)) from None
    except DBAPIError as error:  # its first line says what failed; the rows are in the second
        first = str(error.orig).strip().partition("\n")[0]
        raise StartError(f"the database cannot be migrated: {first}") from None
    try:
        if done := topics.apply(settings):
            says(f"topics: {len(done)} created or set")
        topics.check(settings)
        topics.await_groups(settings)
    except topics.TopicsError as error:
        raise StartError(str(error)) from None


def _reach(url: str) -> None:
    engine = connect(url)
    try:
        reach(engine)
    finally:
        engine.dispose()


def clock(settings: Settings) -> dict[str, str]:
    """Return where a clock that runs faster than real time goes on from.

    It goes on from the last event, or from where it was set: the days on which nothing ran are
    not to pass a thousand times as fast.
    """
    engine = connect(settings.database_url.get_secret_value())
    try:
        with engine.connect() as conn:
            last = conn.execute(text("select max(occurred_at) from timeline")).scalar()
    finally:
        engine.dispose()
    base = max(filter(None, (settings.clock_base, last)))
    return {"clock_base": base.isoformat(), "clock_started": real_now().isoformat()}


def ensure_key(settings: Settings, secret: bytes | None = None) -> None:
    """Make the site key with a new database, read it with an old one.

    Args:
        settings: Where key and database are.
        secret: 32 bytes to begin with; random if none.

    Raises:
        StartError: the database has data sealed under a key that is not there.
    """
    try:
        if settings.site_key_path.exists() or not _is_new(settings):
            keys.read(settings.site_key_path)
        else:
            keys.create(settings.site_key_path, secret or secrets.token_bytes(32))
    except keys.SiteKeyError as error:
        raise StartError(str(error)) from None


def _is_new(settings: Settings) -> bool:
    engine = connect(settings.database_url.get_secret_value())
    try:
        with engine.connect() as conn:
            return conn.execute(text("select to_regclass('alembic_version')")).scalar() is None
    finally:
        engine.dispose()
