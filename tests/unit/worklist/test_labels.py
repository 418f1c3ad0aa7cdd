"""Names that everybody sees hold no number and no day that could be a patient's."""

import pytest

from services.worklist.item.moves import Refused
from services.worklist.lists import labels


@pytest.mark.parametrize("name", [
    "MRN 0012345", "555-12-3456", "555 010 4477", "2026-07-14", "7/14/1950", "14.07.50",
    "14 Jul 1950", "July 14", "see 1950-7-4 visit", "A1234567B", "SSN123-45-6789",
    "DOB01/02/1985", "born_3-4-85", "12mar1985", "12 March1985",
])
def test_what_looks_like_a_patients_number_or_day_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="not masked"):
        labels.check(name)


@pytest.mark.parametrize("name", [
    "99213 to 99215", "audit Q3 2026", "CO-197", "N822 / M76", "E11.65", "over $5000",
    "G0008, 90471", "2026", "May be appealed", "Marked", "Mod 25 separate",
    "25 sepsis", "Top 20 decided", "99213-25-59", "Maybe 5",
])
def test_codes_years_and_words_are_names(name: str) -> None:
    assert labels.check(name) == name
