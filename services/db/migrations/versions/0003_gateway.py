"""The tables of the gateway: transitions, double entry, exceptions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = (
    "ready", "intent", "sent", "unknown", "received", "pending", "rejected", "refused",
    "adjudicated", "appealed", "closed", "corrected", "voided",
)
OUTSTANDING = ("ready", "intent", "sent", "unknown", "received", "pending")
TRANSITIONS = """\
ready: bound>intent unwritable>refused barred>refused taken>received admitted>pending
    returned>rejected decided>adjudicated
intent: delivered>sent uncertain>unknown taken>received admitted>pending returned>rejected
    decided>adjudicated
sent: delivered>sent overdue>unknown taken>received admitted>pending returned>rejected
    decided>adjudicated replaced>corrected withdrawn>voided
unknown: delivered>sent uncertain>unknown overdue>unknown taken>received admitted>pending
    returned>rejected decided>adjudicated replaced>corrected withdrawn>voided
received: delivered>received uncertain>received overdue>received taken>received admitted>pending
    returned>rejected decided>adjudicated replaced>corrected withdrawn>voided
pending: delivered>pending uncertain>pending overdue>pending taken>pending admitted>pending
    returned>rejected decided>adjudicated replaced>corrected withdrawn>voided
rejected: delivered>rejected uncertain>rejected overdue>rejected taken>rejected
    admitted>rejected returned>rejected decided>adjudicated replaced>corrected withdrawn>voided
    settled>closed
refused: decided>adjudicated replaced>refused withdrawn>refused settled>closed
adjudicated: delivered>adjudicated uncertain>adjudicated overdue>adjudicated taken>adjudicated
    admitted>adjudicated returned>adjudicated decided>adjudicated replaced>corrected
    withdrawn>voided appealed>appealed answered>adjudicated settled>closed
appealed: delivered>appealed uncertain>appealed overdue>appealed taken>appealed
    admitted>appealed returned>appealed decided>appealed replaced>corrected withdrawn>voided
    appealed>appealed answered>adjudicated settled>closed
closed: delivered>closed uncertain>closed overdue>closed taken>closed admitted>closed
    returned>closed decided>closed replaced>corrected withdrawn>voided answered>closed
    settled>closed
corrected: delivered>corrected uncertain>corrected overdue>corrected taken>corrected
    admitted>corrected returned>corrected decided>corrected replaced>corrected withdrawn>voided
    answered>corrected settled>corrected
voided: delivered>voided uncertain>voided overdue>voided taken>voided admitted>voided
    returned>voided decided>voided replaced>voided withdrawn>voided answered>voided
    settled>voided
"""
"""State, then each fact with the state after it."""

# Without statistics of the two row sets the planner joins them by nested loops: a million rows.
CLAIM_MOVED = """
create function claim_moved() returns trigger language plpgsql
set enable_nestloop = off set enable_mergejoin = off as $$
begin
  insert into claim_move (control_number, before, fact, after, evidence, at)
  select n.control_number, o.state, n.fact, t.next, n.evidence, n.moved_at
  from stood o join moved n on n.control_number = o.control_number and n.state <> o.state
  left join claim_transition t on t.state = o.state and t.fact = n.fact and t.next = n.state;
  return null;
exception when not_null_violation then
  raise exception using errcode = 'check_violation', constraint = 'claim_transition',
    message = 'gateway_claim moves only along a row of claim_transition';
end $$
"""
CLAIM_TAKEN = """
create function claim_taken() returns trigger language plpgsql as $$
begin
  if exists (select from taken where state <> 'ready' and fact <> 'learnt') then
    raise exception using errcode = 'check_violation', constraint = 'claim_transition',
      message = 'gateway_claim is taken in as ready, or as learnt';
  end if;
  insert into claim_move (control_number, before, fact, after, evidence, at)
  select control_number, '', fact, state, evidence, moved_at from taken where state <> 'ready';
  return null;
end $$
"""
CLAIM_BALANCE = """
create view claim_balance as
select g.control_number, g.encounter_id, g.payer_id, g.state,
  coalesce(sum(p.amount_cents) filter (where p.debit = 'receivable'), 0) as charge_cents,
  coalesce(sum(p.amount_cents) filter (where p.debit = 'cash'), 0) as paid_cents,
  coalesce(sum(p.amount_cents) filter (where p.debit = 'adjustment'), 0) as adjusted_cents,
  coalesce(sum(p.amount_cents) filter (where p.debit = 'patient'), 0) as patient_cents,
  coalesce(sum(case when p.debit = 'receivable' then p.amount_cents else -p.amount_cents end), 0)
    as open_cents
from gateway_claim g left join posting p
  on p.control_number = g.control_number and 'receivable' in (p.debit, p.credit)
group by g.control_number
"""
PROVIDER_BALANCE = """
create view provider_balance as
select r.payer_id, p.debit as account, p.reason, p.reference, sum(p.amount_cents) as amount_cents,
  count(*) as postings
from posting p join remittance r using (remittance_id)
where p.ordinal = 0 and p.credit = 'cash'
group by r.payer_id, p.debit, p.reason, p.reference
"""


def upgrade() -> None:
    """Create and change them."""
    _life()
    _exchange()
    _ledger()
    _backfill()
    _enforce()


def _life() -> None:
    op.create_table(
        "claim_transition",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False, comment="the state itself: nothing moves"),
        sa.PrimaryKeyConstraint("state", "fact", name=op.f("pk_claim_transition")),
    )
    rows = []
    for word in TRANSITIONS.split():
        if word.endswith(":"):
            state = word[:-1]
            continue
        fact, _, then = word.partition(">")
        rows.append({"state": state, "fact": fact, "next": then})
    table = sa.table("claim_transition", sa.column("state"), sa.column("fact"), sa.column("next"))
    op.bulk_insert(table, rows)
    op.create_table(
        "claim_move",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column(
            "before", sa.Text(), nullable=False, comment="empty when it was taken in as learnt"
        ),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="business time"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_claim_move")),
    )
    op.create_index("ix_claim_move_control", "claim_move", ["control_number"])
    op.create_table(
        "claim_refusal",
        sa.Column("refusal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="where the claim stood; empty: not ours"
        ),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column(
            "rule", sa.Text(), nullable=False, comment="illegal_move, or a rule of the guards"
        ),
        sa.Column("evidence", sa.Text(), nullable=False, comment="id of the file or event"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="business time"),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_claim_refusal")),
    )
    op.create_index("ix_claim_refusal_control", "claim_refusal", ["control_number"])
    op.add_column(
        "gateway_claim",
        sa.Column(
            "payer_number_rank", sa.Text(), nullable=True,
            comment="which of two numbers is the later",
        ),
    )
    for name, comment in (
        ("fact", "what moved it last"), ("evidence", "id of the file or event that said so"),
    ):
        op.add_column("gateway_claim", sa.Column(name, sa.Text(), nullable=True, comment=comment))
    op.add_column(
        "gateway_claim", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_gateway_claim_encounter", "gateway_claim", ["encounter_id", "payer_id"])


def _exchange() -> None:
    op.drop_constraint(op.f("ck_inbound_file_state"), "inbound_file", type_="check")
    op.create_check_constraint(
        op.f("ck_inbound_file_state"), "inbound_file",
        "state in ('posted', 'duplicate', 'quarantined', 'held', 'released')",
    )
    op.create_table(
        "release_approval",
        sa.Column("file_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person", sa.Text(), nullable=False, comment="sign-in name"),
        sa.Column("role", sa.Text(), nullable=False, comment="when the word was given"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.CheckConstraint(
            "role in ('biller', 'supervisor')", name=op.f("ck_release_approval_role")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_release_approval_reason")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["inbound_file.file_id"],
            name=op.f("fk_release_approval_file_id_inbound_file"),
        ),
        sa.PrimaryKeyConstraint("file_id", "person", name=op.f("pk_release_approval")),
    )
    op.create_table(
        "exchange_item",
        sa.Column("item_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of services.gateway.kinds"),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="ids of ours, never a number of theirs"
        ),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False, comment="POSTING, BILLING or OPS"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, comment="business time"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True, comment="the money it is about"),
        sa.Column("reason", sa.Text(), nullable=False, comment="place and rule; never content"),
        sa.Column(
            "file_id", sa.Uuid(as_uuid=False), nullable=True, comment="the file that raised it"
        ),
        sa.Column(
            "closed_by", sa.Text(), nullable=False, comment="a sign-in name; empty: the fact did"
        ),
        sa.Column("closing", sa.Text(), nullable=False, comment="what closed it"),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_exchange_item_state")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_exchange_item")),
    )
    op.create_index("ix_exchange_item_kind", "exchange_item", ["state", "kind"])
    op.create_index("ix_exchange_item_file", "exchange_item", ["file_id"])
    op.create_index(
        "uq_exchange_item_open", "exchange_item", ["kind", "subject"], unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _ledger() -> None:
    op.create_table(
        "deposit",
        sa.Column("deposit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False, comment="as TRN02"),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "remittance_id", sa.Uuid(as_uuid=False), nullable=True, comment="with this trace"
        ),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="a person's sign-in name, or a bank's file"
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.CheckConstraint(
            "state in ('unmatched', 'matched', 'differs')", name=op.f("ck_deposit_state")
        ),
        sa.PrimaryKeyConstraint("deposit_id", name=op.f("pk_deposit")),
    )
    op.create_index("ix_deposit_trace", "deposit", ["trace"])
    op.add_column(
        "remittance",
        sa.Column(
            "difference_cents", sa.BigInteger(), nullable=False, server_default="0",
            comment="of it: BPR02 less the rest",
        ),
    )
    op.alter_column("remittance", "difference_cents", server_default=None)
    op.alter_column(
        "remittance", "suspense_cents", existing_type=sa.BigInteger(), existing_nullable=False,
        comment="to suspense when it was posted",
        existing_comment="paid on claims we do not know",
    )
    op.add_column(
        "remittance_claim",
        sa.Column(
            "reason", sa.Text(), nullable=False, server_default="",
            comment="why it was in suspense; else empty",
        ),
    )
    op.add_column(
        "remittance_claim",
        sa.Column(
            "unprocessable", sa.Boolean(), nullable=False, server_default=sa.false(),
            comment="MA130, or CLP02 4",
        ),
    )
    for name in ("reason", "unprocessable"):
        op.alter_column("remittance_claim", name, server_default=None)
    op.add_column(
        "remittance_claim",
        sa.Column("reverses_id", sa.Uuid(as_uuid=False), nullable=True, comment="of a reversal"),
    )
    op.add_column("remittance_claim", sa.Column("reverses_ordinal", sa.Integer(), nullable=True))
    op.create_index(
        "ix_remittance_claim_suspense", "remittance_claim", ["control_number"],
        postgresql_where=sa.text("not matched"),
    )
    op.create_index(
        "uq_remittance_claim_reverses", "remittance_claim", ["reverses_id", "reverses_ordinal"],
        unique=True, postgresql_where=sa.text("reverses_id is not null"),
    )
    op.create_table(
        "journal",
        sa.Column("journal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="business time"),
        sa.CheckConstraint(
            "kind in ('charge', 'remittance', 'settlement', 'superseded', 'closing')",
            name=op.f("ck_journal_kind"),
        ),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_journal")),
    )
    op.execute(
        "insert into journal (journal_id, kind, at)"
        " select remittance_id, 'remittance', posted_at from remittance"
    )
    op.add_column("posting", sa.Column("journal_id", sa.Uuid(as_uuid=False), nullable=True))
    op.execute("update posting set journal_id = remittance_id")
    op.alter_column("posting", "journal_id", nullable=False)
    op.add_column(
        "posting",
        sa.Column(
            "reference", sa.Text(), nullable=False, server_default="",
            comment="of PLB: the payer's reference",
        ),
    )
    op.alter_column("posting", "reference", server_default=None)
    op.drop_constraint(op.f("pk_posting"), "posting", type_="primary")
    op.drop_constraint(op.f("fk_posting_remittance_id_remittance"), "posting", type_="foreignkey")
    op.create_primary_key(op.f("pk_posting"), "posting", ["journal_id", "ordinal", "entry"])
    op.create_foreign_key(
        op.f("fk_posting_journal_id_journal"), "posting", "journal", ["journal_id"], ["journal_id"]
    )
    op.alter_column(
        "posting", "remittance_id", existing_type=sa.Uuid(as_uuid=False), nullable=True,
        comment="what it is about, with `ordinal`; null for charges and what follows them",
    )
    op.alter_column(
        "posting", "reason", existing_type=sa.Text(), existing_nullable=False,
        comment="CAS group and code, PLB code, or why",
        existing_comment="CAS group and code, or PLB code",
    )
    op.create_index("ix_posting_remittance", "posting", ["remittance_id"])
    op.create_index(
        "uq_posting_charge", "posting", ["control_number"], unique=True,
        postgresql_where=sa.text("debit = 'receivable'"),
    )
    op.create_check_constraint(
        op.f("ck_posting_receivable"), "posting",
        "(debit <> 'receivable' or credit = 'revenue') and"
        " (credit <> 'receivable' or debit in ('cash', 'adjustment', 'patient'))",
    )


def _backfill() -> None:
    """Carry the rows of the first landing along: names of states, accounts, charges, chains."""
    op.drop_constraint(op.f("ck_gateway_claim_state"), "gateway_claim", type_="check")
    op.drop_index("uq_gateway_claim_outstanding", "gateway_claim")
    op.execute(
        "update gateway_claim c set state = case when i.status_at is null then 'received'"
        " else 'pending' end from interchange i"
        " where c.state = 'accepted' and i.interchange_id = c.interchange_id"
    )
    op.execute("update gateway_claim set state = 'received' where state = 'accepted'")
    op.execute(  # what a later claim to the payer replaced
        "update gateway_claim c set state = 'corrected' from interchange i, gateway_claim d"
        " join interchange j on j.interchange_id = d.interchange_id"
        " where i.interchange_id = c.interchange_id and d.encounter_id = c.encounter_id"
        " and d.payer_id = c.payer_id and d.state = 'adjudicated' and d.frequency = '7'"
        " and j.control > i.control and c.state in ('adjudicated', 'rejected')"
    )
    op.execute(
        "update gateway_claim c set fact = 'landed', evidence = '',"
        " moved_at = coalesce((select i.sent_at from interchange i"
        " where i.interchange_id = c.interchange_id), now())"
    )
    op.execute(
        "update gateway_claim set payer_number_rank = '0|' || payer_claim_number"
        " where payer_claim_number is not null"
    )
    for name in ("fact", "evidence", "moved_at"):
        op.alter_column("gateway_claim", name, nullable=False)
    op.execute(
        "insert into claim_move (control_number, before, fact, after, evidence, at)"
        " select control_number, '', fact, state, evidence, moved_at from gateway_claim"
        " where state <> 'ready' order by moved_at, control_number"
    )
    op.create_check_constraint(
        op.f("ck_gateway_claim_state"), "gateway_claim",
        f"state in ({', '.join(map(repr, STATES))})",
    )
    op.create_index(
        "uq_gateway_claim_outstanding", "gateway_claim", ["encounter_id", "payer_id"], unique=True,
        postgresql_where=sa.text(f"state in ({', '.join(map(repr, OUTSTANDING))})"),
    )
    op.execute("update remittance_claim set reason = 'unmatched' where not matched")
    op.execute("update posting set reason = 'unmatched' where credit = 'suspense'")
    op.execute(
        "update posting set debit = case when reason in ('72', 'AM', 'AP', 'B3', 'FB', 'WO', 'WU')"
        " then 'recoupment' when reason = 'L6' then 'interest'"
        " when reason in ('E3', 'IR', 'LE') then 'withheld' else debit end"
        " where debit = 'provider'"
    )
    op.execute(  # reversals of the first landing stand beside the payment they undid
        "update remittance_claim c set reverses_id = n.payment_id, reverses_ordinal = n.payment"
        " from (select v.remittance_id, v.ordinal, p.remittance_id as payment_id,"
        " p.ordinal as payment from (select *, row_number() over"
        " (partition by control_number, charge_cents, paid_cents order by remittance_id, ordinal)"
        " as n from remittance_claim where matched and status = '22') v join"
        " (select *, row_number() over (partition by control_number, charge_cents, paid_cents"
        " order by remittance_id, ordinal) as n from remittance_claim"
        " where matched and status not in ('22', '25')) p"
        " on p.control_number = v.control_number and p.charge_cents = -v.charge_cents"
        " and p.paid_cents = -v.paid_cents and p.n = v.n) n"
        " where c.remittance_id = n.remittance_id and c.ordinal = n.ordinal"
    )
    op.execute(
        "insert into journal (journal_id, kind, at) values"
        " (cast(md5('0003 charge') as uuid), 'charge', now()),"
        " (cast(md5('0003 superseded') as uuid), 'superseded', now())"
    )
    op.execute(
        "insert into posting (journal_id, ordinal, entry, control_number, line_id, debit, credit,"
        " reason, reference, amount_cents) select cast(md5('0003 charge') as uuid),"
        " row_number() over (order by control_number), 1, control_number, '', 'receivable',"
        " 'revenue', 'charge', '', charge_cents from gateway_claim"
        " where state not in ('ready', 'intent', 'refused') and frequency <> '8'"
        " and charge_cents <> 0"
    )
    op.execute(
        "insert into posting (journal_id, ordinal, entry, control_number, line_id, debit, credit,"
        " reason, reference, amount_cents) select cast(md5('0003 superseded') as uuid),"
        " row_number() over (order by control_number), 1, control_number, '', 'adjustment',"
        " 'receivable', 'superseded', '', cents from (select p.control_number,"
        " sum(case when p.debit = 'receivable' then p.amount_cents else -p.amount_cents end)"
        " as cents from posting p join gateway_claim g using (control_number)"
        " where g.state = 'corrected' and 'receivable' in (p.debit, p.credit)"
        " group by p.control_number) o where cents <> 0"
    )
    op.execute(
        "insert into exchange_item (item_id, kind, subject, payer_id, team, state, opened_at,"
        " amount_cents, reason, file_id, closed_by, closing)"
        " select cast(md5('0003|' || r.remittance_id || '/' || c.ordinal) as uuid),"
        " 'claim_unmatched', r.remittance_id || '/' || c.ordinal, r.payer_id, 'POSTING', 'open',"
        " r.posted_at, c.paid_cents, 'posted before items were kept', r.file_id, '', ''"
        " from remittance_claim c join remittance r using (remittance_id) where not c.matched"
    )
    op.execute(
        "insert into exchange_item (item_id, kind, subject, payer_id, team, state, opened_at,"
        " amount_cents, reason, file_id, closed_by, closing)"
        " select file_id, case state when 'held' then 'remittance_held' else 'file_quarantined' end,"
        " cast(file_id as text), payer_id, case state when 'held' then 'POSTING' else 'OPS' end,"
        " 'open', received_at, null, reason, file_id, '', '' from inbound_file f"
        " where state in ('held', 'quarantined') and not exists (select from inbound_file g"
        " where g.payer_id = f.payer_id and g.sha256 = f.sha256 and (g.copy < f.copy"
        " or g.state in ('posted', 'duplicate')))"
    )


def _enforce() -> None:
    op.execute(CLAIM_MOVED)
    op.execute(CLAIM_TAKEN)
    op.execute(
        "create trigger claim_moved after update on gateway_claim"
        " referencing old table as stood new table as moved"
        " for each statement execute function claim_moved()"
    )
    op.execute(
        "create trigger claim_taken after insert on gateway_claim"
        " referencing new table as taken for each statement execute function claim_taken()"
    )
    op.execute(CLAIM_BALANCE)
    op.execute(PROVIDER_BALANCE)
