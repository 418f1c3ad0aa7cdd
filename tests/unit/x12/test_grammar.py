"""Files of a grammar, short runs: reading and checking hold for whatever comes."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import target
from tests.unit.x12.grammar import files

SHORT = settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(files())
@SHORT
def test_any_file_of_the_grammar_is_read_or_refused(content: bytes) -> None:
    target.read(content)


@given(files())
@SHORT
def test_any_file_of_the_grammar_is_checked(content: bytes) -> None:
    target.checked(content)


@given(st.binary(max_size=600))
@SHORT
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    target.read(content)
    target.checked(content)
