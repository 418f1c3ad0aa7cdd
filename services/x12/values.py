"""Elements to values and back, with a strict grammar: ASCII digits, at most 18, dates that exist.

Money is integer cents; what X12 calls R (decimal) is `Decimal` only where it is no money.
"""

import re
from datetime import date
from decimal import Decimal

from services.x12.segments import Segment

_NUMBER = re.compile(r"-?(?:\d{1,18}(?:\.\d{1,18})?|\.\d{1,18})", re.ASCII)
_MONEY = re.compile(r"(-?)(\d{0,16})(?:\.(\d{1,2}))?", re.ASCII)


def cents(segment: Segment, position: int) -> int:
    """Return a required amount in cents.

    Raises:
        X12Error: it is absent or no amount.
    """
    value = segment.need(position)
    if value.isascii() and value.isdigit() and len(value) <= 16:
        return int(value) * 100
    found = _MONEY.fullmatch(value)
    if found is None or not (found[2] or found[3]):
        raise segment.error("bad_money", position)
    amount = int(found[2] or "0") * 100 + int((found[3] or "").ljust(2, "0"))
    return -amount if found[1] else amount


def cents_or_zero(segment: Segment, position: int) -> int:
    """Return an amount in cents; 0 when it is absent."""
    return cents(segment, position) if segment.get(position) else 0


def number(segment: Segment, position: int) -> Decimal:
    """Return a required number.

    Raises:
        X12Error: it is absent or no number.
    """
    value = segment.need(position)
    if not _NUMBER.fullmatch(value) or sum(map(str.isdigit, value)) > 18:
        raise segment.error("bad_number", position)
    return Decimal(value)


def number_or_none(segment: Segment, position: int) -> Decimal | None:
    """Return a number, or none when it is absent."""
    return number(segment, position) if segment.get(position) else None


def whole(segment: Segment, position: int) -> int:
    """Return a required non-negative whole number.

    Raises:
        X12Error: it is absent or something else.
    """
    value = segment.need(position)
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise segment.error("bad_number", position)
    return int(value)


def day(segment: Segment, position: int) -> date:
    """Return a required date.

    Raises:
        X12Error: it is absent or does not exist.
    """
    return _day(segment, position, segment.need(position))


def day_or_none(segment: Segment, position: int) -> date | None:
    """Return a date, or none when it is absent."""
    return day(segment, position) if segment.get(position) else None


def days(segment: Segment, qualifier: int, position: int) -> tuple[date, date]:
    """Return first and last day of a DTP: D8 is one day, RD8 a range, DT a day with a time.

    Raises:
        X12Error: another qualifier, or a date that does not exist.
    """
    return span(segment, position, segment.need(qualifier), segment.need(position))


def span(segment: Segment, position: int, form: str, value: str) -> tuple[date, date]:
    """Return first and last day of a value in the form D8, RD8 or DT.

    Raises:
        X12Error: another form, or a date that does not exist.
    """
    if form == "RD8" and value.count("-") == 1:
        first, last = value.split("-")
        return _day(segment, position, first), _day(segment, position, last)
    if form not in ("D8", "DT"):
        raise segment.error("bad_code", position - 1)
    first_day = _day(segment, position, value[:8])
    return first_day, first_day


def when(
    segment: Segment, qualifier: int, position: int
) -> tuple[date | None, date | None, str]:
    """Return first day, last day and time of a DTP: the days of `days`, or TM a time alone.

    Raises:
        X12Error: another qualifier, or a date or time that does not exist.
    """
    value, form = segment.need(position), segment.need(qualifier)
    if form == "TM":
        return None, None, _time(segment, position, value)
    first, last = span(segment, position, form, value)
    return first, last, _time(segment, position, value[8:]) if form == "DT" else ""


def _time(segment: Segment, position: int, value: str) -> str:
    """Return HHMM, with seconds and their decimals where they are given."""
    if not (value.isascii() and value.isdigit() and len(value) in (4, 6, 7, 8)):
        raise segment.error("bad_date", position)
    if value[:2] > "23" or value[2:4] > "59" or value[4:6] > "59":
        raise segment.error("bad_date", position)
    return value


def _day(segment: Segment, position: int, value: str) -> date:
    if not (len(value) == 8 and value.isascii() and value.isdigit()):
        raise segment.error("bad_date", position)
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        raise segment.error("bad_date", position) from None


def money(amount_cents: int) -> str:
    """Return cents as an X12 amount, without needless zeros.

    >>> [money(c) for c in (0, 100, 45050, 7, -1234)]
    ['0', '1', '450.5', '.07', '-12.34']
    """
    sign = "-" if amount_cents < 0 else ""
    units, rest = divmod(abs(amount_cents), 100)
    if not rest:
        return f"{sign}{units}"
    return f"{sign}{units or ''}.{rest:02d}".rstrip("0")


def ymd(value: date) -> str:
    """Return a date as YYYYMMDD."""
    return f"{value.year:04d}{value.month:02d}{value.day:02d}"
