"""What the payer received and answered: one SQLite file, every step one durable transaction.

Readers (the audit) open it read-only; the columns are described in README.md. Nothing here is
ever deleted; of a claim only the columns after `decision` change later, of what is due only
whether it was given or given up.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
create table if not exists file (
  file_id integer primary key, payer_id text not null, file_name text not null,
  stored_as text not null, sha256 text not null, size integer not null, isa06 text not null,
  isa13 text not null, route text not null, received_at text not null, outcome text not null,
  note text not null);
create index if not exists file_name on file (payer_id, file_name, sha256);
create index if not exists file_isa13 on file (payer_id, isa06, isa13);
create table if not exists claim (
  claim_id integer primary key, file_id integer not null references file, payer_id text not null,
  file_name text not null, sha256 text not null, isa06 text not null, isa13 text not null,
  gs06 text not null, st02 text not null, set_sha256 text not null, ordinal integer not null,
  control_number text not null, frequency text not null, payer_claim_number_f8 text not null,
  total_cents integer not null, received_at text not null, outcome text not null,
  statuses text not null, payer_claim_number text not null, claim_key text not null,
  line_ids text not null, content blob not null, payee text not null, decision blob,
  reason text not null, standing text not null, attempt integer not null default 0,
  charge_cents integer, paid_cents integer, patient_cents integer,
  decide_at text, replaces integer references claim, replaced_by integer references claim,
  remittance integer references answer);
create index if not exists claim_key on claim (payer_id, claim_key);
create index if not exists claim_number on claim (payer_id, payer_claim_number);
create index if not exists claim_control on claim (payer_id, control_number);
create index if not exists claim_due on claim (payer_id, decide_at)
  where remittance is null and decide_at is not null;
create table if not exists answer (
  answer_id integer primary key, payer_id text not null, number integer not null,
  kind text not null, name text not null, sha256 text not null, content blob not null,
  due_at text not null, state text not null, sent_at text,
  file_id integer references file, trace text not null, paid_cents integer not null,
  habit text not null default '', instead_of integer references answer,
  unique (payer_id, number));
create index if not exists answer_open on answer (due_at) where state <> 'sent';
create table if not exists due (
  due_id integer primary key, payer_id text not null, payee text not null, series text not null,
  claim_id integer not null references claim, kind text not null,
  payer_claim_number text not null, content blob, decision blob,
  provider_cents integer not null default 0, due_at text not null,
  settles integer references claim, remittance integer references answer,
  cancelled integer not null default 0);
create index if not exists due_open on due (payer_id, due_at)
  where remittance is null and cancelled = 0;
create index if not exists due_claim on due (claim_id);
create table if not exists balance (
  payer_id text not null, payee text not null, owed_cents integer not null,
  primary key (payer_id, payee));
"""
# a journal of before `due`: what was and is to be given stood in `claim` alone
_UPGRADE = """
alter table answer add column habit text not null default '';
alter table answer add column instead_of integer references answer;
insert into due (payer_id, payee, series, claim_id, kind, payer_claim_number, decision, due_at,
                 settles)
  select n.payer_id, n.payee, '', o.claim_id, 'reversal', o.payer_claim_number, o.decision,
         n.decide_at, case n.frequency when '8' then n.claim_id end
  from claim n join claim o on o.claim_id = n.replaces
  where n.remittance is null and n.decide_at is not null and o.decision is not null
    and (o.paid_cents <> 0 or o.patient_cents <> 0 or n.frequency = '8');
insert into due (payer_id, payee, series, claim_id, kind, payer_claim_number, decision, due_at,
                 settles, remittance)
  select payer_id, payee, '', claim_id, 'decision', payer_claim_number, decision, decide_at,
         claim_id, remittance
  from claim where decision is not null and decide_at is not null;
"""
_VERSION = 1


class Journal:
    """The payer's memory."""

    def __init__(self, path: Path) -> None:
        """Open the journal, creating it if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._open()

    def _open(self) -> None:
        version = self._db.execute("pragma user_version").fetchone()[0]
        there = self._db.execute("select 1 from sqlite_master where name = 'answer'").fetchone()
        upgrade = _UPGRADE if there and version < _VERSION else ""
        self._db.executescript(
            f"begin immediate; {_SCHEMA} {upgrade} pragma user_version = {_VERSION}; commit;"
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is written inside durable together, or not at all."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        return self._db.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, if any."""
        found: sqlite3.Row | None = self._db.execute(statement, values).fetchone()
        return found

    def change(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        self._db.executemany(statement, rows)

    def add(self, table: str, **values: Any) -> int:
        """Insert one row and return its id."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        statement = f"insert into {table} ({names}) values ({marks})"  # noqa: S608 - our own names
        return int(self._db.execute(statement, tuple(values.values())).lastrowid or 0)

    def answer(  # noqa: PLR0913 - the columns of a row
        self,
        payer_id: str,
        number: int,
        kind: str,
        content: bytes,
        due_at: str,
        *,
        file_id: int | None = None,
        trace: str = "",
        paid_cents: int = 0,
        habit: str = "",
        instead_of: int | None = None,
    ) -> int:
        """Keep an answer until it is due; its bytes are settled here, once."""
        return self.add(
            "answer", payer_id=payer_id, number=number, kind=kind,
            name=f"{payer_id}-{number:09d}-{kind}.x12",
            sha256=hashlib.sha256(content).hexdigest(), content=content, due_at=due_at,
            state="due", file_id=file_id, trace=trace, paid_cents=paid_cents, habit=habit,
            instead_of=instead_of,
        )  # fmt: skip

    def next_number(self, payer_id: str) -> int:
        """Return the next answer number (ISA13) of a payer."""
        row = self.one(
            "select coalesce(max(number), 0) + 1 from answer where payer_id = ?", payer_id
        )
        return int(row[0]) if row else 1
