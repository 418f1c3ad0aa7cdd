"""Who may sign in, and who is signed in. The pages write both."""

from sqlalchemy import Boolean, Column, DateTime, Index, LargeBinary, Table, Text, Uuid

from services.db.tables.meta import META

USER_ACCOUNT = Table(
    "user_account",
    META,
    Column("user_id", Uuid(as_uuid=False), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False, comment="coder, biller, supervisor or ops"),
    Column("coder_id", Text, nullable=False, comment="as on coded events; for coders"),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("disabled", Boolean, nullable=False),
)

USER_SESSION = Table(
    "user_session",
    META,
    Column("id_hash", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's value"),
    Column("user_id", Uuid(as_uuid=False), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("ix_user_session_user", "user_id"),
)
