"""The X12 bench in short: ours stays far ahead, and a long file needs no more memory."""

import pytest

from tests.bench import x12, x12_files
from tests.unit.x12 import others


@pytest.mark.parametrize("kind", ["835", *x12_files.GUIDES])
def test_both_validators_accept_the_files_of_the_bench(kind):
    many = x12_files.remittance(5, 2) if kind == "835" else [x12_files.claims(kind, 3)]
    content = b"".join(many)

    assert others.pyx12_errors(content) == []
    assert others.x12sdk_sets(content) == (3 if kind == "835" else 1)


def test_reading_and_writing_cost_a_fraction_of_what_the_others_take():
    found = x12.measure(claims=40, rounds=2)

    assert set(found) == {"835 read", "837P read", "837I read", "837P written", "837I written"}
    for name, by in found.items():
        others_best = min(cost for who, cost in by.items() if who != "ours")
        assert by["ours"] * 2 < others_best, (name, by)


def test_a_remittance_ten_times_as_long_takes_no_more_memory():
    short, long = (x12._in_a_process(size) for size in (1, 10))

    assert long["claims"] > 9 * short["claims"]
    assert long["peak_mb"] < short["peak_mb"] + 5
