"""Write ``providers.csv``: one row for each physician id that clinosim's hospital uses.

Names are made up, numbers are test NPIs: they begin with 2, of which none has been issued, and
pass the check digit. Run by hand from the project's root: ``python -m
services.codes.data.parties.make_providers``.
"""

import csv
from pathlib import Path

from services.codes.npi import check_digit

DEPARTMENTS = {
    "CA": ("cardiology", "207RC0000X", 2),
    "EM": ("internal_medicine", "207P00000X", 4),
    "GI": ("gastroenterology", "207RG0100X", 2),
    "GS": ("general_surgery", "208600000X", 2),
    "IM": ("internal_medicine", "207R00000X", 6),
    "ON": ("oncology", "207RX0202X", 2),
    "OR": ("orthopedics", "207X00000X", 2),
    "PC": ("primary_care", "207Q00000X", 2),
    "RAD": ("radiology", "2085R0202X", 4),
    "RE": ("rehabilitation", "208100000X", 2),
}
FAMILY = (
    "Abbott", "Barlow", "Castell", "Denning", "Eastman", "Farrow", "Granger", "Holloway",
    "Ingram", "Jessup", "Kingsley", "Langford", "Merrick", "Norwood", "Oakley", "Prescott",
    "Quimby", "Ridley", "Sterling", "Thatcher", "Underhill", "Vance", "Whitlock", "Yardley",
    "Ashford", "Bexley", "Corwin", "Dunmore",
)
GIVEN = ("Avery", "Blair", "Casey", "Devon", "Ellis", "Frances", "Gale", "Harper", "Jordan")


def rows() -> list[tuple[str, ...]]:
    """Return the table's rows: id, NPI, names, taxonomy, department."""
    found: list[tuple[str, ...]] = []
    for prefix, (department, taxonomy, count) in DEPARTMENTS.items():
        for ordinal in range(1, count + 1):
            place = len(found)
            nine = f"2000001{place + 10:02d}"
            found.append((
                f"DR-{prefix}-{ordinal:03d}", nine + check_digit(nine), FAMILY[place],
                GIVEN[place % len(GIVEN)], taxonomy, department,
            ))
    return found


if __name__ == "__main__":
    out = Path(__file__).with_name("providers.csv")
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("provider_id", "npi", "family", "given", "taxonomy", "department"))
        writer.writerows(rows())
