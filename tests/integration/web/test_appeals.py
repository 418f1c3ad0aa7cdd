"""Appeals and reopenings: the letter, its packet, its levels and its days."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from schemas import ids
from schemas.events import Acknowledged, Adjudicated
from tests.integration.web import scene
from tests.integration.web.acting import (
    codings,
    decided,
    do,
    offered,
    page_of,
    passage,
    path_of,
    take,
)
from tests.integration.web.conftest import Person
from tests.integration.web.visits import denied, put

SignIn = Callable[[str], Person]
_names = (f"appeal-{n}" for n in itertools.count())


def _said(day: str) -> str:
    return f"{date.fromisoformat(day):%-d %B %Y}"


def _one(engine: Engine, sql: str, **given: Any) -> Any:
    with engine.connect() as conn:
        return conn.execute(text(sql), given).one()


def test_an_appeal_is_a_letter_with_its_packet_and_waits_for_the_payer(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), denied(engine)
    assert do(anna, made, "confirm").status_code == 200
    page = take(bert, made)
    offer = offered(page)["appeal"]
    assert offer["says"] == "Appeal: First internal appeal"
    assert offer["due_on"] == "2026-12-14"
    letter = next(one["value"] for one in offer["fields"] if one["name"] == "letter")
    assert "$165.00" in letter
    assert "Ostrander" not in letter
    words = letter.replace("We ask", "We kindly ask")
    looked = do(bert, made, "appeal/preview", letter=words, evidence=passage(page))
    assert looked.content.startswith(b"%PDF")
    assert do(bert, made, "appeal/preview", letter="Pay.").status_code == 422
    assert page_of(bert, made)["panels"]["decide"]["appeals"] == []
    done = do(bert, made, "appeal", letter=words, evidence=passage(page))
    assert done.status_code == 200
    page = page_of(bert, made)
    assert (page["page"]["item"]["state"], page["page"]["item"]["waits_for"]) == (
        "waiting", "payer"
    )
    (asked,) = page["panels"]["decide"]["appeals"]
    assert (asked["level"], asked["state"], asked["pages"]) == ("appeal_1", "sent", 4)
    told = decided(engine, made)[-1]
    assert (told.decision, told.level, told.due_on.isoformat()) == (
        "appeal", "appeal_1", "2026-12-14"
    )
    row = _one(engine, "select letter, packet, file_name from appeal where rework_id = :id",
               id=made.rework.rework_id)
    assert not bytes(row.packet).startswith(b"%PDF")
    assert b"kindly" not in bytes(row.letter)
    assert row.file_name == f"appeal_1-{made.rework.control_number}.pdf"


def test_a_packet_is_given_to_who_may_see_the_patient_and_that_is_noted(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = denied(engine, team="BILLING", category="AUTH", reason=("CO", "197"), remarks=())
    assert do(bert, made, "appeal").status_code == 200
    (asked,) = page_of(bert, made)["panels"]["decide"]["appeals"]
    where = f"{path_of(made)}/appeals/{asked['appeal_id']}"
    assert bea.status(where) == 404
    take(bea, made)
    given = bea.client.get(where)
    assert given.content.startswith(b"%PDF")
    assert given.headers["content-type"] == "application/pdf"
    assert "attachment" in given.headers["content-disposition"]
    assert bea.status(f"{path_of(made)}/appeals/{ids.derive('appeal', 'no such')}") == 404
    noted = _one(engine, "select count(*) as n from phi_access where action = 'appeal.read'"
                 " and object_id = :id and actor = 'bea'", id=made.rework.rework_id)
    assert noted.n == 1


def test_a_lost_appeal_offers_the_next_level_and_a_won_one_closes_the_item(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = denied(engine, team="BILLING", category="AUTH", reason=("CO", "197"), remarks=(),
                   payer="MEDICARE", plan="medicare")
    assert offered(page_of(bert, made))["appeal"]["says"] == "Appeal: Redetermination"
    assert do(bert, made, "appeal").status_code == 200
    assert set(offered(page_of(bert, made))) == {"outcome", "resume"}
    assert do(bert, made, "resume").status_code == 409
    assert do(bert, made, "outcome", outcome="perhaps").status_code == 422
    assert do(bert, made, "outcome", outcome="lost", answered_on="2026-06-01").status_code == 422
    assert do(bert, made, "outcome", outcome="lost").status_code == 200
    page = page_of(bert, made)
    assert page["page"]["item"]["state"] == "todo"
    assert offered(page)["appeal"]["says"] == "Appeal: Reconsideration"
    assert offered(page)["appeal"]["due_on"] == "2027-01-04"
    assert do(bert, made, "appeal").status_code == 200
    assert do(bert, made, "outcome", outcome="won").status_code == 200
    assert page_of(bert, made)["page"]["item"]["state"] == "decided"
    told = [one for one in decided(engine, made) if one.decision != "refused"]
    assert [(one.decision, one.level, one.outcome) for one in told] == [
        ("appeal", "appeal_1", ""), ("appeal_upheld", "appeal_1", "lost"),
        ("appeal", "reconsideration", ""), ("appeal_overturned", "reconsideration", "won"),
    ]


def test_what_was_never_adjudicated_is_not_appealed(somebody: SignIn, engine: Engine) -> None:
    bert = somebody("bert")
    made = denied(engine, team="BILLING", category="BILLING_DATA", reason=("CO", "16"),
                   remarks=("MA130",))
    put(engine, made, "appealable = false")
    assert "appeal" not in offered(page_of(bert, made))
    assert do(bert, made, "appeal").status_code == 409
    assert offered(page_of(bert, made))["resend"]["will"].endswith("as a new claim (1), unchanged.")


def test_beside_an_appeal_a_corrected_claim_leaves_only_where_the_payer_takes_both(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    for payer, status in (("BCBS", 409), ("EMPLOYER", 200)):
        made = denied(engine, payer=payer, category="MED_NEC", remarks=())
        other = replace(
            made.rework, rework_id=ids.derive("other", made.encounter_id),
            event_id=ids.derive("other event", made.encounter_id),
        )
        with engine.begin() as conn:
            scene.see(conn, (other,))
        again = replace(made, rework=other)
        assert do(anna, again, "confirm").status_code == 200
        assert do(bert, again, "appeal").status_code == 200
        page = take(anna, made)
        lines = page["page"]["coding"]["lines"]
        fields: dict[str, Any] = {
            "dx": ["E11.9", "I10"], "line_id": ["L1", "L2"], "evidence": passage(page),
        }
        for line in lines:
            fields |= {
                f"code.{line['line_id']}": line["code"], f"units.{line['line_id']}": "1",
                f"pointers.{line['line_id']}": " ".join(map(str, line["pointers"])),
                f"pos.{line['line_id']}": line["place_of_service"],
                f"modifiers.{line['line_id']}": "25" if line["line_id"] == "L1" else "",
            }
        assert do(anna, made, "correct", **fields).status_code == 200
        assert do(bert, made, "release").status_code == status
    assert len(codings(engine, made.encounter_id)) == 2


def test_a_filing_limit_is_appealed_only_with_the_payers_own_acceptance(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    late: dict[str, Any] = {
        "team": "BILLING", "category": "TIMELY", "reason": ("CO", "29"), "remarks": (),
    }
    made = denied(engine, **late)
    panel = page_of(bert, made)["panels"]["decide"]
    assert panel["in_time"]
    assert panel["proof"]["categories"] == ["A1"]
    assert do(bert, made, "appeal").status_code == 200
    assert page_of(bert, made)["panels"]["decide"]["appeals"][0]["pages"] == 4
    with engine.begin() as conn:
        unproved = scene.denied(conn, next(_names), **late)
        kept = tuple(
            event for event in unproved.events
            if not (isinstance(event, Acknowledged) and event.hop == "277CA")
        )
        scene.play(conn, replace(unproved, events=kept))
    offer = offered(page_of(bert, unproved))["appeal"]
    assert offer["rules"] == ["no_proof"]
    assert "a 999 is no proof" in offer["refused"][0]


def test_an_appeal_past_its_last_day_says_so_and_is_still_offered(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    over: dict[str, Any] = {"team": "BILLING", "category": "AUTH", "reason": ("CO", "197")}
    made = denied(engine, **over)
    assert offered(page_of(bert, made))["appeal"]["late"] == ""
    with engine.begin() as conn:
        late = scene.denied(conn, next(_names), **over)
        long_ago = tuple(
            replace(event, decided_on=date(2025, 11, 29)) if isinstance(event, Adjudicated)
            else event for event in late.events
        )
        scene.play(conn, replace(late, events=long_ago))
    offer = offered(take(bert, late))["appeal"]
    assert offer["late"].startswith(f"The limit passed on {_said(offer['due_on'])}, ")
    assert "good cause" in offer["late"]
    assert offer["refused"] == []
    shown = bert.client.get(path_of(late), headers={"accept": "text/html"}).text
    assert offer["late"] in shown
    assert do(bert, late, "appeal").status_code == 200


def test_a_claim_or_records_past_their_last_day_are_marked_and_still_offered(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    over: dict[str, Any] = {"team": "BILLING", "category": "AUTH", "reason": ("CO", "197")}
    made = denied(engine, **over)
    assert offered(page_of(bert, made))["replace"]["late"] == ""
    with engine.begin() as conn:
        late = scene.denied(conn, next(_names), **over)
        long_ago = tuple(
            replace(event, decided_on=date(2025, 5, 1)) if isinstance(event, Adjudicated)
            else event for event in late.events
        )
        scene.play(conn, replace(late, events=long_ago))
    offers = offered(take(bert, late))
    for move in ("replace", "send_records"):
        passed = f"The limit passed on {_said(offers[move]['due_on'])}, "
        assert offers[move]["late"].startswith(passed)
        assert offers[move]["refused"] == []
    assert (offers["void"]["due_on"], offers["void"]["late"]) == (None, ""), (
        "what was paid too much goes back whenever it is found")
    shown = bert.client.get(path_of(late), headers={"accept": "text/html"}).text
    assert shown.count(offers["replace"]["late"]) == 1
    assert offers["send_records"]["late"] in shown


def test_a_first_claim_past_its_filing_limit_is_marked_where_it_is_sent(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
        conn.execute(
            text("update work_item set place = 'BILLING', due_rule = 'filing',"
                 " due_on = '2026-06-20' where rework_id = cast(:id as uuid)"),
            {"id": made.rework.rework_id},
        )
    assert offered(take(bert, made))["resend"]["late"].startswith(
        "The limit passed on 20 June 2026, 11 days ago")
