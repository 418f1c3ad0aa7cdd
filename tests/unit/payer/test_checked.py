"""What the simulated payers answer stands the product's check, but for what is wrong on purpose."""

import pytest

from services.check import check
from services.payer.tables import load
from tests.unit.payer.conftest import Office
from tests.unit.payer.mixed import mixes

ON_PURPOSE = {"balance_claim", "balance_transaction"}


@pytest.mark.parametrize("payer", sorted(load().plans))
def test_only_the_unbalanced_habit_is_found_in_a_payers_answers(office: Office, payer: str) -> None:
    office.behave("all")
    for n, content in enumerate(mixes(payer)):
        office.drop(content, payer, f"{n}.837")
    office.days(50)
    answers = [text.encode() for text in office.answers(payer=payer)]
    assert answers
    found = {one.rule for answer in answers for one in check([answer])}
    assert found <= ON_PURPOSE
