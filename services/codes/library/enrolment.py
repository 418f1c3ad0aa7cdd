"""With whom a provider is enrolled: the site's own list, kept from the payers' notices.

One row a provider, payer and span, comma-separated: npi, payer (our key; ``*`` for every payer),
starts_on, ends_on. A provider who is not in the list at all is not known, which says nothing.
"""

from collections.abc import Iterable, Iterator

from services.codes import npi
from services.codes.library.layout import Malformed, Row, cell, day, table

EVERY = "*"


def enrolments(lines: Iterable[str]) -> Iterator[Row]:
    """Yield NPI -> (payer, starts, ends).

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "npi"):
        number, payer = cell(row, 0, line, "npi"), cell(row, 1, line, "payer")
        if not npi.is_valid(number):
            raise Malformed(line, "npi", "must be an NPI with its check digit")
        dates = [row[i] if len(row) > i else "" for i in (2, 3)]
        yield number, (payer, day(dates[0], line, "starts_on"), day(dates[1], line, "ends_on"))
