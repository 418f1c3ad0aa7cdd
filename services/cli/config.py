"""The settings in force."""

import json
import sys

from cyclopts import App

from services.cli import app

config = App(name="config", help="The settings in force.")
app.command(config)


@config.command
def show(*, json_: bool = False) -> None:
    """Print every setting, its value with secrets masked, and where it comes from.

    Args:
        json_: One object instead of lines.
    """
    from services import settings

    values = settings.load().model_dump(mode="json")
    origin = settings.sources()
    if json_:
        shown = {name: {"value": values[name], "source": origin[name]} for name in values}
        sys.stdout.write(json.dumps(shown) + "\n")
        return
    for name, value in values.items():
        print(f"{name:24} {value!s:40} {origin[name]}")  # noqa: T201
