"""A program that dies comes back, however often it died before."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local import supervise
from services.local.launch import LONGEST_S
from services.local.programs import Program
from services.local.supervise import Place

DIES_ONCE_MORE = """
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
lives = len(list(here.glob("life-*")))
(here / f"life-{lives}").touch()
time.sleep(1.0 if lives == 0 else 600)
"""


def mortal(folder: Path) -> Program:
    """Return a program that dies a second after its first start."""
    script = folder / "mortal.py"
    script.write_text(DIES_ONCE_MORE)
    return Program("toy", (sys.executable, str(script), str(folder)))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A home with a supervisor and one program, not started yet."""
    place = Place(tmp_path)
    toy = mortal(tmp_path)
    supervise.start_server(place, [toy])
    yield place
    supervise.stop_programs(place, ["toy"])
    supervise.stop_server(place)


def lives(place: Place) -> int:
    """Return how often the program came to life."""
    return len(list(place.home.glob("life-*")))


@pytest.mark.slow
def test_after_twenty_deaths_it_still_comes_back_within_seconds(place: Place) -> None:
    just_before = time.monotonic()
    times = [just_before - 20 + n for n in range(20)]
    (place.run / "toy.starts").write_text(" ".join(str(t) for t in times))
    supervise.start_programs(place, ["toy"])
    assert supervise.wait_for(lambda: lives(place) == 1, LONGEST_S + 3)
    assert supervise.wait_for(lambda: lives(place) == 2, 1 + LONGEST_S + 3)


def test_the_first_deaths_cost_no_wait(place: Place) -> None:
    supervise.start_programs(place, ["toy"])
    assert supervise.wait_for(lambda: lives(place) == 2, 5)


def test_a_home_with_a_long_path_and_blanks_works(tmp_path: Path) -> None:
    place = Place(tmp_path / ("a long home " + "x" * 90))
    toy = mortal(tmp_path)
    supervise.start_server(place, [toy])
    try:
        supervise.start_programs(place, ["toy"])
        assert supervise.wait_for(lambda: bool(list(tmp_path.glob("life-0"))), 5)
    finally:
        supervise.stop_programs(place, ["toy"])
        supervise.stop_server(place)
