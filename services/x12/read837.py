"""Read claims of both guides, 837P and 837I: one `ClaimAsRead` for each CLM, whoever wrote it.

    HL 20 billing provider > HL 22 subscriber > [HL 23 patient] > CLM .. LX SV1|SV2 ..

`Reader` takes the pieces of a set one by one (each begins at HL or CLM, the first at ST), so a set
may be of any length; `read` takes a set that is held. What the fields do not name stands in
``segments``, so nothing is lost. Errors that leave the claim readable (a sum, a missing reference)
are `findings`, not exceptions. Order inside a loop is not judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.x12.claim_as_read import ClaimAsRead, LineAsRead, Parties
from services.x12.envelope import Transaction
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Hierarchy, Party, cut, person, raw
from services.x12.read837_claim import claim
from services.x12.segments import Segment

__all__ = ["GUIDE", "INSTITUTIONAL", "STARTS", "ClaimAsRead", "LineAsRead", "Reader", "read"]

GUIDE = "005010X222"
INSTITUTIONAL = "005010X223"
STARTS = frozenset(("HL", "CLM"))
_NM1 = frozenset(("NM1",))
_LEVELS = {"20": "", "22": "20", "23": "22"}
_HEADER = frozenset(("NM1", "PER", "N2", "N3", "N4", "REF"))
_LEVEL = frozenset(("PRV", "CUR", "SBR", "PAT", "DMG", "NM1", "N2", "N3", "N4", "REF", "PER"))


class Reader:
    """Reads the pieces of one set in their order; each call may refuse its own piece alone."""

    def __init__(self, guide: str, set_control: str) -> None:
        """Start before the first piece."""
        self._guide = guide
        self._control = set_control
        self._hierarchy = Hierarchy(_LEVELS)
        self._parties = Parties()
        self._level = ""
        self._broken: X12Error | None = None

    def read(self, piece: Sequence[Segment]) -> ClaimAsRead | None:
        """Return the claim of a piece; none of the header and of a level.

        Raises:
            X12Error: a segment is missing, out of place or ill-formed, or the level above the
                claim could not be read.
        """
        name = piece[0].elements[0]
        if name == "CLM":
            if self._broken is not None:
                raise self._broken
            if self._level in ("", "20"):
                raise piece[0].error("unexpected_segment")
            return claim(piece, self._guide, self._control, self._parties)
        if name == "HL":
            self._descend(piece)
        else:
            _header(piece)
        return None

    def _descend(self, piece: Sequence[Segment]) -> None:
        """Take in a level: what stands below an older sibling is forgotten."""
        try:
            self._level = self._hierarchy.descend(piece[0])
            cursor = Cursor(piece, start=1, after=0)
            body = cursor.run(_LEVEL)
            cursor.finish()
            self._parties = _parties(self._parties, self._level, piece, body)
        except X12Error as error:
            self._broken = error
            raise
        self._broken = None


def read(transaction: Transaction) -> Iterator[ClaimAsRead]:
    """Yield the claims of an 837 set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    reader = Reader(transaction.guide, transaction.control)
    found = None
    for piece in cut(transaction.segments[:-1], STARTS):
        found = reader.read(piece)
        if found is not None:
            yield found
    if found is None:
        raise X12Error(transaction.segments[-1].number, "CLM", 0, "required")


def _header(piece: Sequence[Segment]) -> None:
    """ST, BHT, 1000A and 1000B."""
    cursor = Cursor(piece, start=1, after=0)
    cursor.take("BHT")
    cursor.run(_HEADER)
    cursor.finish()


def _parties(
    above: Parties, level: str, piece: Sequence[Segment], body: Sequence[Segment]
) -> Parties:
    named = parties(body)
    segments = tuple(map(raw, piece))
    if level == "20":
        return Parties(billing=named, billing_segments=segments)
    first = next((s for s in body if s.elements[0] in ("SBR", "PAT")), None)
    if level == "22":
        return Parties(
            billing=above.billing, billing_segments=above.billing_segments,
            subscriber=named, subscriber_segments=segments,
            sequence=first.get(1) if first else "", relationship=first.get(2) if first else "",
            filing=first.get(9) if first else "",
        )  # fmt: skip
    return replace(
        above, patient=named, patient_segments=segments,
        relationship=first.get(1) if first else "",
    )  # fmt: skip


def parties(body: Sequence[Segment]) -> tuple[Party, ...]:
    """Return who is named in some segments, each with what follows its NM1."""
    return tuple(
        person(run[0], run[1:]) for run in cut(body, _NM1) if run[0].elements[0] == "NM1"
    )


def findings(claim: ClaimAsRead) -> list[X12Error]:
    """Return what is wrong with a claim that could be read."""
    wrong = []
    if sum(line.charge_cents for line in claim.lines) != claim.charge_cents:
        wrong.append(X12Error(claim.segment, "CLM", 2, "balance_lines"))
    if (claim.frequency in ("7", "8")) != bool(claim.payer_claim_number):
        wrong.append(X12Error(claim.segment, "REF", 2, "replacement_reference"))
    if any(p > len(claim.diagnoses) or p < 1 for line in claim.lines for p in line.pointers):
        wrong.append(X12Error(claim.segment, "SV1", 7, "bad_code"))
    return wrong
