"""Every code set answers the same four questions; where it knows days, the day matters."""

from datetime import date

import pytest

from services.codes.sets import DATED, SETS

ON = date(2026, 3, 2)
EXAMPLES = {  # set -> as typed, as kept, not a code
    "icd10cm": ("e11.9", "E11.9", "E11"), "icd10pcs": (" 02703zz", "02703ZZ", "0270OZZ"),
    "hcpcs": ("g0439 ", "G0439", "G43"), "hipps": ("a0101", "A0101", "99213"),
    "modifier": ("rt", "RT", "R"),
    "place": ("22", "22", "00"), "revenue": ("450", "0450", "45A"),
    "bill_type": ("0131", "13", "10"), "patient_status": ("1", "01", "99"),
    "present_on_admission": ("y", "Y", "1"), "taxonomy": ("207rc0000x", "207RC0000X", "heart"),
    "npi": ("1234-567-893", "1234567893", "1234567890"), "carc": ("11 ", "11", "999"),
    "rarc": ("n362", "N362", "ZZ9"),
}
DAYS = {  # set -> code, first day on which it counts
    "icd10cm": ("E11.A", date(2025, 10, 1)), "modifier": ("XS", date(2015, 1, 1)),
    "icd10pcs": ("00160ZB", date(2017, 10, 1)), "place": ("10", date(2022, 1, 1)),
    "bill_type": ("87", date(2021, 1, 1)), "patient_status": ("81", date(2013, 10, 1)),
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_the_four_verbs(name):
    typed, kept, wrong = EXAMPLES[name]
    of = SETS[name]

    assert of.validate(typed, ON) == kept
    assert of.is_valid(of.compact(kept), ON)
    assert not of.is_valid(wrong, ON)
    with pytest.raises(ValueError, match=r"not |no "):
        of.validate(wrong, ON)
    assert of.describe(kept)
    assert not of.describe(wrong) or name == "icd10cm", "a category has words too"


@pytest.mark.parametrize("name", sorted(DATED))
def test_the_day_matters_where_a_table_has_days(name):
    code, first = DAYS[name]
    of = SETS[name]

    assert of.is_valid(code, first)
    assert not of.is_valid(code, first.replace(year=first.year - 1))
