"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "accuracy_bucket",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what is counted"),
        sa.Column(
            "count", sa.BigInteger(), nullable=False, comment="never below 0 once a batch is done"
        ),
        sa.CheckConstraint(
            "grain in ('minute', 'hour', 'day', 'month')", name=op.f("ck_accuracy_bucket_grain")
        ),
        sa.PrimaryKeyConstraint(
            "metric",
            "dimension",
            "subject",
            "grain",
            "starts_at",
            "name",
            name=op.f("pk_accuracy_bucket"),
        ),
    )
    op.create_table(
        "accuracy_case",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_accuracy_case")),
    )
    op.create_table(
        "accuracy_figure",
        sa.Column("figure_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column(
            "exclusions",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[{reason, count}]",
        ),
        sa.Column("adjudicated", sa.BigInteger(), nullable=False),
        sa.Column("billed", sa.BigInteger(), nullable=False),
        sa.Column("lower", sa.Float(), nullable=False),
        sa.Column("upper", sa.Float(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("figure_id", name=op.f("pk_accuracy_figure")),
    )
    op.create_table(
        "answer",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="how far the correction came"),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column(
            "paid_cents", sa.BigInteger(), nullable=False, comment="sum over signed decisions"
        ),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column(
            "came_back", sa.Text(), nullable=False, comment="kind of the item that followed, if any"
        ),
        sa.Column("came_back_id", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), nullable=False, comment="latest event about it"
        ),
        sa.PrimaryKeyConstraint("rework_id", name=op.f("pk_answer")),
    )
    op.create_table(
        "chart",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the record"),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="coded, awaiting_coding, or intake's state"
        ),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column(
            "event", sa.LargeBinary(), nullable=False, comment="the encounter event as published"
        ),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_chart")),
    )
    op.create_index("ix_chart_state", "chart", ["state"], unique=False)
    op.create_table(
        "claim_version",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="who has to act; empty for nobody"),
        sa.Column(
            "predecessor", sa.Text(), nullable=False, comment="the submission it corrects, or empty"
        ),
        sa.Column(
            "event", sa.LargeBinary(), nullable=True, comment="validated, while it may still go out"
        ),
        sa.CheckConstraint(
            "state in ('sent', 'superseded', 'waiting', 'held', 'awaiting_institutional', 'needs_reopening')",
            name=op.f("ck_claim_version_state"),
        ),
        sa.PrimaryKeyConstraint("encounter_id", "version", name=op.f("pk_claim_version")),
    )
    op.create_index("ix_claim_version_state", "claim_version", ["state", "owner"], unique=False)
    op.create_table(
        "coding",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_version", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rework_id", sa.Text(), nullable=False, comment="empty for none"),
        sa.Column(
            "predecessor", sa.Text(), nullable=False, comment="control number, empty for none"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "event", sa.LargeBinary(), nullable=False, comment="the coded event as published"
        ),
        sa.PrimaryKeyConstraint("encounter_id", "version", name=op.f("pk_coding")),
        sa.UniqueConstraint("event_id", name=op.f("uq_coding_event_id")),
    )
    op.create_index("ix_coding_rework", "coding", ["rework_id"], unique=False)
    op.create_table(
        "data_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_data_key")),
    )
    op.create_table(
        "dead_disposition",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column(
            "coordinates", sa.Text(), nullable=False, comment="topic/partition/offset of the record"
        ),
        sa.Column("n", sa.Integer(), nullable=False, comment="0 for the first time"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it was given up"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.Column(
            "outbox_id", sa.Uuid(as_uuid=False), nullable=True, comment="of the record put back"
        ),
        sa.CheckConstraint(
            "outcome in ('replayed', 'discarded')", name=op.f("ck_dead_disposition_outcome")
        ),
        sa.PrimaryKeyConstraint("consumer", "coordinates", "n", name=op.f("pk_dead_disposition")),
    )
    op.create_table(
        "denial_case",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_denial_case")),
    )
    op.create_table(
        "gateway_claim",
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column(
            "event_id", sa.Uuid(as_uuid=False), nullable=False, comment="the submitted event"
        ),
        sa.Column(
            "event", sa.LargeBinary(), nullable=False, comment="the submitted event, encoded"
        ),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("interchange_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("set_control", sa.Text(), nullable=True, comment="ST02"),
        sa.Column(
            "payer_claim_number", sa.Text(), nullable=True, comment="latest CLP07, else REF*1K"
        ),
        sa.CheckConstraint(
            "state in ('ready', 'intent', 'sent', 'accepted', 'rejected', 'refused', 'adjudicated')",
            name=op.f("ck_gateway_claim_state"),
        ),
        sa.PrimaryKeyConstraint("control_number", name=op.f("pk_gateway_claim")),
    )
    op.create_index(
        "ix_gateway_claim_interchange",
        "gateway_claim",
        ["interchange_id", "set_control"],
        unique=False,
    )
    op.create_index(
        "ix_gateway_claim_ready",
        "gateway_claim",
        ["payer_id"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "uq_gateway_claim_outstanding",
        "gateway_claim",
        ["encounter_id", "payer_id"],
        unique=True,
        postgresql_where=sa.text("state in ('ready', 'intent', 'sent', 'accepted')"),
    )
    op.create_table(
        "inbound_file",
        sa.Column("file_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False, comment="whose folder it came from"),
        sa.Column("name", sa.Text(), nullable=False, comment="as found, made printable"),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False, comment="0 for the first, then 1, 2, ..."),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="TA1, 999, 277CA, 835, mixed or unknown"
        ),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=True,
            comment="sealed; null for the same bytes again",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="place and rule; never content"),
        sa.Column("documents", sa.Integer(), nullable=False, comment="claims and verdicts it held"),
        sa.Column(
            "unmatched", sa.Integer(), nullable=False, comment="of these, not about a claim of ours"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "filed_as",
            sa.Text(),
            nullable=True,
            comment="archive/... or quarantine/..., once moved",
        ),
        sa.CheckConstraint(
            "state in ('posted', 'duplicate', 'quarantined', 'held')",
            name=op.f("ck_inbound_file_state"),
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_inbound_file")),
    )
    op.create_index("ix_inbound_file_state", "inbound_file", ["state"], unique=False)
    op.create_index(
        "uq_inbound_file_copy", "inbound_file", ["payer_id", "sha256", "copy"], unique=True
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "hash",
            sa.LargeBinary(),
            nullable=False,
            comment="first 16 bytes of SHA-256 of the record",
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "intake",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "hash", sa.LargeBinary(), nullable=False, comment="HMAC of the content, 16 bytes"
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_intake")),
    )
    op.create_table(
        "intake_refusal",
        sa.Column("refusal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_intake_refusal")),
    )
    op.create_table(
        "intake_shift",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_intake_shift_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_intake_shift")),
    )
    op.create_table(
        "interchange",
        sa.Column("interchange_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("control", sa.BigInteger(), nullable=False, comment="ISA13"),
        sa.Column("group_control", sa.BigInteger(), nullable=False, comment="GS06"),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the clear bytes"),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed, purpose interchange"
        ),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ta1", sa.Text(), nullable=True, comment="code of the TA1: A, E, R"),
        sa.Column("ack999", sa.Text(), nullable=True, comment="AK901 of the 999: A, E, P, R"),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True, comment="first 277CA"),
        sa.CheckConstraint(
            "state in ('intent', 'sending', 'sent')", name=op.f("ck_interchange_state")
        ),
        sa.PrimaryKeyConstraint("interchange_id", name=op.f("pk_interchange")),
    )
    op.create_index(
        "ix_interchange_open",
        "interchange",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_index("uq_interchange_control", "interchange", ["payer_id", "control"], unique=True)
    op.create_index("uq_interchange_file", "interchange", ["payer_id", "file_name"], unique=True)
    op.create_index(
        "uq_interchange_group", "interchange", ["payer_id", "group_control"], unique=True
    )
    op.create_table(
        "offset_range",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome in ('done', 'duplicate', 'dead')", name=op.f("ck_offset_range_outcome")
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_offset_range_order")),
        sa.PrimaryKeyConstraint(
            "consumer", "topic", "partition", "first", name=op.f("pk_offset_range")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column(
            "cause_id", sa.Uuid(as_uuid=False), nullable=True, comment="the input that caused it"
        ),
        sa.Column(
            "ordinal", sa.Integer(), nullable=False, comment="among the outputs of its cause"
        ),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_cause", "outbox", ["producer", "cause_id"], unique=False)
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["producer", "seq"],
        unique=False,
        postgresql_where=sa.text("pending"),
    )
    op.create_table(
        "partner_number",
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column(
            "next", sa.BigInteger(), nullable=False, comment="next ISA13 and GS06; never taken back"
        ),
        sa.PrimaryKeyConstraint("payer_id", name=op.f("pk_partner_number")),
    )
    op.create_table(
        "rework_item",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="control number, or the held coded event's id",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("coder_id", sa.Text(), nullable=False),
        sa.Column("at_stake_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind in ('held', 'rejection', 'denial')", name=op.f("ck_rework_item_kind")
        ),
        sa.CheckConstraint("status in ('open', 'closed')", name=op.f("ck_rework_item_status")),
        sa.PrimaryKeyConstraint("rework_id", name=op.f("pk_rework_item")),
        sa.UniqueConstraint("subject", "kind", name=op.f("uq_rework_item_subject")),
    )
    op.create_index("ix_rework_item_encounter", "rework_item", ["encounter_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("control_number", sa.Text(), nullable=False, comment="CLM01"),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False, comment="CLM05-3"),
        sa.Column("predecessor", sa.Text(), nullable=False),
        sa.Column("filing_deadline_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True, comment="of the latest decision"),
        sa.Column("remittance_id", sa.Text(), nullable=False),
        sa.Column("remittance_ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "payer_claim_number", sa.Text(), nullable=False, comment="CLP07 of the latest decision"
        ),
        sa.Column("unprocessable", sa.Boolean(), nullable=False),
        sa.CheckConstraint("frequency in ('1', '7', '8')", name=op.f("ck_submission_frequency")),
        sa.CheckConstraint(
            "state in ('open', 'rejected', 'adjudicated', 'unprocessable')",
            name=op.f("ck_submission_state"),
        ),
        sa.CheckConstraint(
            "length(control_number) between 1 and 20", name=op.f("ck_submission_control_number")
        ),
        sa.PrimaryKeyConstraint("control_number", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "encounter_id", "payer_id", "ordinal", name=op.f("uq_submission_encounter_id")
        ),
    )
    op.create_index(
        "uq_submission_open",
        "submission",
        ["encounter_id", "payer_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open' and ordinal is not null"),
    )
    op.create_table(
        "timeline",
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_encounter", "timeline", ["encounter_id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="coder, biller, supervisor or ops"),
        sa.Column("coder_id", sa.Text(), nullable=False, comment="as on coded events; for coders"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("name", name=op.f("uq_user_account_name")),
    )
    op.create_table(
        "user_session",
        sa.Column(
            "id_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie's value"
        ),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_user_session")),
    )
    op.create_index("ix_user_session_user", "user_session", ["user_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column(
            "patient", sa.Text(), nullable=False, comment="id of the patient's data key: opaque"
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("encounter_class", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_patient", "visit", ["patient", "starts_on"], unique=False)
    op.create_table(
        "work_history",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_work_history")),
    )
    op.create_index("ix_work_history_rework", "work_history", ["rework_id"], unique=False)
    op.create_table(
        "work_item",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False, comment="of that revision"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="open or closed, as denials last said"
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("payer_claim_number", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the coding that came back"),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("coder_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("appealable", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at_stake_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_rule", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="todo", nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("taken_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "proposal",
            sa.LargeBinary(),
            nullable=True,
            comment="a coded event a coder handed on, not yet released",
        ),
        sa.CheckConstraint(
            "state in ('todo', 'handed_on', 'released', 'decided')", name=op.f("ck_work_item_state")
        ),
        sa.CheckConstraint("status in ('open', 'closed')", name=op.f("ck_work_item_status")),
        sa.PrimaryKeyConstraint("rework_id", name=op.f("pk_work_item")),
    )
    op.create_index("ix_work_item_encounter", "work_item", ["encounter_id"], unique=False)
    op.create_index(
        "ix_work_item_open",
        "work_item",
        ["team", "due_on", "rework_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open' and state in ('todo', 'handed_on')"),
    )
    op.create_table(
        "remittance",
        sa.Column("remittance_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payer_key", sa.Text(), nullable=False, comment="TRN03"),
        sa.Column("trace", sa.Text(), nullable=False, comment="TRN02: check or EFT number"),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False, comment="BPR02"),
        sa.Column("paid_on", sa.Date(), nullable=False, comment="BPR16"),
        sa.Column("payee_npi", sa.Text(), nullable=False),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="of the set without ST and SE"
        ),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column(
            "suspense_cents",
            sa.BigInteger(),
            nullable=False,
            comment="paid on claims we do not know",
        ),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["inbound_file.file_id"], name=op.f("fk_remittance_file_id_inbound_file")
        ),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_remittance")),
    )
    op.create_index(
        "uq_remittance_key",
        "remittance",
        ["payer_key", "trace", "paid_cents", "paid_on", "payee_npi"],
        unique=True,
        postgresql_where=sa.text("paid_cents <> 0"),
    )
    op.create_table(
        "posting",
        sa.Column("remittance_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "ordinal",
            sa.Integer(),
            nullable=False,
            comment="the claim occurrence; 0 provider level",
        ),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False, comment="empty at provider level"),
        sa.Column("line_id", sa.Text(), nullable=False, comment="empty at claim level"),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="CAS group and code, or PLB code"),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False, comment="negative undoes"),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_posting_some_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_posting_two_sides")),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittance.remittance_id"],
            name=op.f("fk_posting_remittance_id_remittance"),
        ),
        sa.PrimaryKeyConstraint("remittance_id", "ordinal", "entry", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_control", "posting", ["control_number"], unique=False)
    op.create_table(
        "remittance_claim",
        sa.Column("remittance_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False, comment="CLP01, made printable"),
        sa.Column("matched", sa.Boolean(), nullable=False, comment="false: in suspense, no event"),
        sa.Column("status", sa.Text(), nullable=False, comment="CLP02"),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("patient_cents", sa.BigInteger(), nullable=False),
        sa.Column("payer_claim_number", sa.Text(), nullable=False),
        sa.Column(
            "event_id", sa.Uuid(as_uuid=False), nullable=True, comment="the adjudicated event"
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittance.remittance_id"],
            name=op.f("fk_remittance_claim_remittance_id_remittance"),
        ),
        sa.PrimaryKeyConstraint("remittance_id", "ordinal", name=op.f("pk_remittance_claim")),
    )
    op.create_index(
        "ix_remittance_claim_control", "remittance_claim", ["control_number"], unique=False
    )
