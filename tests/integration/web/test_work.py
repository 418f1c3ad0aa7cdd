"""A coder corrects, a biller releases, and the fate of it comes back to the item."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas.events import Adjudicated, Bill, Coded, Evidence, PaidLine, Submitted
from services.codes import icd10cm
from services.worklist.shown import opened
from services.worklist.shown.page import NoteShown
from tests.integration.web import scene, visits
from tests.integration.web.acting import codings, correction, marked, path_of, take
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"v{n}" for n in itertools.count())


def _waiting(engine: Engine, made: Made) -> int:
    with engine.connect() as conn:
        return int(conn.execute(
            text("select count(*) from outbox where key = :id and pending"),
            {"id": made.encounter_id},
        ).scalar_one())


def test_a_held_claim_goes_out_at_once_with_its_evidence(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    fields = correction(page, dx=["E11.9", "I10"], evidence=marked(page, "1. Type 2"))
    answer = anna.post(path_of(held) + "/correct", fields)
    assert answer.status_code == 200
    first, second = codings(engine, held.encounter_id)
    assert (second.version, second.reason, second.rework_id) == (
        2, "correction", held.rework.rework_id
    )
    assert [d.code for d in second.bill.diagnoses] == ["E11.9", "I10"]
    assert second.bill.diagnoses[0].assigned_by == "C-01"
    assert second.bill.demographics == first.bill.demographics
    assert second.evidence[0].end > second.evidence[0].start
    assert _waiting(engine, held) == 1
    assert anna.page(path_of(held))["page"]["item"]["state"] == "released"
    with engine.begin() as conn:
        scene.see(conn, scene.fate(held, second, 6100))
    shown = anna.client.get(path_of(held)).text
    assert "Found on version 1 of the coding, which came back" in shown
    assert "version 2 of the coding, billed since" in shown
    assert "not billed" not in shown


def test_a_passage_that_supports_two_changes_stands_once_and_names_the_line_by_its_number() -> None:
    note = NoteShown(note_id="N", title="Note", signed_on=None, text="Seen.", sentences=())
    bill = Bill(lines=(scene.line(7, "99213", 1),))
    evidence = tuple(
        Evidence(note_id="N", start=0, end=5, about=f"line L7 {part}", reason="documented")
        for part in ("modifiers", "units")
    )
    (quote,) = opened.quoted((note,), Coded(bill=bill, evidence=evidence))
    assert (quote.text, quote.about) == ("Seen.", "line 1, modifiers; line 1, units")


def test_a_refused_code_stands_there_again_with_its_words(somebody: SignIn, held: Made) -> None:
    anna = somebody("anna")
    fields = correction(take(anna, held)["page"], dx=["E11.65", "I10"], evidence="")
    answer = anna.client.post(
        path_of(held) + "/correct", data={"csrf": anna.csrf, **fields}, follow_redirects=False
    )
    assert answer.status_code == 422
    assert icd10cm.describe("E11.65") in answer.text


def test_a_denial_is_corrected_by_the_coder_and_goes_out_when_a_biller_releases_it(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    page = take(anna, denied)["page"]
    fields = correction(page, **{"modifiers.L1": "25"})
    assert anna.post(path_of(denied) + "/correct", fields).status_code == 200
    assert len(codings(engine, denied.encounter_id)) == 1
    listed = [item["rework_id"] for item in bert.page("/work")["items"]]
    assert denied.rework.rework_id in listed
    handed = bert.page(path_of(denied))["page"]
    assert handed["proposal"]["lines"][0]["modifiers"] == ["25"]
    (quote,) = handed["evidence"]
    assert (quote["about"], quote["reason"]) == (
        "line 1, modifiers", "A distinct service, documented as such"
    )
    seen = {"seen": handed["item"]["row_version"]}
    assert bert.post(path_of(denied) + "/release", seen).status_code == 200
    coded = codings(engine, denied.encounter_id)[-1]
    assert coded.coder_id == "C-01"
    assert coded.predecessor == denied.rework.control_number
    assert coded.bill.lines[0].modifiers == ("25",)


def test_the_fate_of_a_correction_comes_back_to_its_item(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    page = take(anna, denied)["page"]
    anna.post(path_of(denied) + "/correct", correction(page, **{"modifiers.L1": "25"}))
    seen = bert.page(path_of(denied))["page"]["item"]["row_version"]
    bert.post(path_of(denied) + "/release", {"seen": seen})
    coded = codings(engine, denied.encounter_id)[-1]
    events = scene.fate(denied, coded, 12000)
    shown = []
    for event in events:
        with engine.begin() as conn:
            scene.see(conn, (event,))
        shown.append(anna.page(path_of(denied) + "/fate")["item"]["fate"])
    assert shown == [
        "Passed the edits", "Claim made", "Sent to the payer", "Sent to the payer",
        "Accepted by the payer", "Paid $120.00",
    ]
    assert anna.page(path_of(denied) + "/fate")["item"]["settled"]


def test_what_was_sent_since_stands_beside_its_own_remittance(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    before = take(anna, denied)["page"]
    assert (before["billed"], before["answer"]) == (None, None)
    fields = correction(before, **{"modifiers.L1": "25"}) | {
        "code.new1": "93000", "units.new1": "1", "pointers.new1": "2", "pos.new1": "22",
    }
    fields |= {"line_id": [*fields["line_id"], "new1"], "evidence": [
        marked(before, "1. Type 2", "line L1 modifiers"),
        marked(before, "ECG 12-lead", "line V21 added"),
    ]}
    assert anna.post(path_of(denied) + "/correct", fields).status_code == 200
    seen = bert.page(path_of(denied))["page"]["item"]["row_version"]
    bert.post(path_of(denied) + "/release", {"seen": seen})
    coded = codings(engine, denied.encounter_id)[-1]
    *sent, paid = scene.fate(denied, coded, 12000)
    assert isinstance(paid, Adjudicated)
    with engine.begin() as conn:
        scene.see(conn, tuple(sent))
    waiting = anna.page(path_of(denied))["page"]
    assert [line["decided"] for line in waiting["coding"]["lines"]] == [False] * 3
    assert waiting["coding"]["lines"][0]["modifiers"] == ["25"]
    back = waiting["billed"]["lines"][0]
    assert (back["modifiers"], back["paid_cents"], back["adjustments"][0]["code"]) == (
        [], 0, "CO-4"
    )
    assert "has no remittance; once it has one" in anna.client.get(path_of(denied)).text
    line = PaidLine(line_id="L1", code="99213", charge_cents=16500, paid_cents=12000, units=1)
    with engine.begin() as conn:
        scene.see(conn, (replace(paid, lines=(line,)),))
    settled = anna.page(path_of(denied))["page"]
    assert settled["coding"]["lines"][0]["paid_cents"] == 12000
    assert settled["billed"]["lines"][0]["adjustments"][0]["code"] == "CO-4"
    assert settled["answer"]["control_number"] == paid.control_number
    assert settled["answer"]["paid_cents"] == 12000
    shown = anna.client.get(path_of(denied)).text
    assert "The claim that came back, and its remittance" in shown
    assert f'href="/work/{denied.rework.rework_id}#answer"' in shown


def test_a_claim_that_was_taken_back_keeps_the_remittance_that_came_back(
    somebody: SignIn, engine: Engine, denied: Made
) -> None:
    first = next(event for event in denied.events if isinstance(event, Submitted))
    void = replace(
        first, event_id=first.event_id[:-4] + "8888", frequency="8", control_number="VOIDED",
        occurred_at=first.occurred_at + timedelta(days=30),
    )
    with engine.begin() as conn:
        scene.see(conn, (void,))
    page = take(somebody("anna"), denied)["page"]
    assert (page["billed"], page["answer"]) == (None, None)
    assert page["coding"]["lines"][1]["paid_cents"] == 6100


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"evidence": ""}, "passage"),
        ({"evidence": "elsewhere:0:10"}, "not in the record"),
        ({"dx": ["E11", "I10"]}, "category"),
        ({"dx": ["E11.9", "E11.9"]}, "twice"),
        ({"units.L1": "0"}, "units"),
        ({"units.L1": "many"}, "units"),
        ({"pointers.L1": "7"}, "pointers"),
        ({"pos.L1": "00"}, "place"),
        ({"code.L1": "99499"}, "price"),
        ({"modifiers.L1": "25 59 RT LT 50"}, "four"),
        ({}, "Nothing is changed"),
    ],
)
def test_a_correction_that_does_not_hold_is_refused_with_the_reason_and_changes_nothing(
    somebody: SignIn, engine: Engine, denied: Made, over: dict[str, Any], says: str
) -> None:
    anna = somebody("anna")
    page = take(anna, denied)["page"]
    answer = anna.post(path_of(denied) + "/correct", correction(page, **over))
    assert answer.status_code == 422
    assert says in " ".join(problem["text"] for problem in answer.json()["problems"])
    assert len(codings(engine, denied.encounter_id)) == 1
    assert anna.page(path_of(denied))["page"]["item"]["state"] == "todo"


def test_the_charge_comes_from_the_price_list_and_not_from_the_form(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    passages = [
        marked(page, "1. Type 2 diabetes", "diagnosis E11.9"),
        marked(page, "return in three months", "line L1 code"),
    ]
    fields = correction(
        page, dx=["E11.9", "I10"], evidence=passages, **{"code.L1": "99214", "charge.L1": "1"}
    )
    refused = anna.post(path_of(held) + "/correct", {**fields, "charge_cents": "1"})
    assert "price list" in refused.json()["problems"][0]["text"]
    assert anna.post(path_of(held) + "/correct", fields).status_code == 200
    assert codings(engine, held.encounter_id)[-1].bill.lines[0].charge_cents == 24000


def test_a_save_on_a_page_that_is_no_longer_true_changes_nothing(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, held)["page"]
    stale = correction(page, dx=["E11.9", "I10"], evidence=marked(page, "1. Type 2"))
    assert anna.post(path_of(held) + "/correct", stale).status_code == 200
    assert anna.post(path_of(held) + "/correct", stale).status_code == 409
    assert len(codings(engine, held.encounter_id)) == 2


def test_of_two_people_who_save_at_once_one_is_told_that_the_other_was_first(
    somebody: SignIn, engine: Engine, held: Made
) -> None:
    people = [somebody("anna"), somebody("carl")]
    page = take(people[0], held)["page"]
    statuses: list[int] = []

    def save(person: Person) -> None:
        fields = correction(page, dx=["E11.9", "I10"], evidence=marked(page, "1. Type 2"))
        statuses.append(person.post(path_of(held) + "/correct", fields).status_code)

    threads = [threading.Thread(target=save, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert len(codings(engine, held.encounter_id)) == 2


def test_a_biller_cannot_correct_and_a_coder_cannot_release_or_close(
    somebody: SignIn, denied: Made
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    page = take(anna, denied)["page"]
    seen = {"seen": page["item"]["row_version"]}
    assert bert.post(path_of(denied) + "/correct", correction(page)).status_code == 409
    assert bert.post(path_of(denied) + "/release", seen).status_code == 409
    assert anna.post(path_of(denied) + "/release", seen).status_code == 409
    assert anna.post(path_of(denied) + "/appeal", seen).status_code == 409
    assert anna.post(path_of(denied) + "/no-such-move", seen).status_code == 409


def test_what_is_not_a_coders_to_fix_is_not_there_for_a_coder(
    somebody: SignIn, engine: Engine
) -> None:
    anna = somebody("anna")
    made = visits.denied(engine, team="AUTH_UM", category="AUTH", reason=("CO", "197"), remarks=())
    assert made.rework.rework_id not in [i["rework_id"] for i in anna.page("/work")["items"]]
    assert anna.status(path_of(made)) == 404
    assert anna.post(path_of(made) + "/confirm", {"seen": 1}).status_code == 404


def test_a_coder_sees_own_coding_first_and_then_the_nearest_deadline(
    somebody: SignIn, held: Made, denied: Made
) -> None:
    listed = somebody("anna").page("/work")["items"]
    keys = [(not item["mine"], item["due_on"]) for item in listed]
    assert keys == sorted(keys)
    others = somebody("carl").page("/work")["items"]
    assert others
    assert not any(item["mine"] for item in others)
    assert somebody("carl").page("/work?view=mine")["items"] == []


def test_the_list_names_nobody_and_the_items_page_names_the_patient(
    somebody: SignIn, denied: Made
) -> None:
    anna = somebody("anna")
    assert "Ostrander" not in anna.client.get("/work").text
    take(anna, denied)["page"]
    assert "Ostrander" in anna.client.get(path_of(denied)).text


def test_an_earlier_visit_of_the_patient_is_shown(somebody: SignIn, engine: Engine) -> None:
    with engine.begin() as conn:
        name = next(_names)
        before, _ = scene.visit(conn, next(_names), ("I10",), (), patient=name)
        scene.see(conn, (before,))
    made = visits.denied(engine, patient=name)
    assert len(somebody("anna").page(path_of(made))["page"]["earlier"]) == 1


@pytest.fixture
def stay(engine: Engine) -> Made:
    """A held stay of coder C-01."""
    with engine.begin() as conn:
        made = scene.stay(conn, next(_names))
        scene.play(conn, made)
    return made


def test_a_stay_shows_admission_discharge_presence_and_procedures_and_no_pointers(
    somebody: SignIn, stay: Made
) -> None:
    anna = somebody("anna")
    shown = take(anna, stay)["page"]
    assert shown["item"]["claim_type"] == "institutional"
    assert shown["others"] == [{"code": "secondary", "words": "Demo State Medicaid"}]
    assert shown["coding"]["stay"]["bill_type"] == "11x"
    assert shown["coding"]["stay"]["patient_status"]["code"] == "03"
    assert [p["code"] for p in shown["coding"]["stay"]["procedures"]] == ["02703ZZ"]
    html = anna.client.get(path_of(stay), headers={"Accept": "text/html"}).text
    assert 'name="poa"' in html
    assert 'name="pcs"' in html
    assert 'name="pointers.L1"' not in html
    assert "0120" in html


def test_a_coder_says_what_was_present_on_admission_and_corrects_the_procedures(
    somebody: SignIn, engine: Engine, stay: Made
) -> None:
    anna = somebody("anna")
    page = take(anna, stay)["page"]
    bare = anna.post(path_of(stay) + "/correct", correction(page, poa=["", "Y"]))
    assert bare.status_code == 422
    wrong = correction(page, poa=["Y", "N"], pcs=["02703Z"], pcs_on=["2026-06-01"])
    assert anna.post(path_of(stay) + "/correct", wrong).status_code == 422
    passages = [
        marked(page, "1. Heart failure", "present I50.9"),
        marked(page, "2. Essential", "present I10"),
        marked(page, "on day 1", "procedure 0T9B70Z"),
    ]
    right = correction(
        page, poa=["Y", "N"], pcs=["02703ZZ", "0T9B70Z", ""], pcs_on=["", "2026-06-02", ""],
        evidence=passages,
    )
    assert anna.post(path_of(stay) + "/correct", right).status_code == 200
    _, second = codings(engine, stay.encounter_id)
    held = second.bill.institutional
    assert held is not None
    assert [(d.code, d.present) for d in second.bill.diagnoses] == [("I50.9", "Y"), ("I10", "N")]
    assert [(p.code, p.performed_on.day) for p in held.procedures] == [
        ("02703ZZ", 1), ("0T9B70Z", 2)
    ]
    assert [x.charge_cents for x in second.bill.lines] == [855000, 21600]
