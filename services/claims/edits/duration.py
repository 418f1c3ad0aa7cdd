"""Units and time: what is counted in hours or minutes fits into the time that there was.

A bill says when a patient came and left, and no minutes of single services; so this holds what
cannot be, not what is unlikely. Rows of `data/time_rules.csv`.

Source: CMS Claims Processing Manual, ch. 4, sect. 290.2.2 (hours of observation, rounded) and
ch. 5, sect. 20.2 (timed codes); ICD-10-PCS tables 5A0 and 5A1, durations 3, 4 and 5.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from services.claims import data
from services.claims.edits.edit import (
    INSTITUTIONAL,
    Case,
    Fault,
    edit,
    line,
    procedure,
)

FAMILY = "duration"
OBSERVATION = "G0378"
HOUR, DAY_MINUTES = timedelta(hours=1), 24 * 60


@lru_cache(maxsize=8192)
def _amount(rule: str, code: str) -> int:
    """Return the minutes of a unit, or the least hours of a procedure; 0 where no row says."""
    return next((
        int(row["amount"]) for row in data.rows("time_rules.csv")
        if row["rule"] == rule and code.startswith(row["code"])
    ), 0)


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 4, sect. 290.2.2",
      claim_types=frozenset({INSTITUTIONAL}))
def observation_hours(case: Case) -> Iterator[Fault]:
    """Hours of observation are no more than there were between arrival and discharge.

    Example: from 03:00 to 21:00 18 units of G0378 pass and 25 are found.
    """
    stay = case.bill.institutional
    if stay is None or stay.admitted_at is None or stay.discharged_at is None:
        return
    most = -((stay.admitted_at - stay.discharged_at) // HOUR)  # a begun hour counts
    units = 0
    for position, one in case.lines():
        units += one.units if one.code == OBSERVATION else 0
        if one.code == OBSERVATION and units > most:
            yield Fault(line(position), f"{units} hours of observation do not fit between arrival "
                        f"and discharge, {most} hours: count the hours from the order to the end "
                        "of care.")


@edit(FAMILY, snip=5, source="ICD-10-PCS tables 5A0 and 5A1, duration",
      claim_types=frozenset({INSTITUTIONAL}))
def longer_than_stay(case: Case) -> Iterator[Fault]:
    """A procedure that lasts some hours fits between its day and the discharge.

    Example: 5A1955Z (more than 96 hours on a ventilator) begun two days before the discharge is
    found; 5A1945Z (24 to 96 hours) passes.
    """
    stay = case.bill.institutional
    if stay is None or stay.discharged_at is None or not case.inpatient:
        return
    for position, one in enumerate(stay.procedures, 1):
        least = _amount("hours", one.code)
        begun = datetime.combine(one.performed_on, time(), tzinfo=UTC)
        if least and stay.discharged_at - begun < least * HOUR:
            yield Fault(procedure(position), f"{one.code} lasts {least} hours or more and the "
                        "stay ended sooner: correct its duration or its first day.")


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 5, sect. 20.2: timed codes")
def day_too_long(case: Case) -> Iterator[Fault]:
    """The timed services of a day fit into a day. Example: 97 units of 15 minutes do not."""
    minutes: dict[object, int] = {}
    for position, one in case.lines():
        each = _amount("minutes", one.code)
        if not each:
            continue
        before = minutes.get(one.served_on, 0)
        minutes[one.served_on] = before + each * one.units
        if before <= DAY_MINUTES < minutes[one.served_on]:
            yield Fault(line(position), f"With line {position} the timed services of one day make "
                        f"{minutes[one.served_on]} minutes: correct the units from the record.")


EDITS = (observation_hours, longer_than_stay, day_too_long)
