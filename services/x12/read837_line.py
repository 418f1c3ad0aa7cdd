"""Read a service line of an 837 (loop 2400): SV1 or SV2, and what other payers decided (2430)."""

from collections.abc import Sequence
from datetime import date

from services.x12.claim_as_read import LineAsRead, LineDecision
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Party, cut, person, raw
from services.x12.remit835 import triples
from services.x12.remittance import Adjustment
from services.x12.segments import Segment
from services.x12.values import cents, days, number, number_or_none

_LINE = frozenset((
    "SV1", "SV2", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF", "AMT", "K3",
    "NTE", "PS1", "HCP", "LIN", "CTP", "NM1", "PRV", "N2", "N3", "N4", "PER", "SVD", "CAS",
    "LQ", "FRM",
))  # fmt: skip
_LOOPS = frozenset(("NM1", "SVD", "LIN"))


def line(cursor: Cursor, service: str) -> LineAsRead:
    """Return the line at the cursor.

    Args:
        cursor: At LX.
        service: SV1 of an 837P, SV2 of an 837I.

    Raises:
        X12Error: a segment is missing or ill-formed.
    """
    lx = cursor.take("LX")
    body = cursor.run(_LINE)
    own, providers, decisions = _loops(body)
    found = next((s for s in own if s.elements[0] == service), None)
    if found is None:
        raise X12Error(lx.number, service, 0, "required")
    references, (first, last) = _own(own)
    shift = 1 if service == "SV2" else 0  # SV2 has the revenue code first
    code = found.parts(1 + shift)
    if (code or not shift) and (len(code) < 2 or not code[1]):
        raise found.error("bad_composite", 1 + shift)
    pointers = () if shift else _pointers(found)
    return LineAsRead(
        line_id=next((value for kind, value in references if kind == "6R"), ""),
        code=code[1] if code else "", modifiers=tuple(m for m in code[2:6] if m),
        charge_cents=cents(found, 2 + shift), units=number(found, 4 + shift),
        unit=found.get(3 + shift), pointers=pointers,
        place_of_service="" if shift else found.get(5),
        revenue_code=found.need(1) if shift else "", first_day=first, last_day=last,
        references=references, providers=providers, decisions=decisions,
        segments=(raw(lx), *map(raw, body)),
    )  # fmt: skip


def _own(
    own: Sequence[Segment],
) -> tuple[tuple[tuple[str, str], ...], tuple[date | None, date | None]]:
    """Return a line's references, and first and last day of the service."""
    references, served = [], None
    for segment in own:
        name = segment.elements[0]
        if name == "REF":
            references.append((segment.need(1), segment.get(2)))
        elif name == "DTP":
            dates = days(segment, 2, 3)
            if segment.get(1) == "472":
                served = dates
    return tuple(references), served or (None, None)


def _pointers(sv1: Segment) -> tuple[int, ...]:
    pointers = sv1.parts(7)
    if not all(p.isascii() and p.isdigit() and len(p) < 3 for p in pointers):
        raise sv1.error("bad_number", 7)
    return tuple(map(int, pointers))


def _loops(
    body: Sequence[Segment],
) -> tuple[Sequence[Segment], tuple[Party, ...], tuple[LineDecision, ...]]:
    """Part a line's segments into its own, its providers and other payers' decisions."""
    if _LOOPS.isdisjoint([segment.elements[0] for segment in body]):
        return body, (), ()
    own: list[Segment] = []
    providers: list[Party] = []
    decisions: list[LineDecision] = []
    for run in cut(body, _LOOPS):
        name = run[0].elements[0]
        if name == "NM1":
            providers.append(person(run[0], run[1:]))
        elif name == "SVD":
            decisions.append(_decision(run))
        elif name != "LIN":
            own += run
    return own, tuple(providers), tuple(decisions)


def _decision(run: Sequence[Segment]) -> LineDecision:
    svd = run[0]
    code = svd.parts(3)
    reasons: list[Adjustment] = []
    decided, patient = None, None
    for segment in run[1:]:
        name = segment.elements[0]
        if name == "CAS":
            reasons += triples(segment)
        elif name == "DTP":
            decided = days(segment, 2, 3)[0]
        elif name == "AMT" and segment.get(1) == "EAF":
            patient = cents(segment, 2)
    return LineDecision(
        payer_number=svd.need(1), paid_cents=cents(svd, 2),
        code=code[1] if len(code) > 1 else "", modifiers=tuple(m for m in code[2:6] if m),
        revenue_code=svd.get(4), units=number_or_none(svd, 5), adjustments=tuple(reasons),
        decided_on=decided, patient_cents=patient,
    )  # fmt: skip
