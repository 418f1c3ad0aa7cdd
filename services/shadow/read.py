"""A file of the host -> the facts in it; nothing is written.

A file is taken or refused whole, but for claims: one that cannot be read is refused alone.

Kinds: 837P, 837I, 999, TA1, 277CA and 835, in any mixture in one file, or a coding file.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.shadow import answers, codingfile
from services.shadow.answers import Answer
from services.shadow.codingfile import Coding, Columns, NotACodingFile
from services.shadow.hostclaim import KINDS, HostClaim, claims
from services.x12 import document, read837, remit835, ta1
from services.x12.ack999 import GroupVerdict
from services.x12.envelope import Interchange, InterchangeSegment, Transaction
from services.x12.envelope import read as envelope
from services.x12.errors import X12Error
from services.x12.loops import cut
from services.x12.remittance import Remittance
from services.x12.segments import Limits
from services.x12.status277 import StatusReport

CHUNK = 1 << 20
LIMITS = Limits(file_bytes=512_000_000)
MOST_CODING_BYTES = 256_000_000
BOMS = (b"\xef\xbb\xbf",)


class Refused(Exception):  # noqa: N818 - says what becomes of the file
    """A file is quarantined; the argument says where and by which rule, without content."""


@dataclass(slots=True)
class Facts:
    """What a file says.

    Attributes:
        kinds: 837P, 835, coding, ...
        claims: Claims the host sent.
        unread: Claims that break a rule, and which.
        answers: Acknowledgements and decisions.
        remittances: Remittances.
        codings: Rows of a coding file.
        refused_rows: Rows that cannot be taken.
        documents: Claims, answers and rows in it.
    """

    kinds: set[str] = field(default_factory=set)
    claims: list[HostClaim] = field(default_factory=list)
    unread: list[tuple[HostClaim, X12Error]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    remittances: list[Remittance] = field(default_factory=list)
    codings: list[Coding] = field(default_factory=list)
    refused_rows: list[codingfile.Refused] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """Claims, answers and rows."""
        rows = len(self.codings) + len(self.refused_rows)
        return len(self.claims) + len(self.unread) + len(self.answers) + rows

    @property
    def kind(self) -> str:
        """The one kind of the file, or mixed."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else "mixed"


def digest(path: Path) -> bytes:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def read(path: Path, columns: Columns) -> Facts:
    """Return the facts of a file.

    Raises:
        Refused: it is neither X12 nor a coding file, or breaks a rule.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(256)
    if head.removeprefix(BOMS[0]).lstrip()[:3] == b"ISA":
        try:
            return _interchanges(_chunks(path))
        except X12Error as error:
            raise Refused(str(error)) from None
    if path.stat().st_size > MOST_CODING_BYTES:
        raise Refused("is neither X12 nor a coding file of a size that one has")
    return _coding(path.read_bytes(), columns)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _coding(content: bytes, columns: Columns) -> Facts:
    facts = Facts(kinds={"coding"})
    try:
        for row in codingfile.read(content, columns):
            if isinstance(row, Coding):
                facts.codings.append(row)
            else:
                facts.refused_rows.append(row)
    except NotACodingFile as why:
        raise Refused(str(why)) from None
    return facts


def _interchanges(chunks: Iterable[bytes]) -> Facts:
    facts = Facts()
    for item in envelope(chunks, LIMITS):
        if isinstance(item, InterchangeSegment):
            facts.kinds.add("TA1")
            facts.answers.append(answers.of_interchange(item.interchange, ta1.read(item)))
        elif item.guide[:10] in KINDS:
            _claims(facts, item)
        else:
            _answers(facts, item)
    if not facts.kinds:
        raise Refused("no transaction set")
    return facts


def _reader(transaction: Transaction) -> Iterator[object]:
    """Yield what a set says, in the typed form of `services.x12`.

    Raises:
        X12Error: it breaks a rule.
    """
    found = document.READERS.get(transaction.guide[:10])
    if found is None or found[0] != transaction.kind:
        raise transaction.segments[0].error("not_supported", 3)
    yield from found[2](transaction)


def _claims(facts: Facts, transaction: Transaction) -> None:
    """Take the claims of a set.

    Raises:
        X12Error: a level above claims, or the number of one, cannot be read.
    """
    if transaction.kind != "837":
        raise transaction.segments[0].error("not_supported", 3)
    reader = read837.Reader(transaction.guide, transaction.control)
    wrong: list[X12Error | None] = []
    for piece in cut(transaction.segments[:-1], read837.STARTS):
        of_claim = piece[0].id == "CLM"
        try:
            reader.read(piece)
        except X12Error as error:
            if not of_claim or not piece[0].get(1):
                raise
            wrong.append(error)
        else:
            wrong += [None] if of_claim else []
    if not wrong:
        raise transaction.segments[-1].error("required")
    facts.kinds.add(KINDS[transaction.guide[:10]])
    for claim, why in zip(claims(transaction), wrong, strict=True):
        if why is None:
            facts.claims.append(claim)
        else:
            facts.unread.append((claim, why))


def _answers(facts: Facts, transaction: Transaction) -> None:
    for content in _reader(transaction):
        facts.kinds.add(document.READERS[transaction.guide[:10]][1])
        _answer(facts, transaction.interchange, content)


def _answer(facts: Facts, head: Interchange, content: object) -> None:
    if isinstance(content, GroupVerdict):
        facts.answers.append(answers.of_group(head, content))
    elif isinstance(content, StatusReport):
        facts.answers += answers.of_claims(head, content)
    elif isinstance(content, Remittance):
        wrong = remit835.balance(content)
        if wrong:
            raise Refused(str(wrong[0]))
        facts.remittances.append(content)
        facts.answers += answers.of_remittance(content)
