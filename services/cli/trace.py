"""``claimloop trace``: a life rebuilt from the topics."""

import sys

from services.cli import CannotRun, app, settings_with_ids


@app.command
def trace(id_: str, *, json_: bool = False) -> int:
    """Rebuild the whole life of an encounter or a claim from the topics alone.

    Args:
        id_: An encounter id, or a control number.
        json_: One object instead of lines.
    """
    import orjson
    from kafka.errors import KafkaError

    from services.audit import life, log

    try:
        moments = life.trace(settings_with_ids(), id_)
    except (KafkaError, log.Unreadable) as error:
        raise CannotRun(f"Kafka does not answer ({type(error).__name__})") from None
    if json_:
        told = {"id": id_, "events": [m.as_dict() for m in moments]}
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
    for m in () if json_ else moments:
        again = f" x{m.copies}" if m.copies > 1 else ""
        where = f"{m.topic}/{m.partition}/{m.offset}{again}"
        sys.stdout.write(f"{m.occurred_at:%Y-%m-%d %H:%M}  {m.event:12} {m.summary}  [{where}]\n")
    if not moments and not json_:
        sys.stdout.write("nothing on the topics has this id\n")
    return 0 if moments else 1
