"""The lag page tells ops that a code table is past its expected update."""

from litestar.testing import TestClient

from services.codes import reference
from services.web.app import build
from services.web.desk import Web
from services.worklist.decisions.acts import Desk
from tests.integration.web import scene
from tests.integration.web.conftest import STAGES, Person, user_id

SAYS = "The code table hcpcs is 20 days past its expected update: load the next."


def test_the_lag_page_names_kind_and_days_and_is_silent_when_none_is_late(engine):
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    for says in (SAYS, ""):
        app = build(Web(engine, desk, lambda: STAGES, late_tables=lambda says=says: says))
        olga = Person(TestClient(app, base_url="http://127.0.0.1"))
        olga.bring(app.state.sessions.open(user_id("olga")))

        assert (SAYS in olga.client.get("/lag").text) == bool(says)
