"""Server-side sessions: a random id in the cookie, its hash in the database, limits on real time.

A session ends after `IDLE` without a request of the person (polling does not count), after
`LONGEST` in any case, when the person signs out, is disabled or is given another role. Roles are
read with each request. Every sign-in gives a new id.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar.concurrency import sync_to_thread
from sqlalchemy import Connection, Engine, text

from services.clock import real_now
from services.db.rls import Subject
from services.phi import audit
from services.phi.keys import SiteKey
from services.web import passwords, totp
from services.web.limits import Limits
from services.worklist.item.scope import Person

COOKIE = "claimloop_session"
HOST_COOKIE = f"__Host-{COOKIE}"
"""Its name where the pages are served over https: no other host or path can set it."""
IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=10)
WARN_S = 120
"""The page warns so long before a session ends."""
SHOWN = 16


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, for one request.

    Attributes:
        user_id: The account.
        name: Sign-in name.
        role: One of `services.web.access.ROLES`.
        coder_id: As on coded events; for coders.
        csrf: Token that requests of this session carry.
        team: Whose items the person works.
        facilities: Which it may see.
        npi: Of a physician.
        prefs: ``theme`` (light, dark), ``single_keys`` (false: off).
        session: Beginning of the session's hash.
        started_at: When the session began.
        seen_at: When the person last did something in it.
        request: Number of the request.
    """

    user_id: str
    name: str
    role: str
    coder_id: str
    csrf: str
    team: str = ""
    facilities: tuple[str, ...] = ()
    npi: str = ""
    prefs: Mapping[str, Any] = field(default_factory=dict)
    session: str = ""
    started_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    seen_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    request: str = ""

    @property
    def person(self) -> Person:
        """Who the visitor is to the worklist."""
        return Person(
            self.name, self.role, self.coder_id, self.team, self.facilities, self.npi
        )

    @property
    def subject(self) -> Subject:
        """Who the visitor is to the database."""
        return Subject(self.name, self.role, self.facilities, self.session, self.request)

    @property
    def until(self) -> datetime:
        """When the session ends if the person does nothing more in it."""
        return min(self.seen_at + IDLE, self.started_at + LONGEST)

    def left(self, now: datetime) -> dict[str, int]:
        """Return the seconds until the session ends: idle, in any case, and when to warn."""
        return {
            "idle_s": int((self.seen_at + IDLE - now).total_seconds()),
            "longest_s": int((self.started_at + LONGEST - now).total_seconds()),
            "warn_s": WARN_S,
        }


class Sessions:
    """Sessions in one database.

    Args:
        engine: The database.
        site: Opens the secrets of authenticators.
        second_factor: Whether a password alone is refused.
    """

    def __init__(self, engine: Engine, site: SiteKey, *, second_factor: bool = False) -> None:
        self._engine, self._site, self._second_factor = engine, site, second_factor
        self.limits = Limits()

    async def find(self, cookie: str, *, touch: bool = True) -> Visitor | None:
        """Return who a cookie stands for, if its session lives."""
        if not cookie:
            return None
        return await sync_to_thread(self._find, cookie, touch)

    def _find(self, cookie: str, touch: bool) -> Visitor | None:
        now, hashed = real_now(), _hash(cookie)
        given = {
            "id": hashed, "now": now, "idle": now - IDLE, "oldest": now - LONGEST, "touch": touch,
        }
        with self._engine.begin() as conn:
            row = conn.execute(
                text(
                    "update user_session s set"
                    " seen_at = case when :touch then :now else s.seen_at end"
                    " from user_account u where s.id_hash = :id and u.user_id = s.user_id"
                    " and not u.disabled and s.seen_at > :idle and s.started_at > :oldest"
                    " returning cast(u.user_id as text) as user_id, u.name, u.role, u.coder_id,"
                    " s.csrf, u.team, u.facilities, u.npi, u.prefs, s.started_at, s.seen_at"
                ),
                given,
            ).one_or_none()
        if row is None:
            return None
        found = dict(row._mapping) | {"facilities": tuple(row.facilities)}
        return Visitor(**found, session=hashed.hex()[:SHOWN], request=secrets.token_hex(8))

    def sign_in(self, name: str, password: str, code: str = "", address: str = "") -> str | None:
        """Return a new session's cookie, or none; too many failures refuse for a while."""
        if self.limits.refuses(name, address):
            return None
        with self._engine.begin() as conn:
            row = conn.execute(
                text(
                    "select cast(user_id as text) as user_id, role, password_hash, totp, totp_step"
                    " from user_account where name = :name and not disabled"
                ),
                {"name": name},
            ).one_or_none()
        right = passwords.matches(row.password_hash if row else "", password)
        if row is None or not right or not self._second(row, code):
            self.limits.failed(name, address)
            self._note_failure(name if row else "")
            return None
        self.limits.succeeded(name, address)
        return self.open(row.user_id)

    def _second(self, row: Any, code: str) -> bool:
        """Say whether the second factor is right, and use its step up."""
        if row.totp is None:
            return not self._second_factor
        secret = totp.opened(self._site, row.user_id, bytes(row.totp))
        step = totp.step(secret, code, row.totp_step, real_now().timestamp())
        if step is None:
            return False
        with self._engine.begin() as conn:
            used = conn.execute(
                text(
                    "update user_account set totp_step = :step"
                    " where user_id = cast(:id as uuid) and totp_step < :step"
                ),
                {"step": step, "id": row.user_id},
            )
        return used.rowcount == 1

    def _note_failure(self, name: str) -> None:
        """Note a failure; what is no account's name is not kept, it may be a password."""
        with self._engine.begin() as conn:
            audit.note(conn, "sign_in", actor=name or "unknown", outcome=audit.REFUSED)

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        with self._engine.begin() as conn:
            row = conn.execute(
                text(
                    "delete from user_session s using user_account u"
                    " where s.id_hash = :id and u.user_id = s.user_id returning u.name, u.role"
                ),
                {"id": _hash(cookie)},
            ).one_or_none()
            if row is not None:
                audit.note(
                    conn, "sign_out", actor=row.name, role=row.role,
                    session=_hash(cookie).hex()[:SHOWN],
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
            who = conn.execute(
                text("select name, role from user_account where user_id = cast(:id as uuid)"),
                {"id": user_id},
            ).one()
            audit.note(
                conn, "sign_in", actor=who.name, role=who.role, session=_hash(cookie).hex()[:SHOWN]
            )
        return cookie


def end_sessions(conn: Connection, user_id: str) -> int:
    """End every session of an account; return how many."""
    gone = conn.execute(
        text("delete from user_session where user_id = cast(:id as uuid)"), {"id": user_id}
    )
    return gone.rowcount


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
