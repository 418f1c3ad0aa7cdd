"""The pages' role reads and writes what pages need, row by row what its person may; nothing else.

A table made later is not the pages': its migration protects it, and grants what they need of it.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_MAY = {
    "select": (
        "accuracy_figure", "answer", "billed_encounter", "code_decided", "data_key",
        "gateway_claim", "item_clock", "paid_history", "phi_access_chain", "rule_in_force",
        "submission", "timeline", "user_profile", "visit", "work_fact",
    ),
    "select, insert": (
        "coding", "decision_refusal", "intake_addendum", "item_note", "manual_denial",
        "phi_access", "records_sent", "release_approval", "work_history",
    ),
    "select, update": ("chart", "exchange_item", "lesson"),
    "select, insert, update": (
        "appeal", "break_glass", "bulk_act", "physician_query", "work_item", "write_off",
    ),
    "select, insert, update, delete": ("saved_view", "first_view"),
    "insert": ("outbox", "override_attempt"),
    "select (encounter_id, version), update (version)": ("intake",),
    "select (file_id, state), update (state)": ("inbound_file",),
}


def upgrade() -> None:
    """Take everything, give what is needed, and wall what had no wall."""
    op.execute("revoke all on all tables in schema public from claimloop_web")
    op.execute("alter default privileges in schema public revoke all on tables from claimloop_web")
    for what, tables in _MAY.items():
        op.execute(f"grant {what} on {', '.join(tables)} to claimloop_web")
    op.execute(_PROTECT)
    for table, how in (
        ("answer", "item"), ("submission", "encounter"), ("gateway_claim", "encounter"),
        ("intake", "encounter"), ("override_attempt", "encounter"),
        ("data_key", "patient"), ("billed_encounter", "patient"),
    ):
        op.execute(f"select claimloop_protect('{table}', '{how}')")
    for statement in _FIGURES:
        op.execute(statement)


# A later migration protects a table of its own with: select claimloop_protect('its_name', how)
# how: facility (it has facility_id), encounter (through the visit), item (through the work item),
# patient (its kid is of somebody with a visit there). An auditor reads and never writes.
_PROTECT = """
create or replace function claimloop_protect(tbl regclass, how text) returns void
    language plpgsql as $$
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
        when 'patient' then format(
            'exists (select from visit where visit.patient = %s.kid)', tbl)
        end;
begin
    if seen is null then
        raise exception 'claimloop_protect: % is not facility, encounter, item or patient', how;
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

_HERE = (
    "((select current_setting('app.facilities', true)) = '*' or subject = any ((select"
    " string_to_array(current_setting('app.facilities', true), ','))::text[]))"
)
_FIGURES = (
    "alter table accuracy_figure enable row level security",
    "alter table accuracy_figure force row level security",
    "do $$ begin execute format('create policy service on accuracy_figure for all to %I"
    " using (true) with check (true)', current_user); end $$",
    "create policy web on accuracy_figure for select to claimloop_web using"
    " ((select current_setting('app.role', true)) = 'supervisor'"
    f" and (dimension <> 'facility' or {_HERE}))",
)
