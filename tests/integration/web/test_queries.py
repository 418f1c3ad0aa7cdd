"""A coder asks the physician, the physician answers, and the record has an addendum."""

import html
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas import codec, ids, topics
from schemas.events import Encounter
from services.db import bulk, keyset
from services.db.tables.queries import PHYSICIAN_QUERY
from services.worklist.bill import coding
from services.worklist.item import private
from tests.integration.web import scene
from tests.integration.web.acting import correction
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"q{n}" for n in itertools.count())


@pytest.fixture
def held(engine: Engine) -> Made:
    """A held visit of coder C-01, as intake took it in."""
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
        conn.execute(
            text(
                "insert into intake (encounter_id, version, hash, state, source, taken_at)"
                " values (:id, 1, '\\x00', 'ready', 'fhir', now())"
            ),
            {"id": made.encounter_id},
        )
    return made


def _question(page: dict[str, Any], **over: Any) -> dict[str, Any]:
    note = page["notes"][0]
    passage = note["sentences"][1]
    return {
        "seen": page["item"]["row_version"], "template": "specificity",
        "condition": "type 2 diabetes mellitus",
        "evidence": f"{note['note_id']}:{passage['start']}:{passage['end']}",
    } | over


def _taken(person: Person, made: Made) -> dict[str, Any]:
    """Take an item and return its page."""
    path = f"/work/{made.rework.rework_id}"
    seen = person.page(path)["page"]["item"]["row_version"]
    assert person.post(f"{path}/take", {"seen": seen}).status_code < 400
    page: dict[str, Any] = person.page(path)["page"]
    return page


def _asked(person: Person, made: Made, **over: Any) -> str:
    path = f"/work/{made.rework.rework_id}"
    answer = person.post(f"{path}/query", _question(_taken(person, made), **over))
    assert answer.status_code < 400, answer.text
    found = person.page(path)["panels"]["query"]["queries"]
    return str(found[0]["query_id"])


def _undetermined(physician: Person, query_id: str) -> None:
    """Answer a query with what cannot be determined."""
    path = f"/queries/{query_id}"
    seen = physician.page(path)["query"]["row_version"]
    given = {"seen": seen, "chosen": "undetermined", "words": ""}
    assert physician.post(f"{path}/answer", given).status_code < 400


def _answered(engine: Engine, made: Made) -> Encounter:
    """Return the version of the visit that an answer made."""
    with engine.connect() as conn:
        value = conn.execute(
            text("select value from outbox where producer = 'intake' and key = :id"),
            {"id": made.encounter_id},
        ).scalar_one()
    version = codec.decode(topics.ENCOUNTER.name, bytes(value))
    assert isinstance(version, Encounter)
    return version


def test_a_query_lets_its_item_wait_and_the_answer_gives_it_back_with_an_addendum(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    path = f"/work/{held.rework.rework_id}"
    query_id = _asked(anna, held)
    waiting = anna.page(path)["page"]["item"]

    query = phil.page(f"/queries/{query_id}")["query"]
    chosen = next(one["code"] for one in query["options"] if one["words"] == "chronic")
    answered = phil.post(
        f"/queries/{query_id}/answer",
        {"seen": query["row_version"], "chosen": chosen, "words": "Since 2019."},
    )

    assert answered.status_code < 400, answered.text
    back = anna.page(path)
    assert (waiting["state"], back["page"]["item"]["state"]) == ("waiting", "todo")
    signed = f"Signed by {query['physician']}, NPI {query['npi']}, {scene.CLOCK.today():%-d %B %Y}."
    assert phil.page(f"/queries/{query_id}")["query"]["answer"].splitlines()[-1] == signed
    assert back["panels"]["query"]["queries"][0]["agreed"] is True
    version = _answered(engine, held)
    assert (version.version, version.notes[-1].query_id) == (2, query_id)
    assert version.notes[-1].title == "Addendum"
    assert version.notes[-1].signed_at is not None


def test_an_answer_is_told_in_the_head_and_its_addendum_stands_first_in_the_record(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    path = f"/work/{held.rework.rework_id}"
    query_id = _asked(anna, held)
    assert "The physician answered" not in anna.client.get(path).text
    _undetermined(phil, query_id)
    version = _answered(engine, held)
    with engine.begin() as conn:
        late = replace(version.notes[-1], post_bill=True)
        scene.see(conn, (replace(version, notes=(*version.notes[:-1], late)),))

    shown = anna.client.get(path).text
    assert "The physician answered" in shown
    assert 'href="#query-title"' in shown
    page = anna.page(path)["page"]
    assert [(n["title"], n["post_bill"]) for n in page["notes"]] == [
        ("Addendum", True), ("Outpatient Progress note", False),
    ]
    signed = [e["says"] for e in page["events"] if e["topic"] == topics.ENCOUNTER.name]
    assert signed[0] == "Visit documented"
    assert signed[1].startswith("Addendum signed on ")
    assert signed[1].endswith(", after billing")


def test_a_query_is_answered_once(somebody: SignIn, held: Made) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    query_id = _asked(anna, held)
    seen = phil.page(f"/queries/{query_id}")["query"]["row_version"]
    fields = {"seen": seen, "chosen": "undetermined", "words": ""}

    first = phil.post(f"/queries/{query_id}/answer", fields)
    second = phil.post(f"/queries/{query_id}/answer", fields)

    assert (first.status_code < 400, second.status_code) == (True, 409)


def test_a_leading_query_is_not_sent_and_what_was_typed_stays(
    somebody: SignIn, held: Made
) -> None:
    anna, path = somebody("anna"), f"/work/{held.rework.rework_id}"
    asked = "Please document that the diabetes is uncontrolled, as the payer wants."

    answer = anna.post(
        f"{path}/query", _question(_taken(anna, held), question=asked)
    )

    assert answer.status_code == 422
    assert {p["field"] for p in answer.json()["problems"]} == {"question"}
    assert answer.json()["typed"]["question"] == asked
    assert anna.page(path)["page"]["item"]["state"] == "todo"


def test_after_a_denial_no_query_is_asked_without_the_hospitals_policy(
    engine: Engine, somebody: SignIn
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names))
        scene.play(conn, made)
    anna, path = somebody("anna"), f"/work/{made.rework.rework_id}"

    answer = anna.post(f"{path}/query", _question(_taken(anna, made)))

    assert answer.status_code == 409
    assert "retrospective" in answer.json()["why"]


def test_a_held_correction_of_a_denied_visit_is_after_a_denial_too(
    engine: Engine, somebody: SignIn
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names))
        scene.play(conn, made)
        again = replace(scene.held(conn, next(_names)).rework, encounter_id=made.encounter_id)
        scene.see(conn, (again,))
    anna, path = somebody("anna"), f"/work/{again.rework_id}"

    answer = anna.post(f"{path}/query", _question(_taken(anna, replace(made, rework=again))))

    assert answer.status_code == 409
    assert "retrospective" in answer.json()["why"]


def test_an_addendum_is_after_billing_where_a_claim_went_out_before_it_was_signed(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    query_id = _asked(anna, held)
    with engine.begin() as conn:
        chart = held.events[0]
        assert isinstance(chart, Encounter)
        coded = replace(coding.initial(chart, held.bill, "C-01", scene.START), version=2)
        scene.see(conn, scene.fate(held, coded, 6100)[1:2])
    _undetermined(phil, query_id)
    version = _answered(engine, held)
    assert version.notes[-1].post_bill


def test_another_physicians_query_looks_like_none(somebody: SignIn, held: Made) -> None:
    query_id = _asked(somebody("anna"), held)

    assert somebody("phil").status(f"/queries/{query_id}") == 200
    assert somebody("petra").status(f"/queries/{query_id}") == 404
    assert somebody("bert").status(f"/queries/{query_id}") == 404


def test_who_asked_takes_a_query_back(somebody: SignIn, held: Made) -> None:
    anna = somebody("anna")
    query_id = _asked(anna, held)

    answer = anna.post(f"/queries/{query_id}/withdraw", {"seen": 1})

    assert answer.status_code < 400
    page = anna.page(f"/work/{held.rework.rework_id}")["page"]
    assert page["item"]["state"] == "todo"


def test_the_thread_of_an_item_is_read_by_coder_and_billing(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    path = f"/work/{held.rework.rework_id}"

    anna.post(f"{path}/note", {"words": "Called the ward about Marigold."})
    _taken(bert, held)

    written = bert.page(path)["panels"]["notes"]["notes"]
    assert [(n["who"], n["text"]) for n in written] == [
        ("anna", "Called the ward about Marigold.")
    ]
    with engine.connect() as conn:
        stored = conn.execute(text("select content from item_note")).scalars().all()
    assert all(b"Marigold" not in bytes(one) for one in stored)


def test_the_physician_writes_in_the_same_thread_and_reads_the_others_once_it_is_answered(
    somebody: SignIn, held: Made
) -> None:
    anna, phil, petra = somebody("anna"), somebody("phil"), somebody("petra")
    item = f"/work/{held.rework.rework_id}"
    path = f"/queries/{_asked(anna, held)}"
    anna.post(f"{item}/note", {"words": "The payer wants the type."})
    assert phil.page(path)["thread"] == []
    assert phil.post(f"{path}/note", {"words": "I answer after my round."}).status_code < 400
    assert petra.post(f"{path}/note", {"words": "Not mine."}).status_code == 404
    told = anna.page(item)["panels"]["notes"]["notes"]
    assert [(n["role"], n["text"]) for n in told] == [
        ("coder", "The payer wants the type."), ("physician", "I answer after my round."),
    ]
    assert [n["text"] for n in phil.page(path)["thread"]] == ["I answer after my round."]
    seen = phil.page(path)["query"]["row_version"]
    phil.post(f"{path}/answer", {"seen": seen, "chosen": "undetermined", "words": ""})
    assert len(phil.page(path)["thread"]) == 2
    assert "The payer wants the type." in phil.client.get(path).text
    assert anna.page(path)["thread"] is None


def test_the_physician_is_told_whose_record_the_addendum_becomes_part_of(
    somebody: SignIn, held: Made
) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    path = f"/queries/{_asked(anna, held)}"
    whose = phil.page(path)["whose"]
    name = anna.page(f"/work/{held.rework.rework_id}")["page"]["patient"]["name"]
    assert name
    assert (whose["patient"]["name"], whose["served_on"]) == (name, str(scene.START.date()))
    assert anna.page(path)["whose"] is None


def test_the_form_begins_with_the_question_the_finding_suggests_and_names_who_is_asked(
    engine: Engine, somebody: SignIn
) -> None:
    with engine.begin() as conn:
        made = scene.stay(conn, next(_names))
        scene.play(conn, made)
    anna = somebody("anna")
    _taken(anna, made)

    form = anna.page(f"/work/{made.rework.rework_id}/query")

    assert (form["suggested"], form["typed"]["template"]) == ("presence", "presence")
    assert form["physician"]
    assert form["preview"] is None


@pytest.mark.parametrize(("reason", "remarks", "template"), [
    (("CO", "151"), (), "service"), (("CO", "16"), ("M81",), "specificity"),
    (("CO", "197"), (), ""),
])
def test_the_form_of_a_denial_without_a_finding_begins_with_what_its_code_suggests(
    engine: Engine, somebody: SignIn, reason: tuple[str, str], remarks: tuple[str, ...],
    template: str,
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), reason=reason, remarks=remarks)
        scene.play(conn, made)
    anna = somebody("anna")
    _taken(anna, made)

    form = anna.page(f"/work/{made.rework.rework_id}/query")

    assert (form["suggested"], form["typed"]["template"]) == (template, template)


def test_a_query_is_composed_from_a_finding_beside_the_editor(
    engine: Engine, somebody: SignIn
) -> None:
    with engine.begin() as conn:
        stay, denied = scene.stay(conn, next(_names)), scene.denied(conn, next(_names))
        scene.play(conn, stay)
        scene.play(conn, denied)
    anna = somebody("anna")
    for made, asked in ((stay, True), (denied, False)):
        path = f"/work/{made.rework.rework_id}"
        shown = correction(_taken(anna, made), dx=["I50.9", "M25.569"])
        live = anna.client.post(f"{path}/check", data={"csrf": anna.csrf, **shown}).text
        assert (f'href="{path}/query?finding=' in live) is asked
    path = f"/work/{stay.rework.rework_id}/query"
    assert anna.page(f"{path}?finding=side_unspecified")["typed"]["template"] == "side"
    assert anna.page(f"{path}?finding=nothing")["typed"]["template"] == "presence"


def test_a_form_that_could_not_be_sent_is_not_shown(somebody: SignIn, held: Made) -> None:
    anna, sue, path = somebody("anna"), somebody("sue"), f"/work/{held.rework.rework_id}/query"
    assert "not possible" in sue.page(path)["refused"]
    assert 'name="condition"' not in sue.client.get(path).text
    _asked(anna, held)
    assert "waits for a physician" in anna.page(path)["refused"]


def test_a_query_is_read_before_it_is_sent(somebody: SignIn, held: Made) -> None:
    anna, path = somebody("anna"), f"/work/{held.rework.rework_id}"

    answer = anna.post(f"{path}/query", _question(_taken(anna, held), preview="1"))

    assert answer.status_code == 200
    preview = answer.json()["preview"]
    assert preview["question"].startswith("The record describes type 2 diabetes mellitus.")
    assert preview["options"][-1] == "Unable to determine"
    assert answer.json()["typed"]["marked"]
    assert anna.page(path)["page"]["item"]["state"] == "todo"


def _alike(engine: Engine, query_id: str, count: int) -> None:
    """Write queries like one that is there, some of the same day and moment."""
    with engine.begin() as conn:
        row = conn.execute(
            text("select * from physician_query where query_id = cast(:id as uuid)"),
            {"id": query_id},
        ).one()
        kid = coding.current(conn, row.encounter_id).bill.demographics.kid
        told = private.unseal(
            conn, scene.SITE, row.encounter_id, f"query:{query_id}", bytes(row.content))
        alike = [ids.derive("query like", query_id, n) for n in range(count)]
        bulk.insert(conn, PHYSICIAN_QUERY, [
            {
                **row._mapping, "query_id": one, "due_on": row.due_on + timedelta(days=n % 5),
                "asked_at": row.asked_at + timedelta(seconds=n % 3),
                "content": private.seal(
                    conn, scene.SITE, kid, row.encounter_id, f"query:{one}", told),
            }
            for n, one in enumerate(alike)
        ])


def test_a_long_list_of_queries_is_read_page_by_page_and_holds_each_once(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    with engine.begin() as conn:
        conn.execute(text("delete from physician_query"))
    anna, phil = somebody("anna"), somebody("phil")
    _alike(engine, _asked(anna, held), keyset.PAGE + 20)
    for person in (anna, phil, somebody("sue")):
        first = person.page("/queries")
        last = person.page(f"/queries?after={first['next'].replace('+', '%2B')}")
        seen = [(one["due_on"], one["asked_at"], one["query_id"])
                for one in (*first["queries"], *last["queries"])]
        assert (len(first["queries"]), last["next"]) == (keyset.PAGE, "")
        assert len(set(seen)) == len(seen) == keyset.PAGE + 21
        assert seen == sorted(seen)
    shown = phil.client.get("/queries").text
    (following,) = re.findall(r'<a class="button" href="([^"]+)" data-key="&gt;"', shown)
    assert "First page" in phil.client.get(html.unescape(following)).text


def test_what_was_answered_is_listed_from_the_latest_back(
    engine: Engine, somebody: SignIn, held: Made
) -> None:
    anna = somebody("anna")
    query_id = _asked(anna, held)
    _alike(engine, query_id, 10)
    with engine.begin() as conn:
        conn.execute(text("update physician_query set state = 'withdrawn'"))
    listed = anna.page("/queries?state=withdrawn")["queries"]
    asked = [(one["due_on"], one["asked_at"]) for one in listed]
    assert len(asked) > 10
    assert asked == sorted(asked, reverse=True)
