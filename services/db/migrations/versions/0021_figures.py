"""Figures by coder and by payer sum over facilities: they are shown to who may see them all."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the pages' role ask whose coders somebody sees, and wall every row of the figures.

    What is neither of a facility nor of a coder is shown to nobody who sees but some facilities.
    """
    for statement in (_CODERS, *_ASKED, "drop policy web on accuracy_figure", _FIGURES):
        op.execute(statement)


# The accounts themselves are not the pages'. Of a coder with two accounts both must fit; an
# account without a facility says nothing about where its coder codes.
_CODERS = """
    create function claimloop_coders_within(facilities text[]) returns setof text
        language sql stable security definer set search_path = public, pg_temp as $$
        select account.coder_id from user_account account where account.coder_id <> ''
        group by account.coder_id having bool_and(
            account.facilities <> '[]' and account.facilities <@ to_jsonb($1))
    $$
"""
_ASKED = (
    "revoke all on function claimloop_coders_within(text[]) from public",
    "grant execute on function claimloop_coders_within(text[]) to claimloop_web",
)
_FIGURES = """
    create policy web on accuracy_figure for select to claimloop_web using (
        (select current_setting('app.role', true)) = 'supervisor' and (
            (select current_setting('app.facilities', true)) = '*'
            or (dimension = 'facility' and subject = any ((select string_to_array(
                current_setting('app.facilities', true), ','))::text[]))
            or (dimension in ('coder', 'coder_month') and subject in (
                select claimloop_coders_within(string_to_array(
                    current_setting('app.facilities', true), ','))))
        )
    )
"""
