"""Indexes that pages of lists follow in order, and where few items of a tag or code are found."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_OPEN = "status = 'open' and state in ('todo', 'waiting', 'handed_on')"
_GONE = {
    "ix_lesson_coder": "lesson", "ix_physician_query_npi": "physician_query",
    "ix_break_glass_unreviewed": "break_glass", "ix_exchange_item_kind": "exchange_item",
}
_QUERY = ["due_on", "asked_at", "query_id"]
_INDEXES = {
    "ix_work_item_payer": ("work_item", ["payer_id", "due_on", "rework_id"], _OPEN),
    "ix_lesson_state": ("lesson", ["state", "opened_at", "rework_id", "coder_id"], None),
    "ix_lesson_coder": ("lesson", ["coder_id", "state", "opened_at", "rework_id"], None),
    "ix_physician_query_state": ("physician_query", ["state", *_QUERY], None),
    "ix_physician_query_npi": ("physician_query", ["npi", "state", *_QUERY], None),
    "ix_physician_query_asked_by": ("physician_query", ["asked_by", "state", *_QUERY], None),
    "ix_break_glass_unreviewed": ("break_glass", ["at", "glass_id"], "reviewed_by = ''"),
    "ix_exchange_item_state": ("exchange_item", ["state", "opened_at", "item_id"], None),
    "ix_exchange_item_kind": ("exchange_item", ["state", "kind", "opened_at", "item_id"], None),
    "ix_coding_coder": ("coding", ["coder_id", "recorded_at"], None),
}


def upgrade() -> None:
    """Create the indexes and the function."""
    for name, table in _GONE.items():
        op.drop_index(name, table)
    for name, (table, columns, where) in _INDEXES.items():
        op.create_index(
            name, table, columns, postgresql_where=sa.text(where) if where else None
        )
    for statement in (_FEW, *_ASKED):
        op.execute(statement)


# As find_work does, for a filter: ids alone, which the policy then judges. What more items fit
# than are asked for, the list finds sooner by reading in its order.
_FEW = """
    create function find_few(
        of_code text[], of_remark text[], of_reason text[], of_tag text[], most int
    ) returns uuid[] language sql stable security definer
        set search_path = public, pg_temp set enable_seqscan = off as $$
        select case when count(*) <= most then coalesce(array_agg(rework_id), '{}') end from (
            select rework_id from work_item
                where codes ?| of_code or remarks ?| of_remark or carcs ?| of_reason
                    or tags ?| of_tag
                limit most + 1
        ) found
    $$
"""
_ASKED = (
    "revoke all on function find_few(text[], text[], text[], text[], int) from public",
    "grant execute on function find_few(text[], text[], text[], text[], int) to claimloop_web",
)
