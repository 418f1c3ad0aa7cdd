"""What the gateway keeps: claims on their way, files both ways, money posted, things for a person.

    gateway_claim    one row a submission: its frozen event and how far it got
    claim_transition state x fact -> next: `services.claims.life`, copied by a migration
    claim_move       how each claim got there; a trigger writes it with each move
    claim_refusal    facts and submissions that were refused, with the rule
    interchange      one row a file of ours: control numbers, sealed bytes, how far it got
    inbound_file     one row a file of theirs: hash, sealed bytes, what became of it
    release_approval who agreed to post a held file although it does not balance
    remittance       one row a remittance that was posted, by its key
    remittance_claim one row a claim occurrence in a remittance
    journal, posting double entry: each posting moves an amount from one account to another
    deposit          what the bank received, and whether it is what a remittance says
    exchange_item    what a person must look at that belongs to no encounter
    partner_number   the next control number of each trading partner

`gateway_claim.state` moves only along a row of `claim_transition`: a trigger refuses anything
else and writes `claim_move`. A row is taken in as ready, or as `learnt` after a restore.
States of `interchange`: intent, sending (spooled, or delivered and not yet noted), sent.
States of `inbound_file`: posted, duplicate, quarantined (unreadable or foreign), held (an 835
that does not balance), released (a held one, posted by two people's word). Whatever its state, the
bytes are kept, sealed.

Accounts of `posting`: ``receivable`` (what the payer owes on claims), ``revenue`` (charges),
``cash``, ``patient``, ``adjustment`` (with the CAS group and code as `reason`; or superseded,
write_off, ...), ``suspense`` (with why as `reason`: unmatched, payee, reversal, unbalanced,
difference), and for PLB, with its code as `reason`: ``recoupment``, ``interest``, ``withheld``,
``provider``. A row debits one account and credits another with the same amount, so that no journal
can fail to sum to zero; the receivable is debited only by revenue and credited only by cash,
adjustment or patient, so that of each claim charge = paid + adjustments + patient share + open
(view `claim_balance`) at any time. Cash of a remittance = its BPR02. A negative amount undoes: a
reversal is the exact negation of one prior occurrence (`reverses_id`, `reverses_ordinal`).
View `provider_balance` has what PLB carries from one remittance to another.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.claims.life import OUTSTANDING, STATES
from services.db.tables.meta import META, one_of

FILE_STATES = ("posted", "duplicate", "quarantined", "held", "released")
JOURNALS = ("charge", "remittance", "settlement", "superseded", "closing")
DEPOSIT_STATES = ("unmatched", "matched", "differs")


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
    CheckConstraint(one_of("state", ("intent", "sending", "sent")), name="state"),
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
    Column("payer_number_rank", Text, nullable=True, comment="which of two numbers is the later"),
    Column("fact", Text, nullable=False, comment="what moved it last"),
    Column("evidence", Text, nullable=False, comment="id of the file or event that said so"),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(one_of("state", STATES), name="state"),
    Index("ix_gateway_claim_ready", "payer_id", postgresql_where=text("state = 'ready'")),
    Index("ix_gateway_claim_interchange", "interchange_id", "set_control"),
    Index("ix_gateway_claim_encounter", "encounter_id", "payer_id"),
    Index(
        "uq_gateway_claim_outstanding", "encounter_id", "payer_id", unique=True,
        postgresql_where=text(one_of("state", OUTSTANDING)),
    ),
)

CLAIM_TRANSITION = Table(
    "claim_transition",
    META,
    Column("state", Text, primary_key=True),
    Column("fact", Text, primary_key=True),
    Column("next", Text, nullable=False, comment="the state itself: nothing moves"),
)

CLAIM_MOVE = Table(
    "claim_move",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("control_number", Text, nullable=False),
    Column("before", Text, nullable=False, comment="empty when it was taken in as learnt"),
    Column("fact", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="business time"),
    Index("ix_claim_move_control", "control_number"),
)

CLAIM_REFUSAL = Table(
    "claim_refusal",
    META,
    Column("refusal_id", Uuid(as_uuid=False), primary_key=True),
    Column("control_number", Text, nullable=False),
    Column("state", Text, nullable=False, comment="where the claim stood; empty: not ours"),
    Column("fact", Text, nullable=False),
    Column("rule", Text, nullable=False, comment="illegal_move, or a rule of the guards"),
    Column("evidence", Text, nullable=False, comment="id of the file or event"),
    Column("at", DateTime(timezone=True), nullable=False, comment="business time"),
    Index("ix_claim_refusal_control", "control_number"),
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
    CheckConstraint(one_of("state", FILE_STATES), name="state"),
    Index("uq_inbound_file_copy", "payer_id", "sha256", "copy", unique=True),
    Index("ix_inbound_file_state", "state"),
)

RELEASE_APPROVAL = Table(
    "release_approval",
    META,
    Column(
        "file_id", Uuid(as_uuid=False), ForeignKey("inbound_file.file_id"), primary_key=True,
    ),
    Column("person", Text, primary_key=True, comment="sign-in name"),
    Column("role", Text, nullable=False, comment="when the word was given"),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="real time"),
    CheckConstraint("role in ('biller', 'supervisor')", name="role"),
    CheckConstraint("reason <> ''", name="reason"),
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
    Column("suspense_cents", BigInteger, nullable=False, comment="to suspense when it was posted"),
    Column("difference_cents", BigInteger, nullable=False, comment="of it: BPR02 less the rest"),
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
    Column("reason", Text, nullable=False, comment="why it was in suspense; else empty"),
    Column("status", Text, nullable=False, comment="CLP02"),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("patient_cents", BigInteger, nullable=False),
    Column("payer_claim_number", Text, nullable=False),
    Column("event_id", Uuid(as_uuid=False), nullable=True, comment="the adjudicated event"),
    Column("unprocessable", Boolean, nullable=False, comment="MA130, or CLP02 4"),
    Column("reverses_id", Uuid(as_uuid=False), nullable=True, comment="of a reversal"),
    Column("reverses_ordinal", Integer, nullable=True),
    Index("ix_remittance_claim_control", "control_number"),
    Index(
        "ix_remittance_claim_suspense", "control_number", postgresql_where=text("not matched")
    ),
    Index(
        "uq_remittance_claim_reverses", "reverses_id", "reverses_ordinal", unique=True,
        postgresql_where=text("reverses_id is not null"),
    ),
)

JOURNAL = Table(
    "journal",
    META,
    Column("journal_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="business time"),
    CheckConstraint(one_of("kind", JOURNALS), name="kind"),
)

POSTING = Table(
    "posting",
    META,
    Column(
        "journal_id", Uuid(as_uuid=False), ForeignKey("journal.journal_id"), primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True, comment="the claim occurrence; 0 provider level"),
    Column("entry", Integer, primary_key=True),
    Column(
        "remittance_id", Uuid(as_uuid=False), nullable=True,
        comment="what it is about, with `ordinal`; null for charges and what follows them",
    ),
    Column("control_number", Text, nullable=False, comment="empty at provider level"),
    Column("line_id", Text, nullable=False, comment="empty at claim level"),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="CAS group and code, PLB code, or why"),
    Column("reference", Text, nullable=False, comment="of PLB: the payer's reference"),
    Column("amount_cents", BigInteger, nullable=False, comment="negative undoes"),
    CheckConstraint("debit <> credit", name="two_sides"),
    CheckConstraint("amount_cents <> 0", name="some_amount"),
    CheckConstraint(
        "(debit <> 'receivable' or credit = 'revenue') and"
        " (credit <> 'receivable' or debit in ('cash', 'adjustment', 'patient'))",
        name="receivable",
    ),
    Index("ix_posting_control", "control_number"),
    Index("ix_posting_remittance", "remittance_id"),
    Index(
        "uq_posting_charge", "control_number", unique=True,
        postgresql_where=text("debit = 'receivable'"),
    ),
)

DEPOSIT = Table(
    "deposit",
    META,
    Column("deposit_id", Uuid(as_uuid=False), primary_key=True),
    Column("trace", Text, nullable=False, comment="as TRN02"),
    Column("amount_cents", BigInteger, nullable=False),
    Column("deposited_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("remittance_id", Uuid(as_uuid=False), nullable=True, comment="with this trace"),
    Column("source", Text, nullable=False, comment="a person's sign-in name, or a bank's file"),
    Column("noted_at", DateTime(timezone=True), nullable=False, comment="real time"),
    CheckConstraint(one_of("state", DEPOSIT_STATES), name="state"),
    Index("ix_deposit_trace", "trace"),
)

EXCHANGE_ITEM = Table(
    "exchange_item",
    META,
    Column("item_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False, comment="of services.gateway.kinds"),
    Column("subject", Text, nullable=False, comment="ids of ours, never a number of theirs"),
    Column("payer_id", Text, nullable=False),
    Column("team", Text, nullable=False, comment="POSTING, BILLING or OPS"),
    Column("state", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, comment="business time"),
    Column("closed_at", DateTime(timezone=True), nullable=True),
    Column("amount_cents", BigInteger, nullable=True, comment="the money it is about"),
    Column("reason", Text, nullable=False, comment="place and rule; never content"),
    Column("file_id", Uuid(as_uuid=False), nullable=True, comment="the file that raised it"),
    Column("closed_by", Text, nullable=False, comment="a sign-in name; empty: the fact did"),
    Column("closing", Text, nullable=False, comment="what closed it"),
    CheckConstraint("state in ('open', 'closed')", name="state"),
    Index("ix_exchange_item_state", "state", "opened_at", "item_id"),
    Index("ix_exchange_item_kind", "state", "kind", "opened_at", "item_id"),
    Index("ix_exchange_item_file", "file_id"),
    Index(
        "uq_exchange_item_open", "kind", "subject", unique=True,
        postgresql_where=text("state = 'open'"),
    ),
)
