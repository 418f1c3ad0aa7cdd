"""``claimloop x12 read FILE`` and ``claimloop x12 check FILE``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclopts import App

from services.cli import CannotRun, app

x12 = App(name="x12", help="Read and check X12 files: 837P, 835, 999, TA1, 277CA.")
app.command(x12)

CHUNK = 1 << 20


@x12.command
def read(file: Path) -> int:
    """Print one JSON object for each claim, payment and acknowledgement of a file.

    Args:
        file: The X12 file.
    """
    import orjson

    from services.x12 import document
    from services.x12.errors import X12Error

    try:
        for one in document.read(_chunks(file)):
            sys.stdout.write(orjson.dumps(_plain(one)).decode() + "\n")
    except X12Error as error:
        sys.stderr.write(f"{file}: {error}\n")
        return 1
    return 0


@x12.command
def check(file: Path, *, json: bool = False) -> int:
    """Say whether a file is accepted, and if not, where it breaks which rule.

    Args:
        file: The X12 file.
        json: Print one JSON object: verdict and errors.
    """
    import orjson

    from services.x12 import document

    errors = document.check(_chunks(file))
    verdict = "refused" if errors else "accepted"
    if json:
        found = {"verdict": verdict, "errors": [error.as_dict() for error in errors]}
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
    else:
        sys.stdout.write(f"{file}: {verdict}\n")
        sys.stdout.writelines(f"  {error}\n" for error in errors)
    return 1 if errors else 0


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as error:
        raise CannotRun(f"{file}: cannot be read ({error.strerror})") from None


def _plain(one: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(one)
