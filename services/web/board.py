"""The team board, for supervisors."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from services.db import keyset
from services.web import answers, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.clockwork import dnfb
from services.worklist.item import disclosure
from services.worklist.lists import board
from services.worklist.talk import lessons, query_shown


@get("/board", opt={"action": "board.read"}, sync_to_thread=True)
def board_page(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show what is open by age, who has what, and what came of the denials."""
    person, today = work.person_of(request.user), web.today()
    with web.begin(request.user) as conn:
        values = {
            "teams": board.teams(conn, person, today),
            "people": board.people(conn, person, today),
            "outcomes": board.outcomes(conn, person),
            "queries": query_shown.rates(conn, person, today),
            "dnfb": dnfb.figure(conn, today, person.facilities),
            "contests": lessons.counts(conn, person)["contested"],
            "bands": [_band(first, last) for first, last in board.BANDS],
            "payers": {p.payer_id: p.name for p in web.reference.payers.values()},
            "today": today, "cap": keyset.CAP, "opened": disclosure.waiting(conn, person),
        }
    return answers.page(request, "board.html", values)


HANDLERS = (board_page,)


def _band(first: int, last: int | None) -> str:
    return f"over {first - 1} d" if last is None else f"{first} to {last} d"
