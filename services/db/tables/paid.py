"""What payers decided, code by code (writer: the worklist's projection).

- `code_decided`: one row for each line of each decision, and one for each diagnosis it was billed
  for. Rows are only added, by the event's id, so that order and batches make no difference; which
  decision of a claim stands is asked when it is read. Pages see the rows of claims of which they
  see an item.
- `code_paid`, a view (migration 0022): counts and cents of the decisions that stand, by payer,
  code, reasons and day; no claim in it, so that pages read it across facilities.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

CODE_DECIDED = Table(
    "code_decided",
    META,
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("position", SmallInteger, primary_key=True, comment="0: the claim; then its lines"),
    Column("kind", Text, nullable=False, comment="code or dx"),
    Column("code", Text, nullable=False, comment="empty for the claim"),
    Column("payer_id", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("ordinal", Integer, nullable=False, comment="in its remittance"),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("denied", Boolean, nullable=False),
    Column("reasons", JSONB, nullable=False, comment="CO-11, ... of what was denied"),
    Column("reversal", Boolean, nullable=False),
    Index("ix_code_decided_code", "payer_id", "code", "decided_on"),
    Index("ix_code_decided_claim", "control_number", "decided_on"),
)
