"""``claimloop waiting``: claims that do not go out until somebody acts, and who that is."""

import sys
from dataclasses import asdict

from services.cli import app, database, settings_with_ids


@app.command
def waiting(*, team: str = "", json_: bool = False) -> int:
    """List the claims that wait for a team, with what it has to do.

    Held claims are not among them: those have a work item.

    Args:
        team: Only this team's, as BILLING.
        json_: One JSON object a line.
    """
    import orjson

    from services.claims.lifecycle import TO_DO
    from services.db.stores import assembly

    with database(settings_with_ids(), "waiting").connect() as conn:
        found = [one for one in assembly.owned(conn) if team in ("", one.owner)]
    for one in found:
        if json_:
            told = asdict(one) | {"to_do": TO_DO[one.state]}
            sys.stdout.write(orjson.dumps(told).decode() + "\n")
        else:
            what = f"version {one.version}" if one.version else "turn"
            sys.stdout.write(
                f"{one.owner:12} {one.state:22} {one.encounter_id} {one.payer_id} {what}:"
                f" {TO_DO[one.state]}\n"
            )
    if not found and not json_:
        sys.stdout.write("nothing waits for a team\n")
    return 0
