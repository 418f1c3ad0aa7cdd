"""``claimloop x12 read FILE`` and ``claimloop x12 check FILE``."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO

from cyclopts import App, Parameter
from cyclopts.validators import Number

from services.cli import CannotRun, app

x12 = App(name="x12", help="Read and check X12 files: 837P, 837I, 835, 999, TA1, 277CA.")
app.command(x12)

Snip = Annotated[int, Parameter(validator=Number(gte=1, lte=7))]
CHUNK = 1 << 20
STEP = 8 << 20
PARTS = {
    "Payment": "payment", "Header": "header", "ProviderAdjustments": "provider_adjustments",
    "Level": "level", "GroupVerdict": "acknowledgement", "InterchangeVerdict": "acknowledgement",
}


@x12.command
def read(file: Path, *, progress: bool | None = None) -> int:
    """Print one JSON object for each claim, payment and acknowledgement of a file.

    What cannot be read is named on stderr with its place and rule, and reading goes on behind it.

    Args:
        file: The X12 file.
        progress: Say on stderr how far it is; without the flag, when stderr is a terminal.
    """
    import orjson

    from services.x12 import stream
    from services.x12.errors import X12Error

    refused = 0
    for part in stream.stream(_chunks(file, progress)):
        error = part if isinstance(part, X12Error) else part.error
        if error:
            refused += 1
            sys.stderr.write(f"{file}: {error}\n")
        elif not isinstance(part, X12Error) and _says(part):
            sys.stdout.write(orjson.dumps(_object(part)).decode() + "\n")
    return 1 if refused else 0


@x12.command
def check(
    file: Path, *, json: bool = False, snip: Snip = 7, progress: bool | None = None
) -> int:
    """Say whether a file is accepted, and if not, where it breaks which rule.

    For a folder, print a table of its files and a summary.

    Args:
        file: The X12 file, or a folder of them.
        json: Print one JSON object: verdict and errors; for a folder, one line a file.
        snip: Look only for errors up to this SNIP type: 1 syntax, 2 guide, 3 sums, 4 situations,
            5 codes, 6 services, 7 partners.
        progress: Say on stderr how far it is; without the flag, when stderr is a terminal.
    """
    import orjson

    if file.is_dir():
        return _check_folder(file, json=json, snip=snip)
    errors = _errors(file, snip, progress)
    if json:
        sys.stdout.write(orjson.dumps(_verdict(errors)).decode() + "\n")
    else:
        sys.stdout.write(f"{file}: {_verdict(errors)['verdict']}\n")
        sys.stdout.writelines(f"  {_line(error)}\n" for error in errors)
    return 1 if errors else 0


def _check_folder(folder: Path, *, json: bool, snip: int) -> int:
    import orjson

    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    refused = 0
    kinds: dict[str, int] = {}
    if not json:
        sys.stdout.write(f"{'verdict':9} {'errors':>6}  {'file':60} first error\n")
    for file in files:
        errors = _errors(file, snip, None)
        refused += bool(errors)
        for rule in {str(error["rule"]) for error in errors}:
            kinds[rule] = kinds.get(rule, 0) + 1
        name = str(file.relative_to(folder))
        if json:
            sys.stdout.write(orjson.dumps({"file": name} | _verdict(errors)).decode() + "\n")
        else:
            first = _line(errors[0]) if errors else ""
            verdict = _verdict(errors)["verdict"]
            sys.stdout.write(f"{verdict:9} {len(errors):6}  {name:60} {first}".rstrip() + "\n")
    if not json:
        sys.stdout.write(
            f"\n{len(files)} files, {len(files) - refused} accepted, {refused} refused\n"
        )
        for rule, count in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])):
            sys.stdout.write(f"{count:6}  {rule}\n")
    return 1 if refused else 0


def _errors(file: Path, snip: int, progress: bool | None) -> list[dict[str, Any]]:
    from services import check as checks

    found = checks.check(_chunks(file, progress))
    return [error.as_dict() for error in found if error.snip <= snip]


def _verdict(errors: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"verdict": "refused" if errors else "accepted", "errors": errors}


def _line(error: dict[str, Any]) -> str:
    element = f"{error['element']:02d}" if error["element"] else ""
    place = f"segment {error['position']} {error['segment']}{element}".rstrip()
    return f"{place}: {error['rule']}: {error['text']}"


def _says(part: Any) -> bool:
    """Say whether a part is one to print: not a bare header number, not the head of a report."""
    name = type(part.content).__name__
    bare = name == "Header" and len(part.content.segments) == 1
    return part.content is not None and not bare and name != "Head"


def _object(part: Any) -> dict[str, Any]:
    import msgspec

    return {
        "kind": part.kind,
        "part": PARTS.get(type(part.content).__name__, "claim"),
        "interchange": msgspec.to_builtins(part.interchange),
        "set": part.set_control,
        "content": msgspec.to_builtins(part.content),
        "segments": [segment.elements for segment in part.segments],
    }


def _chunks(file: Path, progress: bool | None = None) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            told = _Progress(file, sys.stderr, progress)
            while chunk := stream.read(CHUNK):
                yield chunk
                told.add(len(chunk))
            told.end()
    except OSError as error:
        raise CannotRun(f"{file}: cannot be read ({error.strerror})") from None


class _Progress:
    """Says how much of a file is read, once every 8 MB."""

    def __init__(self, file: Path, out: TextIO, wanted: bool | None) -> None:
        self._total = file.stat().st_size
        self._out = out
        self._on = out.isatty() if wanted is None else wanted
        self._done = self._said = 0

    def add(self, count: int) -> None:
        self._done += count
        if self._on and self._done - self._said >= STEP:
            self._said = self._done
            share = 100 * self._done // max(self._total, 1)
            self._out.write(f"\r{self._done >> 20} of {self._total >> 20} MB, {share} %")
            self._out.flush()

    def end(self) -> None:
        if self._said:
            self._out.write("\n")
