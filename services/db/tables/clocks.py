"""What the worklist's timer works with: facts, clocks, histories, people (writer: worklist).

- `work_fact`: what clocks and scores know of what an item is about, one row a subject: a submission
  (its control number), a held version (its coded event's id), an encounter (its id). `rulings` are
  the payer's decisions as a set, so that their order makes no difference; `paid` is what the row
  adds to `paid_history`.
- `item_clock`: the clocks of every open item; `said` is what was told of each.
- `paid_history`, `overturn_fact`, `overturn_history`: what payers paid of charges, what they
  overturned; each fact's contribution stands beside it, and a change adds the difference.
- `chart_seen`: of which version of a record the work was opened, or found not to be any.
- `user_profile`, `absence`: skills, how much a person takes, who is away (writer: command line).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

WORK_FACT = Table(
    "work_fact",
    META,
    Column("subject", Text, primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the record, for an encounter; else 0"),
    Column("payer_id", Text, nullable=False),
    Column("claim_type", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("told_on", Date, comment="when the payer before decided, of a secondary claim"),
    Column("charge_cents", BigInteger, nullable=False),
    Column("lines", JSONB, nullable=False, comment="[line id, code, charge]"),
    Column("denied_on", Date, comment="of the latest decision that stands and denies"),
    Column("rulings", JSONB, nullable=False, server_default="[]"),
    Column("paid", JSONB, nullable=False, server_default="{}", comment="code -> paid, charged, n"),
    Index("ix_work_fact_encounter", "encounter_id"),
)

ITEM_CLOCK = Table(
    "item_clock",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("starts_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("near_on", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("paused_on", Date, comment="since when it stands still"),
    Column("paused_days", Integer, nullable=False, server_default="0", comment="workdays before"),
    Column("said", Text, nullable=False, server_default="", comment="approaching or missed"),
    CheckConstraint("said in ('', 'approaching', 'missed')", name="said"),
    Index(
        "ix_item_clock_near", "near_on",
        postgresql_where=text("said = '' and paused_on is null"),
    ),
    Index(
        "ix_item_clock_due", "due_on",
        postgresql_where=text("said <> 'missed' and paused_on is null"),
    ),
)

PAID_HISTORY = Table(
    "paid_history",
    META,
    Column("payer_id", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("paid_cents", BigInteger, nullable=False),
    Column("charged_cents", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
)

OVERTURN_FACT = Table(
    "overturn_fact",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("resolution", Text, nullable=False),
    Column("told", Text, nullable=False, server_default="", comment="the reason it is counted by"),
    Column("won", SmallInteger, nullable=False, server_default="0"),
    Column("decided", SmallInteger, nullable=False, server_default="0"),
)

OVERTURN_HISTORY = Table(
    "overturn_history",
    META,
    Column("payer_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("won", BigInteger, nullable=False),
    Column("decided", BigInteger, nullable=False),
)

CHART_SEEN = Table(
    "chart_seen",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="of the record: its work has been opened"),
)

USER_PROFILE = Table(
    "user_profile",
    META,
    Column("name", Text, primary_key=True, comment="sign-in name"),
    Column("skills", JSONB, nullable=False, server_default="[]",
           comment="claim types, departments, categories"),
    Column("most_open", Integer, nullable=False, server_default="0",
           comment="open items a person is given at most; 0: no limit"),
)

ABSENCE = Table(
    "absence",
    META,
    Column("absence_id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="sign-in name"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, comment="last day away"),
    Column("noted_by", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, comment="business time"),
    CheckConstraint("starts_on <= ends_on", name="span"),
    Index("ix_absence_name", "name", "ends_on"),
)
