"""A denial of coding is a lesson of its coder; what is contested, a supervisor decides."""

import html
import itertools
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from schemas import ids
from schemas.events import Coded
from services.db import keyset
from services.db.tables.worklist import WORK_ITEM
from tests.integration.web import scene
from tests.integration.web.acting import decided
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"l{n}" for n in itertools.count())


def _path(made: Made) -> str:
    return f"/lessons/{made.rework.rework_id}/C-01"


def _seen(person: Person, made: Made) -> dict[str, int]:
    return {"seen": person.page(_path(made))["lesson"]["row_version"]}


def test_a_denial_of_coding_comes_to_its_coder_and_opening_it_is_reading_it(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")
    before = {one["rework_id"]: one["state"] for one in anna.page("/lessons")["lessons"]}

    opened = anna.page(_path(denied))["lesson"]

    assert before[denied.rework.rework_id] == "new"
    assert opened["state"] == "read"
    assert opened["reasons"][0]["words"]


def test_another_coders_lesson_looks_like_none(somebody: SignIn, denied: Made) -> None:
    assert somebody("carl").status(_path(denied)) == 404
    assert somebody("sue").status(_path(denied)) == 200


def test_a_lesson_shows_the_denied_line_as_it_was_billed(somebody: SignIn, denied: Made) -> None:
    anna = somebody("anna")

    (line,) = anna.page(_path(denied))["billed"]
    shown = anna.client.get(_path(denied)).text

    assert (line["number"], line["code"], line["modifiers"], line["units"]) == (1, "99213", [], 1)
    assert [one["code"] for one in line["diagnoses"]] == ["E11.9", "I10"]
    assert "What was billed" in shown
    assert "93000" not in shown


def test_a_contest_begins_without_a_ground_and_is_refused_without_one(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")

    shown = anna.client.get(_path(denied)).text
    contest = {"ground": "", "words": "", **_seen(anna, denied)}
    answer = anna.post(f"{_path(denied)}/contest", contest)

    assert '<select name="ground" required><option value="">' in shown
    assert answer.status_code == 409
    assert anna.page(_path(denied))["lesson"]["state"] == "read"


def test_what_is_taken_in_changes_no_figure(
    engine: Engine, somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")

    answer = anna.post(f"{_path(denied)}/acknowledge", _seen(anna, denied))

    assert answer.status_code < 400
    assert decided(engine, denied) == []


@pytest.mark.parametrize(("move", "state"), [("stands", "confirmed"), ("take_off", "refuted")])
def test_a_supervisor_decides_a_contest_and_the_figures_are_told(
    engine: Engine, somebody: SignIn, denied: Made, move: str, state: str
) -> None:
    anna, sue = somebody("anna"), somebody("sue")
    contest = {"ground": "documented", "words": "Marigold's note names it.", **_seen(anna, denied)}
    assert anna.post(f"{_path(denied)}/contest", contest).status_code < 400

    ruled = sue.post(f"{_path(denied)}/{move}", _seen(sue, denied))
    again = sue.post(f"{_path(denied)}/{move}", _seen(sue, denied))

    assert (ruled.status_code < 400, again.status_code) == (True, 409)
    assert [(e.decision, e.coder_id, e.control_number) for e in decided(engine, denied)] == [
        (f"fault_{state}", "C-01", denied.rework.control_number)
    ]
    with engine.connect() as conn:
        stored = conn.execute(text("select words from lesson where words is not null"))
        assert all(b"Marigold" not in bytes(row.words) for row in stored)


def test_a_coder_decides_no_contest_of_their_own(somebody: SignIn, denied: Made) -> None:
    anna = somebody("anna")
    contest = {"ground": "payer_error", "words": "", **_seen(anna, denied)}
    anna.post(f"{_path(denied)}/contest", contest)

    assert anna.post(f"{_path(denied)}/take_off", _seen(anna, denied)).status_code == 409


def test_the_board_adds_up(somebody: SignIn, denied: Made) -> None:
    page = somebody("sue").page("/board")

    assert all(sum(one["bands"]) == one["count"] for one in [*page["teams"], *page["people"]])
    whole, *payers = page["outcomes"]
    for name in ("opened", "resolved", "overturned", "recovered_cents"):
        assert whole[name] == sum(one[name] for one in payers)


@pytest.mark.parametrize(("paid_cents", "recovered_cents", "overturned"), [
    (12_000, 5_900, 1), (6_100, 0, 0),
])
def test_what_was_paid_before_is_not_recovered_by_being_paid_again(
    somebody: SignIn, engine: Engine, paid_cents: int, recovered_cents: int, overturned: int
) -> None:
    def outcome() -> tuple[int, int]:
        found = [one for one in sue.page("/board")["outcomes"] if one["name"] == "EMPLOYER"]
        return (found[0]["recovered_cents"], found[0]["overturned"]) if found else (0, 0)

    sue, name = somebody("sue"), next(_names)
    with engine.begin() as conn:
        made = scene.denied(conn, name, payer="EMPLOYER")
        item = scene.play(conn, made)
    before = outcome()
    coded = Coded(
        event_id=ids.derive("coded", name, 2), encounter_id=made.encounter_id,
        occurred_at=scene.CLOCK.now(), recorded_at=scene.CLOCK.now(), version=2,
        encounter_version=1, coder_id="C-01", reason="correction", rework_id=item,
        predecessor=made.rework.control_number, bill=made.bill,
    )
    with engine.begin() as conn:
        scene.see(conn, scene.fate(made, coded, paid_cents))
    after = outcome()
    assert (after[0] - before[0], after[1] - before[1]) == (recovered_cents, overturned)


def test_a_contest_that_is_too_long_is_refused_and_never_cut(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")
    contest = {"ground": "documented", "words": "x" * 2001, **_seen(anna, denied)}
    assert anna.post(f"{_path(denied)}/contest", contest).status_code == 409
    contest = {"ground": "documented", "words": "x" * 2000, **_seen(anna, denied)}
    assert anna.post(f"{_path(denied)}/contest", contest).status_code == 200
    assert len(anna.page(_path(denied))["lesson"]["words"]) == 2000


def _alike(engine: Engine, made: Made, count: int) -> None:
    """Write lessons like one that is there, some of the same moment."""
    names = ", ".join(
        one.name for one in WORK_ITEM.columns
        if one.name not in ("rework_id", "opened_at", "subject", "queue_rank")
    )
    with engine.begin() as conn:
        conn.execute(
            text(
                f"insert into work_item (rework_id, opened_at, subject, {names}) select"
                " gen_random_uuid(), opened_at - interval '1 s' * (n % 9),"
                f" 'like ' || rework_id, {names} from work_item, generate_series(1, :count) n"
                " where rework_id = cast(:id as uuid)"
            ),
            {"id": made.rework.rework_id, "count": count},
        )
        conn.execute(
            text(
                "insert into lesson (rework_id, coder_id, encounter_id, facility_id,"
                " control_number, category, opened_at) select rework_id, coder_id, encounter_id,"
                " facility_id, control_number, category, opened_at from work_item"
                " where subject = :subject"
            ),
            {"subject": f"like {made.rework.rework_id}"},
        )


def test_a_long_list_of_lessons_is_read_page_by_page_and_holds_each_once(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    anna = somebody("anna")
    with engine.begin() as conn:  # lists are counted to a cap, which another test fills
        conn.execute(text("delete from lesson where rework_id <> cast(:id as uuid)"),
                     {"id": denied.rework.rework_id})
    before = anna.page("/lessons")["counts"]["open"]
    _alike(engine, denied, 120)
    seen, after = list[tuple[str, str]](), ""
    while True:
        page = anna.page(f"/lessons?view=open&after={after}")
        assert 0 < len(page["lessons"]) <= keyset.PAGE
        seen += [(one["opened_at"], one["rework_id"]) for one in page["lessons"]]
        after = page["next"].replace("+", "%2B")
        if not after:
            break
    assert len(seen) == len(set(seen)) == page["counts"]["open"] == before + 120
    assert seen == sorted(seen, reverse=True)


def test_the_page_of_lessons_leads_to_the_next_one_and_back_to_the_first(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    _alike(engine, denied, keyset.PAGE)
    anna = somebody("anna")
    first = anna.client.get("/lessons?view=open").text
    (following,) = re.findall(r'<a class="button" href="([^"]+)" data-key="&gt;"', first)
    assert "First page" not in first
    shown = anna.client.get(html.unescape(following)).text
    assert '<a href="/lessons?view=open">First page</a>' in shown
    rows = [set(re.findall(r'id="l-([^"]+)"', page)) for page in (first, shown)]
    assert (len(rows[0]), rows[0] & rows[1]) == (keyset.PAGE, set())


def test_lessons_are_counted_to_a_cap_and_then_say_that_there_are_more(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    _alike(engine, denied, keyset.CAP)
    shown = somebody("anna").client.get("/lessons").text
    assert f'<span class="count">{keyset.CAP}+</span>' in shown
