"""What others do appears without a reload: one listener, many pages, no word about a patient."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.web import news, told
from services.web.told import Change, Stand
from services.worklist.item.scope import Person as Reader
from tests.integration.web import scene
from tests.integration.web.conftest import Person

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


async def _alive() -> bool:
    return True


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
        events = news.stream(hub, CODER, _alive)
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
        streams = [news.stream(hub, CODER, _alive) for _ in range(20)]
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
        slow, quick = news.stream(hub, CODER, _alive), news.stream(hub, CODER, _alive)
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


def test_the_stream_ends_with_the_session_and_with_the_process(
    hub: news.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(news, "LOOK_EVERY_S", 0.01)

    async def gone() -> None:
        return None

    async def listen() -> tuple[str, int]:
        signed_out = news.stream(hub, CODER, gone)
        await _next(signed_out)
        bye = await _next(signed_out)
        ending = news.stream(hub, CODER, _alive)
        await _next(ending)
        hub.ending = lambda: True
        left = 0
        async for _ in ending:
            left += 1
        return bye, left

    assert _run(listen()) == ("event: bye\ndata: {}\n\n", 0)


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
        streams = {one.name: news.stream(hub, one, _alive) for one in people}
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
        coder, biller = news.stream(hub, CODER, _alive), news.stream(hub, BILLER, _alive)
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
