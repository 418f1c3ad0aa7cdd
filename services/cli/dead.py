"""``claimloop dead``: what could not be processed."""

import getpass
import sys
from typing import Any

from cyclopts import App

from services.cli import CannotRun, NotThere, app, database, need_broker, settings_with_ids

dead = App(name="dead", help="List, show, put back or give up what could not be processed.")
app.command(dead)


def _found(consumer: str, id_: str, *, open_only: bool = False) -> tuple[Any, Any, list[Any]]:
    """Return settings, engine and the letters that are asked for."""
    from schemas import topics
    from services.audit import letters, log

    if consumer and consumer not in topics.CONSUMERS:
        raise CannotRun(f"no consumer is called {consumer}: {', '.join(topics.CONSUMERS)}")
    settings = settings_with_ids()
    engine = database(settings, "dead")
    need_broker(settings)
    try:
        found = letters.letters(settings, engine, consumer, id_)
    except log.Unreadable as why:
        raise CannotRun(str(why)) from None
    return settings, engine, [x for x in found if not open_only or x[0].disposition == "open"]


def _site(settings: Any) -> Any:
    from services.phi import keys

    try:
        return keys.read(settings.site_key_path)
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None


def _say(what: Any, json_: bool, line: str) -> None:
    import orjson

    sys.stdout.write((orjson.dumps(what).decode() if json_ else line) + "\n")


@dead.command(name="list")
def list_(*, consumer: str = "", json_: bool = False) -> None:
    """List dead letters: consumer, coordinates, reason, when, what became of it.

    Args:
        consumer: Of this consumer only.
        json_: One object instead of lines.
    """
    _, _, found = _found(consumer, "")
    lines = [
        f"{one.consumer:11} {one.coordinates:32} {one.reason:22} {one.at:%Y-%m-%d %H:%M:%S} "
        f"{one.disposition}"
        for one, _ in found
    ]
    _say({"letters": [one.as_dict() for one, _ in found]}, json_, "\n".join(lines) or "none")


@dead.command
def show(id_: str, *, consumer: str = "", reveal: bool = False, json_: bool = False) -> int:
    """Show a dead letter; its record only with --reveal, which opens protected data.

    Args:
        id_: Coordinates, as topic/partition/offset.
        consumer: Of this consumer only.
        reveal: Also show the record; needs the site key.
        json_: One object instead of lines.
    """
    import base64

    from services.delivery import dead as delivery

    settings, _, found = _found(consumer, id_)
    if not found:
        raise NotThere(f"no dead letter has the coordinates {id_}")
    shown = []
    for letter, sealed in found:
        fields = letter.as_dict()
        if reveal:
            key, value = delivery.unseal(_site(settings), sealed)
            fields["key"] = None if key is None else key.decode(errors="replace")
            fields["value_base64"] = None if value is None else base64.b64encode(value).decode()
        shown.append(fields)
    lines = [f"{name}: {value}" for fields in shown for name, value in fields.items()]
    _say({"letters": shown}, json_, "\n".join(lines))
    return 0


@dead.command
def redrive(*, consumer: str = "", id_: str = "", all_: bool = False, json_: bool = False) -> None:
    """Put records back on their topics as they were, once each.

    Args:
        consumer: Of this consumer only.
        id_: The one with these coordinates, even if it was put back before.
        all_: Every one that is open.
        json_: One object instead of a line.
    """
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    from services.audit import letters
    from services.delivery.publish import KafkaPublisher
    from services.kafka import clients

    if bool(id_) == all_:
        raise CannotRun("say which: --id COORDINATES, or --all")
    settings, engine, found = _found(consumer, id_, open_only=all_)
    if id_ and not found:
        raise NotThere(f"no dead letter has the coordinates {id_}")
    site = _site(settings)
    try:
        publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings, "redrive")))
        count = letters.redrive(engine, publisher, site, found, getpass.getuser())
    except letters.NotRedrivable as why:
        raise CannotRun(str(why)) from None
    except KafkaError as error:
        raise CannotRun(f"Kafka does not take them ({type(error).__name__})") from None
    _say({"redriven": count}, json_, f"put back {count}")


@dead.command
def discard(id_: str, reason: str, *, consumer: str = "", json_: bool = False) -> None:
    """Give a dead letter up; it stays on its topic.

    Args:
        id_: Coordinates, as topic/partition/offset.
        reason: Why, without anything of its content.
        consumer: Of this consumer only.
        json_: One object instead of a line.
    """
    from services.audit import letters

    _, engine, found = _found(consumer, id_)
    if not found:
        raise NotThere(f"no dead letter has the coordinates {id_}")
    count = letters.discard(engine, [one for one, _ in found], getpass.getuser(), reason)
    _say({"discarded": count}, json_, f"gave up {count}")
