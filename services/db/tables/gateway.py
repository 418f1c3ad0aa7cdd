"""What the gateway keeps: claims on their way, files both ways, money posted.

    gateway_claim   one row a submission: its frozen event and how far it got
    interchange     one row a file of ours: control numbers, sealed bytes, how far it got
    inbound_file    one row a file of theirs: hash, sealed bytes, what became of it
    remittance      one row a remittance that was posted, by its key
    remittance_claim one row a claim occurrence in a remittance
    posting         double entry: each row moves an amount from one account to another
    partner_number  the next control number of each trading partner

States of `gateway_claim`: ready, intent (in a file not yet delivered), sent, accepted (by a hop),
rejected (by a hop), refused (we could not write it), adjudicated. It never moves backwards.
States of `interchange`: intent, sending (spooled, or delivered and not yet noted), sent.
States of `inbound_file`: posted, duplicate, quarantined (unreadable or foreign), held (an 835
that does not balance). Whatever its state, the bytes are kept, sealed.

Accounts of `posting`: ``cash``, ``receivable``, ``patient``, ``adjustment`` (with the CAS group and
code as `reason`), ``provider`` (PLB, with its code), ``suspense`` (money of claims we do not know).
A row debits one account and credits another with the same amount, so every journal (remittance and
ordinal; 0 is the provider level) sums to zero by construction. Cash of a remittance = its BPR02.
A negative amount undoes: a reversal is the exact negation of what it reverses.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.db.tables.meta import META

CLAIM_STATES = ("ready", "intent", "sent", "accepted", "rejected", "refused", "adjudicated")
OUTSTANDING = ("ready", "intent", "sent", "accepted")
FILE_STATES = ("posted", "duplicate", "quarantined", "held")


def _listed(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


PARTNER_NUMBER = Table(
    "partner_number",
    META,
    Column("payer_id", Text, primary_key=True),
    Column("next", BigInteger, nullable=False, comment="next ISA13 and GS06; never taken back"),
)

INTERCHANGE = Table(
    "interchange",
    META,
    Column("interchange_id", Uuid(as_uuid=False), primary_key=True),
    Column("payer_id", Text, nullable=False),
    Column("control", BigInteger, nullable=False, comment="ISA13"),
    Column("group_control", BigInteger, nullable=False, comment="GS06"),
    Column("file_name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False, comment="of the clear bytes"),
    Column("content", LargeBinary, nullable=False, comment="sealed, purpose interchange"),
    Column("claims", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=True),
    Column("ta1", Text, nullable=True, comment="code of the TA1: A, E, R"),
    Column("ack999", Text, nullable=True, comment="AK901 of the 999: A, E, P, R"),
    Column("status_at", DateTime(timezone=True), nullable=True, comment="first 277CA"),
    CheckConstraint(_listed("state", ("intent", "sending", "sent")), name="state"),
    Index("uq_interchange_control", "payer_id", "control", unique=True),
    Index("uq_interchange_group", "payer_id", "group_control", unique=True),
    Index("uq_interchange_file", "payer_id", "file_name", unique=True),
    Index("ix_interchange_open", "state", postgresql_where=text("state <> 'sent'")),
)

GATEWAY_CLAIM = Table(
    "gateway_claim",
    META,
    Column("control_number", Text, primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("event_id", Uuid(as_uuid=False), nullable=False, comment="the submitted event"),
    Column("event", LargeBinary, nullable=False, comment="the submitted event, encoded"),
    Column("frequency", Text, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("interchange_id", Uuid(as_uuid=False), nullable=True),
    Column("set_control", Text, nullable=True, comment="ST02"),
    Column("payer_claim_number", Text, nullable=True, comment="latest CLP07, else REF*1K"),
    CheckConstraint(_listed("state", CLAIM_STATES), name="state"),
    Index("ix_gateway_claim_ready", "payer_id", postgresql_where=text("state = 'ready'")),
    Index("ix_gateway_claim_interchange", "interchange_id", "set_control"),
    Index(
        "uq_gateway_claim_outstanding", "encounter_id", "payer_id", unique=True,
        postgresql_where=text(_listed("state", OUTSTANDING)),
    ),
)

INBOUND_FILE = Table(
    "inbound_file",
    META,
    Column("file_id", Uuid(as_uuid=False), primary_key=True),
    Column("payer_id", Text, nullable=False, comment="whose folder it came from"),
    Column("name", Text, nullable=False, comment="as found, made printable"),
    Column("sha256", LargeBinary, nullable=False),
    Column("copy", Integer, nullable=False, comment="0 for the first, then 1, 2, ..."),
    Column("size", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, comment="TA1, 999, 277CA, 835, mixed or unknown"),
    Column("content", LargeBinary, nullable=True, comment="sealed; null for the same bytes again"),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="place and rule; never content"),
    Column("documents", Integer, nullable=False, comment="claims and verdicts it held"),
    Column("unmatched", Integer, nullable=False, comment="of these, not about a claim of ours"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("filed_as", Text, nullable=True, comment="archive/... or quarantine/..., once moved"),
    CheckConstraint(_listed("state", FILE_STATES), name="state"),
    Index("uq_inbound_file_copy", "payer_id", "sha256", "copy", unique=True),
    Index("ix_inbound_file_state", "state"),
)

REMITTANCE = Table(
    "remittance",
    META,
    Column("remittance_id", Uuid(as_uuid=False), primary_key=True),
    Column("payer_id", Text, nullable=False),
    Column("file_id", Uuid(as_uuid=False), ForeignKey("inbound_file.file_id"), nullable=False),
    Column("payer_key", Text, nullable=False, comment="TRN03"),
    Column("trace", Text, nullable=False, comment="TRN02: check or EFT number"),
    Column("paid_cents", BigInteger, nullable=False, comment="BPR02"),
    Column("paid_on", Date, nullable=False, comment="BPR16"),
    Column("payee_npi", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False, comment="of the set without ST and SE"),
    Column("claims", Integer, nullable=False),
    Column("suspense_cents", BigInteger, nullable=False, comment="paid on claims we do not know"),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    Index(
        "uq_remittance_key", "payer_key", "trace", "paid_cents", "paid_on", "payee_npi",
        unique=True, postgresql_where=text("paid_cents <> 0"),
    ),
)

REMITTANCE_CLAIM = Table(
    "remittance_claim",
    META,
    Column(
        "remittance_id", Uuid(as_uuid=False), ForeignKey("remittance.remittance_id"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True),
    Column("control_number", Text, nullable=False, comment="CLP01, made printable"),
    Column("matched", Boolean, nullable=False, comment="false: in suspense, no event"),
    Column("status", Text, nullable=False, comment="CLP02"),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("patient_cents", BigInteger, nullable=False),
    Column("payer_claim_number", Text, nullable=False),
    Column("event_id", Uuid(as_uuid=False), nullable=True, comment="the adjudicated event"),
    Index("ix_remittance_claim_control", "control_number"),
)

POSTING = Table(
    "posting",
    META,
    Column(
        "remittance_id", Uuid(as_uuid=False), ForeignKey("remittance.remittance_id"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True, comment="the claim occurrence; 0 provider level"),
    Column("entry", Integer, primary_key=True),
    Column("control_number", Text, nullable=False, comment="empty at provider level"),
    Column("line_id", Text, nullable=False, comment="empty at claim level"),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="CAS group and code, or PLB code"),
    Column("amount_cents", BigInteger, nullable=False, comment="negative undoes"),
    CheckConstraint("debit <> credit", name="two_sides"),
    CheckConstraint("amount_cents <> 0", name="some_amount"),
    Index("ix_posting_control", "control_number"),
)
