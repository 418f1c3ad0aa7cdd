"""Round the loop through all four processors: coded, denied, corrected, replaced, paid."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from schemas.events import Evidence
from tests.builders import CODER, adjudicated, bill, coded, denied, dx

CODED_AT = datetime(2026, 3, 9, tzinfo=UTC)
CHANGED = bill(diagnoses=(dx("E11.65"), dx("I10")))


def test_a_denied_claim_comes_back_is_corrected_replaced_and_paid(run, engine: Engine):
    first_coding = coded(1, occurred_at=CODED_AT)
    [judged] = run("validation", [first_coding])
    [claim] = run("assembly", [judged])
    denial = adjudicated(claim, denied(claim, "11", "M76"), payer_claim_number="P1")
    [item] = run("denials", [judged, denial])
    figures = run("accuracy", [first_coding, claim, denial])
    assert (judged.verdict, claim.frequency) == ("clean", "1")
    assert (item.kind, item.status, item.coder_id) == ("denial", "open", CODER)
    assert _rates(figures)["coding_denial_free|coder|coder-1|90d"] == (
        1, 1, {"pending": 1, "refuted": 0})

    correction = coded(
        2, reason="correction", rework_id=item.rework_id, predecessor=claim.control_number,
        bill=CHANGED, occurred_at=CODED_AT, evidence=(Evidence(note_id="n1", start=0, end=9),),
    )
    [judged_again] = run("validation", [correction])
    assert run("assembly", [judged_again]) == []
    [replacement] = run("assembly", [denial])
    payment = replace(
        adjudicated(replacement, day=28), rework_id=replacement.rework_id)
    [closed] = run("denials", [judged_again, payment])
    figures = run("accuracy", [correction, replacement, payment])

    assert (replacement.frequency, replacement.payer_claim_number) == ("7", "P1")
    assert replacement.predecessor == claim.control_number
    assert replacement.rework_id == item.rework_id
    assert (closed.rework_id, closed.status, closed.revision) == (item.rework_id, "closed", 2)
    rates = _rates(figures)
    assert rates["coding_denial_free|coder|coder-1|90d"] == (1, 2, {"pending": 0, "refuted": 0})
    assert "first_pass_resolution|payer|BCBS|30d" not in rates, "the first pass stays what it was"
    with engine.begin() as conn:
        states = conn.execute(text("select version, state from claim_version order by 1")).all()
    assert [tuple(row) for row in states] == [(1, "sent"), (2, "sent")]


def _rates(told):
    return {
        f.figure_id: (f.numerator, f.denominator, {e.reason: e.count for e in f.exclusions})
        for f in told
    }
