"""What payers paid for a code is read without its claims, a claim's decisions where its items are."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sum up by payer, code and day what pages read of every facility; wall the rows themselves."""
    for statement in (_CODE_PAID, "grant select on code_paid to claimloop_web", *_WALL):
        op.execute(statement)


# Of each claim its latest decision; of a day a reversal and its correction, the correction. What
# takes back has no lines, so that of a claim that was taken back nothing is counted.
_CODE_PAID = """
    create view code_paid as
    select line.payer_id, line.kind, line.code, line.decided_on, line.reasons,
        count(*) as lines,
        count(*) filter (where not line.denied and line.paid_cents > 0) as paid,
        count(*) filter (where line.denied) as denied,
        sum(line.paid_cents) as paid_cents, sum(line.charge_cents) as charge_cents
    from code_decided line
    where line.position > 0 and not exists (
        select from code_decided later
        where later.position = 0 and later.control_number = line.control_number
            and (later.decided_on, not later.reversal, later.ordinal, later.event_id)
                > (line.decided_on, not line.reversal, line.ordinal, line.event_id)
    )
    group by line.payer_id, line.kind, line.code, line.decided_on, line.reasons
"""
# Who sees every facility is not asked item by item: the board reads as many claims as were denied.
_SEEN = """
    create policy web on code_decided for select to claimloop_web using (
        ((select current_setting('app.facilities', true)) = '*'
            and (select current_setting('app.role', true)) in (
                'coder', 'biller', 'specialist', 'supervisor'))
        or exists (select from work_item
            where work_item.control_number = code_decided.control_number)
    )
"""
_WALL = (
    "alter table code_decided enable row level security",
    "alter table code_decided force row level security",
    "do $$ begin execute format('create policy service on code_decided for all to %I"
    " using (true) with check (true)', current_user); end $$",
    _SEEN,
)
