"""What is refused before any transaction set is understood, and why."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.x12 import document, envelope, segments, write837
from services.x12.errors import RULES, X12Error
from services.x12.segments import Limits
from tests.unit.x12 import made

GOOD = write837.write(made.submission(), [made.claim(1), made.claim(2)]).content


def rules(content: bytes, limits: Limits | None = None) -> list[str]:
    return [error.rule for error in document.check([content], limits)]


def delimited(element: str, component: str, repetition: str, terminator: str) -> bytes:
    table = str.maketrans({"*": element, ":": component, "^": repetition, "~": terminator})
    return GOOD.decode().translate(table).encode()


def test_a_good_file_has_nothing_wrong() -> None:
    assert rules(GOOD) == []


@pytest.mark.parametrize("marks", ["|>!+", "~^_|", "*>^~", "<;@%"])
def test_other_delimiters_of_the_list_are_read(marks: str) -> None:
    content = delimited(*marks)
    numbers = [d.content.control_number for d in document.read([content])]  # type: ignore[union-attr]
    assert numbers == ["CTRL000001", "CTRL000002"]


@pytest.mark.parametrize(
    ("marks", "rule"),
    [
        ("*:^A", "delimiter_not_allowed"),
        ("*U^~", "delimiter_not_allowed"),
        ("*:^\n", "delimiter_not_allowed"),
        ("*:^\x00", "delimiter_not_allowed"),
        ("*:\x1f~", "delimiter_not_allowed"),
        ("*:^ ", "delimiter_not_allowed"),
        ("*:::", "delimiters_not_distinct"),
        ("*::~", "delimiters_not_distinct"),
    ],
)
def test_delimiters_outside_the_list_or_equal_are_refused(marks: str, rule: str) -> None:
    content = bytearray(GOOD)
    content[3] = content[6] = ord(marks[0])
    content[104], content[82], content[105] = (ord(m) for m in marks[1:])
    assert rules(bytes(content)) == [rule]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty"),
        (b"\r\n  \n", "empty"),
        (b"hello", "not_x12"),
        (b"\xef\xbb\xbf" + GOOD, "encoding"),
        (GOOD.decode().encode("utf-16"), "encoding"),
        (GOOD.decode().encode("cp037"), "encoding"),
        (b"\x1f\x8b\x08\x00" + GOOD, "encoding"),
        (b"PK\x03\x04" + GOOD, "not_x12"),
        (GOOD[:50], "truncated"),
        (GOOD[:300], "truncated"),
        (GOOD[:-20], "truncated"),
        (GOOD.replace(b"IEA*1*", b"IEA*2*"), "count"),
        (GOOD.replace(b"IEA*1*000000001", b"IEA*1*000000002"), "control_number"),
        (GOOD.replace(b"GE*1*1", b"GE*1*7"), "control_number"),
        (GOOD.replace(b"GE*1*1", b"GE*2*1"), "count"),
        (GOOD.replace(b"SE*50*0001", b"SE*50*0009"), "control_number"),
        (GOOD.replace(b"SE*50*", b"SE*51*"), "count"),
        (GOOD.replace(b"SE*50*", b"SE*5E1*"), "bad_number"),
        (GOOD.replace(b"SE*50*", "SE*\u0665\u0660*".encode()), "bad_number"),
        (GOOD.replace(b"*00501*", b"*00401*"), "version"),
        (GOOD.replace(b"*00*          *00*", b"*00*         *00*"), "isa_length"),
        (GOOD.replace(b"GS*HC", b"XX*HC"), "envelope_order"),
        (GOOD + b"trailing", "not_x12"),
        (GOOD + GOOD[:120].replace(b"000000001", b"000000002"), "truncated"),
        (GOOD + GOOD, "repeated_control_number"),
        (GOOD.replace(b"ABBOTT", b"AB\x00OTT"), "control_character"),
        (GOOD.replace(b"ABBOTT", b"AB\nOTT"), "control_character"),
        (GOOD.replace(b"ABBOTT", b"AB\xffOTT"), "encoding"),
        (GOOD.replace(b"\nHL*2", b"\nhl*2"), "segment_id"),
        (GOOD.replace(b"155.5", b"155."), "bad_money"),
        (GOOD.replace(b"155.5", b"1E9"), "bad_money"),
        (GOOD.replace(b"155.5", b"+5"), "bad_money"),
        (GOOD.replace(b"155.5", "\u0661\u0662".encode()), "bad_money"),
        (GOOD.replace(b"155.5", b"1" * 400), "bad_money"),
        (GOOD.replace(b"20260504", b"20260231"), "bad_date"),
        (GOOD.replace(b"HL*2*1*22", b"HL*2*9*22"), "hierarchy"),
        (GOOD.replace(b"005010X222A1", b"004010X098A1"), "not_supported"),
    ],
)
def test_a_broken_file_is_refused_with_its_rule(content: bytes, rule: str) -> None:
    if content == GOOD:
        pytest.fail("the fault was not injected")
    assert rules(content)[0] == rule


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (Limits(file_bytes=500), "limit_file"),
        (Limits(segment_characters=30), "limit_segment"),
        (Limits(elements=9), "limit_elements"),
        (Limits(set_segments=10), "limit_segments"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(limits: Limits, rule: str) -> None:
    assert rules(GOOD, limits) == [rule]


def test_a_segment_without_end_is_refused_before_it_fills_the_memory() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield GOOD[:106]
        while True:
            taken += 1
            yield b"A" * 10_000

    with pytest.raises(X12Error, match="limit_segment"):
        list(segments.segments(endless()))
    assert taken < 5


def test_chunks_of_any_size_give_the_same_segments() -> None:
    whole = [s.elements for s in segments.segments([GOOD])]
    for size in (1, 7, 106, 1000):
        chunks = [GOOD[i : i + size] for i in range(0, len(GOOD), size)]
        assert [s.elements for s in segments.segments(chunks)] == whole


def test_several_interchanges_in_one_file_are_all_read() -> None:
    second = write837.write(
        made.submission(interchange_control=2, group_control=2), [made.claim(3)]
    ).content
    found = list(envelope.read([GOOD + b"\r\n" + second]))
    assert [item.interchange.control for item in found] == ["000000001", "000000002"]


def test_an_error_holds_nothing_of_the_content() -> None:
    content = GOOD.replace(b"155.5", b"SECRET")
    (error,) = document.check([content])
    assert "SECRET" not in f"{error} {error.args} {error.as_dict()}"
    assert error.as_dict() == {
        "segment": "CLM", "position": 21, "element": 2, "rule": "bad_money", "snip": 1,
        "text": RULES["bad_money"][1],
    }


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    assert document.check([content])


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 30))
@settings(max_examples=500, deadline=None)
def test_no_mutation_crashes_the_reader(at: int, new: bytes, cut: int) -> None:
    document.check([GOOD[:at] + new + GOOD[at + cut :]])
