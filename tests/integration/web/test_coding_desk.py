"""The coding desk: search beside an item, live findings, reasons and passages, new visits."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from schemas.events import Adjudicated, Encounter
from services.worklist.clockwork import arrivals
from services.worklist.feed import feed
from tests.integration.web import scene
from tests.integration.web.acting import codings, correction, marked, path_of, take
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"desk{n}" for n in itertools.count())
WRITTEN = "1. Type 2 diabetes"


def check(person: Person, made: Made, **over: Any) -> dict[str, Any]:
    """Return what stands beside the editor for a form as typed."""
    fields = correction(take(person, made)["page"], **over)
    answer = person.post(path_of(made) + "/check", fields)
    assert answer.status_code == 200
    live: dict[str, Any] = answer.json()["live"]
    return live


def problems(answer: Any) -> str:
    assert answer.status_code == 422
    return " ".join(one["text"] for one in answer.json()["problems"])


def test_what_is_typed_is_judged_as_validation_would_and_says_what_it_answers(
    somebody: SignIn, held: Made
) -> None:
    anna = somebody("anna")
    before = check(anna, held)
    assert before["verdict"] == "held"
    assert {f["state"] for f in before["findings"]} == {"there"}
    assert not before["changes"]
    after = check(anna, held, dx=["E11.9", "I10"])
    gone = [f for f in after["findings"] if f["state"] == "gone" and f["severity"] == "hold"]
    assert [f["fields"] for f in gone] == [["dx-1"]]
    assert not [f for f in after["findings"] if f["state"] != "gone" and f["severity"] == "hold"]


def test_a_mistake_that_is_typed_is_new_and_names_its_field(somebody: SignIn, held: Made) -> None:
    live = check(somebody("anna"), held, dx=["E11.9", "E10.9"])
    (found,) = [f for f in live["findings"] if f["edit"] == "excludes1"]
    assert (found["state"], found["fields"]) == ("new", ["dx-2"])


def test_the_effect_says_dollars_and_the_claim_that_would_go_out(
    somebody: SignIn, denied: Made
) -> None:
    live = check(somebody("anna"), denied, **{"code.L1": "99214"})
    effect = live["effect"]
    assert effect["charge_after"] - effect["charge_before"] == 24000 - 16500
    assert effect["frequency"] == "7"
    assert effect["expected_before"] is not None


def test_each_change_needs_a_passage_of_its_own(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    one = correction(
        page, dx=["E11.9", "I10"], evidence=marked(page, WRITTEN), **{"units.L1": "2"}
    )
    assert "Units of line 1" in problems(anna.post(path_of(held) + "/correct", one))
    both = [
        marked(page, WRITTEN, "diagnosis E11.9"),
        marked(page, "return in three months", "line L1 units"),
    ]
    fields = one | {"evidence": both, "why.line L1 units": "documented_units"}
    assert anna.post(path_of(held) + "/correct", fields).status_code == 200
    sent = codings(engine, held.encounter_id)[-1]
    assert [(e.about, e.reason) for e in sent.evidence] == [
        ("diagnosis E11.9", "documented_detail"), ("line L1 units", "documented_units")
    ]


def test_a_passage_supports_the_change_it_follows_and_each_it_speaks_of(
    somebody: SignIn, held: Made
) -> None:
    anna = somebody("anna")
    passage = marked(take(anna, held)["page"], WRITTEN)
    live = check(
        anna, held, dx=["E11.9", "I10"], evidence=passage, focus="units.L1", **{"units.L1": "2"}
    )
    chosen = {c["key"]: [p["value"] for p in c["passages"] if p["chosen"]] for c in live["changes"]}
    assert chosen == {"diagnosis E11.9": [passage], "line L1 units": [passage]}


def test_what_the_passage_does_not_say_waits_for_the_physician(
    somebody: SignIn, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    fields = correction(page, dx=["E11.22", "I10"], evidence=marked(page, WRITTEN))
    assert "ask the physician" in problems(anna.post(path_of(held) + "/correct", fields))
    fields = correction(page, dx=["J44.9", "I10"], evidence=marked(page, WRITTEN))
    assert "covered" in problems(anna.post(path_of(held) + "/correct", fields))


def test_registration_and_authorisation_are_refused_in_words(somebody: SignIn, held: Made) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    fields = correction(page, dx=["E11.9", "I10"], birth_date="1970-01-01", authorization="A1")
    said = problems(anna.post(path_of(held) + "/correct", fields))
    assert "registration" in said
    assert "authorisation" in said


def test_a_documented_line_is_added_with_the_price_of_the_list(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    fields = correction(page, dx=["E11.9", "I10"], evidence=[
        marked(page, WRITTEN, "diagnosis E11.9"), marked(page, "ECG 12-lead", "line V21 added"),
    ])
    fields["line_id"] = [*fields["line_id"], "new1"]
    fields |= {
        "code.new1": "93000", "modifiers.new1": "", "units.new1": "1", "pointers.new1": "B",
        "pos.new1": "22",
    }
    assert anna.post(path_of(held) + "/correct", fields).status_code == 200
    added = codings(engine, held.encounter_id)[-1].bill.lines[-1]
    assert (added.code, added.pointers, added.source) == ("93000", (2,), "coder")
    assert added.charge_cents > 0
    assert added.line_id not in {line.line_id for line in held.bill.lines}


def look(
    person: Person, made: Made, page: dict[str, Any], words: str, field: str, at: int, **over: Any
) -> dict[str, dict[str, Any]]:
    """Return what is found beside a form as typed, by code."""
    asked = {"q": words, "field": field, "at": str(at)}
    answer = person.post(path_of(made) + "/codes", correction(page, **over) | asked)
    assert answer.status_code == 200, answer.text
    (group,) = answer.json()["groups"]
    return {hit["code"]: hit for hit in group["hits"]}


def test_search_beside_an_item_judges_a_code_on_the_claim_as_it_is_typed(
    somebody: SignIn, held: Made
) -> None:
    anna = somebody("anna")
    page, words = take(anna, held)["page"], "type 1 diabetes"
    beside = look(anna, held, page, words, "dx", 1, dx=["E11.9", words])["E10.9"]
    assert [text for severity, text in beside["notes"] if "exclude each other" in text]
    alone = look(anna, held, page, words, "dx", 1, dx=["I10", words])["E10.9"]
    assert alone["notes"] == []
    assert not alone["on_claim"]
    assert look(anna, held, page, "E10.9", "dx", 2, dx=["I10", "E10.9", "E10.9"])["E10.9"][
        "on_claim"
    ]


def test_search_beside_an_item_knows_the_line_it_is_typed_on(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, denied)["page"]
    taken_off = {"remove.L1": "1", "modifiers.L2": "RT le"}
    side = look(anna, denied, page, "le", "modifiers", 1, **taken_off)["LT"]
    alone = look(anna, denied, page, "le", "modifiers", 1, **taken_off | {"modifiers.L2": "le"})
    assert side["notes"] != alone["LT"]["notes"]


def test_search_beside_an_item_shows_what_the_payer_that_denied_it_decided_here(
    somebody: SignIn, engine: Engine
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names))
        decided = next(one for one in made.events if isinstance(one, Adjudicated))
        scene.play(conn, replace(
            made, events=(*(one for one in made.events[:-2]), replace(decided, payer_id="MEDICAID"),
                          replace(made.rework, payer_id="MEDICAID")),
        ))
    anna = somebody("anna")
    page = take(anna, made)["page"]
    here = look(anna, made, page, "99213", "code", 0)["99213"]["here"]
    assert (here["lines"], here["denied"]) == (1, 1)


def test_a_category_opens_beside_an_item(somebody: SignIn, held: Made) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    below = look(anna, held, page, "", "dx", 0, below="E11.6")
    assert list(below)[:2] == ["E11.61", "E11.62"]
    assert "25" in look(anna, held, page, "separate", "modifiers", 0)


def test_what_was_paid_and_denied_here_is_shown_with_its_reasons(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")
    shown = anna.page(path_of(denied) + "/paid-here?code=99213&kind=code")["here"]
    assert shown["denied"] >= 1
    assert shown["reasons"][0][0] == "CO-4"
    paid = anna.page(path_of(denied) + "/paid-here?code=I10&kind=dx")["here"]
    assert paid["lines"] >= paid["paid"] >= 1


def test_a_decision_that_the_payer_took_back_counts_no_more(
    somebody: SignIn, engine: Engine
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), payer="TRICARE", plan="government")
        scene.play(conn, made)
    anna = somebody("anna")
    path = path_of(made) + "/paid-here?code=99213&kind=code"
    assert anna.page(path)["here"]["denied"] == 1
    decided = next(e for e in made.events if type(e).__name__ == "Adjudicated")
    back = replace(
        decided, event_id=decided.event_id[:-4] + "beef", status="22", remittance_id="R9",  # type: ignore[call-arg]
        decided_on=decided.decided_on + timedelta(days=9), charge_cents=-26000, paid_cents=-6100,  # type: ignore[attr-defined]
    )
    with engine.begin() as conn:
        scene.see(conn, (back, back))
    assert anna.page(path)["here"] is None


def new_visit(engine: Engine, *, signed: bool = True) -> tuple[str, str]:
    """Return the item and the encounter of a visit that needs a coder."""
    with engine.begin() as conn:
        lines = (scene.line(1, "99213", 16500),)
        encounter, _ = scene.visit(conn, next(_names), ("E11", "I10"), lines)
        if not signed:
            notes = tuple(replace(note, signed_at=None) for note in encounter.notes)
            encounter = replace(encounter, notes=notes)
        chart = feed.Chart("awaiting_coding", 1, 0, encounter)
        feed.save(conn, {encounter.encounter_id: chart})
        scene.see(conn, (encounter,))
        arrivals.arrive(conn, scene.CLOCK.now())
    return arrivals.item_id(encounter.encounter_id, "coding"), encounter.encounter_id


def test_a_new_visit_is_coded_on_the_same_page_from_a_suggestion(
    somebody: SignIn, engine: Engine
) -> None:
    anna = somebody("anna")
    item, encounter_id = new_visit(engine)
    first = anna.page(f"/work/{item}")["page"]
    anna.post(f"/work/{item}/take", {"seen": first["item"]["row_version"]})
    page = anna.page(f"/work/{item}")["page"]
    assert page["coding"]["version"] == 0
    assert {d["source"] for d in page["coding"]["diagnoses"]} == {"suggestion"}
    fields = correction(page, dx=["E11.9", "I10"], evidence=marked(page, WRITTEN))
    assert anna.post(f"/work/{item}/code", fields).status_code == 200
    (coded,) = codings(engine, encounter_id)
    assert (coded.version, coded.reason, coded.coder_id) == (1, "initial", "C-01")
    assert {d.assigned_by for d in coded.bill.diagnoses} == {"C-01"}
    assert coded.bill.lines[0].pointers == (1, 2)


def test_an_unsigned_note_stops_coding_and_says_whose_it_is(
    somebody: SignIn, engine: Engine
) -> None:
    item, encounter_id = new_visit(engine, signed=False)
    sue = somebody("sue")
    shown = sue.page(f"/work/{item}")
    assert "Not signed" in shown["panels"]["coding"]["stopped"]["words"][0]
    assert shown["panels"]["coding"]["stopped"]["owner"] == "HIM"
    assert codings(engine, encounter_id) == []


def test_a_note_that_nobody_signed_supports_no_change(somebody: SignIn, engine: Engine) -> None:
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        chart = made.events[0]
        assert isinstance(chart, Encounter)
        unsigned = replace(
            chart, notes=tuple(replace(note, signed_at=None) for note in chart.notes)
        )
        scene.play(conn, replace(made, events=(unsigned, *made.events[1:])))
    anna = somebody("anna")
    page = take(anna, made)["page"]
    fields = correction(page, dx=["E11.9", "I10"], evidence=marked(page, WRITTEN))
    said = problems(anna.post(path_of(made) + "/correct", fields))
    assert "not in the record as signed" in said
    shown = anna.client.get(path_of(made)).text
    assert "once its author has signed it" in shown


def changed_visit(engine: Engine) -> tuple[str, str]:
    """Return the item and the encounter of a coded visit whose charges changed since."""
    with engine.begin() as conn:
        lines = (scene.line(1, "99213", 16500, pointers=(1, 2)), scene.line(2, "93000", 9500))
        encounter, coded = scene.visit(conn, next(_names), ("E11.9", "I10"), lines)
        first = replace(coded, bill=encounter.bill)
        feed.save(conn, {encounter.encounter_id: feed.Chart("coded", 1, 1, encounter, first)})
        kept = (replace(lines[0], units=2, charge_cents=33000), scene.line(3, "80053", 6200))
        later = replace(
            encounter, version=2, event_id=encounter.event_id[:-4] + "0002",
            bill=replace(encounter.bill, lines=kept),
        )
        scene.see(conn, (encounter, later))
        feed.save(conn, {
            encounter.encounter_id: feed.Chart("changed_after_coding", 2, 1, later)
        })
        arrivals.arrive(conn, scene.CLOCK.now())
    return arrivals.item_id(encounter.encounter_id, "charge_change"), encounter.encounter_id


def test_charges_that_changed_are_shown_and_taken_over(somebody: SignIn, engine: Engine) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    item, encounter_id = changed_visit(engine)
    first = anna.page(f"/work/{item}")["page"]
    anna.post(f"/work/{item}/take", {"seen": first["item"]["row_version"]})
    shown = anna.page(f"/work/{item}")
    assert "Charge added: 80053 x1" in shown["panels"]["coding"]["changed"]
    page = shown["page"]
    assert [line["code"] for line in page["coding"]["lines"]] == ["99213", "80053"]
    assert page["coding"]["lines"][0]["units"] == 2
    assert page["coding"]["lines"][0]["pointers"] == [1, 2]
    fields = correction(page)
    del fields["evidence"]
    assert anna.post(f"/work/{item}/correct", fields).status_code == 200
    handed = bert.page(f"/work/{item}")["page"]["item"]
    bert.post(f"/work/{item}/take", {"seen": handed["row_version"]})
    seen = bert.page(f"/work/{item}")["page"]["item"]["row_version"]
    assert bert.post(f"/work/{item}/release", {"seen": seen}).status_code == 200
    _, second = codings(engine, encounter_id)
    assert (second.reason, second.encounter_version) == ("charge_change", 2)
    assert [line.code for line in second.bill.lines] == ["99213", "80053"]
    assert "L2" in second.dropped


def test_a_supervisor_takes_a_finding_upon_herself_and_a_guardrail_refuses_in_words(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    sue = somebody("sue")
    shown = sue.page(path_of(held))
    fields = {
        "seen": shown["page"]["item"]["row_version"], "finding": "dx_billable|diagnosis 1",
        "reason": "documented", "evidence": marked(shown["page"], WRITTEN),
    }
    assert sue.post(path_of(held) + "/override", {**fields, "evidence": ""}).status_code == 422
    guarded = sue.post(path_of(held) + "/override", {**fields, "finding": "no_data|claim"})
    assert "Nobody may override it" in problems(guarded)
    assert sue.post(path_of(held) + "/override", fields).status_code == 200
    (asked,) = codings(engine, held.encounter_id)[-1].overrides
    assert (asked.edit, asked.place, asked.reason) == ("dx_billable", "diagnosis 1", "documented")
    with engine.connect() as conn:
        refused = conn.execute(
            text("select why from override_attempt where encounter_id = :id order by why"),
            {"id": held.encounter_id},
        ).scalars().all()
    assert refused == ["evidence", "guardrail"]
