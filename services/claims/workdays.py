"""Workdays: neither weekend nor a holiday of the federal government, as observed.

    >>> after(date(2026, 11, 25), 2)  # Thursday the 26th is Thanksgiving
    datetime.date(2026, 11, 30)

Payers count calendar days; a workday matters where a limit ends on none, and inside the house.
"""

from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.united_states import US

ONE = timedelta(days=1)
SATURDAY = 5


@lru_cache(maxsize=64)
def _of(year: int) -> dict[date, str]:
    return dict(US(years=year).items())  # type: ignore[no-untyped-call]


def holiday(day: date) -> str:
    """Return a holiday's name, or nothing.

    >>> holiday(date(2027, 12, 24))
    'Christmas Day (observed)'
    """
    return _of(day.year).get(day, "")


def is_workday(day: date) -> bool:
    """Say whether offices work on a day."""
    return day.weekday() < SATURDAY and not holiday(day)


def on_or_after(day: date) -> date:
    """Return a day, or the first workday after it."""
    while not is_workday(day):
        day += ONE
    return day


def on_or_before(day: date) -> date:
    """Return a day, or the last workday before it."""
    while not is_workday(day):
        day -= ONE
    return day


def after(day: date, count: int) -> date:
    """Return the workday that many workdays after a day; the day itself does not count."""
    day = day if count else on_or_after(day)
    for _ in range(count):
        day = on_or_after(day + ONE)
    return day


def between(first: date, last: date) -> int:
    """Return how many workdays come after one day up to another.

    >>> between(date(2026, 11, 25), date(2026, 11, 30))
    2
    """
    count = 0
    while first < last:
        first += ONE
        count += is_workday(first)
    return count
