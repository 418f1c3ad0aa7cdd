"""What intake keeps (writer: intake): which version of which visit came in, and what did not.

- `intake`: the last version of every encounter taken in.
- `intake_refusal`: what could not be read, where and why; the bytes are sealed.
- `intake_addendum`: notes that were signed here, in answer to a query; later versions keep them.
- `intake_shift`: by how many whole days this home moves dates; one row.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from services.db.tables.meta import META

INTAKE = Table(
    "intake",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="HMAC of the content, 16 bytes"),
    Column("state", Text, nullable=False),
    Column(
        "lacks", Text, nullable=False, server_default="",
        comment="what the bill lacks, in awaiting_institutional",
    ),
    Column("source", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
)

REFUSAL = Table(
    "intake_refusal",
    META,
    Column("refusal_id", Uuid(as_uuid=False), primary_key=True),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="sealed"),
    Column("refused_at", DateTime(timezone=True), nullable=False),
)

ADDENDUM = Table(
    "intake_addendum",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("note_id", Text, primary_key=True),
    Column("note", LargeBinary, nullable=False, comment="JSON of the note, its text sealed"),
    Column("signed_at", DateTime(timezone=True), nullable=False),
)

SHIFT = Table(
    "intake_shift",
    META,
    Column("one", Integer, primary_key=True),
    Column("days", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    CheckConstraint("one = 1", name="single"),
)
