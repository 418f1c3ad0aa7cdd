"""Plain dated lists of codes, and CMS's order files of ICD-10-CM and PCS.

A list is comma-separated with a header: code, starts_on, ends_on, words; further columns are kept
in their order. An order file has fixed columns: 1-5 order number, 7-13 code, 15 is 1 when it may
be billed, 17-76 short words, 78- long words.
"""

from collections.abc import Iterable, Iterator

from services.codes.library.layout import Malformed, Row, cell, day, table


def dated(lines: Iterable[str]) -> Iterator[Row]:
    """Yield code -> (starts, ends, words, further columns ...).

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "code"):
        code = cell(row, 0, line, "code")
        dates = [row[i] if len(row) > i else "" for i in (1, 2)]
        starts, ends = day(dates[0], line, "starts_on"), day(dates[1], line, "ends_on")
        yield code, (starts, ends, *row[3:])


def ordered(lines: Iterable[str]) -> Iterator[Row]:
    """Yield code without dot -> (may be billed, words).

    Raises:
        Malformed: a line breaks the layout.
    """
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        code, billable = text[6:13].strip(), text[14:15]
        if not (code.isascii() and code.isalnum() and 3 <= len(code) <= 7):
            raise Malformed(line, "code", "must be three to seven letters and digits")
        if billable not in ("0", "1"):
            raise Malformed(line, "valid for submission", "must be 0 or 1")
        yield code, (billable == "1", text[77:].strip() or text[16:76].strip())
