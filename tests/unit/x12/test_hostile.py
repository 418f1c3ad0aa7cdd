"""Hostile files: each refused with its reason, in bounded memory; nothing crashes.

The big ones run in a process of their own, which tells its greatest memory.
"""

import subprocess
import sys

import pytest

from services.check import check
from services.x12 import document, stream
from services.x12.errors import X12Error
from services.x12.segments import Limits
from tests.unit.check import bases, faults

GOOD = bases.written(bases.base("837P"))
HEAD = GOOD[: GOOD.index(b"HL*1*")]
MOST_MB = 120
"""What a process that checks any file may take; Python, maps and code lists are half of it."""

PROGRAM = """
import re, sys
from services.check import check
from services.x12 import stream
from tests.unit.x12 import test_hostile as made
chunks = made.BIG[sys.argv[1]]
if sys.argv[2] == "check":
    rules = {one.rule for one in check(chunks(), most=5)}
else:
    found = (p if isinstance(p, stream.X12Error) else p.error for p in stream.stream(chunks()))
    rules = {error.rule for error in found if error}
most = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print(int(most) // 1024, *sorted(rules))
"""


def million_segments():
    """Yield a set of a million segments that belong nowhere."""
    yield HEAD
    for _ in range(1000):
        yield b"REF*EI*001234567~" * 1000


def hundred_thousand_claims():
    """Yield 835 with 100,000 claims in one set, the sums right."""
    text = bases.written(bases.base("835"))
    start = text.index(b"CLP*CTRL1")
    claim = text[text.index(b"CLP*CTRL2*1*") : text.index(b"PLB")]
    yield text[:start].replace(b"BPR*I*90*", b"BPR*I*4000000*")
    for _ in range(100):
        yield claim * 1000
    segments = 100_000 * claim.count(b"~") + text[:start].count(b"~") - 2
    yield f"SE*{segments + 1}*0001~GE*1*1~IEA*1*000000001~".encode()


def one_long_segment():
    """Yield a segment of 100 MB."""
    yield HEAD + b"NTE*ADD*"
    for _ in range(100):
        yield b"A" * 1_000_000


def many_elements():
    """Yield a segment of a million elements."""
    yield HEAD + b"NTE"
    for _ in range(1000):
        yield b"*" * 1000


def deep_hierarchy():
    """Yield 100,000 HL, each the child of the one before."""
    yield HEAD
    for at in range(100):
        yield b"".join(
            f"HL*{n + 1}*{n or ''}*{20 if n == 0 else 22}*1~".encode()
            for n in range(at * 1000, at * 1000 + 1000)
        )


def many_interchanges():
    """Yield 20,000 empty interchanges."""
    isa = GOOD[:106].decode()
    for n in range(20_000):
        yield (isa[:90] + f"{n:09d}" + isa[99:] + f"IEA*0*{n:09d}~").encode()


BIG = {
    one.__name__: one
    for one in (million_segments, hundred_thousand_claims, one_long_segment, many_elements,
                deep_hierarchy, many_interchanges)
}


@pytest.mark.parametrize(
    ("name", "how", "rule"),
    [
        ("million_segments", "stream", "limit_claim"),
        ("million_segments", "check", "limit_claim"),
        ("hundred_thousand_claims", "stream", ""),
        ("one_long_segment", "check", "limit_segment"),
        ("many_elements", "check", "limit_segment"),
        ("deep_hierarchy", "check", "hierarchy"),
        ("many_interchanges", "stream", "limit_envelopes"),
    ],
)
def test_a_big_hostile_file_is_answered_in_bounded_memory(name: str, how: str, rule: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, how],
        capture_output=True, text=True, check=True, timeout=180,
    )
    memory, *rules = done.stdout.split()
    print(f"{name} {how}: {memory} MB")
    assert int(memory) < MOST_MB
    assert (rule in rules) if rule else not rules


def test_elements_beyond_the_limit_are_refused_in_a_segment_of_allowed_length() -> None:
    content = HEAD + b"NTE" + b"*" * 500 + b"~"
    assert "limit_elements" in {one.rule for one in check([content])}


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (faults.put("HL*2", 2, "2"), "hierarchy"),
        (faults.put("HL*2", 2, "7"), "hierarchy"),
        (faults.put("HL*2", 3, "19"), "bad_code"),
        (faults.put("HL*4", 2, "1"), "hierarchy"),
    ],
)
def test_a_broken_hierarchy_refuses_the_claims_below_it_alone(
    edit: faults.Edit, rule: str
) -> None:
    segments = bases.base("837P")
    edit(segments)
    parts = list(stream.stream([bases.written(segments)]))
    refused = [p for p in parts if isinstance(p, stream.Part) and p.error]
    assert {p.error.rule for p in refused if p.error} == {rule}
    assert [p.segments[0].id for p in refused] in (["HL", "CLM"], ["HL", "CLM", "HL", "CLM"])


def test_of_two_interchanges_the_first_is_read_and_the_malformed_second_refused() -> None:
    second = GOOD.replace(b"*00501*000000001", b"*00501*00000000X", 1)
    parts = list(stream.stream([GOOD + second]))
    wrong = [p for p in parts if isinstance(p, X12Error)]
    assert [error.rule for error in wrong] == ["control_number", "control_number"]
    claims = [p for p in parts if isinstance(p, stream.Part) and p.segments[0].id == "CLM"]
    assert len(claims) == 4
    with pytest.raises(X12Error, match="control_number"):
        list(document.read([GOOD + second]))


def test_a_claim_that_cannot_be_read_is_refused_alone() -> None:
    segments = bases.base("837P")
    segments[faults.index(segments, "SV1", 1)][2] = "+5"
    parts = list(stream.stream([bases.written(segments)]))
    claims = [p for p in parts if isinstance(p, stream.Part) and p.segments[0].id == "CLM"]
    assert [(c.content is not None, c.error and c.error.rule) for c in claims] == [
        (False, "bad_money"), (True, None),
    ]


def test_an_interchange_cut_inside_another_is_refused() -> None:
    content = GOOD.replace(b"HL*3*", b"ISA*00*          *00~\nHL*3*")  # found by fuzzing
    assert "envelope_order" in {one.rule for one in check([content])}


def test_limits_on_claims_hold() -> None:
    for limits, rule in (
        (Limits(set_claims=3), "limit_claims"), (Limits(claim_segments=12), "limit_claim"),
        (Limits(interchanges=0), "limit_envelopes"), (Limits(sets=0), "limit_envelopes"),
    ):
        found = [p.rule for p in stream.stream([GOOD], limits) if isinstance(p, X12Error)]
        assert found == [rule]


def test_each_claim_of_a_patient_in_a_277ca_is_a_part_of_its_own() -> None:
    segments = bases.base("277CA")
    at = faults.index(segments, "DTP*472") + 1
    segments[at:at] = [["TRN", "2", "CTRL3"], ["STC", "A1:20:PR", "20260520", "WQ", "50"],
                       ["DTP", "472", "D8", "20260504"]]
    content = bases.written(bases.recounted(segments))
    assert list(check([content])) == []
    claims = [
        part for part in stream.stream([content])
        if isinstance(part, stream.Part) and type(part.content).__name__ == "ClaimStatus"
    ]
    assert [c.content.control_number for c in claims] == ["CTRL1", "CTRL3", "CTRL2"]
    assert [c.segments[0].id for c in claims] == ["HL", "TRN", "HL"]
    again = b"".join(stream.rewrite(stream.stream([content])))
    assert again.replace(b"~", b"~\n") == content
