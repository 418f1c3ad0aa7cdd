"""What is told of an item that changes: whose it is and was, so that only who may see it hears."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the trigger say where an item stands and, of one that moved, where it stood.

    An item that comes before its visit is of no facility yet: that it is of one now is told, too.
    """
    for statement in (_STAND, _TELL, "drop trigger tell_work_moved on work_item", _MOVED):
        op.execute(statement)


# As much of a row as says who may see it: services.worklist.item.scope.sees.
_STAND = """
    create function work_stand(w work_item) returns json language sql stable as $$
        select json_build_array(w.facility_id, w.needs, w.place, w.taken_by, w.assigned_to)
    $$
"""
_TELL = """
    create or replace function tell_work() returns trigger language plpgsql as $$
    begin
        if tg_op = 'INSERT' then
            perform pg_notify('work', json_build_array(
                new.rework_id, new.row_version, work_stand(new))::text);
        else
            perform pg_notify('work', json_build_array(
                new.rework_id, new.row_version, work_stand(old), work_stand(new))::text);
        end if;
        return null;
    end $$
"""
_MOVED = """
    create trigger tell_work_moved after update on work_item for each row
        when (old.row_version is distinct from new.row_version
            or old.facility_id is distinct from new.facility_id)
        execute function tell_work()
"""
