"""``claimloop x12``: what it prints and how it exits."""

import json
import subprocess
import sys
from pathlib import Path

from services.x12 import write837
from tests.unit.x12 import made

GOOD = write837.write(made.submission(), [made.claim(1), made.claim(2)]).content


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "x12", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )


def test_read_prints_one_json_object_a_claim(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD)
    done = run("read", str(tmp_path / "a.837"))
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["content"]["control_number"] for o in objects] == ["CTRL000001", "CTRL000002"]
    assert (done.returncode, done.stderr) == (0, "")


def test_check_says_what_is_refused_and_where(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD.replace(b"20260504", b"20260231", 1))
    done = run("check", str(tmp_path / "a.837"), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (1, "refused")
    assert [(e["segment"], e["element"], e["rule"]) for e in found["errors"]] == [
        ("DTP", 3, "bad_date")
    ]
    assert set(found["errors"][0]) == {"segment", "position", "element", "rule", "snip", "text"}


def test_check_accepts_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD)
    done = run("check", str(tmp_path / "a.837"), "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"verdict": "accepted", "errors": []})


def test_a_refused_file_is_told_on_stderr_and_a_missing_one_cannot_run(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(b"not x12")
    done = run("read", str(tmp_path / "a.837"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "not_x12" in done.stderr
    missing = run("check", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert len(missing.stderr.splitlines()) == 1


def test_check_of_a_folder_gives_a_table_and_a_summary(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD)
    (tmp_path / "b.837").write_bytes(GOOD.replace(b"20260504", b"20260231", 1))
    done = run("check", str(tmp_path))
    assert done.returncode == 1
    assert "2 files, 1 accepted, 1 refused" in done.stdout
    assert "b.837" in done.stdout
    lines = [json.loads(line) for line in run("check", str(tmp_path), "--json").stdout.splitlines()]
    assert [(one["file"], one["verdict"]) for one in lines] == [
        ("a.837", "accepted"), ("b.837", "refused"),
    ]


def test_an_unreadable_claim_is_named_and_the_others_are_printed(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD.replace(b"20260504", b"20260231", 1))
    done = run("read", str(tmp_path / "a.837"))
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["content"]["control_number"] for o in objects] == ["CTRL000002"]
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "bad_date" in done.stderr


def test_progress_is_told_on_stderr_when_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(GOOD + b"\n" * (17 << 20))
    done = run("read", str(tmp_path / "a.837"), "--progress")
    assert (done.returncode, "of 17 MB" in done.stderr) == (0, True)
