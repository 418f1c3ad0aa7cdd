"""Which denials say that a service was not necessary, by the payer's medical review."""

from functools import cache

from services.claims import data


def denies(carc: str) -> bool:
    """Say whether a reason code is of medical review.

    >>> denies("50"), denies("45")
    (True, False)
    """
    return carc in _codes()


@cache
def _codes() -> frozenset[str]:
    return frozenset(row["carc"] for row in data.rows("medical_review.csv"))
