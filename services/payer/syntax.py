"""The whole map of the guide on sets that look wrong: pyx12 judges, and says where and why.

Only suspect files come here: the map costs about two milliseconds a claim.
"""

import io
import logging
import re
from collections.abc import Iterator

from pyx12.errors import EngineError, X12Error
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from services.payer.acknowledgements import Verdict
from services.payer.reading import Interchange

_MOST_ROWS = 40  # a set that is wrong all through need not be told all of it
ACCEPTED = Verdict("A")
_REFUSED = Verdict("R", (), ("5",))


def judge(content: bytes, found: Interchange, whole: bool = False) -> list[Verdict]:
    """Return one verdict for each set of a file, in order.

    Args:
        content: The file.
        found: What was read of it.
        whole: Apply the map even when nothing looks wrong.
    """
    sets = [one for each in found.groups for one in each.sets]
    if not whole and not any(one.suspect for one in sets):
        return [ACCEPTED] * len(sets)
    try:
        verdicts = _by_map(content.decode("latin-1"))
    except (EngineError, X12Error, AttributeError, IndexError, KeyError, TypeError, ValueError):
        verdicts = []  # the validator itself gave up
    if len(verdicts) != len(sets):
        return [_REFUSED if one.suspect else ACCEPTED for one in sets]
    return verdicts


def _by_map(content: str) -> list[Verdict]:
    answer = io.StringIO()
    logging.getLogger("pyx12").setLevel(logging.CRITICAL + 1)  # its messages quote values
    x12n_document(params(), io.StringIO(content), answer, None)
    verdicts: list[Verdict] = []
    rows: list[tuple[str, ...]] = []
    for raw in answer.getvalue().replace("\n", "").split("~"):
        row = tuple(raw.split("*"))
        if row[0] == "AK2":
            rows = []
        elif row[0] in ("IK3", "IK4", "CTX"):
            rows.append(_without_value(row))
        elif row[0] == "IK5":
            verdicts.append(Verdict(row[1], tuple(_named(rows[:_MOST_ROWS])), row[2:]))
    return verdicts


def _named(rows: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Leave out what concerns segments whose name cannot even be repeated in an answer."""
    named = True
    for row in rows:
        if row[0] == "IK3":
            named = re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", row[1]) is not None
        if named:
            yield row


def _without_value(row: tuple[str, ...]) -> tuple[str, ...]:
    return row[:4] if row[0] == "IK4" else row  # IK404 would copy the bad value back
