"""What must hold for any bytes: the targets of the fuzzers, and of the short tests in the suite."""

from collections.abc import Callable, Iterator

from services.check import check, rules
from services.x12 import document, segments, stream
from services.x12.errors import X12Error
from services.x12.remit835 import Remittance
from services.x12.segments import Limits

LIMITS = Limits(file_bytes=1_000_000)


def read(content: bytes) -> None:
    """Read a file part by part and in whole sets; what is read goes back to the same segments.

    Raises:
        AssertionError: something does not hold.
    """
    parts = list(stream.stream([content], LIMITS))
    for part in parts:
        error = part if isinstance(part, X12Error) else part.error
        assert error is None or error.rule in rules()
    try:
        wanted = [s.elements for s in segments.segments([content], LIMITS)]
    except X12Error:
        wanted = None
    if wanted is not None:
        again = b"".join(stream.rewrite(parts))
        assert [s.elements for s in segments.segments([again], LIMITS)] == wanted
    try:
        whole = list(document.read([content], LIMITS))
    except X12Error:
        return
    claims = [
        claim for one in whole
        for claim in (one.content.claims if isinstance(one.content, Remittance) else ())
    ]
    streamed = [
        part.content for part in parts
        if isinstance(part, stream.Part) and part.kind == "835" and part.segments[0].id == "CLP"
    ]
    assert claims == streamed


def checked(content: bytes) -> None:
    """Check a file; what the whole-set reader refuses, the check refuses too.

    Raises:
        AssertionError: something does not hold.
    """
    found = list(check([content], LIMITS))
    for one in found:
        assert one.rule in rules()
        one.as_dict()
    if not found:
        assert document.check([content], LIMITS) == []


def invented(stop: Callable[[], bool]) -> Iterator[bytes]:
    """Yield files of the grammar that Hypothesis makes from random bytes, until told to stop."""
    import os

    from hypothesis import given

    from tests.unit.x12.grammar import files

    made: list[bytes] = []

    @given(files())
    def one(content: bytes) -> None:
        made.append(content)

    while not stop():
        one.hypothesis.fuzz_one_input(os.urandom(4000))
        yield from made
        made.clear()
