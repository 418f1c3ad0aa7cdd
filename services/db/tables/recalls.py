"""What a rule or a code table did to claims when its day came; overrides that were not granted.

- `recall`: one row for each revision of a rule, or load of a code table, whose day has come. While
  `done_at` is empty the worklist is still at it (writer: worklist).
- `recall_claim`: the claims it was about: recalled, or sent and listed because nothing can be done
  (writer: worklist, and the `rules recall` command).
- `override_attempt`: overrides that a person asked for and was refused at once (writer: whoever
  asks: the `edits override` command, the pages). What validation refuses is `override_refusal`.
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
    Table,
    Text,
)

from services.db.tables.meta import META

RECALL = Table(
    "recall",
    META,
    Column("rule_id", Text, primary_key=True, comment="or table:<kind>"),
    Column("revision", Integer, primary_key=True),
    Column("effective_on", Date, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True), nullable=True),
)

RECALL_CLAIM = Table(
    "recall_claim",
    META,
    Column("rule_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="of the coding, before the recall"),
    Column("effect", Text, nullable=False),
    Column("cents", BigInteger, nullable=False, comment="its charge"),
    Column("edit", Text, nullable=False),
    Column("place", Text, nullable=False),
    CheckConstraint("effect in ('would_fail', 'would_pass', 'sent')", name="effect"),
    Index("ix_recall_claim_encounter", "encounter_id"),
)

OVERRIDE_ATTEMPT = Table(
    "override_attempt",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the coding"),
    Column("edit", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="of the closed list, or empty"),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False, comment="opaque id of the person"),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        "why in ('guardrail', 'role', 'reason', 'evidence', 'no_finding')", name="why"
    ),
)
