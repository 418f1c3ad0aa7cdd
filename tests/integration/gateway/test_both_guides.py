"""Professional and institutional claims of one payer go in files of their own."""

from dataclasses import replace
from datetime import UTC, date, datetime

from schemas import events
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench, submitted
from tests.unit.x12 import others


def stay(bench: Bench, number: int, payer: str = "BCBS") -> events.Submitted:
    """Return a submission of an inpatient claim."""
    event = submitted(bench.engine, number, payer)
    bill = replace(
        event.bill, claim_type="institutional", encounter_class="inpatient", place_of_service="",
        starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 4),
        institutional=events.Institutional(
            facility_type="11", admitted_at=datetime(2026, 5, 1, 7, 30, tzinfo=UTC),
            admission_type="1", admission_source="1", patient_status="01",
            discharged_at=datetime(2026, 5, 4, 11, 5, tzinfo=UTC), drg="470",
            attending_npi=event.bill.rendering_npi, admitting="M17.11",
            procedures=(events.Procedure(code="0SRC0J9", performed_on=date(2026, 5, 1)),),
        ),
        lines=tuple(
            replace(line, revenue_code="0360", pointers=(), place_of_service="")
            for line in event.bill.lines
        ),
    )  # fmt: skip
    return replace(event, bill=bill)


def test_a_file_holds_one_guide_and_others_accept_each(bench: Bench) -> None:
    professional = [submitted(bench.engine, n) for n in range(1, 4)]
    institutional = [stay(bench, n) for n in range(4, 6)]
    bench.take(*professional, *institutional)
    assert bench.sender.step() + bench.sender.step() == 5
    files = bench.sent("BCBS")
    assert len(files) == 2
    guides = {}
    for path in files:
        content = path.read_bytes()
        assert others.pyx12_errors(content) == []
        assert others.x12sdk_sets(content) == 1
        found = made.claims_in(path)
        (guide,) = {one.guide for one in found}
        guides[guide] = sorted(one.control_number for one in found)
    assert guides == {
        "005010X222A1": sorted(one.control_number for one in professional),
        "005010X223A2": sorted(one.control_number for one in institutional),
    }
    controls = bench.rows("select control, claims from interchange order by control")
    assert [control for control, _ in controls] == [1, 2]
    assert sorted(claims for _, claims in controls) == [2, 3]  # type: ignore[type-var]
    assert bench.sender.step() == 0


def test_a_type_the_partner_does_not_take_never_leaves(bench: Bench) -> None:
    bench.take(stay(bench, 1, "MEDICARE"))
    bench.sender.step()
    assert bench.sent("MEDICARE") == []
    ((state,),) = bench.rows("select state from gateway_claim")
    assert state == "refused"
    (said,) = bench.said("claims.acknowledged")
    assert isinstance(said, events.Acknowledged)
    assert (said.hop, said.accepted) == ("sent", False)
