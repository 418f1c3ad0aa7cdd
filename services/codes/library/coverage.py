"""Coverage policies: which diagnoses support a procedure in a jurisdiction, from when to when.

One row a procedure and diagnosis, comma-separated: policy, kind (LCD or NCD), jurisdiction (a
contractor's, as ``JL``; ``*`` for national), procedure, diagnosis (or the beginning of a block
with ``*``), covered (yes or no), starts_on, ends_on, groups (``unpaired`` where the policy has
several groups of codes and it is not known which of its diagnoses are for the procedure; else
empty). `articles.py` makes these rows of chosen billing articles of CMS's Medicare Coverage
Database, which publishes them over several files.
"""

from collections.abc import Iterable, Iterator

from services.codes import hcpcs
from services.codes.library.layout import Malformed, Row, cell, day, table

UNPAIRED = "unpaired"


def policies(lines: Iterable[str]) -> Iterator[Row]:
    """Yield ``procedure|jurisdiction`` -> (policy, kind, diagnosis, covered, starts, ends, groups).

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "policy"):
        policy, kind, area, procedure, diagnosis, covered = (
            cell(row, i, line, name) for i, name in enumerate(
                ("policy", "kind", "jurisdiction", "procedure", "diagnosis", "covered")))
        if kind not in ("LCD", "NCD"):
            raise Malformed(line, "kind", "must be LCD or NCD")
        if not hcpcs.is_valid(procedure):
            raise Malformed(line, "procedure", "must be a procedure code")
        if covered not in ("yes", "no"):
            raise Malformed(line, "covered", "must be yes or no")
        dates = [row[i] if len(row) > i else "" for i in (6, 7)]
        starts, ends = day(dates[0], line, "starts_on"), day(dates[1], line, "ends_on")
        groups = row[8] if len(row) > 8 else ""
        if groups not in ("", UNPAIRED):
            raise Malformed(line, "groups", f"must be {UNPAIRED} or empty")
        plain = diagnosis.replace(".", "").upper()
        yield f"{procedure}|{area}", (policy, kind, plain, covered == "yes", starts, ends, groups)
