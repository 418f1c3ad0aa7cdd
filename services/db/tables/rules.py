"""The rules of a hospital: what was drafted, who did what with it, and what validation goes by.

- `rule_version`: every version of every rule, as drafted; never changed (writer: the `rules`
  command).
- `rule_act`: who reviewed, published, retired or rolled back which version, in order; the state of
  a rule is what these say (writer: the `rules` command).
- `rule_in_force`: the latest event of each rule (writer: validation).
- `override_refusal`: overrides that had no effect, one row each (writer: validation).
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
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from services.db.tables.meta import META

RULE_VERSION = Table(
    "rule_version",
    META,
    Column("rule_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="JSON of a RuleVersion"),
    CheckConstraint("version > 0", name="version"),
)

RULE_ACT = Table(
    "rule_act",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("act", Text, nullable=False),
    Column("by", Text, nullable=False, comment="opaque id of the person"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("effective_on", Date, nullable=True, comment="of what is published or retired"),
    CheckConstraint(
        "act in ('drafted', 'reviewed', 'published', 'retired', 'rolled_back')", name="act"
    ),
    Index("ix_rule_act_rule", "rule_id", "seq"),
)

RULE_IN_FORCE = Table(
    "rule_in_force",
    META,
    Column("rule_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("event", LargeBinary, nullable=False, comment="the rule event"),
)

OVERRIDE_REFUSAL = Table(
    "override_refusal",
    META,
    Column("event_id", Uuid(as_uuid=False), primary_key=True, comment="the coded event"),
    Column("edit", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False, comment="opaque id of the person"),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        "why in ('guardrail', 'role', 'reason', 'evidence', 'no_finding')", name="why"
    ),
)
