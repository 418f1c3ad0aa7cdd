"""What the shadow pilot keeps (writer: `claimloop shadow import`, exports: `shadow export`).

    shadow_home        one row in a database that measures a host and must never send
    shadow_file        one row a file of the host: what became of it
    shadow_claim       one row a claim the host sent, sealed; waiting, told (its events are out) or
                       refused
    shadow_answer      one row a claim's occurrence in a 277CA or 835, or a verdict of a 999
    shadow_remittance  one row a remittance
    shadow_coding      who coded which account, from the coding file
    shadow_price       what the host charges for one unit of a code, and how often it did
    shadow_export      which correction was handed to the host, in which form

`account` is the opaque form of the host's CLM01. While `shadow_home` has its row, a trigger refuses
rows in `gateway_claim` and `interchange`: no gateway, whoever starts it, can send from here.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.db.tables.meta import META

WAITING, TOLD, REFUSED = "waiting", "told", "refused"

SHADOW_HOME = Table(
    "shadow_home",
    META,
    Column("one", Integer, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    CheckConstraint("one = 1", name="single"),
)

SHADOW_FILE = Table(
    "shadow_file",
    META,
    Column("sha256", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False, comment="as first found, made printable"),
    Column("size", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, comment="837P, 835, ..., mixed, coding or unknown"),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="place and rule; never content"),
    Column("documents", Integer, nullable=False, comment="claims, answers and rows it held"),
    Column("refused", Integer, nullable=False, comment="of these, not taken"),
    Column("content", LargeBinary, nullable=True, comment="sealed, of a quarantined file"),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state in ('taken', 'quarantined')", name="state"),
)

SHADOW_CLAIM = Table(
    "shadow_claim",
    META,
    Column("claim_id", Uuid(as_uuid=False), primary_key=True),
    Column("account", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False, comment="of the first file it stood in"),
    Column("kind", Text, nullable=False),
    Column("frequency", Text, nullable=False, comment="CLM05-3"),
    Column("sequence", Text, nullable=False, comment="P, S or T"),
    Column("payer_id", Text, nullable=False),
    Column("known_payer", Boolean, nullable=False, comment="false: only of that kind"),
    Column("original", Text, nullable=False, comment="REF*F8, opaque; empty for none"),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("interchange", Text, nullable=False, comment="sender|ISA13, which a TA1 answers"),
    Column("batch", Text, nullable=False, comment="sender|GS06, which a 999 answers"),
    Column("set_control", Text, nullable=False, comment="ST02"),
    Column("charge_cents", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="the claim, sealed"),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="what it waits for, or why it is refused"),
    Column("encounter_id", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("event", LargeBinary, nullable=True, comment="the submitted event, once told"),
    Column("holds", Text, nullable=False, comment="edits that would have held it, with blanks"),
    CheckConstraint("state in ('waiting', 'told', 'refused')", name="state"),
    Index("ix_shadow_claim_account", "account"),
    Index("ix_shadow_claim_batch", "batch"),
    Index("ix_shadow_claim_interchange", "interchange"),
    Index("ix_shadow_claim_encounter", "encounter_id"),
    Index("ix_shadow_claim_waiting", "state", postgresql_where=text("state = 'waiting'")),
)

SHADOW_ANSWER = Table(
    "shadow_answer",
    META,
    Column("answer_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False, comment="TA1, 999, 277CA or 835"),
    Column("account", Text, nullable=False, comment="empty for a TA1 or 999"),
    Column("batch", Text, nullable=False, comment="interchange or batch that a TA1 or 999 answers"),
    Column("reference", Text, nullable=False, comment="the payer's claim number, opaque"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="what it says, sealed"),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="what it waits for"),
    CheckConstraint("state in ('waiting', 'told')", name="state"),
    Index("ix_shadow_answer_account", "account"),
    Index("ix_shadow_answer_reference", "reference"),
    Index("ix_shadow_answer_waiting", "state", postgresql_where=text("state = 'waiting'")),
)

SHADOW_REMITTANCE = Table(
    "shadow_remittance",
    META,
    Column("remittance_id", Uuid(as_uuid=False), primary_key=True),
    Column("digest", LargeBinary, nullable=False, comment="of the set without its envelope"),
    Column("paid_on", Date, nullable=False, comment="BPR16"),
    Column("paid_cents", BigInteger, nullable=False, comment="BPR02"),
    Column("claims", Integer, nullable=False),
)

SHADOW_CODING = Table(
    "shadow_coding",
    META,
    Column("account", Text, primary_key=True),
    Column("code", Text, primary_key=True, comment="empty for the whole claim"),
    Column("coded_on", Date, primary_key=True),
    Column("coder_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
)

SHADOW_PRICE = Table(
    "shadow_price",
    META,
    Column("code", Text, primary_key=True),
    Column("unit_cents", BigInteger, primary_key=True),
    Column("lines", BigInteger, nullable=False),
)

SHADOW_EXPORT = Table(
    "shadow_export",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("exported_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("form in ('csv', 'x12')", name="form"),
)
