"""START HERE: the demo, run as a newcomer would, gives the figures the README shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def demo(home: Path) -> dict:
    out = subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", "--no-wait", "--json"],
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


@pytest.mark.timeout(1800)
def test_the_demo_gives_the_figures_of_the_readme_and_a_rerun_adds_nothing(tmp_path):
    assert demo(tmp_path / "home") == promised()
    assert demo(tmp_path / "home") == promised()
