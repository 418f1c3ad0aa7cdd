"""What a coder knows of a service: which diagnoses support it, and whether it is a procedure.

``data/supports.csv`` is ours: a code, whether a visit of the same day needs modifier 25 beside
it, and the beginnings of ICD-10-CM codes, the best first. It is coding practice, not a payer's
policy.
"""

from collections.abc import Sequence
from functools import cache

from services.codes import data


@cache
def _table() -> dict[str, tuple[bool, tuple[str, ...]]]:
    return {
        row["code"]: (row["procedure"] == "yes", tuple(row["diagnoses"].split()))
        for row in data.rows("supports.csv")
    }


def wanted(code: str) -> tuple[str, ...]:
    """Return how the diagnoses begin that support a service; nothing when any does."""
    return _table().get(code, (False, ()))[1]


def is_procedure(code: str) -> bool:
    """Say whether a visit on the day of this service needs modifier 25."""
    return _table().get(code, (False, ()))[0]


def best(code: str, diagnoses: Sequence[str]) -> int | None:
    """Return the 1-based position of the diagnosis that supports a service best, if one does.

    >>> best("90471", ["Z00.129", "Z23"]), best("96413", ["I10"])
    (2, None)
    """
    for beginning in wanted(code):
        for position, diagnosis in enumerate(diagnoses, start=1):
            if diagnosis.startswith(beginning):
                return position
    return None
