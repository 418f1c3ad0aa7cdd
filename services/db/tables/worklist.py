"""The work: what came back, who has it, what became of it, and how it came to be.

- `timeline`: every event about an encounter that reached the worklist, as its exact bytes with its
  coordinates: the item page, and "why do I see this".
- `visit`: which encounters are one patient's (by the opaque key id), so that a page can show the
  earlier ones.
- `work_item`: one row per rework id. The process `worklist` writes what `rework` says, the pages
  write what people do; neither touches the other's columns. `row_version` grows with both.
- `answer`: what became of a correction, gathered from events that name its rework id. Only sums,
  maxima and "or", so that the order and the batches they come in make no difference.
- `work_history`: who did what when; codes and states, never a name, never text of a note.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

TIMELINE = Table(
    "timeline",
    META,
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("ix_timeline_encounter", "encounter_id"),
)

VISIT = Table(
    "visit",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("patient", Text, nullable=False, comment="id of the patient's data key: opaque"),
    Column("starts_on", Date, nullable=False),
    Column("encounter_class", Text, nullable=False),
    Column("claim_type", Text, nullable=False, server_default="professional"),
    Column("department", Text, nullable=False),
    Column("facility_id", Text, nullable=False),
    Index("ix_visit_patient", "patient", "starts_on"),
)

_OPEN = text("status = 'open' and state in ('todo', 'waiting', 'handed_on')")
_IN_ORDER = ("queue_rank", "due_on", "rework_id")
_RANK = (
    "(band::bigint * 1000000000000000000) + case when band = 0"
    " then (due_on - date '2000-01-01') * 100000000000::bigint"
    " - least(score, 99999999999) else - score end"
)
_ARRIVED = "kind in ('coding', 'charge_change', 'remittance', 'acknowledgement')"
WORK_ITEM = Table(
    "work_item",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("encounter_id", Text, nullable=False),
    # what `rework` says
    Column("event_id", Uuid(as_uuid=False), nullable=False, comment="of that revision"),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False, comment="open or closed, as denials last said"),
    Column("subject", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("payer_claim_number", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the coding that came back"),
    Column("follows", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("coder_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("appealable", Boolean, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("at_stake_cents", BigInteger, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("due_rule", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    # what is told from it and from the bill, for lists
    Column("source", Text, nullable=False, server_default="", comment="what brought it: 835, ..."),
    Column("facility_id", Text, nullable=False, server_default=""),
    Column("department", Text, nullable=False, server_default=""),
    Column("carcs", JSONB, nullable=False, server_default="[]", comment="CO-11, ... or edits"),
    Column("remarks", JSONB, nullable=False, server_default="[]"),
    Column("codes", JSONB, nullable=False, server_default="[]", comment="services concerned"),
    Column("needs", JSONB, nullable=False, server_default="[]", comment="teams that act"),
    # in which order it is worked: a score and what it is made of (writer: the worklist's timer)
    Column("band", SmallInteger, nullable=False, server_default="1", comment="0: deadline first"),
    Column("score", BigInteger, nullable=False, server_default="0", comment="cents a day left"),
    Column("score_parts", JSONB, nullable=False, server_default="{}"),
    Column("scored_on", Date, comment="business day of the score"),
    Column("timed_version", Integer, nullable=False, server_default="0",
           comment="row version for which clocks, score and assignment were made"),
    # what people do
    Column("state", Text, nullable=False, server_default="todo"),
    Column("waits_for", Text, nullable=False, server_default="", comment="in state waiting: whom"),
    Column("place", Text, nullable=False, server_default="", comment="the team whose turn it is"),
    Column("acted", JSONB, nullable=False, server_default="[]", comment="of needs: done"),
    Column("assigned_to", Text, nullable=False, server_default="", comment="empty: the team's"),
    Column("lease_until", DateTime(timezone=True), comment="real time; who took it has it so long"),
    Column("answered", Boolean, nullable=False, server_default="false", comment="a query did"),
    Column("tags", JSONB, nullable=False, server_default="[]"),
    Column("row_version", Integer, nullable=False, server_default="1"),
    Column("taken_by", Text, nullable=False, server_default="", comment="while the lease lasts"),
    Column("worked_by", Text, nullable=False, server_default="",
           comment="who last did the part of a coder or specialist"),
    Column("decision", Text, nullable=False, server_default=""),
    Column("proposal", LargeBinary, comment="a coded event a coder handed on, not yet released"),
    CheckConstraint(
        "state in ('todo', 'waiting', 'handed_on', 'released', 'decided')", name="state"
    ),
    CheckConstraint("status in ('open', 'closed')", name="status"),
    Column("queue_rank", BigInteger, Computed(_RANK, persisted=True), nullable=False,
           comment="of band, deadline and score: the smallest is worked first"),
    Index("ix_work_item_encounter", "encounter_id"),
    Index("ix_work_item_rank", "place", "assigned_to", *_IN_ORDER, postgresql_where=_OPEN),
    Index("ix_work_item_rank_all", *_IN_ORDER, postgresql_where=_OPEN),
    Index("ix_work_item_coder", "coder_id", *_IN_ORDER,
          postgresql_where=text(f"{_OPEN} and assigned_to = ''")),
    Index("ix_work_item_due", "due_on", "rework_id", postgresql_where=_OPEN),
    Index("ix_work_item_worth", "at_stake_cents", "rework_id", postgresql_where=_OPEN),
    Index("ix_work_item_payer", "payer_id", "due_on", "rework_id", postgresql_where=_OPEN),
    Index("ix_work_item_opened", "opened_at", "rework_id", postgresql_where=_OPEN),
    Index("ix_work_item_worked", "worked_by", "opened_at", "rework_id",
          postgresql_where=text("worked_by <> ''")),
    Index("ix_work_item_released", "opened_at", "rework_id",
          postgresql_where=text("status = 'open' and state = 'released'")),
    Index("ix_work_item_waiting", *_IN_ORDER,
          postgresql_where=text("status = 'open' and state = 'waiting'")),
    Index("ix_work_item_closed", "opened_at", "rework_id",
          postgresql_where=text("status = 'closed' or state = 'decided'")),
    Index("ix_work_item_untimed", "rework_id",
          postgresql_where=text("timed_version <> row_version")),
    Index("ix_work_item_arrived", "subject", postgresql_where=text(_ARRIVED)),
    Index("ix_work_item_arrived_open", "kind",
          postgresql_where=text(f"status = 'open' and {_ARRIVED}")),
    Index("ix_work_item_scored", "scored_on", postgresql_where=text("status = 'open'")),
    Index("ix_work_item_taken", "taken_by", postgresql_where=text("taken_by <> ''")),
    Index("ix_work_item_control_number", "control_number"),
    Index("ix_work_item_payer_claim_number", "payer_claim_number"),
    Index("ix_work_item_carcs", "carcs", postgresql_using="gin"),
    Index("ix_work_item_remarks", "remarks", postgresql_using="gin"),
    Index("ix_work_item_codes", "codes", postgresql_using="gin"),
    Index("ix_work_item_tags", "tags", postgresql_using="gin"),
)

ANSWER = Table(
    "answer",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("rank", Integer, nullable=False, comment="how far the correction came"),
    Column("paid_cents", BigInteger, nullable=False, comment="sum over signed decisions"),
    Column("decisions", Integer, nullable=False),
    Column("came_back", Text, nullable=False, comment="kind of the item that followed, if any"),
    Column("came_back_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="latest event about it"),
)

WORK_HISTORY = Table(
    "work_history",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Index("ix_work_history_rework", "rework_id"),
)
