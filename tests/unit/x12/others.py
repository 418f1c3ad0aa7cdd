"""What two independent validators say of a file: pyx12 and x12sdk."""

import io
import logging

import pyx12.params
import pyx12.x12n_document
from x12sdk.io import X12ModelReader

logging.getLogger("pyx12").setLevel(logging.CRITICAL)


def pyx12_errors(content: bytes) -> list[str]:
    """Return the error segments of pyx12's 999 on a file; empty when it accepts it."""
    answer = io.StringIO()
    fine = pyx12.x12n_document.x12n_document(
        pyx12.params.ParamsUnix(), io.StringIO(content.decode()), answer, None, None
    )
    segments = [s.strip() for s in answer.getvalue().split("~")]
    errors = [s for s in segments if s.startswith(("IK3", "IK4"))]
    return errors or ([] if fine else ["refused"])


def x12sdk_sets(content: bytes) -> int:
    """Return how many sets x12sdk read; it raises for what it refuses."""
    with X12ModelReader(content.decode()) as reader:
        return len(list(reader.models()))
