"""Validation: every coded version comes out once, with its findings."""

from datetime import UTC, datetime

from services.delivery.processor import Moment
from streams import validation
from tests.builders import TERMS, bill, coded

NOW = Moment(datetime(2026, 3, 10, tzinfo=UTC))
STEP = validation.processor(TERMS).step


def outputs(event):
    return list(STEP(None, event, NOW)[1])


def test_a_clean_version_comes_out_as_it_went_in():
    event = coded(rework_id="w", predecessor="p")

    [result] = outputs(event)

    assert result.verdict == "clean"
    assert result.bill is event.bill
    assert (result.cause_id, result.version, result.coder_id) == (
        event.event_id, 1, event.coder_id
    )
    assert (result.rework_id, result.predecessor) == ("w", "p")
    assert result.edit_set
    assert result.code_set
    assert result.policy_set == TERMS.policy_set


def test_a_held_version_comes_out_too():
    [result] = outputs(coded(bill=bill(lines=())))

    assert result.verdict == "held"
    assert [f.edit for f in result.findings] == ["line_missing"]


def test_the_same_version_always_gives_the_same_event_id():
    assert outputs(coded())[0].event_id == outputs(coded())[0].event_id
    assert outputs(coded())[0].event_id != outputs(coded(version=2))[0].event_id
