"""The encoder feed and its seeded errors."""

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import orjson
import pytest

from schemas.events import Bill, Encounter, Sealed
from services.claims import edits
from services.claims.terms import Terms
from services.codes import chargemaster, icd10cm, reference, supports
from services.delivery.processor import Moment
from services.intake import load, sample
from services.intake.build import Draft, Site
from services.phi.keys import SiteKey
from services.settings import Settings
from services.worklist import coding, encoder, errors, feed
from services.worklist.slips import SLIPS, Slip

SITE = SiteKey(bytes(range(32)))
NOW = datetime(2026, 8, 1, tzinfo=UTC)
SEEDS = (1, 2, 3)
PARTIES = reference.load()
TERMS = Terms(PARTIES.payers, PARTIES.policies, lambda *parts: "X")


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


def holds(encounter: Encounter, bill: Bill) -> set[str]:
    coded = coding.initial(encounter, bill, "coder-1", NOW)
    found = edits.check(coded, NOW.date(), TERMS)
    return {finding.edit for finding in found if finding.severity == "hold"}


def test_coding_without_error_passes_every_edit() -> None:
    for encounter in ready():
        bill = encoder.encode(encounter, 1)
        assert bill is None or not holds(encounter, bill)


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


def test_each_error_is_met_by_what_the_table_says() -> None:
    for encounter in ready():
        clean = encoder.encode(encounter, 1)
        for kind, row in errors.kinds().items():
            bill = SLIPS[kind](clean, Slip("coder-1", 7)) if clean else None
            if bill is None:
                continue
            assert bill != clean
            found = holds(encounter, bill)
            if row.meets == "edit":
                assert found == set(row.by), kind
            else:
                assert not found, kind


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
def test_errors_are_put_in_only_in_the_demo(demo: bool, tmp_path: Path) -> None:
    step = feed.processor(Settings(home=tmp_path, demo=demo, seed=1), SITE).step
    differ = 0
    for encounter in ready():
        _, events = step(None, encounter, Moment(NOW))
        (coded,) = events
        differ += coded.bill != encoder.encode(encounter, 1)
    assert (differ > 0) is demo


def step(chart: feed.Chart | None, encounter: Encounter) -> tuple[feed.Chart | None, list[object]]:
    settings = Settings(demo=False, seed=1)
    after, events = feed.processor(settings, SITE).step(chart, encounter, Moment(NOW))
    return after, list(events)


def test_what_is_not_ready_keeps_its_state_and_is_not_coded() -> None:
    after, events = step(None, dataclasses.replace(ready()[0], state="self_pay"))
    assert after is not None
    assert (after.state, events) == ("self_pay", [])


def test_a_category_that_leaves_a_choice_open_waits_for_a_person() -> None:
    encounter = ready()[0]
    open_choice = dataclasses.replace(encounter.bill.diagnoses[0], code="S72.0")
    bill = dataclasses.replace(encounter.bill, diagnoses=(open_choice,))
    after, events = step(None, dataclasses.replace(encounter, bill=bill))
    assert after is not None
    assert (after.state, events) == (coding.AWAITING, [])


def test_an_older_or_equal_version_changes_nothing() -> None:
    first, _ = step(None, dataclasses.replace(ready()[0], version=3))
    assert step(first, dataclasses.replace(ready()[0], version=3)) == (None, [])
    assert step(first, dataclasses.replace(ready()[0], version=2)) == (None, [])


def test_a_record_that_changed_after_coding_is_not_coded_again_by_itself() -> None:
    first, coded = step(None, ready()[0])
    again, more = step(first, dataclasses.replace(ready()[0], version=2))
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
