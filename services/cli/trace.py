"""``claimloop trace``: a life rebuilt from the topics."""

import sys

from services.cli import CannotRun, app, need_broker, settings_with_ids


@app.command
def trace(id_: str, *, json_: bool = False) -> int:
    """Rebuild the whole life of an encounter or a claim from the topics alone.

    Args:
        id_: An encounter id, or a control number.
        json_: One object instead of lines.
    """
    import orjson

    from services.audit import life, log

    told = settings_with_ids()
    need_broker(told)
    try:
        moments = life.trace(told, id_)
    except log.Unreadable as why:
        raise CannotRun(str(why)) from None
    if json_:
        whole = {"id": id_, "events": [m.as_dict() for m in moments]}
        sys.stdout.write(orjson.dumps(whole).decode() + "\n")
    for m in () if json_ else moments:
        again = f" x{m.copies}" if m.copies > 1 else ""
        where = f"{m.topic}/{m.partition}/{m.offset}{again}"
        sys.stdout.write(f"{m.occurred_at:%Y-%m-%d %H:%M}  {m.event:12} {m.summary}  [{where}]\n")
    if not moments and not json_:
        sys.stdout.write("nothing on the topics has this id\n")
    return 0 if moments else 1
