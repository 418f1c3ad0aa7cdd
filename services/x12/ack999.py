"""Implementation acknowledgement 005010X231: which sets of our files the partner took.

AK1                        the group that is answered
2000 AK2                   one of its sets
2100 IK3 CTX*            a segment with errors
2110 IK4 CTX*          an element with errors
IK5                      verdict on the set
AK9                        verdict on the group
"""

from dataclasses import dataclass

from services.x12.envelope import Transaction
from services.x12.loops import Cursor, Raw, raw
from services.x12.segments import Segment
from services.x12.values import whole

GUIDE = "005010X231"
SET_CODES = frozenset("AEMRWX")
GROUP_CODES = frozenset("AEMPRWX")
ACCEPTED = frozenset("AE")  # E is accepted, errors noted
_CTX = frozenset(("CTX",))


@dataclass(frozen=True, slots=True)
class ElementError:
    """IK4: ``position`` as 2 or 1:2, ``code`` as IK403. The copy of the bad value is left out."""

    position: str
    code: str
    contexts: tuple[Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentError:
    """IK3: a segment with errors, or a missing one."""

    segment_id: str
    position: str
    loop: str
    code: str
    elements: tuple[ElementError, ...] = ()
    contexts: tuple[Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """AK2 to IK5: ``control`` is the ST02 it answers, ``code`` IK501, ``errors`` IK502 to 506."""

    kind: str
    control: str
    code: str
    errors: tuple[str, ...]
    segments: tuple[SegmentError, ...]

    @property
    def accepted(self) -> bool:
        """True for A and E."""
        return self.code in ACCEPTED


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """One 999.

    Attributes:
        functional_id: AK101, as HC.
        control: AK102, the GS06 it answers.
        code: AK901.
        included: AK902.
        received: AK903.
        accepted_sets: AK904.
        errors: AK905 to 909.
        sets: The sets it names; under A none need be named.
    """

    functional_id: str
    control: str
    code: str
    included: int
    received: int
    accepted_sets: int
    errors: tuple[str, ...]
    sets: tuple[SetVerdict, ...]

    def verdict(self, set_control: str) -> SetVerdict | None:
        """Return what was said of one of our sets; none when nothing was (AK901 P)."""
        for one in self.sets:
            if one.control == set_control:
                return one
        if self.code == "P":
            return None
        return SetVerdict("837", set_control, self.code, self.errors, ())


def read(transaction: Transaction) -> GroupVerdict:
    """Return the verdict in a 999 set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    cursor = Cursor(transaction.segments)
    ak1 = cursor.take("AK1")
    sets = []
    while cursor.id == "AK2":
        sets.append(_set(cursor))
    ak9 = cursor.take("AK9")
    cursor.finish()
    if ak9.need(1) not in GROUP_CODES:
        raise ak9.error("bad_code", 1)
    return GroupVerdict(
        ak1.need(1), ak1.need(2), ak9.get(1), whole(ak9, 2), whole(ak9, 3), whole(ak9, 4),
        tuple(code for code in ak9.elements[5:10] if code), tuple(sets),
    )


def _set(cursor: Cursor) -> SetVerdict:
    ak2 = cursor.take("AK2")
    segments = []
    while cursor.id == "IK3":
        segments.append(_segment(cursor))
    ik5 = cursor.take("IK5")
    if ik5.need(1) not in SET_CODES:
        raise ik5.error("bad_code", 1)
    errors = tuple(code for code in ik5.elements[2:7] if code)
    return SetVerdict(ak2.need(1), ak2.need(2), ik5.get(1), errors, tuple(segments))


def _segment(cursor: Cursor) -> SegmentError:
    ik3: Segment = cursor.take("IK3")
    contexts = tuple(map(raw, cursor.run(_CTX)))
    elements = []
    while cursor.id == "IK4":
        ik4 = cursor.take("IK4")
        position = ":".join(ik4.parts(1)) if ik4.get(1) else ik4.need(1)
        elements.append(
            ElementError(position, ik4.need(3), tuple(map(raw, cursor.run(_CTX))))
        )
    return SegmentError(
        ik3.need(1), ik3.need(2), ik3.get(3), ik3.get(4), tuple(elements), contexts
    )
