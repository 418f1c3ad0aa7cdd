"""The encoder feed and its seeded errors."""

import dataclasses
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import orjson
import pytest

from schemas.events import Bill, Encounter, Finding, Sealed
from services.claims import edits
from services.codes import chargemaster, icd10cm, reference, supports
from services.delivery.processor import Moment
from services.intake import load, sample
from services.intake.build import Draft, Site
from services.phi.keys import SiteKey
from services.settings import Settings
from services.worklist.bill import coding, encoder
from services.worklist.feed import errors, feed
from services.worklist.feed.slip import Slip
from services.worklist.feed.slips import SLIPS
from tests import builders
from tests.unit.coding import measure

SITE = SiteKey(bytes(range(32)))
NOW = datetime(2026, 8, 1, tzinfo=UTC)
SEEDS = (1, 2, 3)
UNSEEN = (90_001, 90_002, 90_003)
"""Seeds that nobody looked at while the table of kinds was written."""
PARTIES = reference.load()
STATES = {one.facility_id: one.state for one in PARTIES.facilities.values()}
TERMS = dataclasses.replace(builders.TERMS, states=STATES)
RECORD_LACKS_SIDE = {"side_missing", "mce_unspecified_side"}
"""What right coding may be held for: the record does not say the side, so a query is due."""


@cache
def ready() -> tuple[Encounter, ...]:
    """The sample's encounters that are ready."""
    site = Site(SITE, reference.load(), chargemaster.load(), timedelta(days=30))
    built = load._built(load._open(sample.FOLDER), site)
    sealed = Sealed(kid="k", version=1, schema="demographics", ciphertext=b"x")
    return tuple(
        dataclasses.replace(
            one.event, version=1, event_id="e",
            bill=dataclasses.replace(one.event.bill, demographics=sealed),
        )
        for one in built if isinstance(one, Draft) and one.event.state == "ready"
    )


def findings(encounter: Encounter, bill: Bill) -> list[Finding]:
    coded = coding.initial(encounter, bill, "coder-1", NOW)
    return [f for f in edits.check(coded, NOW.date(), TERMS) if f.severity != "info"]


def holds(encounter: Encounter, bill: Bill) -> set[str]:
    return {found.edit for found in findings(encounter, bill) if found.severity == "hold"}


@cache
def right() -> dict[str, frozenset[str]]:
    """What holds the right coding of each encounter: its id -> edits."""
    return {
        e.encounter_id: frozenset(holds(e, bill))
        for e in ready() if (bill := encoder.encode(e, 1))
    }


def test_coding_without_error_passes_every_edit_but_where_the_record_lacks_a_side() -> None:
    held = {key: found for key, found in right().items() if found}
    assert len(held) <= 0.01 * len(right())
    for encounter in ready():
        if encounter.encounter_id in held:
            assert held[encounter.encounter_id] <= RECORD_LACKS_SIDE
            assert not any(line.modifiers for line in encounter.bill.lines)


def test_the_sample_is_coded_whole() -> None:
    assert len(right()) == len(ready())


def test_every_code_says_who_assigned_it_and_whence() -> None:
    sources = {"coder", "chargemaster", "provider"}
    for encounter in ready():
        bill = errors.coded(encounter, 1)
        assert bill is not None
        for code in (*bill.diagnoses, *bill.lines):
            assert code.assigned_by
            assert code.source in sources


def test_a_visit_beside_a_procedure_has_modifier_25() -> None:
    clean = [bill for e in ready() if (bill := encoder.encode(e, 1))]
    beside = [
        line for bill in clean for line in bill.lines
        if line.code.startswith("99") and encoder.beside_procedure(line, bill.lines)
    ]
    assert len(beside) > 50
    assert all("25" in line.modifiers for line in beside)


def test_about_six_in_a_hundred_codings_carry_one_error() -> None:
    for seed in SEEDS:
        carried = sum(errors.injected(e, seed) is not None for e in ready())
        assert 0.04 < carried / len(ready()) < 0.08


def test_an_error_depends_on_seed_and_encounter_alone() -> None:
    first = [errors.coded(e, 1) for e in ready()]
    assert [errors.coded(e, 1) for e in reversed(ready())] == first[::-1]
    assert [errors.coded(e, 2) for e in ready()] != first


def test_each_kind_of_error_is_met_by_what_the_table_says() -> None:
    for encounter in ready():
        clean = encoder.encode(encounter, 1)
        if clean is None or right()[encounter.encounter_id]:
            continue
        for kind, row in errors.kinds().items():
            bill = SLIPS[kind](clean, Slip("coder-1", 7))
            if bill is None:
                continue
            assert bill != clean
            found, also = holds(encounter, bill), set(row.also)
            if row.meets == "edit":
                assert set(row.by) <= found, kind
                also |= set(row.by)
            assert found <= also, kind


@pytest.mark.parametrize("seed", UNSEEN)
def test_of_the_errors_that_an_edit_can_see_nearly_all_are_held_and_of_right_claims_hardly_any(
    seed: int,
) -> None:
    counted = measure.count(ready(), seed, holds)
    seen = [row for row in counted if row.kind and errors.kinds()[row.kind].meets == "edit"]
    assert sum(row.held for row in seen) >= 0.95 * sum(row.made for row in seen)
    (clean,) = (row for row in counted if not row.kind)
    assert clean.held <= 0.01 * clean.made


def test_only_a_payer_or_nobody_sees_a_good_share_of_the_errors() -> None:
    meets = Counter(
        errors.kinds()[kind].meets
        for seed in UNSEEN for e in ready() if (kind := errors.injected(e, seed))
    )
    assert meets["edit"] > 0.3 * meets.total()
    assert meets["payer"] > 0.25 * meets.total()
    assert meets["nobody"] > 0.08 * meets.total()


def test_the_injector_imports_no_edits() -> None:
    """In a fresh interpreter: nothing of the edits is there after the injector is."""
    code = (
        "import sys; import services.worklist.feed.errors;"
        " sys.exit(any(name.startswith('services.claims.edits') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_kind_of_the_table_has_its_slip_and_can_occur() -> None:
    assert errors.kinds().keys() == SLIPS.keys()
    clean = [bill for e in ready() if (bill := encoder.encode(e, 1))]
    possible = {
        kind for kind, put in SLIPS.items() if any(put(bill, Slip("c", 0)) for bill in clean)
    }
    sided = {"side_missing", "wrong_side"}
    assert possible | sided == SLIPS.keys()


def test_at_least_five_kinds_only_the_payer_meets() -> None:
    carcs = [row.by for row in errors.kinds().values() if row.meets == "payer"]
    assert len({carc for codes in carcs for carc in codes}) >= 5


def test_the_truth_is_in_no_event() -> None:
    kinds = [kind.encode() for kind in errors.kinds()]
    for encounter in ready():
        bill = errors.coded(encounter, 1)
        text = orjson.dumps(bill, default=repr)
        assert not any(kind in text for kind in kinds)


def test_new_patient_codes_appear_only_as_an_error() -> None:
    new = {"99202", "99203", "99204", "99205"}
    for encounter in ready():
        bill = errors.coded(encounter, 1)
        codes = {line.code for line in bill.lines} if bill else set()
        assert bool(codes & new) == (errors.injected(encounter, 1) == "new_patient_visit")


@pytest.mark.parametrize("demo", [True, False])
def test_errors_are_put_in_and_charts_left_only_in_the_demo(demo: bool, tmp_path: Path) -> None:
    step = feed.processor(Settings(home=tmp_path, demo=demo, seed=1), SITE).step
    differ = left = 0
    for encounter in ready():
        _, events = step(None, encounter, Moment(NOW))
        left += not events
        differ += sum(one.bill != encoder.encode(encounter, 1) for one in events)
    assert (differ > 0) is demo
    assert (left > 0) is demo, "some are left to the person at the screen"


def step(chart: feed.Chart | None, encounter: Encounter) -> tuple[feed.Chart | None, list[object]]:
    settings = Settings(demo=False, seed=1)
    after, events = feed.processor(settings, SITE).step(chart, encounter, Moment(NOW))
    return after, list(events)


def test_what_is_not_ready_keeps_its_state_and_is_not_coded() -> None:
    after, events = step(None, dataclasses.replace(ready()[0], state="self_pay"))
    assert after is not None
    assert (after.state, events) == ("self_pay", [])


def test_a_visit_of_which_no_note_arrived_waits_for_one() -> None:
    after, events = step(None, dataclasses.replace(ready()[0], notes=()))
    assert after is not None
    assert (after.state, events) == ("awaiting_coding", [])


def test_a_category_that_leaves_a_choice_open_waits_for_a_person() -> None:
    encounter = ready()[0]
    open_choice = dataclasses.replace(encounter.bill.diagnoses[0], code="S72.0")
    bill = dataclasses.replace(encounter.bill, diagnoses=(open_choice,))
    after, events = step(None, dataclasses.replace(encounter, bill=bill))
    assert after is not None
    assert (after.state, events) == (coding.AWAITING, [])


def _documented(*codes: str) -> Encounter:
    plain = next(e for e in ready() if e.bill.institutional is None and len(e.bill.lines) == 1)
    first = plain.bill.diagnoses[0]
    diagnoses = tuple(dataclasses.replace(first, code=code) for code in codes)
    return dataclasses.replace(plain, bill=dataclasses.replace(plain.bill, diagnoses=diagnoses))


def test_of_two_diagnoses_that_exclude_each_other_the_one_that_says_more_is_coded() -> None:
    bill = encoder.encode(_documented("J11.1", "J10.1", "I10"), 1)
    assert bill is not None
    assert [d.code for d in bill.diagnoses] == ["J10.1", "I10"]


def test_two_diagnoses_that_exclude_each_other_and_say_as_much_wait_for_a_person() -> None:
    assert encoder.encode(_documented("E10.9", "E11.9"), 1) is None


def test_an_older_or_equal_version_changes_nothing() -> None:
    first, _ = step(None, dataclasses.replace(ready()[0], version=3))
    assert step(first, dataclasses.replace(ready()[0], version=3)) == (None, [])
    assert step(first, dataclasses.replace(ready()[0], version=2)) == (None, [])


def test_a_record_that_changed_after_coding_is_not_coded_again_by_itself() -> None:
    first, coded = step(None, ready()[0])
    other = dataclasses.replace(ready()[0].bill, authorized=not ready()[0].bill.authorized)
    again, more = step(first, dataclasses.replace(ready()[0], version=2, bill=other))
    assert len(coded) == 1
    assert more == []
    assert again is not None
    assert (again.state, again.version, again.coding) == (coding.CHANGED, 2, first and first.coding)


def test_a_coder_finds_each_documented_diagnosis_by_the_words_of_the_record() -> None:
    codes = {d.code for encounter in ready() for d in encounter.bill.diagnoses}
    for code in codes:
        if icd10cm.is_valid(code, NOW.date()):
            found = {entry.code for entry in icd10cm.search(icd10cm.describe(code), limit=5)}
            assert code in found


def test_the_codings_lines_point_to_what_supports_them() -> None:
    for encounter in ready():
        bill = encoder.encode(encounter, 1)
        for line in bill.lines if bill and bill.institutional is None else ():
            wanted = supports.wanted(line.code)
            if supports.is_procedure(line.code) and wanted and bill:
                pointed = [bill.diagnoses[p - 1].code for p in line.pointers]
                possible = any(d.code.startswith(wanted) for d in bill.diagnoses)
                assert not possible or any(code.startswith(wanted) for code in pointed)


def test_an_override_is_of_one_version_and_is_not_carried_to_the_next():
    from schemas.events import Override
    from services.worklist.bill import coding
    from tests.builders import coded

    taken = coded(overrides=(Override(edit="own:long-visit", place="line 1"),))

    assert coding.following(taken, reason="correction").overrides == ()
