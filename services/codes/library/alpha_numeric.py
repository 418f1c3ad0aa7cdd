"""CMS's quarterly HCPCS file: fixed columns, procedures and modifiers of Level II; or a plain list.

Columns of the record, from 1: 1-5 code (of a modifier 4-5), 11 kind of record, 92-119 short words,
269-276 added, 285-292 terminated (the last day), as YYYYMMDD. Kinds 3 and 7 begin a procedure and
a modifier, 4 and 8 continue its words. A file whose first line names columns is read as a plain
list (`lists.dated`).

Source: CMS, HCPCS quarterly update, record layout. The words are CMS's, in the public domain.
"""

import re
from collections.abc import Iterable, Iterator

from services.codes.library import lists
from services.codes.library.layout import Malformed, Row, day

PROCEDURE, MODIFIER = "3", "7"
KINDS = frozenset("3478")
SHAPE = {
    PROCEDURE: re.compile(r"[A-Z][0-9]{4}"), MODIFIER: re.compile(r"[A-Z0-9]{2}"),
}
SHORTEST = 11


def procedures(lines: Iterable[str]) -> Iterator[Row]:
    """Yield code -> (starts, ends, words) of HCPCS Level II.

    Raises:
        Malformed: a line breaks the layout.
    """
    return _either(lines, PROCEDURE)


def modifiers(lines: Iterable[str]) -> Iterator[Row]:
    """Yield modifier -> (starts, ends, words).

    Raises:
        Malformed: a line breaks the layout.
    """
    return _either(lines, MODIFIER)


def _either(lines: Iterable[str], kind: str) -> Iterator[Row]:
    told = list(lines)
    first = next((line for line in told if line.strip()), "")
    return _fixed(told, kind) if first[10:11] in KINDS else lists.dated(told)


def _fixed(lines: Iterable[str], kind: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) < SHORTEST or line[10] not in KINDS:
            raise Malformed(number, "record", "column 11 must be 3, 4, 7 or 8")
        if line[10] != kind:
            continue
        code = line[:5].strip()
        if not SHAPE[kind].fullmatch(code):
            raise Malformed(number, "code", "must be a Level II code or modifier")
        starts = day(line[268:276].strip(), number, "added")
        ends = day(line[284:292].strip(), number, "terminated")
        yield code, (starts, ends, line[91:119].strip())
