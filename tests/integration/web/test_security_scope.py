"""Whose items and whose patients: the predicate, its twin in SQL, and break-glass."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from services.clock import real_now
from services.web.access import authorize
from services.worklist.item import disclosure
from services.worklist.item.scope import Person, scoped, sees
from tests.integration.web import scene
from tests.integration.web.conftest import Person as Somebody
from tests.integration.web.scene import Made

SignIn = Callable[[str], Somebody]
_names = (f"s{n}" for n in itertools.count())
PEOPLE = [
    Person("p", role, team=team, facilities=facilities)
    for role, team in (
        ("coder", "CODING"), ("biller", "BILLING"), ("specialist", "HIM"), ("supervisor", ""),
        ("physician", ""), ("ops", ""), ("admin", ""), ("auditor", ""), ("stranger", ""),
    )
    for facilities in ((), ("main",), ("north", "south"), ("*",))
]


@pytest.fixture
def made(engine: Engine) -> Made:
    """A denied visit at the facility main."""
    with engine.begin() as conn:
        one = scene.denied(conn, next(_names))
        scene.play(conn, one)
    return one


def test_the_predicate_and_its_twin_in_sql_say_the_same_of_every_item_and_person(
    engine: Engine, made: Made
) -> None:
    needs = ([], ["CODING"], ["HIM", "BILLING"])
    places, whose, where = ("CODING", "HIM", ""), ("", "p", "q"), ("main", "north", "")
    cells = 0
    with engine.connect() as conn:
        for need, place, taken, given, facility in itertools.product(
            needs, places, whose, whose, where
        ):
            conn.execute(
                text(
                    "update work_item set needs = to_jsonb(cast(:needs as text[])),"
                    " place = :place, taken_by = :taken, assigned_to = :given,"
                    " facility_id = :facility where rework_id = cast(:id as uuid)"
                ),
                {"needs": need, "place": place, "taken": taken, "given": given,
                 "facility": facility, "id": made.rework.rework_id},
            )
            row = conn.execute(
                text("select * from work_item where rework_id = cast(:id as uuid)"),
                {"id": made.rework.rework_id},
            ).one()
            for person in PEOPLE:
                where_sql, params = scoped(person)
                found = conn.execute(
                    text(
                        "select exists (select from work_item w where"
                        f" w.rework_id = cast(:id as uuid) and {where_sql})"
                    ),
                    {"id": made.rework.rework_id, **params},
                ).scalar_one()
                assert found == (sees(person, row) and bool(person.facilities)), (person, row)
                cells += 1
        conn.rollback()
    assert cells == len(PEOPLE) * 3 * 3 * 3 * 3 * 3


def test_what_is_not_allowed_outright_is_denied(made: Made) -> None:
    for person in PEOPLE:
        assert not authorize(person, "no such action")
    assert authorize(Person("p", "coder"), "work.list")
    assert not authorize(Person("p", "admin"), "work.list")


def _shows(person: Somebody, made: Made) -> bool:
    return "Ostrander" in person.client.get(f"/work/{made.rework.rework_id}").text


def _change(engine: Engine, made: Made, sets: str) -> None:
    with engine.begin() as conn:
        conn.execute(
            text(f"update work_item set {sets} where rework_id = cast(:id as uuid)"),
            {"id": made.rework.rework_id},
        )


def test_names_and_notes_are_shown_to_who_has_the_item_and_to_no_colleague(
    engine: Engine, somebody: SignIn, made: Made
) -> None:
    anna, carl, bert, sue = map(somebody, ("anna", "carl", "bert", "sue"))
    assert [_shows(one, made) for one in (anna, carl, bert, sue)] == [False, False, False, True]

    _change(engine, made, "taken_by = 'anna', lease_until = now() + interval '10 minutes'")
    assert [_shows(one, made) for one in (anna, carl, bert)] == [True, False, False]

    _change(engine, made, "taken_by = '', lease_until = null, assigned_to = 'carl'")
    assert _shows(carl, made)


def test_who_had_it_reads_on_for_a_week_and_who_took_it_without_opening_it_does_not(
    engine: Engine, somebody: SignIn, made: Made
) -> None:
    anna, carl = somebody("anna"), somebody("carl")
    _change(engine, made, "assigned_to = 'anna'")
    assert _shows(anna, made)
    _change(engine, made, "assigned_to = 'carl'")
    _change(engine, made, "assigned_to = ''")
    assert _shows(anna, made)
    assert not _shows(carl, made)

    with engine.connect() as conn:
        conn.execute(text("set local session_replication_role = replica"))
        conn.execute(
            text("update phi_access set at = :at where object_id = :id and purpose = 'assigned'"),
            {"at": real_now() - disclosure.READ_AFTER - timedelta(minutes=1),
             "id": made.rework.rework_id},
        )
        row = conn.execute(
            text("select * from work_item where rework_id = cast(:id as uuid)"),
            {"id": made.rework.rework_id},
        ).one()
        assert not disclosure.may_see_phi(conn, Person("anna", "coder"), row)
        conn.rollback()


def test_break_glass_opens_one_patient_to_one_person_for_half_an_hour(
    engine: Engine, somebody: SignIn, made: Made
) -> None:
    with engine.begin() as conn:
        other = scene.denied(conn, next(_names))
        scene.play(conn, other)
    anna, carl = somebody("anna"), somebody("carl")
    path = f"/work/{made.rework.rework_id}/break-glass"

    assert anna.post(path, {"reason": "because"}).status_code == 409
    assert not _shows(anna, made)
    assert anna.post(path, {"reason": "The payer is on the phone about it"}).status_code < 400

    assert _shows(anna, made)
    page = f"/work/{made.rework.rework_id}"
    assert "It is open to you until" in anna.client.get(page).text
    assert anna.page(page)["page"]["glass_until"]
    assert not _shows(anna, other)
    assert not _shows(carl, made)
    with engine.begin() as conn:
        conn.execute(text("update break_glass set until = now() - interval '1 second'"))
    assert not _shows(anna, made)


def test_the_supervisor_of_the_facility_sees_it_at_once_and_reviews_it_once(
    engine: Engine, somebody: SignIn, made: Made
) -> None:
    path = f"/work/{made.rework.rework_id}/break-glass"
    assert somebody("bert").post(path, {"reason": "Asked by the front desk"}).status_code < 400
    sue, nina = somebody("sue"), somebody("nina")

    opened = [
        one for one in sue.page("/break-glass")["opened"]
        if one["rework_id"] == made.rework.rework_id
    ]

    assert [one["who"] for one in opened] == ["bert"]
    assert opened[0]["reason"] == "Asked by the front desk"
    assert nina.page("/break-glass")["opened"] == []
    review = f"/break-glass/{opened[0]['glass_id']}/reviewed"
    assert nina.post(review, {}).status_code == 404
    assert sue.post(review, {}).status_code < 400
    assert sue.post(review, {}).status_code == 404


def test_an_auditor_sees_an_item_only_after_breaking_its_glass(
    somebody: SignIn, made: Made
) -> None:
    aude, path = somebody("aude"), f"/work/{made.rework.rework_id}"
    assert aude.status(path) == 404
    assert aude.post(f"{path}/break-glass", {"reason": "Yearly review, case 12"}).status_code < 400
    assert _shows(aude, made)
    shown = aude.client.get(path).text
    assert "data-live" not in shown  # news of the list are not an auditor's: none is asked for
    assert "data-live" in somebody("sue").client.get(path).text


def test_an_item_that_cannot_be_seen_cannot_be_opened_by_break_glass(
    somebody: SignIn, made: Made
) -> None:
    path = f"/work/{made.rework.rework_id}/break-glass"
    reason = {"reason": "I would like to know this"}
    assert somebody("nora").post(path, reason).status_code == 404
    assert somebody("hugo").post(path, reason).status_code == 404
    assert somebody("adam").post(path, reason).status_code == 403
