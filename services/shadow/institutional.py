"""What only a host's 837I has, as `schemas.events.Institutional`; pure."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Protocol

from schemas.events import Diagnosis, Institutional, Occurrence, Procedure, Value
from services.shadow import shapes
from services.shadow.hostclaim import HostClaim, first, party
from services.x12.segments import Segment
from services.x12.values import days


class Author(Protocol):
    """Who assigned a code, and as what."""

    @property
    def assigned_by(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


def build(claim: HostClaim, author: Callable[[str], Author]) -> Institutional:
    """Return the institutional part of a claim.

    Raises:
        services.shadow.shapes.Unfit: a code has not its shape.
        services.x12.errors.X12Error: a date does not exist.
    """
    cl1, admitted = first(claim.own, "CL1"), first(claim.own, "DTP", "435")
    codes = list(_codes(claim))
    causes = [p for p in codes if p[0] in ("ABN", "BN")]
    reasons = [p for p in codes if p[0] in ("APR", "PR")]
    return Institutional(
        facility_type=claim.clm.parts(5)[0],
        admitted_at=_moment(admitted),
        admission_type=_short(cl1, 1), admission_source=_short(cl1, 2),
        patient_status=_short(cl1, 3), discharged_at=_discharged(claim),
        drg=next((shapes.fits(shapes.DRG, p[1], "HI", "DRG") for p in codes if p[0] == "DR"), ""),
        attending_npi=shapes.npi(party(claim.own, "71")),
        operating_npi=shapes.npi(party(claim.own, "72")),
        admitting=next((shapes.diagnosis(p[1]) for p in codes if p[0] in ("ABJ", "BJ")), ""),
        visit_reasons=tuple(shapes.diagnosis(p[1]) for p in reasons)[:3],
        external_causes=tuple(_cause(p, author) for p in causes),
        procedures=tuple(_procedure(p, author) for p in codes if p[0] in ("BBR", "BBQ")),
        occurrences=tuple(_occurrence(p) for p in codes if p[0] in ("BH", "BI")),
        values=tuple(_value(p) for p in codes if p[0] == "BE"),
        conditions=tuple(
            shapes.fits(shapes.TWO, p[1], "HI", "condition") for p in codes if p[0] == "BG"
        ),
    )


def _codes(claim: HostClaim) -> Iterator[list[str]]:
    """Yield the composites of HI, each of nine components or more."""
    for hi in claim.own:
        if hi.id == "HI":
            for at in range(1, len(hi.elements)):
                parts = hi.parts(at)
                if len(parts) > 1:
                    yield parts + [""] * (9 - len(parts))


def _short(segment: Segment | None, position: int) -> str:
    value = segment.get(position) if segment else ""
    return shapes.fits(shapes.TWO, value, "CL1", "code") if value else ""


def _moment(dtp: Segment | None) -> datetime | None:
    """Return a day (D8) or minute (DT) as UTC."""
    if dtp is None:
        return None
    on, text = days(dtp, 2, 3)[0], dtp.get(3)[8:12]
    whole = text.isdigit() and len(text) == 4 and int(text[:2]) < 24 and int(text[2:]) < 60
    return datetime(on.year, on.month, on.day, *(
        (int(text[:2]), int(text[2:])) if whole else (0, 0)
    ), tzinfo=UTC)


def _discharged(claim: HostClaim) -> datetime | None:
    """Return the last day of the statement at the discharge hour (DTP*096), if there is one."""
    hour, statement = first(claim.own, "DTP", "096"), first(claim.own, "DTP", "434")
    text = hour.get(3) if hour else ""
    if not statement or len(text) != 4 or not text.isdigit() or int(text[:2]) > 23:
        return None
    on = days(statement, 2, 3)[1]
    return datetime(on.year, on.month, on.day, int(text[:2]), min(int(text[2:]), 59), tzinfo=UTC)


def _cause(parts: list[str], author: Callable[[str], Author]) -> Diagnosis:
    code = shapes.diagnosis(parts[1])
    whose = author(code)
    return Diagnosis(
        code=code, assigned_by=whose.assigned_by, source=whose.source,
        present=parts[8] if parts[8] in tuple("YNUW") else "",
    )


def _procedure(parts: list[str], author: Callable[[str], Author]) -> Procedure:
    code = shapes.fits(shapes.PCS, parts[1], "HI", "procedure")
    whose = author(code)
    return Procedure(
        code=code, performed_on=_day(parts[3]), assigned_by=whose.assigned_by,
        source=whose.source,
    )


def _occurrence(parts: list[str]) -> Occurrence:
    first_day, _, last_day = parts[3].partition("-")
    return Occurrence(
        code=shapes.fits(shapes.TWO, parts[1], "HI", "occurrence"),
        starts_on=_day(first_day), ends_on=_day(last_day) if last_day else None,
    )


def _value(parts: list[str]) -> Value:
    units, _, rest = parts[4].partition(".")
    if not (units + rest).isdigit() or len(rest) > 2 or len(units) > 12:
        raise shapes.Unfit("HI", "value", "is no amount")
    cents = int(units or "0") * 100 + int(rest.ljust(2, "0"))
    return Value(code=shapes.fits(shapes.TWO, parts[1], "HI", "value"), amount_cents=cents)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise shapes.Unfit("HI", "date", "does not exist") from None
