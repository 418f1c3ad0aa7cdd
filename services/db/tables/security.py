"""Who may sign in, who is signed in, who saw what. The pages write all of it but the chain.

- `user_account`, `user_session`: people and their sessions; `sign_in_attempt`: on their way through
  an identity provider.
- `break_glass`: who opened whose record without having the work, why, until when.
- `phi_access`: one row for every read and write of protected data, insert-only (a trigger refuses
  anything else); `phi_access_pending`: rows the chain does not hold yet.
- `phi_access_chain` (writer: the worklist's follower): the rows of a facility, each hashed with the
  one before it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

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
    Column("team", Text, nullable=False, server_default="", comment="whose items it works"),
    Column("facilities", JSONB, nullable=False, server_default="[]", comment='["*"]: all'),
    Column("npi", Text, nullable=False, server_default="", comment="of a physician"),
    Column("totp", LargeBinary, comment="secret of the authenticator, sealed"),
    Column("totp_step", BigInteger, nullable=False, server_default="0", comment="last one used"),
    Column("prefs", JSONB, nullable=False, server_default="{}"),
    Column("subject", Text, unique=True, comment="issuer and sub at the identity provider"),
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

SIGN_IN_ATTEMPT = Table(
    "sign_in_attempt",
    META,
    Column("state_hash", LargeBinary, primary_key=True, comment="SHA-256 of the state sent along"),
    Column("browser_hash", LargeBinary, nullable=False, comment="SHA-256 of the browser's cookie"),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False, comment="of PKCE"),
    Column("started_at", DateTime(timezone=True), nullable=False),
)

BREAK_GLASS = Table(
    "break_glass",
    META,
    Column("glass_id", Uuid(as_uuid=False), primary_key=True),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("patient", Text, nullable=False, comment="id of the patient's data key: opaque"),
    Column("rework_id", Uuid(as_uuid=False), nullable=False, comment="the item it began from"),
    Column("facility_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="real time"),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("reviewed_by", Text, nullable=False, server_default=""),
    Column("reviewed_at", DateTime(timezone=True)),
    Index("ix_break_glass_patient", "patient", "who", "until"),
    Index(
        "ix_break_glass_unreviewed", "at", "glass_id", postgresql_where=text("reviewed_by = ''")
    ),
)

PHI_ACCESS = Table(
    "phi_access",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"),
    ),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("session", Text, nullable=False, comment="beginning of the session's hash"),
    Column("action", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False, comment="opaque"),
    Column("facility_id", Text, nullable=False, comment="empty: of no facility"),
    Column("purpose", Text, nullable=False, comment="on what ground"),
    Column("outcome", Text, nullable=False, comment="done or refused"),
    Column("request_id", Text, nullable=False),
    Column("details_hash", LargeBinary, nullable=False, comment="SHA-256, empty for none"),
    CheckConstraint("actor <> ''", name="actor"),
    CheckConstraint("outcome in ('done', 'refused')", name="outcome"),
    Index("ix_phi_access_object", "object_id", "actor", "at"),
    Index("ix_phi_access_actor", "actor", "seq"),
)

PHI_ACCESS_PENDING = Table(
    "phi_access_pending",
    META,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)

PHI_ACCESS_CHAIN = Table(
    "phi_access_chain",
    META,
    Column("facility_id", Text, primary_key=True),
    Column(
        "position", BigInteger, primary_key=True, autoincrement=False, comment="1 for the first"
    ),
    Column("seq", BigInteger, nullable=False, unique=True, comment="the row of phi_access"),
    Column("prev_hash", LargeBinary, nullable=False, comment="32 zero bytes before the first"),
    Column("row_hash", LargeBinary, nullable=False),
)
