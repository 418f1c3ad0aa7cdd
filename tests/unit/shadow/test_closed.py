"""A shadow home has no way out, whatever it is told."""

import pytest

from services.cli import CannotRun, not_in_a_shadow
from services.local import instance, programs
from services.local.errors import StartError
from services.ops import stages
from services.settings import Settings

SENDING = {"gateway", "payer", "assembly", "validation"}


def test_what_could_send_is_not_among_its_processes():
    assert not SENDING & set(programs.workers(shadow=True))
    assert not SENDING & set(programs.chosen(programs.ALL, shadow=True))
    assert set(programs.chosen(programs.ALL)) == set(programs.ALL)


@pytest.mark.parametrize("name", sorted(SENDING))
def test_asking_for_what_could_send_is_refused(name):
    with pytest.raises(StartError, match="never sends"):
        programs.chosen([name], shadow=True)


def test_once_a_shadow_no_setting_makes_it_another(tmp_path):
    told = Settings(home=tmp_path, shadow=False)

    assert instance._shadow(told, {"shadow": True})
    assert not instance._shadow(told, {})


def test_no_stage_is_shown_that_nobody_runs():
    assert not SENDING & set(stages.reads(Settings(shadow=True)))
    assert set(stages.reads(Settings(shadow=False))) == set(stages.READS)


def test_a_command_that_sends_says_why_it_does_not(tmp_path):
    not_in_a_shadow(Settings(home=tmp_path, shadow=False))
    with pytest.raises(CannotRun, match="measures, and never sends"):
        not_in_a_shadow(Settings(home=tmp_path, shadow=True))
