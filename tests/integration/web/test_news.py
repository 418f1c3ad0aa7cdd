"""What others do appears without a reload: one listener, many pages, no word about a patient."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.clock import real_now
from services.web import accounts, news, told
from services.web.sessions import IDLE, Sessions, Visitor
from services.web.told import Change, Stand
from services.worklist.item.scope import Person as Reader
from tests.integration.web import scene
from tests.integration.web.conftest import Person, user_id

WAIT_S = 10.0
SignIn = Callable[[str], Person]
CODER = Reader("anna", "coder", "C-01", "CODING", ("main",))
BILLER = Reader("bert", "biller", team="BILLING", facilities=("main",))
HERE = Stand("main", ("CODING",), "CODING", "", "")


@pytest.fixture
def hub(engine: Engine) -> Iterator[news.Hub]:
    """A hub of its own."""
    made = news.Hub(engine)
    yield made
    made.stop()


def _visitor(reader: Reader) -> Visitor:
    """Return a reader as a session names them."""
    now = real_now()
    return Visitor(
        user_id="", name=reader.name, role=reader.role, coder_id=reader.coder_id, csrf="",
        team=reader.team, facilities=reader.facilities, npi=reader.npi, started_at=now,
        seen_at=now,
    )


def _stream(hub: news.Hub, reader: Reader) -> AsyncIterator[bytes]:
    """Open a page of a reader whose session lives."""
    return _asking(hub, [_visitor(reader)] * 9)


def _asking(hub: news.Hub, found: Sequence[Visitor | None]) -> AsyncIterator[bytes]:
    """Open a page of which the session is found so, the first time, the second and so on."""
    told, first = iter(found), next(one for one in found if one is not None)

    async def find() -> Visitor | None:
        return next(told)

    return news.stream(hub, first, find)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, WAIT_S * 3))


async def _next(events: Any) -> str:
    """Return the next event that says something."""
    while True:
        found = (await asyncio.wait_for(anext(events), WAIT_S)).decode()
        if not found.startswith(":"):
            return str(found)


async def _items(events: Any) -> list[Any]:
    """Return the items that the next event names."""
    return list(json.loads((await _next(events)).partition("data: ")[2])["items"])


def _play(engine: Engine, name: str) -> str:
    with engine.begin() as conn:
        return scene.play(conn, scene.denied(conn, name))


def test_a_new_item_and_a_move_are_told_by_id_version_and_place_and_by_nothing_else(
    engine: Engine, hub: news.Hub
) -> None:
    async def listen() -> list[str]:
        events = _stream(hub, CODER)
        said = [await _next(events)]
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        rework_id = await asyncio.to_thread(_play, engine, "told")
        said.append(await _next(events))
        with engine.begin() as conn:
            conn.execute(
                text("update work_item set score = score + 1 where rework_id = cast(:id as uuid)"),
                {"id": rework_id},
            )
            conn.execute(
                text("update work_item set taken_by = 'anna', row_version = row_version + 1"
                     " where rework_id = cast(:id as uuid)"),
                {"id": rework_id},
            )
        said.append(await _next(events))
        await events.aclose()
        return [rework_id, *said]

    rework_id, hello, came, moved = _run(listen())
    assert hello.startswith("retry: 3000\nevent: hello")

    def items(event: str) -> Any:
        assert event.startswith("event: work\ndata: ")
        return json.loads(event.partition("data: ")[2])

    assert items(came)["items"] == [[rework_id, 1, "CODING"]]
    assert items(moved) == {"items": [[rework_id, 2, "CODING"]], "all": False}


def test_many_pages_share_one_listener_and_each_is_told(engine: Engine, hub: news.Hub) -> None:
    async def listen() -> list[str]:
        streams = [_stream(hub, CODER) for _ in range(20)]
        for events in streams:
            await _next(events)
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        listeners = [t for t in threading.enumerate() if t.name == "news"]
        assert len(listeners) == 1
        await asyncio.to_thread(_play, engine, "shared")
        said = [await _next(events) for events in streams]
        for events in streams:
            await events.aclose()
        return said

    assert len(set(_run(listen()))) == 1


def test_a_page_that_takes_nothing_in_is_dropped_and_the_others_are_not(hub: news.Hub) -> None:
    async def listen() -> tuple[bool, str]:
        slow, quick = _stream(hub, CODER), _stream(hub, CODER)
        await _next(slow)
        await _next(quick)
        for n in range(news.BEHIND + 1):
            hub.tell([Change("a", n, (HERE,))])
            last = await _next(quick)
        ended = True
        try:
            for _ in range(news.BEHIND + 2):
                await _next(slow)
            ended = False
        except StopAsyncIteration:
            pass
        await quick.aclose()
        return ended, last

    ended, last = _run(listen())
    assert ended
    assert f'["a",{news.BEHIND},"CODING"]' in last


def test_the_stream_ends_with_the_process(hub: news.Hub) -> None:
    async def listen() -> int:
        ending = _stream(hub, CODER)
        await _next(ending)
        hub.ending = lambda: True
        return len([one async for one in ending if b"event" in one])

    assert _run(listen()) == 0


def _sign_out(engine: Engine, cookie: str) -> None:
    Sessions(engine, scene.SITE).sign_out(cookie)


def _end_all(engine: Engine, _: str) -> None:
    accounts.sign_out(engine, "hugo")


def _set(sets: str, engine: Engine, _: str) -> None:
    with engine.begin() as conn:
        conn.execute(text(f"update user_account set {sets} where name = 'hugo'"))


BYE = "event: bye\ndata: {}\n\n"


@pytest.mark.parametrize(
    ("end", "last"),
    [
        pytest.param(_sign_out, BYE, id="the person signs out"),
        pytest.param(_end_all, BYE, id="an administrator ends the sessions"),
        pytest.param(partial(_set, "disabled = true"), BYE, id="the account is disabled"),
        pytest.param(partial(_set, "facilities = '[]'"), "", id="another scope: connect again"),
    ],
)
def test_a_stream_ends_when_its_session_does_and_no_other_with_it(
    engine: Engine, hub: news.Hub, end: Callable[[Engine, str], None], last: str
) -> None:
    async def listen() -> tuple[str, str]:
        sessions = Sessions(engine, scene.SITE)
        cookie, other = [
            await asyncio.to_thread(sessions.open, user_id(name)) for name in ("hugo", "rita")
        ]
        ends, stays = [await _opened(hub, sessions, one) for one in (cookie, other)]
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        hub.tell([], lost=True)
        assert [await _items(ends), await _items(stays)] == [[], []]  # both live, and were asked
        await asyncio.to_thread(end, engine, cookie)
        said = [one.decode() async for one in ends if not one.startswith(b":")]
        hub.tell([], lost=True)
        kept = await _next(stays)
        await stays.aclose()
        return "".join(said), kept

    try:
        said, kept = _run(listen())
    finally:
        _set("disabled = false, facilities = '[\"*\"]'", engine, "")
    assert said == last
    assert kept.startswith("event: work")


async def _opened(hub: news.Hub, sessions: Sessions, cookie: str) -> AsyncIterator[bytes]:
    """Open a page in a session, as the handler does."""
    visitor = await sessions.find(cookie)
    assert visitor is not None
    made = news.stream(hub, visitor, partial(sessions.find, cookie, touch=False))
    await _next(made)
    return made


def test_a_session_that_ended_while_its_page_was_opened_is_found_out_at_once(
    engine: Engine, hub: news.Hub
) -> None:
    async def listen() -> str:
        await _next(_stream(hub, CODER))
        await asyncio.to_thread(hub.heard.wait, WAIT_S)  # its own doubt is over
        sessions = Sessions(engine, scene.SITE)
        cookie = await asyncio.to_thread(sessions.open, user_id("hugo"))
        visitor = await sessions.find(cookie)
        assert visitor is not None
        with engine.begin() as conn:
            conn.execute(
                text("update user_session set seen_at = seen_at - :idle"
                     " where user_id = cast(:who as uuid)"),
                {"idle": IDLE, "who": user_id("hugo")},
            )
        late = news.stream(hub, visitor, partial(sessions.find, cookie, touch=False))
        await _next(late)
        return await _next(late)

    assert _run(listen()) == BYE


def test_at_the_limit_of_its_session_a_page_asks_and_goes_on_or_ends(hub: news.Hub) -> None:
    fresh = _visitor(CODER)
    idle = replace(fresh, seen_at=fresh.seen_at - IDLE)

    async def listen() -> tuple[str, list[Any], str]:
        await _next(_stream(hub, CODER))
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        idles, works = _asking(hub, [idle, None]), _asking(hub, [idle, fresh])
        await _next(idles)
        await _next(works)
        bye = await _next(idles)
        for _ in range(3):  # a third question would have no answer
            hub.tell([], lost=True)
            heard = await _items(works)
        hub.tell([Change("a", 1, (HERE,))])
        return bye, heard, await _next(works)

    bye, heard, told_ = _run(listen())
    assert (bye, heard) == (BYE, [])
    assert '["a",1,"CODING"]' in told_


def test_a_page_hears_of_nothing_at_another_facility_or_of_another_team(
    engine: Engine, hub: news.Hub
) -> None:
    async def listen() -> dict[str, list[Any]]:
        said: dict[str, list[Any]] = {}
        people = [
            CODER, BILLER, Reader("nora", "coder", "C-03", "CODING", ("north",)),
            Reader("nina", "supervisor", facilities=("north",)),
            Reader("ada", "specialist", team="AUTH_UM", facilities=("main",)),
        ]
        streams = {one.name: _stream(hub, one) for one in people}
        for events in streams.values():
            await _next(events)
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        await asyncio.to_thread(_play, engine, "whose")
        for name in ("anna", "bert"):
            said[name] = await _items(streams[name])
        hub.tell([], lost=True)  # what everybody hears: nothing else came before it
        for name in ("nora", "nina", "ada"):
            said[name] = await _items(streams[name])
        for events in streams.values():
            await events.aclose()
        return said

    said = _run(listen())
    assert {name: len(items) for name, items in said.items()} == {
        "anna": 1, "bert": 1, "nora": 0, "nina": 0, "ada": 0,
    }


def test_who_an_item_is_taken_from_hears_that_it_changed_and_not_where_it_went(
    engine: Engine, hub: news.Hub
) -> None:
    async def listen() -> tuple[str, str, str]:
        rework_id = await asyncio.to_thread(_play, engine, "moved away")
        coder, biller = _stream(hub, CODER), _stream(hub, BILLER)
        await _next(coder)
        await _next(biller)
        await asyncio.to_thread(hub.heard.wait, WAIT_S)
        with engine.begin() as conn:
            conn.execute(
                text("update work_item set needs = '[\"HIM\"]', place = 'HIM',"
                     " row_version = row_version + 1 where rework_id = cast(:id as uuid)"),
                {"id": rework_id},
            )
        said = rework_id, await _next(coder), await _next(biller)
        await coder.aclose()
        await biller.aclose()
        return said

    rework_id, coder, biller = _run(listen())
    assert f'[["{rework_id}",2,""]]' in coder
    assert f'[["{rework_id}",2,"HIM"]]' in biller


def test_so_many_changes_that_they_are_not_named_say_so_to_those_they_concern() -> None:
    many = [Change(f"i{n}", 1, (HERE,)) for n in range(told.MOST_NAMED + 1)]
    assert json.loads(told.packed(CODER, many)) == {"items": [], "all": True}
    elsewhere = Reader("nora", "coder", "C-03", "CODING", ("north",))
    assert told.packed(elsewhere, many) == b""
    assert json.loads(told.packed(elsewhere, [], lost=True)) == {"items": [], "all": True}


def test_the_page_of_an_item_says_who_moved_it(somebody: SignIn, engine: Engine) -> None:
    rework_id = _play(engine, "watched")
    carl, anna = somebody("carl"), somebody("anna")
    seen = carl.page(f"/work?q={rework_id}")["items"][0]["row_version"]
    assert carl.page(f"/work/{rework_id}/news?seen={seen}")["moved"] == []
    assert anna.post(f"/work/{rework_id}/take", {"seen": seen}).status_code == 200
    moved = carl.page(f"/work/{rework_id}/news?seen={seen}")["moved"]
    assert [(one["who"], one["says"]) for one in moved] == [("anna", "took it")]
    shown = carl.client.get(f"/work/{rework_id}/news?seen={seen}").text
    assert "anna" in shown
    assert "Ostrander" not in shown
