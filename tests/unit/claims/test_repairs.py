"""Repairs touch how a code is written and nothing else."""

from dataclasses import replace

import pytest

from schemas.events import Institutional, Procedure
from services.claims import repairs
from services.worklist.bill import coding
from tests.builders import bill, coded, dx, line

AS_IT_SHOULD_BE = bill(
    claim_type="institutional", diagnoses=(replace(dx("E11.9"), present="Y"), dx("I10")),
    institutional=Institutional(
        facility_type="11", admitting="R06.02", procedures=(Procedure(code="02703ZZ"),)),
    lines=(line(1, code="G0439", modifiers=("25", "RT"), revenue_code="0510"),),
)


def written(**changes):
    """The same bill, written otherwise."""
    [one] = AS_IT_SHOULD_BE.lines
    stay = AS_IT_SHOULD_BE.institutional
    return replace(
        AS_IT_SHOULD_BE,
        diagnoses=changes.get("diagnoses", AS_IT_SHOULD_BE.diagnoses),
        institutional=replace(stay, **changes.get("stay", {})),
        lines=(replace(one, **changes.get("line", {})),),
    )


@pytest.mark.parametrize("bill_written", [
    written(diagnoses=(replace(dx("e119"), present="y"), dx("I10"))),
    written(stay={"admitting": "r0602"}),
    written(stay={"procedures": (Procedure(code=" 02703zz"),)}),
    written(line={"code": "g0439 "}), written(line={"modifiers": ("25", "rt", "")}),
    written(line={"revenue_code": "510"}),
], ids=["diagnosis", "admitting", "procedure", "service", "modifier", "revenue"])
def test_what_is_written_otherwise_is_written_as_it_should_be(bill_written):
    assert repairs.repaired(bill_written) == AS_IT_SHOULD_BE


@pytest.mark.parametrize("meant", [
    written(diagnoses=(dx("E11"), dx("x"))), written(line={"code": "9921"}),
    written(line={"place_of_service": "1"}), written(line={"modifiers": ("2",)}),
    written(line={"revenue_code": "45"}), AS_IT_SHOULD_BE,
], ids=["category", "short code", "place", "half a modifier", "half a revenue code", "right"])
def test_what_would_change_the_meaning_is_left_to_a_coder(meant):
    assert repairs.repaired(meant) is meant


def test_every_repair_is_named_and_every_version_of_a_coding_is_written_by_them():
    assert len({one.id for one in repairs.REPAIRS}) == len(repairs.REPAIRS)
    late = coding.following(coded(bill=AS_IT_SHOULD_BE), bill=written(line={"code": "g0439"}))

    assert late.bill == AS_IT_SHOULD_BE
