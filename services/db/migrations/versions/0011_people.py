"""Users, sessions, roles, facilities; row-level security; the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, the pages' role and the policies."""
    _people()
    _glass()
    _audit()
    for statement in (_ROLE, _GRANTS, _PROTECT, *_POLICIES, _INSERT_ONLY):
        op.execute(statement)


def _people() -> None:
    for name, comment in (("team", "whose items it works"), ("npi", "of a physician")):
        op.add_column("user_account", sa.Column(
            name, sa.Text(), nullable=False, server_default="", comment=comment,
        ))
    op.add_column("user_account", sa.Column(
        "facilities", JSONB(), nullable=False, server_default="[]", comment='["*"]: all',
    ))
    op.add_column("user_account", sa.Column(
        "totp", sa.LargeBinary(), comment="secret of the authenticator, sealed",
    ))
    op.add_column("user_account", sa.Column(
        "totp_step", sa.BigInteger(), nullable=False, server_default="0", comment="last one used",
    ))
    op.add_column("user_account", sa.Column(
        "prefs", JSONB(), nullable=False, server_default="{}",
    ))
    op.add_column("user_account", sa.Column(
        "subject", sa.Text(), comment="issuer and sub at the identity provider",
    ))
    op.create_unique_constraint(op.f("uq_user_account_subject"), "user_account", ["subject"])
    op.execute(
        "update user_account set facilities = '[\"*\"]', team = case role"
        " when 'coder' then 'CODING' when 'biller' then 'BILLING' else '' end"
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_hash", sa.LargeBinary(), comment="SHA-256 of the state sent along"),
        sa.Column(
            "browser_hash", sa.LargeBinary(), nullable=False,
            comment="SHA-256 of the browser's cookie",
        ),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False, comment="of PKCE"),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_attempt")),
    )


def _glass() -> None:
    op.create_table(
        "break_glass",
        sa.Column("glass_id", sa.Uuid(as_uuid=False)),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "patient", sa.Text(), nullable=False, comment="id of the patient's data key: opaque"
        ),
        sa.Column(
            "rework_id", sa.Uuid(as_uuid=False), nullable=False, comment="the item it began from"
        ),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False, comment="real time"),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("reviewed_at", _MOMENT),
        sa.PrimaryKeyConstraint("glass_id", name=op.f("pk_break_glass")),
    )
    op.create_index("ix_break_glass_patient", "break_glass", ["patient", "who", "until"])
    op.create_index(
        "ix_break_glass_unreviewed", "break_glass", ["facility_id", "at"],
        postgresql_where=sa.text("reviewed_by = ''"),
    )


def _audit() -> None:
    told = {
        "actor": None, "role": None, "session": "beginning of the session's hash", "action": None,
        "object_type": None, "object_id": "opaque", "facility_id": "empty: of no facility",
        "purpose": "on what ground", "outcome": "done or refused", "request_id": None,
    }
    op.create_table(
        "phi_access",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True)),
        sa.Column(
            "at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()"),
        ),
        *(
            sa.Column(name, sa.Text(), nullable=False, comment=comment)
            for name, comment in told.items()
        ),
        sa.Column(
            "details_hash", sa.LargeBinary(), nullable=False, comment="SHA-256, empty for none"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_phi_access")),
        sa.CheckConstraint("actor <> ''", name=op.f("ck_phi_access_actor")),
        sa.CheckConstraint(
            "outcome in ('done', 'refused')", name=op.f("ck_phi_access_outcome")
        ),
    )
    op.create_index("ix_phi_access_object", "phi_access", ["object_id", "actor", "at"])
    op.create_index("ix_phi_access_actor", "phi_access", ["actor", "seq"])
    op.create_table(
        "phi_access_pending",
        sa.Column("seq", sa.BigInteger(), autoincrement=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_phi_access_pending")),
    )
    op.create_table(
        "phi_access_chain",
        sa.Column("facility_id", sa.Text()),
        sa.Column("position", sa.BigInteger(), autoincrement=False, comment="1 for the first"),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="the row of phi_access"),
        sa.Column(
            "prev_hash", sa.LargeBinary(), nullable=False,
            comment="32 zero bytes before the first",
        ),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("facility_id", "position", name=op.f("pk_phi_access_chain")),
        sa.UniqueConstraint("seq", name=op.f("uq_phi_access_chain_seq")),
    )


# The role is the whole server's, so another database of it may have made it already.
_ROLE = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'claimloop_web') then
        begin
            create role claimloop_web nologin;
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
                raise exception 'the role claimloop_web is missing and % may not create it',
                    current_user
                    using hint = format('as a superuser: create role claimloop_web nologin;'
                        ' grant claimloop_web to %I;', current_user);
        end;
    end if;
    if not pg_has_role(current_user, 'claimloop_web', 'set') then
        execute format('grant claimloop_web to %I', current_user);
    end if;
end $$
"""

_GRANTS = """
do $$
begin
    grant usage on schema public to claimloop_web;
    grant select, insert, update, delete on all tables in schema public to claimloop_web;
    grant usage on all sequences in schema public to claimloop_web;
    alter default privileges in schema public
        grant select, insert, update, delete on tables to claimloop_web;
    alter default privileges in schema public grant usage on sequences to claimloop_web;
    revoke all on alembic_version, user_account, user_session, sign_in_attempt,
        phi_access_pending from claimloop_web;
    -- what the stages keep for themselves
    revoke all on inbox, claim_turn, denial_case, accuracy_case, intake_refusal
        from claimloop_web;
    revoke update, delete on phi_access from claimloop_web;
    revoke insert, update, delete on phi_access_chain from claimloop_web;
    revoke delete on break_glass from claimloop_web;
end $$
"""

# A later migration protects a table of its own with: select claimloop_protect('its_name', how)
# how: facility (it has facility_id), encounter (through the visit), item (through the work item).
# An auditor reads and never writes.
_PROTECT = """
create function claimloop_protect(tbl regclass, how text) returns void language plpgsql as $$
declare
    seen text := case how
        when 'facility' then
            '(select current_setting(''app.role'', true)) in (''coder'', ''biller'', ''specialist'','
            ' ''supervisor'', ''physician'', ''auditor'')'
            ' and ((select current_setting(''app.facilities'', true)) = ''*'''
            ' or facility_id = any ((select string_to_array('
            'current_setting(''app.facilities'', true), '',''))::text[]))'
        when 'encounter' then format(
            'exists (select from visit where visit.encounter_id = %s.encounter_id)', tbl)
        when 'item' then format(
            'exists (select from work_item where work_item.rework_id = %s.rework_id)', tbl)
        end;
begin
    if seen is null then
        raise exception 'claimloop_protect: % is not facility, encounter or item', how;
    end if;
    execute format('alter table %s enable row level security', tbl);
    execute format('alter table %s force row level security', tbl);
    execute format(
        'create policy web on %s for all to claimloop_web using (%s) with check (%s)',
        tbl, seen, replace(seen, ', ''auditor''', ''));
    execute format(
        'create policy service on %s for all to %I using (true) with check (true)',
        tbl, current_user);
end $$
"""

_OWN = "(select current_setting('app.subject', true))"
_ROLE_IS = "(select current_setting('app.role', true))"
_HERE = (
    "((select current_setting('app.facilities', true)) = '*' or facility_id = any ((select"
    " string_to_array(current_setting('app.facilities', true), ','))::text[]))"
)
_OVERSEES = f"({_ROLE_IS} = 'auditor' or ({_ROLE_IS} = 'supervisor' and {_HERE}))"


def _closed(table: str) -> list[str]:
    """Return what shuts a table for everybody but its owner."""
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        "do $$ begin execute format("
        f"'create policy service on {table} for all to %I using (true) with check (true)',"
        " current_user); end $$",
    ]


_POLICIES = (
    *(f"select claimloop_protect('{table}', 'facility')" for table in (
        "work_item", "visit", "chart",
    )),
    *(f"select claimloop_protect('{table}', 'encounter')" for table in ("timeline", "coding")),
    "select claimloop_protect('work_history', 'item')",
    *_closed("break_glass"),
    f"create policy web_see on break_glass for select to claimloop_web"
    f" using (who = {_OWN} or {_OVERSEES})",
    f"create policy web_add on break_glass for insert to claimloop_web"
    f" with check (who = {_OWN} and {_HERE})",
    f"create policy web_review on break_glass for update to claimloop_web"
    f" using ({_OVERSEES}) with check ({_OVERSEES})",
    *_closed("phi_access"),
    f"create policy web_see on phi_access for select to claimloop_web"
    f" using (actor = {_OWN} or {_OVERSEES})",
    f"create policy web_add on phi_access for insert to claimloop_web"
    f" with check (actor = {_OWN})",
    *_closed("phi_access_chain"),
    f"create policy web_see on phi_access_chain for select to claimloop_web"
    f" using ({_ROLE_IS} = 'auditor')",
)

_INSERT_ONLY = """
create function phi_access_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are added, never changed and never removed', tg_table_name;
end $$;
create function phi_access_pend() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into phi_access_pending (seq) values (new.seq);
    return null;
end $$;
create trigger refuse before update or delete on phi_access
    for each row execute function phi_access_refuse();
create trigger refuse_truncate before truncate on phi_access
    for each statement execute function phi_access_refuse();
create trigger pend after insert on phi_access
    for each row execute function phi_access_pend();
create trigger refuse before update or delete on phi_access_chain
    for each row execute function phi_access_refuse();
create trigger refuse_truncate before truncate on phi_access_chain
    for each statement execute function phi_access_refuse();
"""
