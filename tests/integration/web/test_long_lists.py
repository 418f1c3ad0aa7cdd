"""Lists beside the work: of accounts, of opened records, of kept views; none reads without end."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from services.db import keyset
from services.worklist.desk import code_changes
from services.worklist.lists import saved
from tests.integration.web import scene, visits
from tests.integration.web.conftest import PEOPLE, Person

SignIn = Callable[[str], Person]
_NEXT = re.compile(r'<a class="button" href="([^"]+)" data-key="&gt;"')


def _walked(person: Person, path: str) -> list[str]:
    """Return the pages of a list, each reached by the way the one before it shows."""
    pages = [person.client.get(path).text]
    while found := _NEXT.findall(pages[-1]):
        pages.append(person.client.get(html.unescape(found[0])).text)
    return pages


def test_accounts_are_listed_page_by_page_by_name(somebody: SignIn, engine: Engine) -> None:
    more = [f"m~{n:03d}" for n in range(2 * keyset.PAGE)]
    with engine.begin() as conn:
        conn.execute(
            text(
                "insert into user_account (user_id, name, role, coder_id, team, npi, facilities,"
                " password_hash, disabled) select gen_random_uuid(),"
                " unnest(cast(:names as text[])), 'ops', '', '', '', '[]', '', true"
            ),
            {"names": more},
        )
        names = list(conn.execute(text("select name from user_account order by name")).scalars())
    pages = _walked(somebody("adam"), "/users")
    with engine.begin() as conn:
        conn.execute(text("delete from user_account where name = any(:names)"), {"names": more})

    listed = [re.findall(r'<th scope="row">([^<]+)</th>', page) for page in pages]
    assert [one for page in listed for one in page] == names
    assert {len(page) for page in listed[:-1]} == {keyset.PAGE}
    assert set(PEOPLE) < set(names)


def test_records_opened_by_break_glass_are_listed_page_by_page_and_counted(
    somebody: SignIn, engine: Engine
) -> None:
    made = visits.denied(engine)
    with engine.begin() as conn:
        conn.execute(text("delete from break_glass"))
        conn.execute(
            text(
                "insert into break_glass (glass_id, who, role, patient, rework_id, facility_id,"
                " reason, at, until) select gen_random_uuid(), 'carl', 'coder', 'p',"
                " cast(:id as uuid), 'main', 'reason ' || n, now() - interval '1 s' * (n % 7),"
                " now() from generate_series(1, :count) n"
            ),
            {"id": made.rework.rework_id, "count": keyset.PAGE + 5},
        )
    sue, nina = somebody("sue"), somebody("nina")
    board = sue.client.get("/board").text
    pages = _walked(sue, "/break-glass")
    elsewhere = nina.page("/break-glass")["opened"]
    with engine.begin() as conn:
        conn.execute(text("delete from break_glass"))

    reasons = [set(re.findall(r"<td>(reason \d+)</td>", page)) for page in pages]
    assert [len(one) for one in reasons] == [keyset.PAGE, 5]
    assert not reasons[0] & reasons[1]
    assert f"{keyset.PAGE + 5} records were opened" in board
    assert elsewhere == []


def test_a_list_of_kept_views_that_stops_says_so(
    somebody: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hugo = somebody("hugo")
    for name in ("One", "Two"):
        assert hugo.post("/work/views", {"name": name, "query": "view=todo"}).status_code == 200
    assert "stand here" not in hugo.client.get("/work?view=todo").text
    monkeypatch.setattr(saved, "MOST_SHOWN", 1)
    assert "The first 1 stand here" in hugo.client.get("/work?view=todo").text


def test_codes_that_changed_are_looked_for_a_year_back_at_most(somebody: SignIn) -> None:
    anna, earliest = somebody("anna"), scene.CLOCK.today() - code_changes.FURTHEST

    assert anna.page("/codes/changes?since=1990-01-01")["since"] == str(earliest)
    later = str(earliest + timedelta(days=1))
    assert anna.page(f"/codes/changes?since={later}")["since"] == later


def test_a_page_that_everybody_has_left_leads_back_to_the_first(somebody: SignIn) -> None:
    anna = somebody("anna")
    after = "9000000000000000000~2099-01-01~ffffffff-ffff-4fff-bfff-ffffffffffff"
    assert "First page" in anna.client.get(f"/work?view=hand&after={after}").text
    shown = anna.client.get(
        "/lessons?view=done&after=1990-01-01T00:00:00~00000000-0000-4000-8000-000000000000~C").text
    assert "First page" in shown
