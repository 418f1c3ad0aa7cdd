"""START HERE: the demo, run as a newcomer would, gives the figures the README shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def demo(home: Path, *more: str) -> dict:
    out = subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", "--no-wait", "--json", *more],
        cwd=ROOT,
        env=os.environ | {"CLAIMLOOP_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert out.returncode == 0, out.stderr[-4000:]
    assert out.stdout.count("\n") == 1, "exactly one object"
    return json.loads(out.stdout)


def promised() -> dict:
    block = re.search(r"```json\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    return json.loads(block[1])


@pytest.mark.timeout(600)
def test_a_short_demo_answers_every_claim_and_passes_the_audit(tmp_path):
    told = demo(tmp_path / "home", "--encounters", "150")

    assert told["audit"] == "pass"
    assert told["dead"] == 0
    assert told["submitted"] == told["acknowledged"] + told["rejected"] > 100
    assert told["adjudicated"] == told["acknowledged"] == told["paid"] + told["denied"]
    assert told["institutional"] > 0
    assert told["rework"] > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_gives_the_figures_of_the_readme(tmp_path):
    assert demo(tmp_path / "home") == promised()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_rerun_in_the_same_home_adds_nothing(tmp_path):
    once = demo(tmp_path / "home", "--encounters", "200")

    assert demo(tmp_path / "home", "--encounters", "200") == once
