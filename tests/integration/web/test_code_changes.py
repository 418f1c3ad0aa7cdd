"""The page that tells a coder what changed in the codes he used."""

from datetime import UTC, datetime

from sqlalchemy import text

from schemas import codec
from services.db import bulk
from services.db.tables.coding import CODING
from services.db.tables.worklist import VISIT
from tests.builders import bill, coded, dx
from tests.integration.web.conftest import PEOPLE


def _coded(engine, coder):
    content = bill(diagnoses=(dx("G35", assigned_by=coder),))
    one = coded(bill=content, coder_id=coder)
    with engine.begin() as conn:
        conn.execute(text("delete from coding"))
        bulk.insert(conn, CODING, [{
            "encounter_id": one.encounter_id, "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": coder, "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": datetime(2025, 9, 3, tzinfo=UTC),
            "event": codec.encode(one)}])
        known = {column.name: "" for column in VISIT.columns}
        bulk.insert(conn, VISIT, [known | {
            "encounter_id": one.encounter_id, "starts_on": content.starts_on,
            "facility_id": "main"}], conflict="nothing")


def test_a_coder_sees_his_own_and_a_supervisor_asks_for_a_coder(somebody, engine):
    coder = PEOPLE["anna"]["coder_id"]
    _coded(engine, coder)
    path = "/codes/changes?since=2025-09-01"

    own = somebody("anna").client.get(path).text
    asked = somebody("sue").client.get(f"{path}&coder={coder}").text
    other = somebody("sue").client.get(f"{path}&coder=somebody-else").text

    assert "G35 is subdivided: code one of those below it." in own
    assert "G35.A" in own
    assert "G35 is subdivided" in asked
    assert "Nothing changed." in other
    told = somebody("anna").client.get(path, headers={"Accept": "application/json"}).json()
    assert [(one["use"]["code"], one["what"]) for one in told["changes"]] == [
        ("G35", "subdivided")]


def test_a_coder_never_sees_anothers_and_what_is_no_coder_or_day_is_nobody_and_the_usual(somebody):
    assert "Nothing changed." in somebody("anna").client.get(
        "/codes/changes?coder=somebody-else&since=nonsense").text
    assert "Whose codes?" in somebody("sue").client.get("/codes/changes?coder=<b>").text


def test_a_supervisor_chooses_among_those_who_coded_at_her_facilities(somebody, engine):
    coder = PEOPLE["anna"]["coder_id"]
    _coded(engine, coder)
    path = "/codes/changes?since=2025-09-01"

    assert f"<option >{coder}</option>" in somebody("sue").client.get(path).text
    assert coder not in somebody("nina").client.get(path).text
    assert "<select name=\"coder\"" not in somebody("anna").client.get(path).text
