"""``claimloop audit-log``: who saw and did what, and whether the log of it is whole."""

import sys
from typing import Any

from cyclopts import App

from services.cli import CannotRun, Count, app, database

audit_log = App(name="audit-log", help="Who saw and did what; whether the log of it is whole.")
app.command(audit_log)


@audit_log.command
def verify(*, json_: bool = False) -> int:
    """Check every row against its chain, and the chains against the anchors.

    Exit status 0 when all is as it was written, 1 when something is not.

    Args:
        json_: One object instead of lines.
    """
    import orjson

    from services.ops import logs
    from services.phi import audit_chain, audit_follower, audit_verify, keys

    settings, engine = _open()
    logs.configure(settings, "audit-log")  # to standard error: what anchors, logs
    try:
        site = keys.read(settings.site_key_path)
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    path = settings.home / audit_chain.FILE
    while audit_chain.follow(engine):
        pass
    with engine.connect() as conn:
        found = audit_verify.verify(conn, path, site)
    if not found.flaws:
        audit_follower.Follower(engine, site, path).anchor()
    if json_:
        _say(orjson.dumps(found).decode())
        return 1 if found.flaws else 0
    for flaw in found.flaws:
        _say(f"{flaw.facility_id or '-'} {flaw.where}: {flaw.says}")
    _say(
        f"{found.rows:,} rows in {found.chains} chains, {found.anchors} anchors:"
        f" {len(found.flaws) or 'nothing'} wrong"
    )
    if found.restores:
        _say(f"restored {found.restores} times: what came after each backup is not in the log")
    return 1 if found.flaws else 0


@audit_log.command
def show(*, object_: str = "", actor: str = "", size: Count = 100, json_: bool = False) -> int:
    """Show accesses, the latest first.

    Args:
        object_: Only to this object (an item's or encounter's id).
        actor: Only by this person.
        size: At most so many.
        json_: One array instead of lines.
    """
    import orjson

    from services.phi import audit, audit_read

    _, engine = _open()
    with engine.begin() as conn:
        audit.note(
            conn, "audit.read", "audit", object_, actor="claimloop audit-log", role="admin",
            purpose="administration", details={"actor": actor},
        )
        found = audit_read.rows(conn, object_id=object_, actor=actor, size=size)
    if json_:
        _say(orjson.dumps(found).decode())
        return 0
    for one in found:
        _say(
            f"{one.at:%Y-%m-%d %H:%M:%S} {one.actor:<16} {one.action:<20} {one.outcome:<8}"
            f" {one.object_type} {one.object_id} {one.facility_id} {one.purpose}".rstrip()
        )
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _open() -> Any:
    from services import settings as settings_module

    settings = settings_module.load()
    return settings, database(settings, "audit-log")
