"""The demo's summary is counted from events alone."""

import random

from schemas.events import (
    Acknowledged,
    Adjudicated,
    Bill,
    Coded,
    Encounter,
    Rework,
    Submitted,
    Validated,
)
from services.demo.figures import count

LIFE = [
    Encounter(event_id="1", encounter_id="E1"),
    Coded(event_id="2", encounter_id="E1", version=1),
    Validated(event_id="3", encounter_id="E1", verdict="clean"),
    Submitted(event_id="4", encounter_id="E1", control_number="C1", frequency="1"),
    Acknowledged(event_id="5", encounter_id="E1", control_number="C1", hop="277CA"),
    Adjudicated(event_id="6", encounter_id="E1", control_number="C1", status="1"),
    Rework(event_id="7", encounter_id="E1", rework_id="W1", kind="denial", control_number="C1"),
    Coded(event_id="8", encounter_id="E1", version=2, rework_id="W1"),
    Submitted(
        event_id="9", encounter_id="E1", control_number="C2", frequency="7", predecessor="C1"
    ),
    Adjudicated(event_id="a", encounter_id="E1", control_number="C1", status="22"),
    Adjudicated(event_id="b", encounter_id="E1", control_number="C2", status="1"),
]


def test_a_denied_claim_that_is_corrected_and_paid_counts_once_in_each_figure():
    figures = count(LIFE, dead=0)

    assert (figures.submitted, figures.adjudicated, figures.denied) == (2, 2, 1)
    assert (figures.resubmitted, figures.paid_after_rework, figures.rework) == (1, 1, 1)


def test_claims_of_the_hospital_and_to_later_payers_are_counted_among_those_sent():
    stay = Bill(claim_type="institutional")
    sent = [
        Submitted(event_id="1", encounter_id="E1", control_number="C1", bill=stay, sequence="P"),
        Submitted(event_id="2", encounter_id="E1", control_number="C2", bill=stay, sequence="S"),
        Submitted(event_id="3", encounter_id="E2", control_number="C3"),
    ]

    figures = count(sent, dead=0)

    assert (figures.submitted, figures.institutional, figures.secondary) == (3, 2, 1)


def test_order_and_copies_make_no_difference():
    shuffled = LIFE * 2
    random.Random(3).shuffle(shuffled)

    assert count(shuffled, dead=0) == count(LIFE, dead=0)


def test_a_reversal_alone_decides_nothing():
    reversal = Adjudicated(event_id="x", encounter_id="E", control_number="C9", status="22")

    assert count([reversal], dead=0).adjudicated == 0
