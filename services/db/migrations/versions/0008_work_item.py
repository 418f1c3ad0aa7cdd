"""The work item in full: what every later table builds on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXTS = ("source", "facility_id", "department", "waits_for", "place", "assigned_to")
_LISTS = ("carcs", "remarks", "codes", "needs", "acted", "tags")
_SAID = {
    "source": "what brought it: 835, ...", "waits_for": "in state waiting: whom",
    "place": "the team whose turn it is", "assigned_to": "empty: the team's",
    "carcs": "CO-11, ... or edits", "codes": "services concerned", "needs": "teams that act",
    "acted": "of needs: done",
}


def upgrade() -> None:
    """Add the columns and fill them for the items there are."""
    for name in _TEXTS:
        _add(name, sa.Text(), "")
    for name in _LISTS:
        _add(name, JSONB(), "[]")
    _add("band", sa.SmallInteger(), "1", "0: deadline first")
    _add("score", sa.BigInteger(), "0", "cents a day left")
    _add("score_parts", JSONB(), "{}")
    _add("scored_on", sa.Date(), None, "business day of the score")
    _add("lease_until", sa.DateTime(timezone=True), None, "real time; who took it has it so long")
    _add("answered", sa.Boolean(), "false", "a query did")
    op.drop_constraint(op.f("ck_work_item_state"), "work_item")
    op.create_check_constraint(
        op.f("ck_work_item_state"), "work_item",
        "state in ('todo', 'waiting', 'handed_on', 'released', 'decided')",
    )
    op.execute(_FILL)


def _add(name: str, kind: object, default: str | None, said: str = "") -> None:
    op.add_column("work_item", sa.Column(
        name, kind, nullable=default is None, server_default=default,  # type: ignore[arg-type]
        comment=said or _SAID.get(name),
    ))


_FILL = """
    update work_item w set place = w.team, needs = jsonb_build_array(w.team),
        source = case w.kind when 'held' then 'edit' when 'rejection' then '277CA' else '835' end,
        facility_id = coalesce(v.facility_id, ''), department = coalesce(v.department, '')
    from work_item x left join visit v on v.encounter_id = x.encounter_id
    where x.rework_id = w.rework_id
"""
