"""A denial by letter or portal: found, entered, routed, and closed for the remittance's item."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from schemas import codec
from schemas.events import Adjudicated, Rework
from services.claims import terms
from services.clock import real_now
from services.codes import reference
from services.worklist.clockwork import scoring
from services.worklist.clockwork.scoring import Instant
from tests.integration.web import scene
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made
from tests.integration.web.visits import silent

SignIn = Callable[[str], Person]


def _fields(made: Made, **over: str) -> dict[str, str]:
    return {
        "number": made.rework.control_number, "step": "reasons", "letter_on": "2026-06-20",
        "received_on": "2026-06-24", "source": "letter", "payer_claim_number": "L-77",
        "where.1": "1", "group.1": "CO", "carc.1": "197", "remarks.1": "", "amount.1": "165.00",
    } | over


def _enter(person: Person, made: Made, **over: str) -> Any:
    return person.post("/denials/new", _fields(made, **over))


def test_the_claim_is_found_and_shown_without_the_patient(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine)
    assert bert.status("/denials/new") == 200
    answer = bert.post("/denials/new", {"number": made.rework.control_number.lower()})
    assert answer.status_code == 200
    assert [line["code"] for line in answer.json()["claim"]["lines"]] == ["99213", "93000"]
    assert "Ostrander" not in answer.text
    assert bert.post("/denials/new", {"number": "NO-SUCH"}).status_code == 422


def test_a_letter_is_routed_as_the_remittances_denial_would_be_and_can_be_appealed(
    somebody: SignIn, engine: Engine
) -> None:
    bert, ada, made = somebody("bert"), somebody("ada"), silent(engine)
    answer = _enter(bert, made)
    assert answer.status_code == 200
    where = answer.json()["location"]
    item = ada.page(where)["page"]["item"]
    assert (item["kind"], item["place"], item["category"]) == ("manual_denial", "AUTH_UM", "AUTH")
    assert (item["at_stake_cents"], item["source"]) == (16500, "letter")
    page = bert.page(where)
    offers = {one["name"]: one for one in page["panels"]["decide"]["offers"]}
    assert offers["replace"]["rules"] == ["nothing_adjudicated"]
    assert offers["write_off"]["rules"] == ["no_remittance"]
    assert offers["appeal"]["refused"] == []
    seen = page["page"]["item"]["row_version"]
    assert bert.post(f"{where}/appeal", {"seen": seen}).status_code == 200


def test_the_days_to_answer_a_letter_run_from_its_date_wherever_they_are_shown(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine)
    where = _enter(bert, made).json()["location"]
    with engine.begin() as conn:
        at = Instant(scene.CLOCK.today(), scene.CLOCK.now(), real_now())
        scoring.batch(conn, terms.of(scene.SITE, reference.load(None)), at, scoring.CHANGED)
    panels = bert.page(where)["panels"]
    clock = next(one for one in panels["clocks"]["clocks"] if one["says"] == "first appeal")
    offer = next(one for one in panels["decide"]["offers"] if one["name"] == "appeal")
    assert clock["starts_on"] == "2026-06-20"
    assert offer["due_on"] == clock["due_on"]
    letter = next(one for one in offer["fields"] if one["kind"] == "letter")
    assert "your decision of 20 June 2026" in letter["value"]


def test_one_letter_is_one_item_and_what_is_wrong_is_named(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine)
    for over, says in (
        ({"amount.1": "1650.00"}, "amount"), ({"amount.1": "many"}, "amount"),
        ({"where.1": "7"}, "line"), ({"carc.1": "45"}, "deny nothing"),
        ({"letter_on": "2026-05-01"}, "between"), ({"received_on": "2026-06-01"}, "between"),
        ({"source": "owl"}, "how it came"), ({"carc.1": "", "amount.1": ""}, "reason"),
    ):
        answer = _enter(bert, made, **over)
        assert answer.status_code == 422
        assert says in " ".join(one["text"] for one in answer.json()["problems"])
    assert _enter(bert, made).status_code == 200
    again = _enter(bert, made)
    assert again.status_code == 422
    assert again.json()["problems"][0]["field"].startswith("item ")
    assert _enter(bert, made, letter_on="2026-06-22").status_code == 200


def test_the_remittances_denial_takes_the_letters_place_with_what_was_begun(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, team="AUTH_UM", category="AUTH",
                                           reason=("CO", "197"), remarks=())
    where = _enter(bert, made).json()["location"]
    seen = bert.page(where)["page"]["item"]["row_version"]
    assert bert.post(f"{where}/appeal", {"seen": seen}).status_code == 200
    later = tuple(one for one in made.events if isinstance(one, Adjudicated | Rework))
    for _ in range(2):
        with engine.begin() as conn:
            scene.see(conn, later)
    letter = bert.page(where)["page"]
    assert letter["item"]["status"] == "closed"
    new = bert.page(f"/work/{made.rework.rework_id}")
    assert (new["page"]["item"]["state"], new["page"]["item"]["waits_for"]) == ("waiting", "payer")
    assert len(new["panels"]["decide"]["appeals"]) == 1
    assert where.rsplit("/", 1)[-1] in [one["rework_id"] for one in new["page"]["linked"]]
    assert _enter(bert, made, letter_on="2026-06-23").status_code == 422
    with engine.connect() as conn:
        link = conn.execute(text(
            "select replaced_by from manual_denial where rework_id = cast(:id as uuid)"
        ), {"id": where.rsplit("/", 1)[-1]}).scalar_one()
        told = [
            codec.decode("claims.decided", bytes(row.value)).decision  # type: ignore[union-attr]
            for row in conn.execute(text(
                "select value from outbox where key = :id and topic = 'claims.decided' order by seq"
            ), {"id": made.encounter_id})
        ]
    assert link == made.rework.rework_id
    assert told == ["denial_noted", "appeal_of_letter", "appeal"]


def test_a_coder_enters_no_denial(somebody: SignIn) -> None:
    assert somebody("anna").status("/denials/new") == 403
