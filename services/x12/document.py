"""A whole file, whatever it holds: `read` yields each acknowledgement, payment and claim.

The guide named in ST03 (or GS08) picks the reader. `check` returns everything that is wrong with a
file: one error for each set that cannot be read, all balance errors of those that can.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from services.x12 import ack999, read837, remit835, status277, ta1
from services.x12.envelope import Interchange, InterchangeSegment, Transaction
from services.x12.envelope import read as read_envelope
from services.x12.errors import X12Error
from services.x12.segments import Limits

Document = (
    ta1.InterchangeVerdict | ack999.GroupVerdict | status277.StatusReport
    | remit835.Remittance | read837.ClaimAsRead
)


@dataclass(frozen=True, slots=True)
class Read:
    """One document of a file.

    Attributes:
        kind: TA1, 999, 277CA, 835, 837P or 837I.
        interchange: The interchange it came in.
        content: What it says.
    """

    kind: str
    interchange: Interchange
    content: Document


def _one(reader: Callable[[Transaction], Any]) -> Callable[[Transaction], Iterator[Any]]:
    def read_one(transaction: Transaction) -> Iterator[Any]:
        yield reader(transaction)

    return read_one


# guide -> set, kind, reader
READERS: dict[str, tuple[str, str, Callable[[Transaction], Iterator[Any]]]] = {
    read837.GUIDE: ("837", "837P", read837.read),
    read837.INSTITUTIONAL: ("837", "837I", read837.read),
    remit835.GUIDE: ("835", "835", _one(remit835.read)),
    ack999.GUIDE: ("999", "999", _one(ack999.read)),
    status277.GUIDE: ("277", "277CA", _one(status277.read)),
}


def read(chunks: Iterable[bytes], limits: Limits | None = None) -> Iterator[Read]:
    """Yield every document of a file.

    Raises:
        X12Error: the file breaks a rule; what was yielded before stands, but a caller that
            posts anything reads to the end first.
    """
    for item in read_envelope(chunks, limits):
        if isinstance(item, InterchangeSegment):
            yield Read("TA1", item.interchange, ta1.read(item))
        else:
            yield from _documents(item)


def _documents(transaction: Transaction) -> Iterator[Read]:
    found = READERS.get(transaction.guide[:10])
    st = transaction.segments[0]
    if found is None or found[0] != transaction.kind:
        raise st.error("not_supported", 3)
    for content in found[2](transaction):
        yield Read(found[1], transaction.interchange, content)


def check(chunks: Iterable[bytes], limits: Limits | None = None) -> list[X12Error]:
    """Return what is wrong with a file; empty when it is accepted."""
    wrong: list[X12Error] = []
    try:
        for item in read_envelope(chunks, limits):
            wrong += _wrong(item)
    except X12Error as error:
        wrong.append(error)
    return wrong


def _wrong(item: Transaction | InterchangeSegment) -> list[X12Error]:
    try:
        if isinstance(item, InterchangeSegment):
            ta1.read(item)
            return []
        return [error for one in _documents(item) for error in findings(one.content)]
    except X12Error as error:
        return [error]


def findings(content: Document) -> list[X12Error]:
    """Return what is wrong with a document that could be read."""
    if isinstance(content, remit835.Remittance):
        return remit835.balance(content)
    if isinstance(content, read837.ClaimAsRead):
        return read837.findings(content)
    return []
