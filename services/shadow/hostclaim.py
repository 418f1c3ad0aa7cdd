"""A claim as a host's 837 has it: every segment kept, and read by name where we need it.

    HL 20 billing > HL 22 subscriber > [HL 23 patient] > CLM .. [LX ..]*

Nothing is thrown away, since a replacement has to carry all of the claim it replaces. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from services.x12.envelope import Transaction
from services.x12.segments import Delimiters, Segment

Raw = tuple[str, ...]
KINDS = {"005010X222": "837P", "005010X223": "837I"}
LEVELS = {"20": "billing", "22": "subscriber", "23": "patient"}


@dataclass(frozen=True)
class HostClaim:
    """One claim of the host, with all that stands above it.

    Attributes:
        kind: 837P or 837I.
        guide: GS08 of its group, or ST03.
        component: Component separator of its file.
        repetition: Repetition separator of its file.
        sender: ISA06: the host.
        receiver: ISA08: the payer or a clearing house.
        interchange: ISA13.
        group: GS06.
        set_control: ST02.
        at: When the set was made (BHT04, BHT05), as UTC.
        header: 1000A and 1000B, from BHT on.
        billing: Loop 2000A without HL.
        subscriber: Loop 2000B without HL.
        patient: Loop 2000C without HL; empty when the subscriber is the patient.
        claim: Loop 2300 from CLM to the first LX.
        lines: Loop 2400, each from its LX.
        parties: ISA05 to ISA08, ISA15, GS02, GS03: for a file back to the same place.
    """

    kind: str
    guide: str
    component: str
    repetition: str
    sender: str
    receiver: str
    interchange: str
    group: str
    set_control: str
    at: datetime
    header: tuple[Raw, ...] = ()
    billing: tuple[Raw, ...] = ()
    subscriber: tuple[Raw, ...] = ()
    patient: tuple[Raw, ...] = ()
    claim: tuple[Raw, ...] = ()
    lines: tuple[tuple[Raw, ...], ...] = field(default=())
    parties: Raw = ()

    @cached_property
    def own(self) -> list[Segment]:
        """Segments of loop 2300 and its providers, without other payers' (from SBR on)."""
        raws = list(self.claim)
        end = next((n for n, raw in enumerate(raws) if raw[0] == "SBR"), len(raws))
        return self.segments(raws[:end])

    @property
    def clm(self) -> Segment:
        """CLM."""
        return self.own[0]

    @property
    def number(self) -> str:
        """CLM01: the host's own."""
        return self.clm.need(1)

    @property
    def frequency(self) -> str:
        """CLM05-3."""
        return [*self.clm.parts(5), "", "", ""][2]

    @property
    def payer_claim_number(self) -> str:
        """REF*F8: the payer's number of what this claim follows."""
        return self.reference("F8")

    @property
    def person(self) -> list[Segment]:
        """Loop 2010CA or 2010BA: the patient."""
        return party(self.segments(self.patient), "QC") or party(self.insured, "IL")

    @property
    def insured(self) -> list[Segment]:
        """Loop 2000B."""
        return self.segments(self.subscriber)

    def reference(self, qualifier: str) -> str:
        """Return a REF of the claim, or nothing."""
        found = first(self.own, "REF", qualifier)
        return found.get(2) if found else ""

    def segments(self, raws: Sequence[Raw]) -> list[Segment]:
        """Return segments that read their composites with this file's separator."""
        marks = Delimiters(component=self.component, repetition=self.repetition)
        return [Segment(number, list(raw), marks) for number, raw in enumerate(raws, 1)]

    def content(self) -> bytes:
        """Return what makes it this claim, wherever it was sent from: for its identity."""
        return orjson.dumps(
            [self.kind, self.component, self.billing, self.subscriber, self.patient, self.claim,
             self.lines]
        )

    def dumps(self) -> bytes:
        """Return it as JSON."""
        return orjson.dumps({one.name: getattr(self, one.name) for one in fields(self)})


def loads(content: bytes) -> HostClaim:
    """Return what `HostClaim.dumps` wrote."""
    raw: dict[str, Any] = orjson.loads(content)
    lists = ("header", "billing", "subscriber", "patient", "claim")
    changed: dict[str, Any] = {name: tuple(map(tuple, raw[name])) for name in lists}
    changed["parties"] = tuple(raw["parties"])
    changed["lines"] = tuple(tuple(map(tuple, line)) for line in raw["lines"])
    return HostClaim(**{**raw, **changed, "at": datetime.fromisoformat(raw["at"])})


def party(segments: Sequence[Segment], entity: str) -> list[Segment]:
    """Return NM1 with this entity and what belongs to it, up to the next NM1; or nothing."""
    start = next((n for n, s in enumerate(segments) if s.id == "NM1" and s.get(1) == entity), None)
    if start is None:
        return []
    rest = segments[start + 1 :]
    end = next((n for n, s in enumerate(rest) if s.id in ("NM1", "SBR", "LX")), len(rest))
    return [segments[start], *rest[:end]]


def first(segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment | None:
    """Return the first segment with this id, and first element if one is named."""
    return next(
        (s for s in segments if s.id == name and (not qualifier or s.get(1) == qualifier)), None
    )


def claims(transaction: Transaction) -> Iterator[HostClaim]:
    """Yield the claims of an 837 set that `services.x12` has found readable."""
    marks, head, group = (
        transaction.segments[0].delimiters, transaction.interchange, transaction.group
    )
    parties = (
        head.sender_qualifier, head.sender, head.receiver_qualifier, head.receiver, head.usage,
        group.sender, group.receiver,
    )
    levels: dict[str, list[Raw]] = {"header": [], "billing": [], "subscriber": [], "patient": []}
    where: list[Raw] = levels["header"]
    body: list[Raw] = []
    lines: list[list[Raw]] = []

    def done() -> HostClaim:
        return HostClaim(
            kind=KINDS[transaction.guide[:10]], guide=transaction.guide,
            component=marks.component, repetition=marks.repetition,
            sender=transaction.interchange.sender, receiver=transaction.interchange.receiver,
            interchange=transaction.interchange.control, group=transaction.group.control,
            set_control=transaction.control, at=made_at(transaction),
            claim=tuple(body), lines=tuple(map(tuple, lines)), parties=parties,
            **{name: tuple(raws) for name, raws in levels.items()},
        )

    for segment in transaction.segments[1:-1]:
        raw = tuple(segment.elements)
        if segment.id in ("HL", "CLM") and body:
            yield done()
            body, lines = [], []
        if segment.id == "HL":
            name = LEVELS[segment.get(3)]
            for below in list(levels)[list(levels).index(name) :]:
                levels[below] = []
            where = levels[name]
        elif segment.id == "CLM":
            where = body = [raw]
        elif segment.id == "LX":
            where = [raw]
            lines.append(where)
        else:
            where.append(raw)
    if body:
        yield done()


def made_at(transaction: Transaction) -> datetime:
    """Return when a set was made: BHT04 and 05, else what ISA09 and 10 say."""
    head = transaction.interchange
    bht = next((s for s in transaction.segments[:3] if s.id == "BHT"), None)
    said = (f"{bht.get(4)}{bht.get(5)[:4]}", f"{bht.get(4)}0000") if bht else ()
    for text in (*said, f"20{head.date}{head.time[:4]}"):
        try:
            return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError:
            continue
    return datetime(1970, 1, 1, tzinfo=UTC)
