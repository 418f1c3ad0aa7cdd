"""A short form of `python -m tests.fault.payers`: every habit, and every cent accounted for."""

import pytest

from tests.fault import payers


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_with_every_habit_the_audit_holds_and_the_cash_is_the_sum_of_bpr02() -> None:
    found = payers.live(200, 3, print, staff_minutes=1, longest_minutes=6)
    violated = {
        one["invariant"]: [v["text"] for v in one["violations"]]
        for one in found.audit["invariants"]
        if one["violations"]
    }
    assert violated == {}
    assert (found.status, found.dead) == (0, 0)
    assert found.claims >= 150
    assert found.money["cash_cents"] == found.money["bpr02_cents"] > 0
