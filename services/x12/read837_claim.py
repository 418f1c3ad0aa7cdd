"""Read a claim of an 837: loop 2300 with its providers (2310) and other payers (2320, 2330)."""

from collections.abc import Sequence

from services.x12.claim837 import Attachment
from services.x12.claim_as_read import ClaimAsRead, Dated, HealthCode, OtherPayer, Parties
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Party, cut, person, raw
from services.x12.read837_line import line
from services.x12.remit835 import triples
from services.x12.remittance import Adjustment
from services.x12.segments import Segment
from services.x12.values import cents, days, span, when

DIAGNOSES = frozenset(("ABK", "ABF", "BK", "BF"))
_CLAIM = frozenset((
    "CL1", "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP", "NM1",
    "PRV", "N2", "N3", "N4", "PER", "SBR", "CAS", "OI", "MIA", "MOA", "DMG", "QTY", "MEA", "DMR",
))  # fmt: skip
_LOOPS = frozenset(("NM1", "SBR"))
_SERVICES = {"005010X222": "SV1", "005010X223": "SV2"}
_ON_THE_CLAIM = frozenset(("DTP", "REF", "HI", "AMT", "NTE", "PWK", "CL1"))


def claim(
    piece: Sequence[Segment], guide: str, set_control: str, parties: Parties
) -> ClaimAsRead:
    """Return the claim whose segments begin with CLM.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    clm = piece[0]
    place = clm.parts(5)
    if len(place) != 3:
        raise clm.error("bad_composite", 5)
    cursor = Cursor(piece, start=1, after=0)
    body = cursor.run(_CLAIM)
    own, providers, others = _loops(body)
    service = _SERVICES[guide[:10]]
    lines = []
    while cursor.id == "LX":
        lines.append(line(cursor, service))
    if not lines:
        raise X12Error(piece[-1].number, "LX", 0, "required")
    cursor.finish()
    codes = tuple(code for hi in own["HI"] for code in _codes(hi))
    references = tuple((ref.need(1), ref.get(2)) for ref in own["REF"])
    cl1 = own["CL1"][0] if own["CL1"] else None
    return ClaimAsRead(
        segment=clm.number, set_control=set_control, guide=guide, control_number=clm.need(1),
        charge_cents=cents(clm, 2), place_of_service=place[0], facility=place[1],
        frequency=place[2], related_causes=tuple(c for c in clm.parts(11)[:3] if c),
        delay_reason=clm.get(20),
        payer_claim_number=next((value for kind, value in references if kind == "F8"), ""),
        diagnoses=tuple(one.code for one in codes if one.qualifier in DIAGNOSES), codes=codes,
        dates=tuple(map(_dated, own["DTP"])), references=references,
        amounts=tuple((amt.need(1), cents(amt, 2)) for amt in own["AMT"]),
        notes=tuple((nte.get(1), nte.get(2)) for nte in own["NTE"]),
        attachments=tuple(map(_attachment, own["PWK"])),
        admission_type=cl1.get(1) if cl1 else "", admission_source=cl1.get(2) if cl1 else "",
        patient_status=cl1.get(3) if cl1 else "", providers=providers, others=others,
        parties=parties, lines=tuple(lines), segments=(raw(clm), *map(raw, body)),
    )  # fmt: skip


def _loops(
    body: Sequence[Segment],
) -> tuple[dict[str, list[Segment]], tuple[Party, ...], tuple[OtherPayer, ...]]:
    """Part a claim's segments into its own by id, its providers and its other payers."""
    own: dict[str, list[Segment]] = {name: [] for name in _ON_THE_CLAIM}
    providers: list[Party] = []
    others: list[list[list[Segment]]] = []
    for run in cut(body, _LOOPS):
        name = run[0].elements[0]
        if name == "SBR":
            others.append([run])
        elif name != "NM1":
            for segment in run:
                if segment.elements[0] in own:
                    own[segment.elements[0]].append(segment)
        elif others:
            others[-1].append(run)
        else:
            providers.append(person(run[0], run[1:]))
    return own, tuple(providers), tuple(map(_other, others))


def _other(runs: Sequence[Sequence[Segment]]) -> OtherPayer:
    """Return loop 2320: SBR with what follows it, then a run for each NM1."""
    sbr = runs[0][0]
    amounts: dict[str, int] = {}
    reasons: list[Adjustment] = []
    for segment in runs[0]:
        if segment.elements[0] == "CAS":
            reasons += triples(segment)
        elif segment.elements[0] == "AMT":
            amounts[segment.need(1)] = cents(segment, 2)
    decided, references = None, []
    for run in runs[1:]:
        for segment in run:
            if segment.elements[0] == "DTP" and segment.get(1) == "573":
                decided = days(segment, 2, 3)[0]
            elif segment.elements[0] == "REF" and run[0].get(1) == "PR":
                references.append((segment.need(1), segment.get(2)))
    return OtherPayer(
        sequence=sbr.get(1), relationship=sbr.get(2), filing=sbr.get(9),
        paid_cents=amounts.get("D"), patient_cents=amounts.get("EAF"),
        uncovered_cents=amounts.get("A8"), adjustments=tuple(reasons), decided_on=decided,
        references=tuple(references),
        parties=tuple(person(run[0], run[1:]) for run in runs[1:]),
    )  # fmt: skip


def _dated(dtp: Segment) -> Dated:
    first, last, time = when(dtp, 2, 3)
    return Dated(dtp.need(1), first, last, time)


def _attachment(pwk: Segment) -> Attachment:
    return Attachment(kind=pwk.need(1), transmission=pwk.get(2), control_number=pwk.get(6))


def _codes(hi: Segment) -> list[HealthCode]:
    found = []
    for at in range(1, len(hi.elements)):
        parts = hi.parts(at)
        if len(parts) < 2 or not parts[1]:
            raise hi.error("bad_composite", at)
        if len(parts) == 2:
            found.append(HealthCode(parts[0], parts[1]))
            continue
        parts += [""] * (9 - len(parts))
        first, last = span(hi, at, parts[2], parts[3]) if parts[3] else (None, None)
        amount = cents(Segment(hi.number, ["HI", parts[4]], hi.delimiters), 1) if parts[4] else None
        found.append(HealthCode(parts[0], parts[1], first, last, amount, parts[8]))
    return found
