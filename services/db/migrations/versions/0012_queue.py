"""The queue: its order, its indexes, saved views, undo of what is done to many items at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = "status = 'open' and state in ('todo', 'waiting', 'handed_on')"
_CLOSED = "status = 'closed' or state = 'decided'"
_RANK = (
    "(band::bigint * 1000000000000000000) + case when band = 0"
    " then (due_on - date '2000-01-01') * 100000000000::bigint"
    " - least(score, 99999999999) else - score end"
)
_INDEXES = {
    "ix_work_item_rank": (["place", "assigned_to", "queue_rank", "due_on", "rework_id"], _OPEN),
    "ix_work_item_rank_all": (["queue_rank", "due_on", "rework_id"], _OPEN),
    "ix_work_item_coder": (
        ["coder_id", "queue_rank", "due_on", "rework_id"], f"{_OPEN} and assigned_to = ''"),
    "ix_work_item_due": (["due_on", "rework_id"], _OPEN),
    "ix_work_item_worth": (["at_stake_cents", "rework_id"], _OPEN),
    "ix_work_item_opened": (["opened_at", "rework_id"], _OPEN),
    "ix_work_item_worked": (["worked_by", "opened_at", "rework_id"], "worked_by <> ''"),
    "ix_work_item_released": (["opened_at", "rework_id"], "status = 'open' and state = 'released'"),
    "ix_work_item_waiting": (["queue_rank", "due_on", "rework_id"],
                             "status = 'open' and state = 'waiting'"),
    "ix_work_item_closed": (["opened_at", "rework_id"], _CLOSED),
    "ix_work_item_taken": (["taken_by"], "taken_by <> ''"),
    "ix_work_item_control_number": (["control_number"], None),
    "ix_work_item_payer_claim_number": (["payer_claim_number"], None),
}


def upgrade() -> None:
    """Create the tables."""
    op.add_column("work_item", sa.Column(
        "worked_by", sa.Text(), nullable=False, server_default="",
        comment="who last did the part of a coder or specialist",
    ))
    op.alter_column("work_item", "taken_by", comment="while the lease lasts")
    op.execute(_FILL)
    op.add_column("work_item", sa.Column(
        "queue_rank", sa.BigInteger(), sa.Computed(_RANK, persisted=True), nullable=False,
        comment="of band, deadline and score: the smallest is worked first",
    ))
    op.drop_index("ix_work_item_open", "work_item")
    for name, (columns, where) in _INDEXES.items():
        op.create_index(
            name, "work_item", columns, postgresql_where=sa.text(where) if where else None
        )
    for name in ("carcs", "remarks", "codes", "tags"):
        op.create_index(f"ix_work_item_{name}", "work_item", [name], postgresql_using="gin")
    _tables()
    for statement in (*_POLICIES, _FIND):
        op.execute(statement)
    op.execute(_TELL)
    op.execute(
        "create trigger tell_work after insert on work_item"
        " for each row execute function tell_work()"
    )
    op.execute(
        "create trigger tell_work_moved after update on work_item for each row"
        " when (old.row_version is distinct from new.row_version)"
        " execute function tell_work()"
    )


def _tables() -> None:
    op.create_table(
        "saved_view",
        sa.Column("view_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="sign-in name"),
        sa.Column("role", sa.Text(), nullable=False, comment="whose list it is a view of"),
        sa.Column("team", sa.Text(), nullable=False, server_default=""),
        sa.Column("shared", sa.Boolean(), nullable=False, comment="the role and team see it"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment="the part of the URL after ?"),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_view_owner")),
    )
    op.create_table(
        "first_view",
        sa.Column("name", sa.Text(), nullable=False, comment="sign-in name"),
        sa.Column("view_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_first_view")),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.view_id"], name=op.f("fk_first_view_view_id_saved_view"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "bulk_act",
        sa.Column("bulk_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("given", JSONB(), nullable=False, comment="what was asked for"),
        sa.Column("items", JSONB(), nullable=False, comment="of each: before, version after it"),
        sa.Column("state", sa.Text(), nullable=False, server_default="done"),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.CheckConstraint(
            "state in ('due', 'done', 'undone')", name=op.f("ck_bulk_act_state")
        ),
        sa.PrimaryKeyConstraint("bulk_id", name=op.f("pk_bulk_act")),
    )
    op.create_index("ix_bulk_act_due", "bulk_act", ["undo_until"],
                    postgresql_where=sa.text("state = 'due'"))


_ME = "(select current_setting('app.subject', true))"
_POLICIES = (
    *(
        statement
        for table in ("saved_view", "first_view", "bulk_act")
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            "do $$ begin execute format('create policy service on "
            f"{table} for all to %I using (true) with check (true)', current_user); end $$",
        )
    ),
    f"create policy web_see on saved_view for select to claimloop_web using (owner = {_ME}"
    " or (shared and role = (select current_setting('app.role', true))))",
    f"create policy web on saved_view for all to claimloop_web using (owner = {_ME})"
    f" with check (owner = {_ME})",
    f"create policy web on first_view for all to claimloop_web using (name = {_ME})"
    f" with check (name = {_ME})",
    f"create policy web on bulk_act for all to claimloop_web using (who = {_ME})"
    f" with check (who = {_ME})",
)
_FILL = """
    update work_item set worked_by = taken_by, taken_by = '', lease_until = null,
        place = case when state = 'handed_on' then 'BILLING' else place end
    where taken_by <> '' or state = 'handed_on'
"""
_TELL = """
    create function tell_work() returns trigger language plpgsql as $$
    begin
        perform pg_notify('work', new.rework_id || ' ' || new.row_version || ' ' || new.place);
        return null;
    end $$
"""
# Under row-level security an index of jsonb is not used: its operators could tell what a policy
# hides. So the owner finds the ids, and the policy judges the rows of those.
_FIND = """
    create function find_work(of_code text[], of_reason text[], of_tag text[]) returns setof uuid
        language sql stable security definer set search_path = public, pg_temp as $$
        select rework_id from work_item
            where codes ?| of_code or remarks ?| of_code or carcs ?| of_reason
                or tags ?| of_tag
            limit 20000
    $$
"""
