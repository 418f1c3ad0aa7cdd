"""Each edit has a failing and a passing example: the cases of this folder are counted."""

from services.claims import edits
from tests.unit.claims.conftest import FOUND, PASSED, SEEN


def test_every_edit_was_seen_to_find_and_to_pass():
    every = {edit.id for edit in edits.EDITS}

    assert sorted(every - SEEN[FOUND]) == [], "these edits have no failing example"
    assert sorted(every - SEEN[PASSED]) == [], "these edits have no passing example"
