"""Counts in buckets of time, and figures over windows of buckets.

A bucket counts one thing (`resolved`, `adjudicated`, ...) of one subject in a minute, an hour, a
day or a month of business time. A window is a whole number of buckets, the last of which holds
the instant the figure is as of:

    1h = 60 minutes   24h = 24 hours   7d, 30d, 90d = days   2026-05 = that month

so a figure "7d as of 2026-05-08 14:10" covers 2026-05-02 00:00 up to, not including, 2026-05-09.

    first_pass_resolution   resolved / adjudicated
    coding_denial_free      (counted - confirmed) / counted,
                            counted = adjudicated - pending - refuted

The interval is Wilson's with z = 1.96 (95 %): 45 of 50 is 0.9, between 0.786 and 0.957.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import NamedTuple

from schemas import ids
from schemas.events import Accuracy, Exclusion
from services.claims.accuracy import Account, Case, Decision, Known, fate, originals

FIRST_PASS, DENIAL_FREE = "first_pass_resolution", "coding_denial_free"
PAYER, FACILITY, CODER, CODER_MONTH = "payer", "facility", "coder", "coder_month"
MINUTE, HOUR, DAY, MONTH = "minute", "hour", "day", "month"
LEFT_OUT = ("unprocessable", "reversed", "duplicate")
APART = ("pending", "refuted")
FATES = ("confirmed", *APART)
"""Of several faults on a line the first of these counts."""
MINIMUM = 30
"""A coder's figure is hidden while its denominator is below this."""
Z = 1.959963984540054

WINDOWS = {
    PAYER: (("1h", MINUTE, 60), ("24h", HOUR, 24), ("7d", DAY, 7), ("30d", DAY, 30)),
    FACILITY: (("1h", MINUTE, 60), ("24h", HOUR, 24), ("7d", DAY, 7), ("30d", DAY, 30)),
    CODER: (("90d", DAY, 90),),
}
"""Dimension -> (window, grain, buckets)."""
STEP = {MINUTE: timedelta(minutes=1), HOUR: timedelta(hours=1), DAY: timedelta(days=1)}


class Bucket(NamedTuple):
    """What a count is kept under."""

    metric: str
    dimension: str
    subject: str
    grain: str
    starts_at: datetime
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A figure to be told, and the buckets it covers.

    Attributes:
        metric: first_pass_resolution or coding_denial_free.
        dimension: payer, facility, coder or coder_month.
        subject: Which one.
        window: Its name.
        grain: Of its buckets.
        buckets: How many; 0 for a month, which is one bucket of its own.
    """

    metric: str
    dimension: str
    subject: str
    window: str
    grain: str
    buckets: int

    @property
    def figure_id(self) -> str:
        """The figure's key."""
        return f"{self.metric}|{self.dimension}|{self.subject}|{self.window}"

    def span(self, as_of: datetime) -> tuple[datetime, datetime]:
        """Return the first and the last bucket of the window as of an instant."""
        if self.grain == MONTH:
            first = datetime.fromisoformat(f"{self.window}-01T00:00:00+00:00")
            return first, first
        last = floor(as_of, self.grain)
        return last - (self.buckets - 1) * STEP[self.grain], last


def floor(at: datetime, grain: str) -> datetime:
    """Return when the bucket that holds an instant begins."""
    if grain == MONTH:
        return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if grain == DAY:
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
    if grain == HOUR:
        return at.replace(minute=0, second=0, microsecond=0)
    return at.replace(second=0, microsecond=0)


def counts(case: Case) -> Counter[Bucket]:
    """Return what an encounter counts for."""
    found: Counter[Bucket] = Counter()
    for number, account, first, left_out in originals(case):
        if first is not None:
            _first_pass(found, account, first, left_out)
        for coder, at, name in _coding(case, number, first, left_out):
            for dimension, grain, moment in (
                (CODER, DAY, at), (CODER_MONTH, MONTH, case.coded_at.get(account.version)),
            ):  # fmt: skip
                if moment is not None:
                    starts_at = floor(moment, grain)
                    found[Bucket(DENIAL_FREE, dimension, coder, grain, starts_at, name)] += 1
    return found


def _first_pass(
    found: Counter[Bucket], account: Account, first: Decision, left_out: str
) -> None:
    names = [left_out] if left_out else ["adjudicated"]
    if first.kind == "resolved" and not left_out:
        names.append("resolved")
    subjects = ((PAYER, account.payer_id), (FACILITY, account.facility_id))
    for grain in (MINUTE, HOUR, DAY):
        starts_at = floor(first.at, grain)
        for dimension, subject in subjects:
            for name in names:
                found[Bucket(FIRST_PASS, dimension, subject, grain, starts_at, name)] += 1


def _coding(
    case: Case, number: str, first: Decision | None, left_out: str
) -> Iterator[tuple[str, datetime, str]]:
    """Yield coder, when and what, once for each line that counts for them."""
    account = case.accounts[number]
    if account.submitted_at is not None and _last_original(case, account):
        for coder, lines in account.billed.items():
            yield from ((coder, account.submitted_at, "billed") for _ in range(lines))
    if first is None or left_out:
        return
    for line in first.lines:
        for coder in line.coders:
            yield coder, first.at, "adjudicated"
            abouts = {about for whose, about in line.faults if whose == coder}
            fates = {fate(case, account, line, about) for about in abouts}
            if fates:
                ruling = case.rulings.get(f"{number}|{coder}")
                yield coder, first.at, ruling or min(fates, key=FATES.index)


def _last_original(case: Case, account: Account) -> bool:
    """Say whether no later original went to the same payer: a resend is not billed twice."""
    return not any(
        other.frequency == account.frequency
        and other.payer_id == account.payer_id
        and other.version > account.version
        for other in case.accounts.values()
    )


def change(known: Iterable[Known]) -> Counter[Bucket]:
    """Return how the counts change by what has become known of some encounters."""
    total: Counter[Bucket] = Counter()
    for one in known:
        total.update(counts(one.case))
        total.subtract(counts(one.loaded))
    return Counter({bucket: count for bucket, count in total.items() if count})


def touched(changed: Iterable[Bucket]) -> list[Window]:
    """Return the figures of every subject whose counts changed, in the order of their keys."""
    found: set[Window] = set()
    for bucket in changed:
        subject = (bucket.metric, bucket.dimension, bucket.subject)
        if bucket.dimension == CODER_MONTH:
            found.add(Window(*subject, f"{bucket.starts_at:%Y-%m}", MONTH, 0))
        for window, grain, buckets in WINDOWS.get(bucket.dimension, ()):
            found.add(Window(*subject, window, grain, buckets))
    return sorted(found, key=lambda window: window.figure_id)


def figure(window: Window, summed: Mapping[str, int], as_of: datetime, revision: int) -> Accuracy:
    """Return the event that tells a figure.

    Args:
        window: Which figure.
        summed: What its buckets count, by name.
        as_of: The instant it is as of.
        revision: Taken under the figure's lock.
    """
    total = summed.get("adjudicated", 0)
    coding = window.metric == DENIAL_FREE
    if coding:
        denominator = total - sum(summed.get(name, 0) for name in APART)
        numerator = denominator - summed.get("confirmed", 0)
    else:
        denominator, numerator = total, summed.get("resolved", 0)
    lower, upper = wilson(numerator, denominator)
    return Accuracy(
        event_id=ids.derive("accuracy", window.figure_id, revision),
        occurred_at=as_of,
        figure_id=window.figure_id,
        metric=window.metric,
        dimension=window.dimension,
        subject=window.subject,
        window=window.window,
        as_of=as_of,
        numerator=numerator,
        denominator=denominator,
        exclusions=tuple(
            Exclusion(reason=name, count=summed.get(name, 0))
            for name in (APART if coding else LEFT_OUT)
        ),
        adjudicated=total if coding else 0,
        billed=summed.get("billed", 0),
        lower=lower,
        upper=upper,
        minimum=MINIMUM if coding else 0,
        revision=revision,
    )


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """Return the bounds of Wilson's 95 % interval; 0 and 1 of nothing.

    >>> [round(bound, 3) for bound in wilson(45, 50)]
    [0.786, 0.957]
    """
    if denominator <= 0:
        return 0.0, 1.0
    rate, n = numerator / denominator, denominator
    middle = rate + Z * Z / (2 * n)
    half = Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))
