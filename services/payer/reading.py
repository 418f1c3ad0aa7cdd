"""837 bytes to interchanges, groups, sets and claims, by pyx12's reader.

pyx12 counts segments, checks control numbers and the HL and LX sequences, and names what is wrong
by X12's own codes. What it says is kept beside the set it concerns: `desk` turns it into TA1 and
999 answers.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyx12.errors import X12Error
from pyx12.segment import Segment
from pyx12.x12file import X12Reader

from services.payer.claim import Claim
from services.payer.loops import ClaimReader

KINDS = {
    "005010X222A1": "P", "005010X222A2": "P", "005010X223A2": "I", "005010X223A3": "I",
}  # fmt: skip


@dataclass(slots=True)
class Set:
    """One 837 transaction set.

    Attributes:
        control: ST02.
        guide: ST03.
        reference: BHT03.
        submitter: NM109 of loop 1000A.
        submitter_name: NM103 of loop 1000A.
        sha256: Of the bytes from ``ST`` to the terminator of SE.
        claims: In the order of the set.
        suspect: Something is missing or unknown: pyx12's whole map is to judge this set.
    """

    control: str
    guide: str
    reference: str = ""
    submitter: str = ""
    submitter_name: str = ""
    sha256: str = ""
    claims: tuple[Claim, ...] = ()
    suspect: bool = False


@dataclass(slots=True)
class Group:
    """GS: a functional group. `errors` are AK905 codes."""

    kind: str
    sender: str
    receiver: str
    control: str
    guide: str
    sets: list[Set] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def claims(self) -> str:
        """Return what its sets hold by GS08: P professional or I institutional claims."""
        return KINDS.get(self.guide, "")


@dataclass(slots=True)
class Interchange:
    """ISA: who sent what to whom. `errors` are TA1 codes; any of them refuses the whole file."""

    sender_qualifier: str = ""
    sender: str = ""
    receiver_qualifier: str = ""
    receiver: str = ""
    date: str = ""
    time: str = ""
    control: str = ""
    usage: str = "T"
    groups: list[Group] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read(content: bytes) -> Interchange | None:
    """Return what a file holds, or none when it does not even begin as an interchange."""
    text = content.decode("latin-1")
    try:
        reader = X12Reader(io.StringIO(text))
    except X12Error:
        return None
    reader.check_837_lx = True
    found = Interchange()
    try:
        _walk(reader, found)
    except (X12Error, IndexError, AttributeError):
        found.errors.append("022")  # control structure: a trailer without its header, or the like
    if not found.control:
        return None
    if not found.groups and not found.errors:
        found.errors.append("024")
    hashes = _hashes(text, reader.seg_term, reader.ele_term)
    for known, one in zip(hashes, (s for g in found.groups for s in g.sets), strict=False):
        one.sha256 = known
    return found


def _walk(reader: X12Reader, found: Interchange) -> None:
    claims = ClaimReader()
    for segment in reader:
        name = segment.get_seg_id()
        if name == "ISA":
            _isa(found, segment)
        elif name == "GS":
            found.groups.append(_group(segment))
        elif name == "ST":
            found.groups[-1].sets.append(Set(_value(segment, 2), _value(segment, 3)))
            claims = ClaimReader(found.groups[-1].claims == "I")
        elif name == "SE":
            _close(found.groups[-1].sets[-1], claims)
        elif name not in ("GE", "IEA", "TA1"):
            claims.take(segment)
        if reader.err_list:
            _blame(found, reader.pop_errors())
    reader.cleanup()
    _blame(found, reader.pop_errors())


def _group(segment: Segment) -> Group:
    kind, sender, receiver, control, guide = (_value(segment, n) for n in (1, 2, 3, 6, 8))
    found = Group(kind, sender, receiver, control, guide)
    if kind != "HC":
        found.errors.append("1")
    elif guide not in KINDS:
        found.errors.append("2")
    return found


def _close(one: Set, claims: ClaimReader) -> None:
    one.claims, one.suspect = claims.finish(), one.suspect or claims.suspect
    one.reference, one.submitter = claims.reference, claims.submitter
    one.submitter_name = claims.submitter_name


def _isa(found: Interchange, segment: Segment) -> None:
    if found.control:
        found.errors.append("024")  # one interchange a file
        return
    found.sender_qualifier, found.sender = _value(segment, 5), _value(segment, 6).strip()
    found.receiver_qualifier, found.receiver = _value(segment, 7), _value(segment, 8).strip()
    found.date, found.time = _value(segment, 9), _value(segment, 10)
    found.control, found.usage = _value(segment, 13), _value(segment, 15)


def _blame(found: Interchange, errors: Iterable[tuple[Any, ...]]) -> None:
    for kind, code, *_ in errors:
        if kind == "isa":
            found.errors.append(code)
        elif kind == "gs":
            found.groups[-1].errors.append(code)
        elif found.groups and found.groups[-1].sets:
            found.groups[-1].sets[-1].suspect = True


def _value(segment: Segment, position: int) -> str:
    elements = segment.elements
    return str(elements[position - 1].format()) if len(elements) >= position else ""


def _hashes(text: str, terminator: str | None, element: str | None) -> Iterator[str]:
    end, mark = re.escape(terminator or "~"), re.escape(element or "*")
    pattern = rf"(?<![^{end}\r\n])ST{mark}.*?{end}\s*SE{mark}[^{end}]*{end}"
    for match in re.finditer(pattern, text, re.DOTALL):
        yield hashlib.sha256(match.group().encode("latin-1")).hexdigest()
