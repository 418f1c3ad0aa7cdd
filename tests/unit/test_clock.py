"""The business clock."""

import json
from datetime import UTC, datetime, timedelta

from services import clock as module
from services.clock import Clock, real_now

BASE = datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_a_day_passes_in_two_seconds_at_half_a_day_a_second():
    clock = Clock(BASE, BASE, 43_200.0)

    assert clock.at(BASE + timedelta(seconds=2)) == BASE + timedelta(days=1)


def test_a_clock_that_follows_a_file_is_set_anew_while_it_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    file = tmp_path / "run.json"
    started = real_now()
    clock = Clock(BASE, started, 1.0, follows=file)
    assert abs(clock.now() - BASE) < timedelta(minutes=5), "no file yet: as it was made"

    later = {"clock_base": "2027-01-01T00:00:00+00:00", "clock_started": started.isoformat()}
    file.write_text(json.dumps(later | {"clock_scale": 1.0}))

    assert clock.now().year == 2027


def test_a_file_that_is_being_written_leaves_the_clock_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    file = tmp_path / "run.json"
    file.write_text("{")

    assert Clock(BASE, real_now(), 1.0, follows=file).now().date() == BASE.date()


def test_without_a_base_it_is_the_machines_time():
    assert abs(Clock().now() - real_now()) < timedelta(seconds=5)
