"""The tables of assembly: chains with several payers, voids, what decisions say in full.

Old rows come along: what a payer decided is taken from the gateway's remittances, the frozen event
from its claims, or, where the gateway has not seen it, from the outbox. The facts that denials and
accuracy keep as JSON get the amounts and numbers by which reversals find what they take back.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAMESPACE = uuid.UUID("8d4b5d0e-1f0b-5d53-9c55-6c6a6f5b1c11")
VERSION_STATES = (
    "'sent', 'superseded', 'waiting', 'held', 'nothing_to_void', 'awaiting_institutional',"
    " 'needs_reopening', 'lines_missing', 'needs_appeal', 'under_appeal'"
)
TURN_STATES = (
    "'settled', 'waiting', 'voided', 'forwarded', 'needs_reopening', 'needs_void', 'needs_appeal',"
    " 'under_appeal', 'lines_missing'"
)


def upgrade() -> None:
    """Create and change them."""
    op.drop_constraint(op.f("ck_claim_version_state"), "claim_version", type_="check")
    op.create_check_constraint(
        op.f("ck_claim_version_state"), "claim_version", f"state in ({VERSION_STATES})"
    )
    op.create_table(
        "claim_turn",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="who has to act; empty for nobody"),
        sa.CheckConstraint(f"state in ({TURN_STATES})", name=op.f("ck_claim_turn_state")),
        sa.PrimaryKeyConstraint("encounter_id", "payer_id", name=op.f("pk_claim_turn")),
    )
    op.create_index("ix_claim_turn_state", "claim_turn", ["state", "owner"], unique=False)
    for column in (
        sa.Column("charge_cents", sa.BigInteger(), server_default="0", comment="CLM02"),
        sa.Column(
            "secondary", sa.Boolean(), server_default="false",
            comment="another payer decided before",
        ),
        sa.Column(
            "next_payer_id", sa.Text(), server_default="", comment="who pays after, or empty"
        ),
        sa.Column(
            "decisions", sa.LargeBinary(), server_default="[]",
            comment="JSON: every occurrence known",
        ),
        sa.Column(
            "appeal", sa.Text(), server_default="",
            comment="what was last decided about one, or empty",
        ),
    ):
        column.nullable = False
        op.add_column("submission", column)
        op.alter_column("submission", column.name, server_default=None)
    op.add_column("submission", sa.Column("appealed_at", sa.DateTime(timezone=True)))
    op.add_column(
        "submission",
        sa.Column("event", sa.LargeBinary(), comment="submitted; null where none was kept"),
    )
    _carry_over(op.get_bind())
    _complete(op.get_bind(), "denial_case", "rulings")
    _complete(op.get_bind(), "accuracy_case", "decisions")
    for name in ("remittance_id", "remittance_ordinal", "unprocessable"):
        op.drop_column("submission", name)
    op.alter_column(
        "submission", "payer_claim_number", comment="CLP07 to replace or void",
        existing_comment="CLP07 of the latest decision",
    )


def _carry_over(conn: sa.Connection) -> None:
    """Give every old submission its event, its charge and all that was decided of it."""
    conn.execute(sa.text(
        "update submission s set event = g.event, charge_cents = g.charge_cents"
        " from gateway_claim g where g.control_number = s.control_number"
    ))
    unseen = conn.execute(sa.text("select control_number from submission where event is null"))
    ids = [
        {"number": number, "id": str(uuid.uuid5(NAMESPACE, f"submitted|{number}"))}
        for (number,) in unseen
    ]
    if ids:
        conn.execute(sa.text(
            "update submission set event = o.value from outbox o"
            " where control_number = :number and o.event_id = cast(:id as uuid)"
        ), ids)
    told = _decisions(conn)
    if told:
        conn.execute(sa.text(
            "update submission set decisions = convert_to(:content, 'UTF8')"
            " where control_number = :number"
        ), [{"number": n, "content": json.dumps(found)} for n, found in told.items()])


def _decisions(conn: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return what was decided of each claim, in the order it was made."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _occurrences(conn):
        found.setdefault(row.control_number, []).append({
            "decided_on": row.paid_on.isoformat(), "remittance_id": str(row.remittance_id),
            "ordinal": row.ordinal, "payer_claim_number": row.payer_claim_number,
            "unprocessable": row.unprocessable, "reversal": row.status == "22",
            "charge_cents": row.charge_cents, "paid_cents": row.paid_cents,
            "patient_cents": row.patient_cents,
        })
    return found


def _occurrences(conn: sa.Connection) -> Iterator[Any]:
    """Yield the occurrences assembly had taken in: no decision later than the latest it knew.

    It kept no reversals: of those all are taken that were posted.
    """
    yield from conn.execute(sa.text(
        "select c.*, r.paid_on,"
        " s.unprocessable and c.remittance_id::text = s.remittance_id"
        "   and c.ordinal = s.remittance_ordinal as unprocessable"
        " from remittance_claim c join remittance r using (remittance_id)"
        " join submission s using (control_number)"
        " where c.matched and c.status <> '25' and s.decided_on is not null"
        " and (c.status = '22' or (r.paid_on, c.remittance_id::text, c.ordinal)"
        "   <= (s.decided_on, s.remittance_id, s.remittance_ordinal))"
        " order by r.paid_on, c.remittance_id::text, c.ordinal"
    ))


def _complete(conn: sa.Connection, table: str, kept: str) -> None:
    """Give the decisions in one table's JSON their amounts, and the claims what they billed."""
    said = {
        (row.control_number, str(row.remittance_id), row.ordinal): {
            "payer_claim_number": row.payer_claim_number, "charge_cents": row.charge_cents,
            "paid_cents": row.paid_cents,
        }
        for row in conn.execute(sa.text("select * from remittance_claim where matched"))
    }
    billed = conn.execute(
        sa.text("select control_number, charge_cents, frequency from gateway_claim")
    )
    claims = {row.control_number: row for row in billed}
    changed = []
    for row in conn.execute(sa.text(f"select encounter_id, content from {table}")):  # noqa: S608
        case = json.loads(bytes(row.content))
        for number, account in case["accounts"].items():
            if number in claims:
                account["billed_cents"] = claims[number].charge_cents
                account["frequency"] = claims[number].frequency
            for one in account[kept]:
                one |= said.get((number, one["remittance_id"], one["ordinal"]), {})
        changed.append({"id": row.encounter_id, "content": json.dumps(case)})
    if changed:
        conn.execute(sa.text(
            f"update {table} set content = convert_to(:content, 'UTF8')"  # noqa: S608
            " where encounter_id = :id"
        ), changed)
