"""The shadow pilot: a host's files in, work on the list, corrections out, nothing sent."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from schemas import codec, topics
from schemas.events import Encounter, Evidence
from services.shadow import closed, corrections, handover, report
from services.shadow.events import STATEMENT
from services.worklist.bill.typed import Change, LineChange
from services.worklist.decisions import acts
from services.worklist.decisions.acts import Act
from services.worklist.item import items
from services.worklist.shown import record
from tests.integration.shadow.conftest import CLOCK, NOW, PARTIES, SITE, TERMS, empty
from tests.integration.shadow.pilot import (
    CODERS,
    DENIED,
    FILES,
    MISSING,
    NO_MEDICAL_NECESSITY,
    PAID,
    REJECTED,
)
from tests.unit.shadow.host import (
    Claim,
    Decision,
    Line,
    claims_file,
    coding,
    remittance,
    replacement,
)
from tests.unit.x12 import others

ORDERS = list(itertools.permutations(range(7)))[::2000]
SAID = "select event_id, topic, key from outbox where producer = 'shadow' order by 1"
FIGURES = (
    "select figure_id, numerator, denominator, exclusions from accuracy_figure"
    " where figure_id not like '%|1h' and figure_id not like '%|24h' order by 1"
)


def test_what_came_back_is_on_the_list_with_team_and_coder(shadow):
    summary = shadow.take(*FILES)

    assert (summary.files["taken"], summary.claims["told"], summary.answers["told"]) == (5, 3, 6)
    assert sorted(item[:8] for item in shadow.items) == [
        ("denial", "open", "CODING", "CODING", "amy", "FIX_REPLACE", "MEDICAID", 15000),
        ("rejection", "open", "CODING", "CODING", "bob", "FIX_NEW", "MEDICAID", 25000),
    ]


def test_a_code_of_the_price_list_is_charge_integritys(shadow):
    bundled = Decision(DENIED, "ICN1", cas=((), (("CO", "4", 10000),)))
    shadow.take(*FILES[:2], remittance(bundled))

    [item] = shadow.items
    assert item[3] in ("CODING", "CHARGE_INTEGRITY")
    assert item[3:5] != ("CODING", "bob")


def test_the_same_files_again_change_nothing(shadow):
    shadow.take(*FILES)
    before, events = shadow.items, shadow.rows(SAID)

    again = shadow.take(*FILES)

    assert (again.files["known"], again.claims, again.answers) == (5, {}, {})
    assert (shadow.items, shadow.rows(SAID)) == (before, events)


def test_the_same_claims_and_answers_in_other_envelopes_change_nothing(shadow):
    shadow.take(*FILES)
    before, events = shadow.items, shadow.rows(SAID)

    shadow.take(
        claims_file(REJECTED, PAID, DENIED, n=77),
        remittance(NO_MEDICAL_NECESSITY, Decision(PAID, "ICN2"), n=78, trace="TRACE5"),
    )

    assert (shadow.items, shadow.rows(SAID)) == (before, events)


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_files_and_imports_makes_no_difference(shadow, order):
    after = replacement(DENIED, "ICN1", diagnoses=("E1165", "I10"))
    files = (
        *FILES, claims_file(after, n=20),
        remittance(Decision(after, "ICN7"), n=21, on=after.sent_on + timedelta(days=10)),
    )
    shadow.take(*files)
    together = shadow.items, shadow.rows(SAID), shadow.rows(FIGURES)
    empty(shadow.engine)
    shadow.offsets.clear()

    for n in order:
        shadow.take(files[n])

    assert (shadow.items, shadow.rows(SAID), shadow.rows(FIGURES)) == together
    statuses = {(item[0], item[1]) for item in shadow.items}
    assert ("denial", "closed") in statuses, "the host's own replacement was paid"


def test_a_replacement_under_a_new_number_joins_the_account_it_replaces(shadow):
    shadow.take(*FILES)
    other = replacement(DENIED, "ICN1", number="HAR-1-B", diagnoses=("E1165", "I10"))

    shadow.take(claims_file(other, n=30), remittance(Decision(other, "ICN8"), n=31))

    assert shadow.rows("select count(distinct encounter_id), count(*) from shadow_claim"
                       " where account in (select account from shadow_claim where version > 0)"
                       " and state = 'told'") == [(3, 4)]
    assert [item[1] for item in shadow.items if item[0] == "denial"] == ["closed"]


def test_what_is_missing_is_waited_for_until_nothing_more_comes(shadow):
    waiting = shadow.take(
        claims_file(DENIED), claims_file(replacement(PAID, "ICN99"), n=2),
        remittance(NO_MEDICAL_NECESSITY, Decision(MISSING, "ICN9"), n=3),
    )
    assert shadow.items == []
    assert waiting.waiting == {
        "837P: the claim it follows": 1, "837P: who coded it": 1, "835: its claim": 1,
        "835: its claim to be complete": 1,
    }

    done = shadow.take(final=True)

    assert done.waiting == {"835: its claim": 1}
    [item] = shadow.items
    assert item[3:5] == ("CODING", ""), "nobody said who coded it"
    with shadow.engine.connect() as conn:
        found = report.measure(conn)
    assert [(u["kind"], u["n"], u["paid_cents"]) for u in found["unmatched"]] == [("835", 1, 25000)]


def test_a_bad_file_is_quarantined_with_its_reason_and_kept(shadow):
    broken = FILES[0].replace(b"SE*", b"SX*")
    unbalanced = FILES[4].replace(b"CLP*HAR-2*1*250.00*250.00", b"CLP*HAR-2*1*250.00*249.00")

    summary = shadow.take(broken, b"no X12, no CSV", unbalanced, FILES[1])

    assert summary.files == {"quarantined": 3, "taken": 1}
    reasons = [why for _, why in summary.quarantined]
    assert "count" in reasons[0] or "envelope" in reasons[0] or "truncated" in reasons[0]
    assert "neither X12 nor a coding file" in reasons[1]
    assert "balance" in reasons[2]
    kept = shadow.rows("select count(content) from shadow_file where state = 'quarantined'")
    assert kept == [(3,)]
    assert shadow.rows("select count(*) from shadow_claim") == [(0,)]


def test_a_claim_that_cannot_be_represented_is_refused_alone(shadow):
    odd = Claim("HAR-5", lines=(Line("NAME OF A PATIENT"),))

    summary = shadow.take(claims_file(odd, PAID), CODERS)

    assert (summary.refused, summary.claims["told"]) == (1, 1)
    assert shadow.rows("select reason from shadow_claim where state = 'refused'") == [
        ("SV1 code has not its shape",)]


def test_a_claim_that_breaks_a_rule_is_refused_alone(shadow):
    content = claims_file(Claim("HAR-6"), PAID).replace(b"CLM*HAR-6*250.00*", b"CLM*HAR-6*2x0.00*")

    summary = shadow.take(content, CODERS)

    assert (summary.files["taken"], summary.refused, summary.claims["told"]) == (2, 1, 1)
    assert shadow.rows("select reason from shadow_claim where state = 'refused'") == [
        ("CLM: bad_money",)]


def test_a_remittance_with_a_known_key_and_other_content_is_quarantined(shadow):
    shadow.take(*FILES)
    other = Decision(PAID, "ICN2", cas=((("CO", "45", 100),), (("CO", "45", -100),)))

    summary = shadow.take(remittance(NO_MEDICAL_NECESSITY, other, n=5, trace="TRACE5"))

    assert "other content" in summary.quarantined[0][1]


def test_no_name_number_or_account_of_the_host_stands_in_clear(shadow):
    shadow.take(*FILES, claims_file(replacement(DENIED, "ICN1"), n=40))

    clear = str(shadow.rows("select topic, key from outbox")) + str(
        shadow.rows("select name, reason from shadow_file")) + str(
        shadow.rows("select account, control_number, reason, original, holds from shadow_claim"))
    for secret in ("Quixley", "QUIXLEY", "HAR-", "M1", "1960"):
        assert secret not in clear
    for row in shadow.rows("select value from outbox"):
        for secret in (b"Quixley", b"HAR-", b"19600203", b"MAIN STREET"):
            assert secret not in bytes(row[0])


def test_a_shadows_database_refuses_what_a_gateway_would_send(shadow):
    shadow.take(*FILES)

    with pytest.raises(IntegrityError), shadow.engine.begin() as conn:
        conn.execute(text(
            "insert into partner_number (payer_id, next) values ('MEDICAID', 1);"
            "insert into interchange (interchange_id, payer_id, control, group_control, file_name,"
            " sha256, content, claims, state, made_at) values"
            " ('5b57ecf4-d950-5e22-bf99-dd96372e84e5', 'MEDICAID', 1, 1, 'a', 'x', 'x', 1,"
            " 'intent', now())"
        ))


def test_a_live_systems_database_is_never_made_a_shadows(shadow):
    with shadow.engine.begin() as conn:
        conn.execute(text(
            "insert into intake (encounter_id, version, hash, state, source, taken_at)"
            " values ('E', 1, 'x', 'ready', 'fhir', now())"))

    with pytest.raises(closed.NotAShadow, match="live system"):
        shadow.take(*FILES)


def _corrected(shadow, change: Change) -> None:
    """Let the coder correct the denial and the biller release it."""
    desk = acts.Desk(SITE, CLOCK, PARTIES, corrections.prices_of(shadow.engine))
    for role, move, what in (("coder", "correct", change), ("biller", "release", None)):
        person = items.Person(role, role, "amy" if role == "coder" else "")
        with shadow.engine.begin() as conn:
            row = conn.execute(text(
                f"select {items.COLUMNS} from {items.FROM} where w.kind = 'denial'")).one()
            assert acts.perform(conn, desk, person, row, Act(move, row.row_version, what)) == []
    shadow.pump()


def _change(shadow, **changes) -> Change:
    """Return a correction of the denied claim with the statement as its evidence."""
    with shadow.engine.connect() as conn:
        [row] = conn.execute(text("select encounter_id from work_item where kind = 'denial'"))
        places = record.timeline(conn, row.encounter_id)
        encounter = record.latest(places, Encounter)
        [coded] = conn.execute(text(
            "select event from coding where encounter_id = :id"), {"id": row.encounter_id})
        bill = codec.decode(topics.CODED.name, bytes(coded.event)).bill
        [note] = encounter.notes
        body = record.note_texts(conn, SITE, row.encounter_id, encounter.notes)[note.note_id]
    start = body.index(STATEMENT)
    lines = tuple(
        LineChange(line.line_id, line.code, line.modifiers, line.units, line.pointers,
                   line.place_of_service) for line in bill.lines)
    given = {"diagnoses": tuple(d.code for d in bill.diagnoses), "lines": lines} | changes
    return Change(
        **given, evidence=(Evidence(note_id=note.note_id, start=start, end=len(body)),))


def _gathered(shadow, form: str):
    desk = corrections.Desk(SITE, TERMS, PARTIES, NOW.date())
    with shadow.engine.connect() as conn:
        return corrections.gather(conn, desk, form, again=False)


def test_a_correction_becomes_a_replacement_for_the_host_and_nothing_is_submitted(shadow):
    extra = ("REF*G1*AUTH77", "NTE*ADD*LEFT AS IT WAS")
    billed = Claim("HAR-1", member="M1", extra=extra)
    shadow.take(
        claims_file(billed), CODERS,
        remittance(Decision(billed, "ICN1", cas=((("CO", "11", 15000),), ()))))
    sent = shadow.rows("select count(*) from outbox where topic = 'claims.submitted'")

    _corrected(shadow, _change(shadow, diagnoses=("E11.65", "I10")))
    [one] = _gathered(shadow, "x12")
    written = handover.as_x12([one], SITE, "", NOW)

    assert shadow.rows("select count(*) from outbox where topic = 'claims.submitted'") == sent
    [content] = written.files.values()
    assert others.pyx12_errors(content) == []
    assert others.x12sdk_sets(content) == 1
    assert b"CLM*HAR-1*250***11:B:7*Y*A*Y*Y~" in content
    assert b"REF*F8*ICN1~" in content
    assert b"HI*ABK:E1165*ABF:I10~" in content
    for untouched in (b"REF*G1*AUTH77~", b"NTE*ADD*LEFT AS IT WAS~", b"REF*6R*HAR-1-2~"):
        assert untouched in content
    assert written.refused == []


def test_the_csv_says_each_changed_field(shadow):
    shadow.take(*FILES)
    lines = _change(shadow).lines
    _corrected(shadow, _change(
        shadow, diagnoses=("E11.65", "I10"),
        lines=(lines[0].__class__(lines[0].line_id, "99213", ("25",), 1, (1, 2), "11"), lines[1])))

    text_ = handover.as_csv(_gathered(shadow, "csv")).decode()

    head, *rows = text_.splitlines()
    assert head.startswith("account,payer,payer_claim_number,becomes,frequency")
    assert rows == [
        "HAR-1,MEDICAID,ICN1,replacement,7,CODING,diagnosis 1,E11.9,E11.65,amy,2026-06-01,",
        "HAR-1,MEDICAID,ICN1,replacement,7,CODING,line 1 modifiers,,25,amy,2026-06-01,",
        "HAR-1,MEDICAID,ICN1,replacement,7,CODING,line 1 diagnosis pointers,1,1 2,amy,2026-06-01,",
    ]


def test_a_changed_code_is_charged_at_the_hosts_price(shadow):
    dear = Claim("HAR-4", member="M4", lines=(Line("99214", 22222),))
    shadow.take(*FILES, claims_file(dear, n=9), coding(("HAR-4", "bob", "2026-02-27", "coder", "")))
    first, second = _change(shadow).lines

    _corrected(shadow, _change(shadow, lines=(
        first.__class__(first.line_id, "99214", (), 1, (1,), "11"), second)))
    [one] = _gathered(shadow, "x12")
    [content] = handover.as_x12([one], SITE, "-R", NOW).files.values()

    assert b"CLM*HAR-1-R*322.22***11:B:7" in content
    assert b"SV1*HC:99214*222.22*UN*1***1~" in content


def test_what_was_handed_over_is_not_handed_over_again(shadow):
    shadow.take(*FILES)
    _corrected(shadow, _change(shadow, diagnoses=("E11.65", "I10")))
    found = _gathered(shadow, "x12")
    with shadow.engine.begin() as conn:
        corrections.note(conn, "x12", found, NOW)

    assert _gathered(shadow, "x12") == []
    assert len(_gathered(shadow, "csv")) == 1


def test_a_correction_the_host_has_overtaken_is_not_handed_over(shadow):
    shadow.take(*FILES)
    _corrected(shadow, _change(shadow, diagnoses=("E11.65", "I10")))
    later = replacement(DENIED, "ICN1", sent_on=NOW.date() + timedelta(days=1))

    shadow.take(claims_file(later, n=50))

    assert _gathered(shadow, "csv") == []


def test_what_the_host_sends_of_a_correction_is_the_fate_of_its_item(shadow):
    shadow.take(*FILES)
    _corrected(shadow, _change(shadow, diagnoses=("E11.65", "I10")))
    found = _gathered(shadow, "x12")
    [content] = handover.as_x12(found, SITE, "", NOW).files.values()
    with shadow.engine.begin() as conn:
        corrections.note(conn, "x12", found, NOW)
    paid = replacement(DENIED, "ICN1", sent_on=NOW.date(), diagnoses=("E1165", "I10"))

    shadow.take(content, remittance(Decision(paid, "ICN7"), n=60, on=NOW.date()))

    [[kind, status, cents]] = shadow.rows(
        "select w.kind, w.status, a.paid_cents from work_item w"
        " join answer a on a.rework_id = w.rework_id")
    assert (kind, status, cents) == ("denial", "closed", 25000)


def test_the_report_counts_what_a_loop_would_have_returned(shadow):
    after = replacement(DENIED, "ICN1", diagnoses=("E1165", "I10"))
    shadow.take(*FILES, claims_file(after, n=20),
                remittance(Decision(after, "ICN7"), n=21, on=after.sent_on + timedelta(days=9)))

    with shadow.engine.connect() as conn:
        found = report.measure(conn)

    assert found["returnable"] == {
        "n": 2, "cents": 40000, "answered_n": 1, "answered_cents": 15000,
        "recovered_cents": 25000, "left_n": 1, "left_cents": 25000,
    }
    assert {(r["kind"], r["name"], r["n"]) for r in found["denials"]["coder_id"]} == {
        ("denial", "amy", 1), ("rejection", "bob", 1)}
    assert "25,000" not in report.as_text(found)
    assert "$250.00 paid on it" in report.as_text(found)
