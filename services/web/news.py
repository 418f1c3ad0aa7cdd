"""New work and others' moves, as they happen: server-sent events.

    work_item changes ─▶ trigger ─▶ NOTIFY ─▶ one listener a process ─▶ every open page
    a session ends, an account changes ─▶ trigger ─▶ NOTIFY ─▶ the pages of that session

A message names items by their ids, with row version and place: counters and opaque ids, nothing of
a claim or a patient, and only those its reader may see or could until this change (`told`). A page
asks for what changed by the usual way, with the reader's rights. Who does not take messages in is
dropped, and connects again. A stream ends with its session: signed out, disabled, given another
role, or at its limit of time, which the stream knows and looks up anew when it is reached.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from services.clock import real_now
from services.web import access, answers, told, work
from services.web.answers import Asked
from services.web.desk import Web
from services.web.sessions import Visitor
from services.web.told import Change
from services.worklist.item import items
from services.worklist.item.scope import Person
from services.worklist.shown import record

log = structlog.get_logger()
WORK, SESSION = "work", "session"
"""Channels: items that changed; sessions to look at again, by the beginning of their hash."""
GATHER_S, LOOK_EVERY_S, RETRY_S = 0.2, 1.0, 2.0
BEHIND, MOST_READERS = 32, 500
ALIVE_EVERY_S = 15.0


@dataclass(eq=False, slots=True)
class Reader:
    """A page that listens.

    Attributes:
        visitor: Who reads it, as the session said when it was last looked at.
        loop: Whose it is.
        waiting: Messages it has not taken in; an empty one says nothing and wakes it.
        slow: It fell behind and is dropped.
        doubted: Its session may have ended.
    """

    visitor: Visitor
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(BEHIND))
    slow: bool = False
    doubted: bool = False

    def offer(self, message: bytes) -> None:
        """Put a message where the page takes it, from any thread."""
        self.loop.call_soon_threadsafe(self._put, message)

    def doubt(self) -> None:
        """Let the page look whether its session lives, from any thread."""
        self.doubted = True
        self.loop.call_soon_threadsafe(self._wake)

    @property
    def due(self) -> bool:
        """Whether it must look at its session before it says anything more."""
        return self.doubted or real_now() >= self.visitor.until

    def _put(self, message: bytes) -> None:
        try:
            self.waiting.put_nowait(message)
        except asyncio.QueueFull:
            self.slow = True

    def _wake(self) -> None:
        if self.waiting.empty():
            self.waiting.put_nowait(b"")


class Hub:
    """The listener of a process, and the pages that listen to it.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers: set[Reader] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.ending: Callable[[], bool] = lambda: False
        """Whether the process is about to end, so that open pages must not hold it up."""
        self.heard = threading.Event()
        """Set once the listener listens."""

    def join(self, visitor: Visitor) -> Reader:
        """Let a page of the running loop listen; the first one starts the listener.

        The session may have ended since it was asked for: the page begins in doubt.
        """
        reader = Reader(visitor, asyncio.get_running_loop())
        reader.doubt()
        with self._lock:
            self._readers.add(reader)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="news", daemon=True)
                self._thread.start()
        return reader

    def leave(self, reader: Reader) -> None:
        """Listen no longer."""
        with self._lock:
            self._readers.discard(reader)

    def stop(self) -> None:
        """End the listener and all who listen."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    @property
    def full(self) -> bool:
        """Whether so many listen that another page must look from time to time instead."""
        return len(self._readers) >= MOST_READERS

    @property
    def over(self) -> bool:
        """Whether there will be no more messages."""
        return self._stop.is_set() or self.ending()

    def tell(self, changes: Sequence[Change], *, lost: bool = False) -> None:
        """Give every reader what is theirs of some changes; who has no part in them gets nothing.

        Args:
            changes: What changed.
            lost: More changed, and nobody knows what.
        """
        with self._lock:
            readers = list(self._readers)
        messages: dict[Person, bytes] = {}
        for reader in readers:
            person = reader.visitor.person
            if person not in messages:
                messages[person] = told.packed(person, changes, lost=lost)
            if messages[person]:
                reader.offer(messages[person])

    def doubt(self, sessions: Collection[str] | None = None) -> None:
        """Let the pages of some sessions look whether theirs lives; of all, if none are named."""
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            if sessions is None or reader.visitor.session in sessions:
                reader.doubt()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, psycopg.Error, OSError, ValueError):
                log.warning("news_lost")
                self.heard.clear()
                self._stop.wait(RETRY_S)
                self.tell([], lost=True)

    def _listen(self) -> None:
        borrowed = self._engine.raw_connection()
        plain: Any = borrowed.driver_connection
        borrowed.detach()  # for as long as the process lives: not one of the pool's
        try:
            plain.rollback()
            plain.autocommit = True
            plain.execute(f"listen {SESSION}")
            plain.execute(f"listen {WORK}")
            self.doubt()  # of what ended before, nothing was heard
            self.heard.set()
            while not self._stop.is_set():
                found = list(plain.notifies(timeout=LOOK_EVERY_S, stop_after=1))
                if found:
                    found += plain.notifies(timeout=GATHER_S)
                    self._hear(found)
        finally:
            plain.close()

    def _hear(self, found: Sequence[psycopg.Notify]) -> None:
        """Pass on what came; who is signed out is asked before it is told anything."""
        ended = {one.payload for one in found if one.channel == SESSION}
        if ended:
            self.doubt(ended)
        changes = told.heard(one.payload for one in found if one.channel == WORK)
        if changes:
            self.tell(changes)


async def stream(
    hub: Hub, visitor: Visitor, find: Callable[[], Awaitable[Visitor | None]]
) -> AsyncIterator[bytes]:
    """Yield events until the reader is gone, falls behind, is signed out, or the process ends.

    Args:
        hub: Where they come from.
        visitor: Who reads. As another person (role, team, facilities) the page connects again.
        find: Returns who the reader's session stands for; none once it has ended.
    """
    reader = hub.join(visitor)
    said = time.monotonic()
    try:
        yield b"retry: 3000\nevent: hello\ndata: {}\n\n"
        while not (reader.slow or hub.over):
            try:
                message = await asyncio.wait_for(reader.waiting.get(), LOOK_EVERY_S)
            except TimeoutError:
                message = b""
            if reader.due:
                reader.doubted = False
                found = await find()
                if found is None:
                    yield b"event: bye\ndata: {}\n\n"
                    return
                if found.person != visitor.person:
                    return
                reader.visitor = found
            at = time.monotonic()
            if message:
                said = at
                yield b"event: work\ndata: " + message + b"\n\n"
            elif at - said > ALIVE_EVERY_S:
                said = at
                yield b": still here\n\n"
    finally:
        hub.leave(reader)


@get("/work/events", opt={"action": told.ACTION, "touch": False})
async def events(request: Asked) -> Response[Any]:
    """Tell the page what changes, as it changes."""
    hub: Hub = request.app.state.news
    cookie = access.cookie_of(request)
    if hub.full:
        return Response("", status_code=503, headers=answers.HEADERS)

    async def find() -> Visitor | None:
        found: Visitor | None = await request.app.state.sessions.find(cookie, touch=False)
        return found

    headers = {**answers.HEADERS, "X-Accel-Buffering": "no"}
    return Stream(
        stream(hub, request.user, find), media_type="text/event-stream", headers=headers
    )


@get(
    "/work/{rework_id:str}/news", opt={"action": "work.read", "touch": False}, sync_to_thread=True
)
def item_news(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]
) -> Response[Any]:
    """Tell the reader of an item what others did with it since."""
    given = str(request.query_params.get("seen", ""))
    seen = int(given) if given.isdecimal() and len(given) < 9 else 0
    with web.begin(request.user) as conn:
        row = work.row_of(conn, request, rework_id)
        done = items.history(conn, rework_id) if row.row_version > seen else []
    others = [one for one in done if one.who != request.user.name][-1:]
    values = {
        "item": record.head(row, request.user.person, web.today(), web.reference), "seen": seen,
        "moved": [record.done(one) for one in others] if row.row_version > seen else [],
    }
    return answers.page(request, "_news.html", values)


HANDLERS = (events, item_news)
