"""Discharged, not final billed: how many days of revenue wait for coding and billing.

    DNFB days = gross charges of encounters that have ended and were not billed
                / average daily gross charges of the last 90 days

Numerator: encounters whose last day of service is past, that intake found ready to bill, and of
which no claim was made. What intake set aside (self-pay, no charge, still in progress) is not in
it. Denominator: charges of all encounters with that state of which the last day of service is in
the 90 days to the business day, divided by 90.

Source: HFMA MAP Keys, days in total discharged not final billed; the window of the average is the
hospital's choice, and is shown.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

WINDOW_DAYS = 90
FORMULA = (
    "charges of encounters that have ended and were not billed / average daily charges of the last"
    f" {WINDOW_DAYS} days"
)
_FIGURE = text("""
    with ended as (
        select f.encounter_id, f.charge_cents, f.ends_on, c.state, c.department,
            exists (select from submission s where s.encounter_id = f.encounter_id
                and s.ordinal is not null) as billed
        from chart c join work_fact f on f.subject = c.encounter_id
        where c.state in ('coded', 'awaiting_coding', 'changed_after_coding')
        and f.ends_on < :today and (cast(:facilities as text[]) is null
            or c.facility_id = any(cast(:facilities as text[])))
    )
    select coalesce(sum(charge_cents) filter (where not billed), 0) as held_cents,
        count(*) filter (where not billed) as encounters,
        count(*) filter (where not billed and state = 'awaiting_coding') as to_code,
        coalesce(sum(charge_cents) filter (
            where not billed and state = 'awaiting_coding'), 0) as to_code_cents,
        min(ends_on) filter (where not billed) as oldest_on,
        coalesce(sum(charge_cents) filter (where ends_on >= :from), 0) as window_cents
    from ended
""")


@dataclass(frozen=True, slots=True)
class Dnfb:
    """What is discharged and not billed.

    Attributes:
        held_cents: Numerator: charges not billed.
        encounters: How many encounters that is.
        to_code: Of these, those that wait for a coder.
        to_code_cents: Their charges.
        oldest_on: Last day of service of the oldest one.
        window_cents: Charges of the window.
        window_days: Days of the window.
        formula: In words.
    """

    held_cents: int
    encounters: int
    to_code: int
    to_code_cents: int
    oldest_on: date | None
    window_cents: int
    window_days: int = WINDOW_DAYS
    formula: str = FORMULA

    @property
    def daily_cents(self) -> int:
        """Denominator: average daily gross charges."""
        return self.window_cents // self.window_days

    @property
    def days(self) -> float | None:
        """The figure; none while the window has no charges."""
        return round(self.held_cents / self.daily_cents, 1) if self.daily_cents else None


def figure(
    conn: Connection, today: date, facilities: tuple[str, ...] = ("*",)
) -> Dnfb:
    """Return the figure on a business day, for some facilities; ``("*",)`` is all."""
    row = conn.execute(_FIGURE, {
        "today": today, "from": date.fromordinal(today.toordinal() - WINDOW_DAYS),
        "facilities": None if "*" in facilities else list(facilities),
    }).one()
    return Dnfb(
        int(row.held_cents), row.encounters, row.to_code, int(row.to_code_cents), row.oldest_on,
        int(row.window_cents),
    )
