"""``claimloop audit``: a second opinion on everything that was delivered."""

import sys

from services.cli import (
    CannotRun,
    app,
    database,
    need_broker,
    not_in_a_shadow,
    settings_with_ids,
)


@app.command
def audit(*, json_: bool = False) -> int:
    """Check every invariant on topics, tables, stored files and the payer's journal.

    Exit status 0 when all hold, 1 when one is violated.

    Args:
        json_: One object instead of lines.
    """
    import orjson

    from services.audit import log, run
    from services.codes import reference
    from services.phi import keys

    settings = settings_with_ids()
    not_in_a_shadow(settings)
    engine = database(settings, "audit")
    need_broker(settings)
    try:
        site = keys.read(settings.site_key_path)
        parties = reference.load(settings.reference)
        found = run.audit(settings, engine, site, parties)
    except (keys.SiteKeyError, reference.InvalidReference, log.Unreadable) as why:
        raise CannotRun(str(why)) from None
    if json_:
        told = {"holds": found.holds, "idle": found.idle, "invariants": found.results}
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
    for result in () if json_ else found.results:
        sys.stdout.write(result.line() + "\n")
        for v in result.violations:
            shown = ", ".join(v.ids[:5]) + (", ..." if v.count > len(v.ids[:5]) else "")
            sys.stdout.write(f"         {v.count:,} x {v.text}: {shown}\n")
    return 0 if found.holds else 1
