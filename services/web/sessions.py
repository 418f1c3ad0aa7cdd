"""Server-side sessions: a random id in the cookie, its hash in the database, limits on real time.

A session ends after `IDLE` without a request of the person (polling does not count), after
`LONGEST` in any case, when the person signs out or is disabled. Roles are read with each request.
"""

import hashlib
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from litestar.concurrency import sync_to_thread
from sqlalchemy import Engine, text

from services.clock import real_now
from services.web import passwords

COOKIE = "claimloop_session"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
MOST_FAILURES, FORGIVEN_S = 5, 60.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in.

    Attributes:
        user_id: The account.
        name: Sign-in name.
        role: coder, biller, supervisor or ops.
        coder_id: As on coded events; for coders.
        csrf: Token that requests of this session carry.
    """

    user_id: str
    name: str
    role: str
    coder_id: str
    csrf: str


class Sessions:
    """Sessions in one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    async def find(self, cookie: str, *, touch: bool = True) -> Visitor | None:
        """Return who a cookie stands for, if its session lives."""
        if not cookie:
            return None
        return await sync_to_thread(self._find, cookie, touch)

    def _find(self, cookie: str, touch: bool) -> Visitor | None:
        now = real_now()
        given = {
            "id": _hash(cookie), "now": now, "idle": now - IDLE, "oldest": now - LONGEST,
            "touch": touch,
        }
        with self._engine.begin() as conn:
            row = conn.execute(
                text(
                    "update user_session s set"
                    " seen_at = case when :touch then :now else s.seen_at end"
                    " from user_account u where s.id_hash = :id and u.user_id = s.user_id"
                    " and not u.disabled and s.seen_at > :idle and s.started_at > :oldest"
                    " returning cast(u.user_id as text), u.name, u.role, u.coder_id, s.csrf"
                ),
                given,
            ).one_or_none()
        return Visitor(*row) if row else None

    def sign_in(self, name: str, password: str) -> str | None:
        """Return a new session's cookie, or none; too many failures refuse for a while."""
        if self._refused(name):
            return None
        with self._engine.begin() as conn:
            row = conn.execute(
                text(
                    "select cast(user_id as text) as user_id, password_hash from user_account"
                    " where name = :name and not disabled"
                ),
                {"name": name},
            ).one_or_none()
        if not passwords.matches(row.password_hash if row else "", password) or row is None:
            self._failed(name)
            return None
        with self._lock:
            self._failures.pop(name, None)
        return self.open(row.user_id)

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        with self._engine.begin() as conn:
            conn.execute(
                text("delete from user_session where id_hash = :id"), {"id": _hash(cookie)}
            )

    def open(self, user_id: str) -> str:
        """Open a session for somebody who has shown who they are; return its cookie."""
        cookie, now = secrets.token_urlsafe(32), real_now()
        with self._engine.begin() as conn:
            conn.execute(
                text("delete from user_session where seen_at < :idle or started_at < :oldest"),
                {"idle": now - IDLE, "oldest": now - LONGEST},
            )
            conn.execute(
                text(
                    "insert into user_session (id_hash, user_id, csrf, started_at, seen_at)"
                    " values (:id, cast(:user_id as uuid), :csrf, :now, :now)"
                ),
                {
                    "id": _hash(cookie), "user_id": user_id, "csrf": secrets.token_urlsafe(32),
                    "now": now,
                },
            )
        return cookie

    def _refused(self, name: str) -> bool:
        with self._lock:
            count, last = self._failures.get(name, (0, 0.0))
            return count >= MOST_FAILURES and time.monotonic() - last < FORGIVEN_S

    def _failed(self, name: str) -> None:
        with self._lock:
            if len(self._failures) > 10_000:
                self._failures.clear()
            count, last = self._failures.get(name, (0, 0.0))
            if time.monotonic() - last > FORGIVEN_S:
                count = 0
            self._failures[name] = (count + 1, time.monotonic())


def add_user(engine: Engine, name: str, role: str, coder_id: str, password: str) -> bool:
    """Add an account or give it a new password; return whether it is new.

    Raises:
        ValueError: the password is too short.
    """
    values = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"claimloop:user:{name}")), "name": name,
        "role": role, "coder_id": coder_id, "hash": passwords.hashed(password),
    }
    with engine.begin() as conn:
        row = conn.execute(
            text(
                "insert into user_account"
                " (user_id, name, role, coder_id, password_hash, disabled)"
                " values (cast(:id as uuid), :name, :role, :coder_id, :hash, false)"
                " on conflict (name) do update set role = excluded.role,"
                " coder_id = excluded.coder_id, password_hash = excluded.password_hash,"
                " disabled = false returning (xmax = 0) as fresh, user_id"
            ),
            values,
        ).one()
        conn.execute(
            text("delete from user_session where user_id = :id"), {"id": row.user_id}
        )
    return bool(row.fresh)


def disable_user(engine: Engine, name: str) -> bool:
    """Disable an account and end its sessions; return whether there was one."""
    with engine.begin() as conn:
        row = conn.execute(
            text("update user_account set disabled = true where name = :name returning user_id"),
            {"name": name},
        ).one_or_none()
        if row is not None:
            conn.execute(
                text("delete from user_session where user_id = :id"), {"id": row.user_id}
            )
    return row is not None


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
