"""Backup and restore: the database and the site key, which only together are worth anything.

One tar file, mode 0600: ``backup.json``, ``site.key`` and ``database.dump`` (pg_dump's own format).
What the database restored no longer knows was sent may be with the payer already, so after a
restore the gateway stays closed until a person has reconciled (`GATEWAY_CLOSED`).
"""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.db import migrate
from services.db.engine import address, connect
from services.local import instance, look, postgres, programs
from services.phi import audit_chain, keys
from services.settings import Settings

FORMAT = 1
GATEWAY_CLOSED = "gateway.closed"
MEMBERS = ("backup.json", "site.key", "database.dump")


class KeepingError(Exception):
    """No backup could be written or restored; one line."""


def backup(settings: Settings, file: Path) -> None:
    """Write a backup.

    Raises:
        KeepingError: the file is there already, or the database does not answer.
    """
    if file.exists():
        raise KeepingError(f"{file} is there already: name another file")
    if not settings.site_key_path.is_file():
        raise KeepingError(f"there is no site key {settings.site_key_path}: nothing to back up")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as scratch:
        dump = Path(scratch) / "database.dump"
        _run(settings, "pg_dump", "--format=custom", "--no-owner", f"--file={dump}")
        about = Path(scratch) / "backup.json"
        about.write_text(json.dumps({"format": FORMAT}))
        whole = Path(scratch) / "whole"
        whole.touch(mode=0o600)
        with tarfile.open(whole, "w") as tar:
            for name, path in zip(MEMBERS, (about, settings.site_key_path, dump), strict=True):
                tar.add(path, name)
        whole.rename(file)


def restore(
    settings: Settings, file: Path, says: Callable[[str], None], *, replace: bool = False
) -> None:
    """Put a backup in place, with nothing but broker and database running.

    Raises:
        KeepingError: the file is not a backup, processes run, or the database holds data.
        StartError: broker or database do not start.
    """
    if not file.is_file():
        raise KeepingError(f"{file}: no such file")
    busy = [p.name for p in look.processes(settings) if p.name in programs.WORKERS and p.pid]
    if busy:
        raise KeepingError(f"{busy[0]} runs: stop everything first with `claimloop down`")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as scratch:
        _unpack(file, Path(scratch))
        running = instance.start(settings, programs.CORE, says)
        if not replace and _holds_data(running):
            raise KeepingError("the database holds data: --replace gives it up for the backup's")
        (running.home / GATEWAY_CLOSED).write_text(
            "restored from a backup: reconcile with the payers, then "
            "`claimloop gateway --reconciled`\n"
        )
        _replace_database(running, Path(scratch) / "database.dump")
        _replace_key(running.site_key_path, (Path(scratch) / "site.key").read_bytes())
    url = running.database_url.get_secret_value()
    migrate.upgrade(url)
    engine = connect(url, pool=1)
    site = keys.read(running.site_key_path)
    audit_chain.restored(engine, running.home / audit_chain.FILE, site)
    engine.dispose()


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, members=[tar.getmember(n) for n in MEMBERS], filter="data")
        form = json.loads((folder / "backup.json").read_text())["format"]
    except OSError as error:
        raise KeepingError(f"{file}: cannot be read ({error.strerror or error})") from None
    except (tarfile.TarError, KeyError, ValueError):
        raise KeepingError(f"{file} is not a backup of ClaimLoop, or is damaged") from None
    if form != FORMAT:
        raise KeepingError(f"{file} is a backup of form {form}; this release reads {FORMAT}")


def _holds_data(settings: Settings) -> bool:
    with _connection(settings) as conn:
        return conn.execute(text("select exists (select from inbox)")).scalar() is True


def _replace_database(settings: Settings, dump: Path) -> None:
    with _connection(settings) as conn:
        conn.execute(text("drop schema public cascade"))
        conn.execute(text("create schema public"))
        conn.commit()
    name = address(settings.database_url.get_secret_value()).database
    _run(settings, "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(dump))


def _replace_key(path: Path, secret: bytes) -> None:
    fresh = path.with_suffix(".incoming")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(secret)
    fresh.replace(path)


def _connection(settings: Settings) -> Any:
    return connect(settings.database_url.get_secret_value(), pool=1).connect()


def _run(settings: Settings, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL against the database; the password travels unseen."""
    url = address(settings.database_url.get_secret_value())
    options = {f"PG{name.upper()}": str(value) for name, value in url.query.items()}
    result = subprocess.run(
        (str(postgres.binary(program)), *arguments),
        env=options | {
            "PGHOST": url.host or "", "PGPORT": str(url.port or 5432), "PGUSER": url.username or "",
            "PGPASSWORD": str(url.password or ""), "PGDATABASE": url.database or "",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        said = result.stderr.strip().splitlines() or ["no reason given"]
        raise KeepingError(f"{program} failed: {said[0]}")
