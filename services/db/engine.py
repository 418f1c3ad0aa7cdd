"""The one way to reach PostgreSQL, and what is wrong with one that cannot be used."""

import re
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

VERSIONS = Path(__file__).parent / "migrations" / "versions"

# libpq hands on no SQLSTATE of a connection that was refused, only the server's sentence, in the
# language of its `lc_messages`: it is passed on as it is, and what is known of it is added.
SENTENCE = re.compile(r"failed: \w+:  (.+)")
ADVICE = (
    # 28P01: whether there is such a role, a server that asks for passwords tells nobody
    ("password authentication failed", "no such role, or another password: see DATABASE_URL"),
    (r'role ".*" does not exist', "make it, or name another in DATABASE_URL"),  # 28000
    (r'database ".*" does not exist', "make it, or name another in DATABASE_URL"),  # 3D000
    ("starting up|shutting down|recovery mode|not yet accepting", "try again"),  # 57P03
)
OURS = (  # what stops before the server says anything: libpq's and psycopg's own words
    ("no password supplied", "asks for a password, and DATABASE_URL has none"),
    ("host name|resolve host|not known", "has a name that no machine answers to"),
    ("SSL|certificate", "does not agree with us on TLS: see `sslmode` in DATABASE_URL"),
)


class Unusable(Exception):  # noqa: N818 - reads as the sentence it prints
    """The database cannot be used; the message is one line that never has its password."""


class NoAnswer(Unusable):
    """Nobody answers at the address."""


def connect(url: str, *, pool: int = 4, name: str = "claimloop") -> Engine:
    """Return an engine for a PostgreSQL address; nothing is asked of the server yet.

    Parameters never appear in exceptions (`hide_parameters`): they hold protected values.

    Raises:
        Unusable: it is no such address.
    """
    return create_engine(
        address(url).set(drivername="postgresql+psycopg"),
        pool_size=pool,
        max_overflow=4,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"application_name": name, "connect_timeout": 10},
    )


def reach(engine: Engine) -> None:
    """Return only if the database lets us in.

    Raises:
        NoAnswer: nobody is there.
        Unusable: it does not, and says why.
    """
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise _refused(engine.url, str(error.orig)) from None


def require_schema(engine: Engine) -> None:
    """Return only if the database has the schema this program was written for.

    Raises:
        Unusable: it has none, an earlier or a later one, or lets this role not look.
    """
    known = {file.stem[:4] for file in VERSIONS.glob("[0-9]*.py")}
    try:
        with engine.connect() as conn:
            there = conn.scalar(text("select to_regclass('alembic_version')"))
            found = conn.scalar(text("select version_num from alembic_version")) if there else None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        raise Unusable(
            f"the role {engine.url.username} may not read the tables of the database"
            f" {engine.url.database} at {_at(engine.url)}: another owns them"
        ) from None
    if found == max(known):
        return
    here = f"the database {engine.url.database} at {_at(engine.url)}"
    if found and found not in known:
        raise Unusable(f"{here} has schema {found}, of a later release: this one is {max(known)}")
    has = f"has schema {found} of {max(known)}" if found else "has no schema of ours"
    raise Unusable(f"{here} {has}: `claimloop up` or `claimloop prepare` brings it")


def address(url: str) -> URL:
    """Return an address read; what is wrong with it is not repeated, it may have a password.

    Raises:
        Unusable: it is no address of a PostgreSQL database.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        found = None
    if found is None or found.get_backend_name() not in ("postgresql", "postgres"):
        raise Unusable("DATABASE_URL is no postgresql://user:password@host:port/database")
    if "@" in (found.host or ""):
        raise Unusable("DATABASE_URL has an @ that is part of the password: write it as %40")
    for name in found.query:
        try:
            make_conninfo(**{name: ""})
        except ProgrammingError:
            raise Unusable(f"DATABASE_URL has an option that libpq does not know: {name}") from None
    return found


def _refused(url: URL, said: str) -> Unusable:
    """Return what a failure to connect means, from the words of the server, or of libpq."""
    at = f"the database at {_at(url)}"
    if sentence := SENTENCE.search(said):
        what = sentence[1].strip()
        more = next((words for form, words in ADVICE if re.search(form, what)), "")
        return Unusable(f"{at} refuses us: {what}" + (f" ({more})" if more else ""))
    if words := next((words for form, words in OURS if re.search(form, said)), ""):
        return Unusable(f"{at} {words}")
    return NoAnswer(f"{at} does not answer: is it running?")


def _at(url: URL) -> str:
    return f"{url.host}:{url.port or 5432}" if url.host else "the local socket"
