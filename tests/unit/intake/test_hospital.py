"""From a stay or an emergency visit to an institutional bill."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

from schemas.events import Institutional, Occurrence, Value
from services.codes import chargemaster
from services.intake.visit import Cover, Item, Named, Stay
from tests.unit.intake.visits import PERSON, VISIT, built

ADMITTED = datetime(2026, 6, 1, 22, 15, tzinfo=UTC)
STAY = {
    "encounter_class": "inpatient", "starts_at": ADMITTED,
    "ends_at": ADMITTED + timedelta(days=3),
    "diagnoses": (
        Named("I50.9", "Heart failure, unspecified", date(2020, 1, 1)),
        Named("J18.9", "Pneumonia", date(2026, 6, 3)),
        Named("Z87.891", "Former smoker", date(2010, 1, 1)),
    ),
    "stay": Stay(
        priority="UR", origin="emd", disposition="snf",
        admitting=Named("R06.02", "Shortness of breath"), authorization="AU1",
    ),
}


def stay(**over: object):
    return built(**(STAY | over))


def held(**over: object) -> Institutional:
    found = stay(**over).event.bill.institutional
    assert found is not None
    return found


def emergency(**over: object):
    given = {
        "encounter_class": "emergency",
        "stay": Stay(priority="EM", origin="outp", disposition="home",
                     reasons=(Named("R07.89", "Other chest pain"),)),
    }
    return built(**(given | over))


def test_a_documented_stay_is_ready_as_an_inpatient_bill() -> None:
    event = stay().event
    assert (event.state, event.bill.claim_type) == ("ready", "institutional")
    found = held()
    assert (found.facility_type, found.admission_type, found.admission_source) == ("11", "2", "1")
    assert (found.patient_status, found.admitting) == ("03", "R06.02")
    assert (found.admitted_at, found.discharged_at) == (ADMITTED, ADMITTED + timedelta(days=3))
    assert found.attending_npi == event.bill.rendering_npi
    assert event.bill.place_of_service == ""


def test_room_and_board_is_charged_by_the_night_with_its_rate_and_days_as_values() -> None:
    room = chargemaster.load().room("internal_medicine")
    assert room is not None
    first = stay().event.bill.lines[0]
    assert (first.revenue_code, first.code, first.units) == ("0120", "", 3)
    assert first.charge_cents == 3 * room.charge_cents
    assert held().values == (
        Value(code="01", amount_cents=room.charge_cents), Value(code="80", amount_cents=300)
    )


def test_a_stays_charges_are_summed_by_revenue_code_without_hcpcs() -> None:
    day = ADMITTED.date()
    items = (
        *(Item(match="medication", on=day),) * 5, Item(match="24325-3", on=day),
        Item(match="51990-0", on=day), Item(match="92920", on=day),
    )
    lines = stay(items=items).event.bill.lines
    assert [(x.revenue_code, x.code, x.units) for x in lines] == [
        ("0120", "", 3), ("0250", "", 5), ("0300", "", 1), ("0301", "", 2), ("0481", "", 1),
    ]
    assert len({x.line_id for x in lines}) == len(lines)
    more = stay(items=(*items, Item(match="medication", on=day))).event.bill.lines
    assert [x.line_id for x in more] == [x.line_id for x in lines]


def test_what_began_after_admission_was_not_present_on_it() -> None:
    assert [d.present for d in stay().event.bill.diagnoses] == ["Y", "N", ""]
    assert all(d.present == "" for d in emergency().event.bill.diagnoses)


def test_documented_procedures_are_icd_10_pcs_with_the_surgeon_as_operating() -> None:
    day = date(2026, 6, 2)
    items = (
        Item(match="51702", on=day), Item(match="92920", on=day, by="DR-CA-001"),
        Item(match="92920", on=day, by="DR-CA-001"), Item(match="24325-3", on=day),
    )
    found = held(items=items)
    assert [p.code for p in found.procedures] == ["02703ZZ", "0T9B70Z"]
    assert {p.performed_on for p in found.procedures} == {day}
    assert found.operating_npi


def test_an_emergency_visit_is_an_outpatient_bill_with_codes_and_revenue_codes() -> None:
    event = emergency(items=(Item(match="36572-6", on=date(2026, 6, 1)),)).event
    found = event.bill.institutional
    assert (event.state, event.bill.claim_type) == ("ready", "institutional")
    assert found is not None
    assert (found.facility_type, found.admission_type, found.patient_status) == ("13", "1", "01")
    assert (found.admitting, found.visit_reasons, found.procedures) == ("", ("R07.89",), ())
    lines = [(x.revenue_code, x.code, x.place_of_service) for x in event.bill.lines]
    assert lines == [("0450", "99283", ""), ("0320", "71045", "")]


def test_an_observation_is_charged_by_the_hour() -> None:
    event = emergency(
        encounter_class="observation", ends_at=VISIT.starts_at + timedelta(hours=17)
    ).event
    assert [(x.revenue_code, x.code, x.units) for x in event.bill.lines] == [
        ("0762", "G0378", 17)
    ]


def test_an_accident_is_an_occurrence_of_the_day() -> None:
    found = emergency(diagnoses=(Named("W19.XXXA", "Fall"),)).event.bill.institutional
    assert found is not None
    assert found.occurrences == (Occurrence(code="05", starts_on=date(2026, 6, 1)),)


def test_what_the_source_does_not_say_keeps_the_visit_waiting_with_the_reason() -> None:
    silent = stay(stay=Stay(priority="UR"))
    assert (silent.event.state, silent.lacks) == ("awaiting_institutional", "patient_status")
    undiagnosed = stay(diagnoses=())
    assert undiagnosed.lacks == "principal_diagnosis"
    assert stay().lacks == ""
    open_stay = stay(status="open", ends_at=None)
    assert (open_stay.event.state, open_stay.lacks) == ("in_progress", "")


def test_medicare_pays_a_stay_from_part_a_and_a_visit_from_part_b() -> None:
    cover = Cover(organisation="CMS-MEDICARE", member_id="M1")
    assert stay(cover=cover).event.bill.coverage.payer_id == "MEDICARE_A"
    assert built(cover=cover).event.bill.coverage.payer_id == "MEDICARE"


def test_of_both_programmes_medicare_pays_first_and_medicaid_after() -> None:
    cover = Cover(organisation="CMS-DUAL", member_id="M1", starts_on=date(2026, 1, 1))
    for made, first in ((stay(cover=cover), "MEDICARE_A"), (built(cover=cover), "MEDICARE")):
        bill = made.event.bill
        assert bill.coverage.payer_id == first
        assert [c.payer_id for c in bill.others] == ["MEDICAID"]
        assert made.demographics.other_member_ids == ("M1",)


def test_the_authorisation_is_sealed_and_not_in_clear() -> None:
    made = stay()
    assert made.demographics.authorization == "AU1"
    assert "AU1" not in str(made.event)


def test_that_there_is_an_authorisation_is_said_in_clear() -> None:
    assert stay().event.bill.authorized
    assert not built().event.bill.authorized


def test_all_days_of_a_stay_move_with_the_home() -> None:
    items = (Item(match="92920", on=date(2026, 6, 2)),)
    moved = stay(shift=10, items=items).event.bill.institutional
    assert moved is not None
    assert moved.admitted_at == ADMITTED + timedelta(days=10)
    assert moved.procedures[0].performed_on == date(2026, 6, 12)


def test_the_charge_document_of_a_stay_names_what_a_coder_needs_and_no_date() -> None:
    text = stay(items=(Item(match="92920", on=date(2026, 6, 2)),)).texts[-1]
    assert "Heart failure, unspecified: present on admission" in text
    assert "Pneumonia: not present on admission" in text
    assert "(02703ZZ), on day 2" in text
    assert "Room and board, two beds (0120), 3 times" in text
    assert "2026" not in text


def test_a_stay_of_who_pays_alone_stays_self_pay() -> None:
    person = dataclasses.replace(PERSON, birth_date=None)
    assert stay(cover=Cover(organisation="US-SELFPAY")).event.state == "self_pay"
    assert stay(person=person).event.state == "awaiting_registration"
