"""Rows of elements to the bytes of an interchange, counted and closed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

Row = tuple[str, ...]
_MARKS = re.compile(r"[^ -~]|[*:~^]")
_UNSAFE = re.compile(r"[^A-Z0-9 !\"&'()+,\-./;?=#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who answers whom.

    Attributes:
        sender_qualifier: ISA05.
        sender: ISA06 and GS02: the payer, as it was addressed.
        receiver_qualifier: ISA07.
        receiver: ISA08 and GS03: who sent the claims.
        group_sender: GS02.
        group_receiver: GS03.
        usage: ISA15: T or P.
        number: ISA13, GS06: one number an answer, unique for the payer.
        at: Business time of the answer.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    group_sender: str
    group_receiver: str
    usage: str
    number: int
    at: datetime


def interchange(head: Head, rows: Iterable[Row]) -> bytes:
    """Return an interchange of rows: group header and sets, whose trailers are added here.

    Elements hold no delimiter: `text` and `code` see to what comes from elsewhere.
    """
    out, sets, first, control = [_isa(head)], 0, 0, ""
    for row in rows:
        if row[0] == "ST":
            if sets:
                out.append(("SE", str(len(out) - first + 1), control))
            sets, first, control = sets + 1, len(out), row[2]
        out.append(row)
    if sets:
        out.append(("SE", str(len(out) - first + 1), control))
        out.append(("GE", str(sets), str(head.number)))
    out.append(("IEA", str(min(sets, 1)), f"{head.number:09d}"))
    return "".join("*".join(row).rstrip("*") + "~\n" for row in out).encode("ascii", "replace")


def group(head: Head, kind: str, guide: str) -> Row:
    """Return the GS segment of an answer; it opens the one group of the interchange."""
    day, minute = f"{head.at:%Y%m%d}", f"{head.at:%H%M}"
    sender, receiver = head.group_sender, head.group_receiver
    return ("GS", kind, sender, receiver, day, minute, str(head.number), "X", guide)


def renumbered(content: bytes, number: int) -> bytes:
    """Return an interchange of ours under another control number; its sets stay byte for byte.

    It is the same for ISA13, IEA02, GS06 and GE02.
    """
    rows = content.decode("ascii").split("~\n")
    return "~\n".join(_renumbered(row, number) for row in rows).encode("ascii")


def _renumbered(row: str, number: int) -> str:
    parts = row.split("*")
    place = {"ISA": 13, "IEA": 2, "GS": 6, "GE": 2}.get(parts[0])
    if place is not None:
        parts[place] = f"{number:09d}" if parts[0] in ("ISA", "IEA") else str(number)
    return "*".join(parts)


def money(cents: int) -> str:
    """Return an amount as X12 writes it.

    >>> money(12300), money(-50), money(0), money(123456)
    ('123', '-0.5', '0', '1234.56')
    """
    return format((Decimal(cents) / 100).normalize(), "f")


def text(value: str, longest: int) -> str:
    """Return free text without anything that could be read as a delimiter."""
    return _UNSAFE.sub(" ", value.upper())[:longest].strip()


def code(value: str, longest: int) -> str:
    """Return an identifier as it came, without what could be read as a delimiter.

    >>> code("Ab-1~", 20)
    'Ab-1'
    """
    return _MARKS.sub("", value)[:longest].strip()


def _isa(head: Head) -> Row:
    return (
        "ISA", "00", " " * 10, "00", " " * 10,
        head.sender_qualifier, head.sender.ljust(15),
        head.receiver_qualifier, head.receiver.ljust(15),
        f"{head.at:%y%m%d}", f"{head.at:%H%M}", "^", "00501",
        f"{head.number:09d}", "0", head.usage, ":",
    )  # fmt: skip
