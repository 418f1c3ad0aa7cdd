"""What validation remembers of a patient's encounters (writer: validation).

- `billed_encounter`: one row an encounter: what the version that was let through bills, and every
  code that came with a reason. Read by patient and day, by the index.
- `billed_patient`: one row a patient, locked while one of his encounters is judged: two encounters
  of one patient, in two workers, are judged one after the other.

The patient is the id of his data key: opaque, and the same in all his encounters.
"""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table, Text

from services.db.tables.meta import META

BILLED_ENCOUNTER = Table(
    "billed_encounter",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("kid", Text, nullable=False, comment="the patient: id of the data key"),
    Column("version", Integer, nullable=False, comment="the latest that was judged"),
    Column("codes", Text, nullable=False, comment="that came with a reason"),
    Column("starts_on", Date, nullable=True, comment="first day; of a stay, of admission"),
    Column("ends_on", Date, nullable=True),
    Column("billed", LargeBinary, nullable=True, comment="JSON; null: nothing was let through"),
    Index("ix_billed_encounter_patient", "kid", "ends_on", "starts_on"),
)

BILLED_PATIENT = Table(
    "billed_patient",
    META,
    Column("kid", Text, primary_key=True),
)
