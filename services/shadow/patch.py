"""A host's claim with a correction put into it: every segment as it was, but what was corrected.

A replacement replaces the whole claim, so what is not corrected has to come along untouched. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.events import Diagnosis, Line
from services.phi.keys import SiteKey
from services.shadow import build
from services.shadow.corrections import Correction
from services.shadow.hostclaim import HostClaim, Raw
from services.x12.values import money
from services.x12.write837_line import qualifier

AFTER_REFERENCES = frozenset((
    "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP", "NM1", "SBR",
))
DIAGNOSES = frozenset(("ABK", "ABF", "BK", "BF"))
MOST_OF_A_SEGMENT = 12


@dataclass(frozen=True, slots=True)
class Patched:
    """Loop 2300 and its lines as the host is to send them."""

    claim: tuple[Raw, ...]
    lines: tuple[tuple[Raw, ...], ...]


def patched(one: Correction, number: str, site: SiteKey) -> Patched:
    """Return the corrected claim.

    Args:
        one: The correction.
        number: CLM01 it is to have.
        site: Makes the line ids by which lines are found again.
    """
    lines = tuple(_lines(one, site))
    total = sum(line.charge_cents for line in one.lines)
    body = list(_head(one, number, total))
    body = _references(body, one)
    if _codes(one.coded.bill.diagnoses) != _codes(one.submitted.bill.diagnoses):
        body = _diagnoses(body, one)
    return Patched(tuple(body), lines)


def _codes(diagnoses: Iterable[Diagnosis]) -> list[str]:
    return [d.code.replace(".", "") for d in diagnoses]


def _head(one: Correction, number: str, total: int) -> Iterable[Raw]:
    mark = one.claim.component
    clm = [*one.claim.claim[0]]
    place = [*clm[5].split(mark), "", ""][:3]
    clm[1], clm[2], clm[5] = number, money(total), mark.join([*place[:2], one.frequency])
    yield tuple(clm)
    yield from one.claim.claim[1:]


def _references(body: Sequence[Raw], one: Correction) -> list[Raw]:
    """Return the claim with REF*F8 as its frequency wants it, where references stand."""
    end = next((n for n, raw in enumerate(body) if raw[0] == "SBR"), len(body))
    own = [raw for raw in body[:end] if raw[:2] != ("REF", "F8")]
    if one.frequency in ("7", "8"):
        at = next((n for n, raw in enumerate(own) if raw[0] in AFTER_REFERENCES), len(own))
        own.insert(at, ("REF", "F8", one.payer_claim_number))
    return [*own, *body[end:]]


def _diagnoses(body: Sequence[Raw], one: Correction) -> list[Raw]:
    """Return the claim with the corrected diagnoses in place of the first HI that has any."""
    mark = one.claim.component
    old = {
        part.split(mark)[1]: part
        for raw in body if raw[0] == "HI" for part in raw[1:]
        if part.split(mark)[0] in DIAGNOSES
    }
    dated = any(part.split(mark)[0] in ("BK", "BF") for part in old.values())
    first, other = ("BK", "BF") if dated else ("ABK", "ABF")
    parts = []
    for n, diagnosis in enumerate(one.coded.bill.diagnoses):
        code = diagnosis.code.replace(".", "")
        rest = old[code].split(mark)[2:] if code in old else _present(diagnosis)
        parts.append(mark.join([other if n else first, code, *rest]))
    fresh = _segments(parts, institutional=one.claim.kind == "837I")
    out: list[Raw] = []
    for raw in body:
        ours = raw[0] == "HI" and raw[1].split(mark)[0] in DIAGNOSES
        if ours:
            out += fresh
            fresh = []
        else:
            out.append(raw)
    return out


def _present(diagnosis: Diagnosis) -> list[str]:
    """Return what follows a code that was not there before: present on admission, if told."""
    return [*[""] * 6, diagnosis.present] if diagnosis.present else []


def _segments(parts: Sequence[str], *, institutional: bool) -> list[Raw]:
    """Return HI: one segment, or for an 837I the principal in one and the others behind it."""
    if not institutional:
        return [("HI", *parts)]
    rest = parts[1:]
    groups = [rest[at : at + MOST_OF_A_SEGMENT] for at in range(0, len(rest), MOST_OF_A_SEGMENT)]
    return [("HI", parts[0]), *(("HI", *group) for group in groups)]


def _lines(one: Correction, site: SiteKey) -> Iterable[tuple[Raw, ...]]:
    """Yield the lines that stay, numbered anew, with what was corrected."""
    host = dict(_by_id(one.claim, site))
    before = {line.line_id: line for line in one.submitted.bill.lines}
    for position, line in enumerate(one.lines, 1):
        raws = [("LX", str(position)), *host[line.line_id][1:]]
        old = before[line.line_id]
        if line != old:
            raws = [_service(raw, line, old, one) if raw[0] in ("SV1", "SV2") else raw
                    for raw in raws]
        yield tuple(raws)


def _by_id(claim: HostClaim, site: SiteKey) -> Iterable[tuple[str, tuple[Raw, ...]]]:
    for position, raws in enumerate(claim.lines, 1):
        named = next((raw[2] for raw in raws if raw[:2] == ("REF", "6R")), f"#{position}")
        yield build.line_id(site, claim.number, named), raws


def _service(raw: Raw, line: Line, old: Line, one: Correction) -> Raw:
    """Return SV1 or SV2 with code, modifiers, charge, units, place and pointers as corrected."""
    mark, at = one.claim.component, 1 if raw[0] == "SV1" else 2
    service = [*raw, *[""] * (8 - len(raw))]
    parts = [*service[at].split(mark), *[""] * 7]
    described = parts[6:7]  # the description of a code is not another code's
    rest = described if line.code == old.code else [""]
    anew = line.code != old.code and parts[0] in ("HC", "HP")
    kind = qualifier(line.revenue_code) if anew or not parts[0] else parts[0]
    code = [kind, line.code, *line.modifiers]
    code += [""] * (6 - len(code)) + rest if any(rest) else []
    service[at] = mark.join(code) if line.code else ""
    service[at + 1] = money(line.charge_cents)
    if line.units != old.units:
        service[at + 3] = str(line.units)
    if raw[0] == "SV1":
        if line.place_of_service != old.place_of_service:
            service[5] = line.place_of_service
        service[7] = mark.join(map(str, line.pointers))
    while not service[-1]:
        service.pop()
    return tuple(service)

