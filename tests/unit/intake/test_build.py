"""From a visit to an encounter event: state, lines, dates, what is in clear and what is not."""

import dataclasses
from datetime import date

import orjson
import pytest

from services.codes import chargemaster
from services.intake.visit import Cover, Item, Named, Refused
from tests.unit.intake.visits import PERSON, START, VISIT, built


def test_a_documented_visit_is_ready() -> None:
    event = built().event
    assert event.state == "ready"
    assert [line.code for line in event.bill.lines] == ["99213"]
    assert event.bill.place_of_service == "22"
    assert [(d.code, d.source) for d in event.bill.diagnoses] == [("I10", "provider")]


def test_a_visit_without_notes_has_none_made_for_it_where_its_source_carries_notes() -> None:
    assert built(documents=()).event.notes == ()
    assert len(built().event.notes) == 2
    assert len(built(documents=(), source="csv_synthea").event.notes) == 1


STATES: list[tuple[str, dict[str, object]]] = [
    ("in_progress", {"status": "open", "ends_at": None}),
    ("no_charge", {"status": "cancelled"}),
    ("part_of_stay", {"encounter_class": "emergency", "part_of_stay": True}),
    ("snomed_only", {"diagnoses": (), "foreign_codes": 2}),
    ("self_pay", {"cover": Cover(organisation="US-SELFPAY")}),
    ("self_pay", {"cover": Cover()}),
    ("awaiting_institutional", {"encounter_class": "inpatient"}),
    ("no_charge", {"diagnoses": ()}),
    ("awaiting_registration", {"person": dataclasses.replace(PERSON, birth_date=None)}),
    ("awaiting_registration", {"provider_id": ""}),
    ("awaiting_registration", {"cover": Cover(organisation="US-BCBS")}),
]


@pytest.mark.parametrize(("state", "over"), STATES)
def test_what_goes_no_further_by_itself_is_in_a_named_state(
    state: str, over: dict[str, object]
) -> None:
    assert built(**over).event.state == state


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("coverage.payor", {"cover": Cover(organisation="ACME")}),
        ("participant", {"provider_id": "DR-XX-999"}),
    ],
)
def test_a_party_of_no_reference_file_refuses_the_visit(
    field: str, over: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        built(**over)
    assert refused.value.field == field


def test_all_dates_move_by_whole_days_and_the_birth_date_with_them() -> None:
    plain, moved = built(), built(shift=40)
    assert moved.event.bill.starts_on == date(2026, 7, 11)
    assert moved.event.bill.lines[0].served_on == date(2026, 7, 11)
    assert moved.demographics.birth_date == "1980-07-12"
    assert moved.event.bill.patient == plain.event.bill.patient
    assert moved.event.encounter_id == plain.event.encounter_id
    ids = [[line.line_id for line in one.event.bill.lines] for one in (plain, moved)]
    assert ids[0] == ids[1]


def test_ages_of_ninety_and_over_are_told_as_ninety() -> None:
    old = dataclasses.replace(PERSON, birth_date=date(1925, 1, 1))
    assert built(person=old).event.bill.patient.age_years == 90
    assert built().event.bill.patient.age_years == 45


def test_nothing_of_the_person_is_in_clear() -> None:
    clear = orjson.dumps(built().event, default=repr).decode()
    for value in ("Doe", "Jane", "1980", "MRN", "777", "MEMBER", "Road", "02144", "ENC-", "n1"):
        assert value not in clear


def test_equal_content_has_an_equal_digest_and_any_change_another() -> None:
    assert built().digest == built().digest
    note = dataclasses.replace(VISIT.documents[0], text="Text of Do")
    changed = built(documents=(note,)), built(shift=1), built(department="oncology")
    assert len({built().digest, *(one.digest for one in changed)}) == 4


def test_done_items_become_lines_with_units_and_a_blood_draw_for_laboratory() -> None:
    day = START.date()
    items = (
        Item(match="96413", on=day), Item(match="96413", on=day), Item(match="24325-3", on=day),
        Item(match="24325-3", on=day), Item(match="unpriced", on=day),
        Item(match="29075", on=day, side="RT"),
    )
    lines = [(x.code, x.units, x.modifiers) for x in built(items=items).event.bill.lines]
    assert lines == [
        ("99213", 1, ()), ("96413", 2, ()), ("80076", 1, ()), ("29075", 1, ("RT",)),
        ("36415", 1, ()),
    ]
    total = built(items=items).event.bill
    assert total.lines[1].charge_cents == 2 * (chargemaster.load().price("96413") or 0)
    assert len({x.line_id for x in total.lines}) == len(total.lines)


def test_the_second_vaccine_of_a_visit_is_a_further_one() -> None:
    vaccines = (Item(match="immunization", on=START.date()),) * 3
    lines = built(items=vaccines, diagnoses=(Named("Z23", ""),)).event.bill.lines
    assert [(x.code, x.units) for x in lines] == [("90471", 1), ("90472", 2)]


def test_an_item_outside_the_visit_is_dated_inside_it() -> None:
    late = (Item(match="36572-6", on=date(2026, 6, 9)),)
    assert {x.served_on for x in built(items=late).event.bill.lines} == {START.date()}


def test_the_charge_document_says_what_the_structured_record_says() -> None:
    text = built(items=(Item(match="96413", on=START.date()),)).texts[-1]
    assert "Essential (primary) hypertension" in text
    assert "(96413)" in text
    assert "Doe" not in text
