"""Over the files others wrote: our verdict, the manifest's, and what is read of them."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from services.check import check
from services.check.findings import rules
from services.x12 import segments, stream
from services.x12.errors import X12Error
from tests.unit.check import verdicts

FILES = verdicts.files()
pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared")
CLAIMS = {"837": "CLM", "835": "CLP"}


def manifest() -> dict[Path, dict[str, str]]:
    with (verdicts.FOLDER / "MANIFEST.tsv").open(newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return {verdicts.FOLDER / row["file"].removeprefix("shared/x12/"): row for row in rows}


def accepted_by(row: dict[str, str]) -> int:
    return sum(row[name] in ("accept", "ok") for name in ("pyx12", "x12sdk", "oxedi"))


def parts_of(content: bytes) -> list[stream.Part | X12Error]:
    return list(stream.stream([content]))


def errors_of(parts: list[stream.Part | X12Error]) -> list[X12Error]:
    found = [part if isinstance(part, X12Error) else part.error for part in parts]
    return [error for error in found if error]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_each_claim_is_represented_or_refused_with_place_and_rule(path: Path) -> None:
    content = path.read_bytes()
    parts = parts_of(content)
    for error in errors_of(parts):
        assert error.rule in rules()
        assert error.segment_number
        assert error.segment_id or error.rule in ("truncated", "encoding", "not_x12")
    for part in parts:
        if isinstance(part, stream.Part) and part.kind and part.segments[0].id in ("CLM", "CLP"):
            assert (part.content is None) != (part.error is None)
            if part.content is not None:
                assert part.content.control_number == part.segments[0].get(1)
    refused_whole = any(isinstance(part, X12Error) for part in parts) or any(
        isinstance(part, stream.Part) and part.error and part.error.rule == "not_supported"
        for part in parts
    )
    if not refused_whole:
        raw = Counter(s.id for s in segments.segments([content]))
        seen = Counter(
            p.segments[0].id for p in parts
            if isinstance(p, stream.Part) and p.segments[0].id in ("CLM", "CLP")
        )
        assert seen == Counter({k: raw[k] for k in ("CLM", "CLP") if raw[k]})


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_writing_back_what_was_read_gives_the_same_segments(path: Path) -> None:
    content = path.read_bytes()
    parts = parts_of(content)
    try:
        wanted = [s.elements for s in segments.segments([content])]
    except X12Error:
        return  # not even segments: refused
    again = b"".join(stream.rewrite(parts))
    assert [s.elements for s in segments.segments([again])] == wanted


def test_what_two_of_three_validators_accept_is_read_without_a_refusal() -> None:
    taken = [path for path, row in manifest().items() if accepted_by(row) >= 2]
    assert len(taken) >= 14
    for path in taken:
        assert errors_of(parts_of(path.read_bytes())) == [], path.name


def test_to_snip_2_our_verdict_is_that_of_pyx12() -> None:
    """The known exceptions: pyx12 has no map for a guide, or the file is a 999 it made wrong."""
    for path, row in manifest().items():
        if row["pyx12"] == "no-map":
            continue
        found = verdicts.structural(list(check([path.read_bytes()])))
        assert (not found) == (row["pyx12"] == "accept"), (path.name, found)


def test_what_is_refused_beyond_snip_2_though_two_accept_it_is_listed_in_the_readme() -> None:
    readme = (Path(__file__).parents[3] / "services" / "check" / "README.md").read_text()
    for path, row in manifest().items():
        found = {one.rule for one in check([path.read_bytes()])}
        if accepted_by(row) >= 2 and found - {"npi"}:
            assert path.name in readme, (path.name, found)


def test_the_command_reads_checks_and_sums_up(tmp_path: Path) -> None:
    path = verdicts.FOLDER / "835" / "keironstoddart__emedny_sample.txt"
    done = run("read", str(path))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [line["part"] for line in lines]) == (
        0, ["payment", "claim", "claim", "claim"],
    )
    folder = run("check", str(verdicts.FOLDER / "999"), "--snip", "2")
    assert (folder.returncode, "4 files, 3 accepted, 1 refused" in folder.stdout) == (1, True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "x12", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )
