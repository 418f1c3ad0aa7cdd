"""A claim beside what the patient's other encounters bill."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Coverage
from services.claims import edits
from services.claims.history import History, Own, of, wanted, years_before
from tests.builders import SERVED_ON, TERMS, bill, coded, line, payer
from tests.unit.claims.edits.past import TODAY, beside, found

EXACT, LIKE, NEW, ONCE = (
    "billed_in_another_encounter", "like_another_encounter", "patient_not_new",
    "once_in_a_lifetime",
)
LAB = line(1, code="85025", charge_cents=4_000, pointers=(2,))
OTHER_DAY = SERVED_ON.replace(day=3)
INTERNIST, COLLEAGUE, SURGEON = "2000001208", "2000001216", "2000001109"
KNOWN = replace(TERMS, specialties={
    INTERNIST: "207R00000X", COLLEAGUE: "207R00000X", SURGEON: "208600000X",
})


def lab(**over):
    return bill(lines=(replace(LAB, **over),))


def on(day, code, **over):
    return bill(starts_on=day, ends_on=day, lines=(line(1, code=code, served_on=day),), **over)


REPEATS = {
    "the same line for the same payer": (lab(), lab()),
    "beside other lines": (
        bill(lines=(line(1), LAB)), bill(lines=(LAB, line(2, code="36415", charge_cents=900)))),
}
REPEATS_NOT = {
    "a test that was repeated": (lab(modifiers=("91",)), lab()),
    "another day": (bill(starts_on=OTHER_DAY, ends_on=OTHER_DAY,
                         lines=(replace(LAB, served_on=OTHER_DAY),)), lab()),
    "another payer": (lab(), replace(lab(), coverage=payer("MEDICARE"))),
    "another provider": (lab(), replace(lab(), rendering_npi=SURGEON)),
    "the other side": (bill(lines=(line(1, code="73560", modifiers=("RT",)),)),
                       bill(lines=(line(1, code="73560", modifiers=("LT",)),))),
}


@pytest.mark.parametrize("case", REPEATS)
def test_a_line_that_another_encounter_bills_holds(case):
    mine, other = REPEATS[case]

    [(edit, severity, _)] = found(mine, other)

    assert (edit, severity) == (EXACT, "hold")


@pytest.mark.parametrize("case", REPEATS_NOT)
def test_a_line_that_differs_in_what_makes_it_another_passes(case):
    assert found(*REPEATS_NOT[case]) == []


def test_a_line_of_another_charge_on_the_same_day_warns():
    assert found(lab(charge_cents=5_000), lab()) == [(LIKE, "warn", "line 1")]
    assert found(lab(charge_cents=5_000, modifiers=("91",)), lab()) == []


def test_what_is_the_same_is_not_told_as_alike_too():
    twice = (lab(), lab(charge_cents=5_000))

    assert found(lab(), *twice) == [(EXACT, "hold", "line 1")]


def test_of_two_that_a_person_let_through_the_one_that_came_second_is_told():
    mine = coded(encounter_id="b", bill=lab())
    let_through = Own(1, frozenset(), of(mine, 2))
    again = coded(2, encounter_id="b", bill=lab())

    def told(turn):
        other = of(coded(encounter_id="a", bill=lab()), turn)
        history = History((other,), let_through)
        return {f.edit for f in edits.check(again, TODAY, TERMS, history=history)} & {EXACT}

    assert told(1) == {EXACT}
    assert told(3) == set()


def test_a_line_that_a_correction_adds_comes_second():
    own = Own(1, frozenset(), of(coded(encounter_id="b", bill=bill(lines=(line(1),))), 1))
    other = of(coded(encounter_id="a", bill=lab()), 2)
    again = coded(2, encounter_id="b", bill=bill(lines=(line(1), replace(LAB, line_id="L2"))))

    findings = edits.check(again, TODAY, TERMS, history=History((other,), own))

    assert [f.place for f in findings if f.edit == EXACT] == ["line 2"]


def test_a_version_is_not_told_of_its_own_former_version():
    history = History((), Own(1, frozenset(), of(coded(bill=lab()))))

    names = {f.edit for f in edits.check(coded(2, bill=lab()), TODAY, TERMS, history=history)}

    assert EXACT not in names


NOW = date(2026, 3, 10)
SEEN = {
    "the same provider": on(date(2024, 6, 12), "99213"),
    "a colleague of the specialty": on(date(2024, 6, 12), "99213", rendering_npi=COLLEAGUE),
    "a day less than three years ago": on(date(2023, 3, 11), "99213"),
    "an eye examination": on(date(2025, 3, 11), "92014"),
}
UNSEEN = {
    "three years ago": on(date(2023, 3, 10), "99213"),
    "another specialty": on(date(2024, 6, 12), "99213", rendering_npi=SURGEON),
    "another group": on(date(2024, 6, 12), "99213", billing_npi="2000000028"),
    "a test alone": on(date(2024, 6, 12), "85025"),
    "a visit after it": on(date(2026, 3, 11), "99213"),
    "nobody knows the specialty": on(date(2024, 6, 12), "99213", rendering_npi="2000009999"),
}


@pytest.mark.parametrize("case", SEEN)
def test_a_new_patients_visit_of_somebody_seen_within_three_years_warns(case):
    assert found(on(NOW, "99203"), SEEN[case], terms=KNOWN) == [(NEW, "warn", "line 1")]


@pytest.mark.parametrize("case", UNSEEN)
def test_a_new_patients_visit_of_somebody_else_passes(case):
    assert found(on(NOW, "99203"), UNSEEN[case], terms=KNOWN) == []


def test_an_established_patients_visit_is_no_question():
    assert found(on(NOW, "99213"), SEEN["the same provider"], terms=KNOWN) == []


def test_what_medicare_pays_once_in_a_life_is_billed_once():
    medicare = {"coverage": payer("MEDICARE")}
    before = on(date(2020, 5, 4), "G0438", **medicare)

    assert found(on(NOW, "G0438", **medicare), before) == [(ONCE, "warn", "line 1")]
    assert found(on(NOW, "G0439", **medicare), before) == []
    commercial = {"coverage": Coverage(payer_id="BCBS", plan="commercial")}
    assert found(on(NOW, "G0438", **commercial), before) == []


def test_history_reaches_as_far_as_the_codes_ask():
    ever = frozenset({"G0438"})

    assert wanted(coded(bill=on(NOW, "99213")), ever) == (date(2026, 3, 7), date(2026, 3, 13))
    assert wanted(coded(bill=on(NOW, "99203")), ever)[0] == date(2023, 3, 10)
    assert wanted(coded(bill=on(NOW, "G0438")), ever)[0] == date.min
    assert years_before(date(2024, 2, 29), 4) == date(2020, 2, 29)


def test_without_history_its_edits_say_no_data_and_hold_nothing():
    findings = edits.check(coded(bill=lab()), TODAY, TERMS)

    [told] = [f for f in findings if f.edit == "no_data" and EXACT in f.text]
    assert told.severity == "info"
    assert not [f for f in edits.check(coded(bill=lab()), TODAY, TERMS, history=beside())
                if f.edit == "no_data" and EXACT in f.text]


def test_a_held_version_bills_nothing_and_a_void_takes_back_what_was_billed():
    first = coded(bill=lab())

    held = Own().after(first, held=True)
    billed = Own().after(first, held=False)
    held_later = billed.after(coded(2, bill=bill()), held=True)
    taken_back = billed.after(coded(2, reason="void", bill=lab()), held=False)
    stale = taken_back.after(first, held=False)

    assert held.billed is None
    assert billed.billed == of(first)
    assert held_later.billed == of(first)
    assert taken_back.billed is None
    assert stale is taken_back
    assert of(coded(bill=replace(lab(), coverage=Coverage()))) is None
