"""The topics as they must be."""

import json
import sys
from collections.abc import Callable
from typing import Any

from cyclopts import App

from services.cli import CannotRun, app, need_broker

topics = App(name="topics", help="Plan, apply or check the topics of the cluster.")
app.command(topics)


def _ask(question: Callable[[Any], list[Any]], json_: bool) -> list[Any]:
    from services import settings
    from services.kafka.topics import TopicsError

    told = settings.load()
    need_broker(told)
    try:
        answer = question(told)
    except TopicsError as why:
        raise CannotRun(str(why)) from None
    if json_:
        sys.stdout.write(json.dumps({"differences": [d.as_dict() for d in answer]}) + "\n")
    return answer


def _say(lines: list[str], json_: bool) -> None:
    for line in () if json_ else lines or ["every topic is as it must be"]:
        sys.stdout.write(line + "\n")


@topics.command
def plan(*, json_: bool = False) -> None:
    """Show what differs from what must be, and what `apply` would do.

    Args:
        json_: One object instead of lines.
    """
    from services.kafka import topics as adapter

    does = {"create": "would create", "set": "would set", "none": "left to you"}
    found = _ask(adapter.plan, json_)
    _say([f"{does[one.remedy]}: {one}" for one in found], json_)


@topics.command
def apply(*, json_: bool = False) -> None:
    """Create missing topics and set their settings; never change a number of partitions.

    Args:
        json_: One object instead of lines.
    """
    from services.kafka import topics as adapter

    _say([f"done: {one}" for one in _ask(adapter.apply, json_)], json_)


@topics.command
def check(*, json_: bool = False) -> int:
    """Say whether every topic is as it must be.

    Args:
        json_: One object instead of lines.

    Returns:
        1 if one is not.
    """
    from services.kafka import topics as adapter

    differences = _ask(adapter.plan, json_)
    _say([str(one) for one in differences], json_)
    return 1 if differences else 0
