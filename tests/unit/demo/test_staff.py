"""Simulated coders correct what the record supports, and nothing else."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from litestar.datastructures import FormMultiDict

from schemas.events import Bill, Line
from services.codes import chargemaster, icd10cm, modifiers, pos
from services.demo import biller, coder
from services.demo.answer import Correct, Say
from services.web.forms import change
from services.worklist.bill import corrections, encoder, hospital
from services.worklist.feed import errors
from tests.unit.demo.cases import Case, case_of, cases, drafts, look_up

CORRECTABLE = sorted(
    kind for kind, row in errors.kinds().items()
    if row.correction == "record" and row.meets != "nobody"
)


@cache
def _cases() -> tuple[Case, ...]:
    return tuple(cases())


def _of(kind: str) -> list[Case]:
    return [case for case in _cases() if case.kind == kind]


def _corrected(case: Case) -> Bill | list[corrections.Problem]:
    wanted = coder.work(case.page, look_up)
    assert isinstance(wanted, Correct)
    form = FormMultiDict(wanted.form())
    return corrections.corrected(
        case.wrong, change(form), "c", case.texts, chargemaster.load().price
    )


def _content(bill: Bill) -> object:
    held = bill.institutional
    return [(d.code, d.present) for d in bill.diagnoses], held and held.procedures, [
        (x.code, x.modifiers, x.units, x.pointers, x.place_of_service, x.charge_cents)
        for x in bill.lines
    ]


@pytest.mark.parametrize("kind", CORRECTABLE)
def test_a_seeded_error_is_corrected_to_what_is_documented(kind: str) -> None:
    found = _of(kind)
    if not found:
        pytest.xfail("no visit of the sample can carry it")
    for case in found:
        bill = _corrected(case)
        assert isinstance(bill, Bill), bill
        assert _content(bill) == _content(case.clean)


def test_every_correction_is_supported_by_the_record() -> None:
    seen = 0
    for case in _cases():
        wanted = coder.work(case.page, look_up)
        if isinstance(wanted, Say):
            continue
        bill = _corrected(case)
        assert isinstance(bill, Bill)
        unsupported = list(_unsupported(case, bill))
        assert not unsupported, (case.kind, unsupported)
        seen += 1
    assert seen > 50


def test_what_the_record_does_not_support_is_confirmed_or_queried_and_never_changed() -> None:
    for kind, move in (("wrong_level", "confirm"), ("registration_sex", "query")):
        assert _of(kind)
        assert all(coder.work(case.page, look_up) == Say(move) for case in _of(kind))


def test_without_a_note_nothing_is_corrected() -> None:
    for case in _cases():
        bare = {**case.page, "notes": []}
        assert isinstance(coder.work(bare, look_up), Say)


def test_an_external_cause_never_takes_the_place_of_an_injury() -> None:
    hurt = [
        made for made in drafts()
        if any(hospital.is_external(d.code) for d in made.event.bill.diagnoses)
    ]
    assert hurt
    for made in hurt:
        bill = encoder.encode(made.event, 1)
        assert bill is not None
        for kind in ("unsupported_service", "unknown_diagnosis"):
            wanted = coder.work(case_of(kind, "50", made, bill, bill).page, look_up)
            codes = wanted.diagnoses if isinstance(wanted, Correct) else []
            assert not any(map(hospital.is_external, codes))


def _page(*moves: str, refused: tuple[str, ...] = (), **over: object) -> dict[str, object]:
    item = {"rework_id": "r", "state": "todo", "action": "FIX_REPLACE", "follows": ""} | over
    offers = [{"name": name, "refused": []} for name in moves]
    offers += [{"name": name, "refused": ["because"]} for name in refused]
    return {
        "page": {"item": item, "proposal": over.get("proposal"), "moves": []},
        "panels": {"decide": {"offers": offers}},
    }


def test_a_biller_releases_what_a_coder_corrected() -> None:
    page = _page("release", "return", "write_off", state="handed_on")
    assert biller.work(page, 1) == Say("release")


def test_a_correction_that_the_payer_takes_no_replacement_for_asks_for_a_reopening() -> None:
    moves = ("reopening", "appeal", "write_off")
    page = _page(*moves, state="handed_on", proposal={"version": 2})
    assert biller.work(page, 1) == Say("reopening")
    assert biller.work(_page(*moves, state="handed_on"), 1) == Say("appeal")


def test_confirmed_coding_is_appealed_and_written_off_where_a_guard_forbids_it() -> None:
    assert biller.work(_page("appeal", "write_off", state="handed_on"), 1) == Say("appeal")
    barred = _page("write_off", refused=("appeal",), state="handed_on")
    assert biller.work(barred, 1) == biller.WRITE_OFF


def test_a_claim_that_came_back_again_is_not_sent_a_third_time() -> None:
    for number in range(50):
        again = _page("resend", "wait", "write_off", rework_id=str(number), follows="before")
        assert biller.work(again, 1) == biller.ELSEWHERE


def test_a_write_off_is_approved_by_who_may_and_else_left_alone() -> None:
    assert biller.work(_page("approve", "refuse", state="waiting"), 1) == Say("approve")
    assert biller.work(_page(refused=("approve", "refuse"), state="waiting"), 1) is None


def test_the_same_seed_draws_the_same_and_another_draws_otherwise() -> None:
    pages = [_page("resend", "wait", "write_off", rework_id=str(n)) for n in range(200)]
    first = [biller.work(page, 1) for page in pages]
    assert first == [biller.work(page, 1) for page in pages]
    assert first != [biller.work(page, 2) for page in pages]


def _unsupported(case: Case, bill: Bill) -> Iterator[str]:
    """Yield every change that the record does not say; written apart from the staff's reading."""
    text = "\n".join(case.texts.values())
    before = {line.line_id: line for line in case.wrong.lines}
    for code in {d.code for d in bill.diagnoses} - {d.code for d in case.wrong.diagnoses}:
        said = (icd10cm.describe(code), icd10cm.describe(code[:5]), icd10cm.describe(code[:3]))
        check_up = code.startswith("Z00") and "medical examination" in text
        if not check_up and not any(words and words.lower() in text.lower() for words in said):
            yield f"diagnosis {code}"
    for line in bill.lines:
        yield from _unsupported_on(before[line.line_id], line, text)
    for line_id in before.keys() - {line.line_id for line in bill.lines}:
        code = before[line_id].code
        if text.count(f"({code})") >= sum(1 for one in case.wrong.lines if one.code == code):
            yield f"line off {code}"


def _unsupported_on(old: Line, new: Line, text: str) -> Iterator[str]:
    said = re.search(rf"^- .*\({new.code}\), .*$", text, re.MULTILINE)
    documented = said[0] if said else ""
    if new.code != old.code and not documented:
        yield f"code {new.code}"
    if new.units != old.units and (
        f"{new.units} times" not in documented and not (new.units == 1 and "once" in documented)
    ):
        yield f"units {new.units}"
    for added in set(new.modifiers) - set(old.modifiers):
        apart = added == "25" and "documented apart from the procedures" in text
        if not apart and (added == "25" or modifiers.describe(added) not in documented):
            yield f"modifier {added}"
    moved = new.place_of_service != old.place_of_service
    if moved and f"Place: {pos.describe(new.place_of_service)}." not in text:
            yield f"place {new.place_of_service}"
