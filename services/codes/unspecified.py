"""The code a coder may assign when the record names a category and says no more.

``data/unspecified.csv`` is ours and short on purpose: a category that is not in it needs a
person (a side, an episode of care or a choice between unlike conditions is open).
"""

from services.codes import data

TABLE = "unspecified.csv"


def default(category: str, sex: str, age_years: int) -> str | None:
    """Return the unspecified billable code of a category for a patient, if one may be assigned.

    >>> default("Z00", "F", 9), default("Z00", "F", 40), default("K74", "F", 40)
    ('Z00.129', 'Z00.00', 'K74.60')
    """
    for row in data.rows(TABLE):
        if (
            row["category"] == category
            and row["sex"] in ("", sex)
            and int(row["age_from"] or 0) <= age_years <= int(row["age_to"] or 200)
        ):
            return row["code"]
    return None


def defaults(category: str) -> frozenset[str]:
    """Return every code that may stand for a category when the record says no more.

    >>> sorted(defaults("Z00"))
    ['Z00.00', 'Z00.129']
    """
    return frozenset(row["code"] for row in data.rows(TABLE) if row["category"] == category)
