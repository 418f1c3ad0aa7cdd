"""What assembly keeps: the versions of each encounter's coding, and the claims that went out.

    claim_version   one row a validated version: sent, superseded, held, waiting, ...
    claim_turn      one row a payer beyond the one the version is for: what it waits for
    submission      one row a control number; the indexes are the promise "never two outstanding"

The chain is per encounter and payer: ordinals and the index of open ones say so. A submission whose
`ordinal` is null has not gone out: only an answer to it is known yet. `services.claims.lifecycle`
says what the states mean and who owns them.
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
    UniqueConstraint,
    text,
)

from services.claims import lifecycle
from services.db.tables.meta import META, one_of

CLAIM_VERSION = Table(
    "claim_version",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("payer_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False, comment="who has to act; empty for nobody"),
    Column("predecessor", Text, nullable=False, comment="the submission it corrects, or empty"),
    Column("event", LargeBinary, nullable=True, comment="validated, while it may still go out"),
    CheckConstraint(one_of("state", tuple(lifecycle.VERSION_OWNERS)), name="state"),
    Index("ix_claim_version_state", "state", "owner"),
)

CLAIM_TURN = Table(
    "claim_turn",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("payer_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False, comment="who has to act; empty for nobody"),
    CheckConstraint(one_of("state", tuple(lifecycle.TURN_OWNERS)), name="state"),
    Index("ix_claim_turn_state", "state", "owner"),
)

SUBMISSION = Table(
    "submission",
    META,
    Column("control_number", Text, primary_key=True, comment="CLM01"),
    Column("encounter_id", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("ordinal", Integer, nullable=True),
    Column("version", Integer, nullable=False),
    Column("frequency", Text, nullable=False, comment="CLM05-3"),
    Column("predecessor", Text, nullable=False),
    Column("filing_deadline_on", Date, nullable=False),
    Column("charge_cents", BigInteger, nullable=False, comment="CLM02"),
    Column("secondary", Boolean, nullable=False, comment="another payer decided before"),
    Column("next_payer_id", Text, nullable=False, comment="who pays after, or empty"),
    Column("state", Text, nullable=False),
    Column("rejected", Boolean, nullable=False),
    Column("decided_on", Date, nullable=True, comment="of the latest decision"),
    Column("payer_claim_number", Text, nullable=False, comment="CLP07 to replace or void"),
    Column("decisions", LargeBinary, nullable=False, comment="JSON: every occurrence known"),
    Column("appeal", Text, nullable=False, comment="what was last decided about one, or empty"),
    Column("appealed_at", DateTime(timezone=True), nullable=True),
    Column("event", LargeBinary, nullable=True, comment="submitted; null where none was kept"),
    CheckConstraint(one_of("state", lifecycle.SUBMISSION_STATES), name="state"),
    CheckConstraint("length(control_number) between 1 and 20", name="control_number"),
    CheckConstraint("frequency in ('1', '7', '8')", name="frequency"),
    UniqueConstraint("encounter_id", "payer_id", "ordinal"),
    Index(
        "uq_submission_open",
        "encounter_id",
        "payer_id",
        unique=True,
        postgresql_where=text("state = 'open' and ordinal is not null"),
    ),
)
