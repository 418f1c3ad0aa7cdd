"""OPPS Addendum B: the status indicator of each code, comma-separated, notices above the header."""

from collections.abc import Iterable, Iterator

from services.codes import hcpcs
from services.codes.library.layout import Malformed, Row, cell, table


def addendum_b(lines: Iterable[str]) -> Iterator[Row]:
    """Yield code -> (status indicator,); words and rates are passed over.

    The columns are code, words, status indicator, and more.

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "hcpcs"):
        code = cell(row, 0, line, "code")
        if not hcpcs.is_valid(code):
            raise Malformed(line, "code", "must be a procedure code")
        indicator = cell(row, 2, line, "status indicator")
        if not (indicator.isalnum() and len(indicator) <= 2):
            raise Malformed(line, "status indicator", "must be one or two letters or digits")
        yield code, (indicator,)
