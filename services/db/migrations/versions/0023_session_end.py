"""That a session ended, or its account changed, is told to the pages that are open in it."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Notify `session` with the beginning of the session's hash, as the audit log names it."""
    for statement in (_ENDED, _ON_END, _CHANGED, _ON_CHANGE):
        op.execute(statement)


_ENDED = """
    create function tell_session_ended() returns trigger language plpgsql as $$
    begin
        perform pg_notify('session', left(encode(old.id_hash, 'hex'), 16));
        return null;
    end $$
"""
_ON_END = """
    create trigger tell_session_ended after delete on user_session for each row
        execute function tell_session_ended()
"""
_CHANGED = """
    create function tell_account_changed() returns trigger language plpgsql as $$
    begin
        perform pg_notify('session', left(encode(id_hash, 'hex'), 16))
            from user_session where user_id = new.user_id;
        return null;
    end $$
"""
# What a person may see and do; not the password, the authenticator or what they prefer.
_ON_CHANGE = """
    create trigger tell_account_changed after update on user_account for each row
        when ((old.name, old.role, old.coder_id, old.team, old.facilities, old.npi, old.disabled)
            is distinct from
            (new.name, new.role, new.coder_id, new.team, new.facilities, new.npi, new.disabled))
        execute function tell_account_changed()
"""
