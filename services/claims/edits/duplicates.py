"""A service is billed once: two lines alike in code, date, modifiers and place are one too many.

Source: CMS Claims Processing Manual, ch. 1, sect. 120 (exact duplicates); NCCI manual, ch. I.
"""

from collections.abc import Iterator

from services.claims.edits.edit import Case, Fault, edit, line

SOURCE = "CMS Claims Processing Manual, ch. 1, sect. 120"


@edit("duplicates", snip=4, version=2, source=SOURCE)
def line_repeated(case: Case) -> Iterator[Fault]:
    """A line repeats no earlier one of the claim.

    Example: 85025 twice on one day is found on the second line; 85025 and 85025 with modifier 91
    (repeated laboratory test) pass, and so do two days. Lines of a revenue code alone are no
    service and may stand twice.
    """
    first: dict[tuple[object, ...], int] = {}
    for position, one in case.lines():
        if not one.code:
            continue
        key = (
            one.code, one.revenue_code, one.served_on, frozenset(one.modifiers),
            one.place_of_service,
        )
        earlier = first.setdefault(key, position)
        if earlier != position:
            yield Fault(line(position), f"Line {position} repeats line {earlier}: drop it, add "
                        f"its units to line {earlier}, or add the modifier that the record "
                        "supports (76, 77, 91, 59).")


EDITS = (line_repeated,)
