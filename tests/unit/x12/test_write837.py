"""What the 837P writer makes is taken by others, and nothing can be injected through it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.x12 import claim837, document, read837, segments, write837
from services.x12.writer import Writer, plain
from tests.unit.x12 import made, others

VARIANTS = {
    "original": made.claim(1),
    "replacement": made.claim(2, frequency="7", payer_claim_number="ICN0001"),
    "void": made.claim(3, frequency="8", payer_claim_number="ICN-0001/A"),
    "twelve_diagnoses": made.claim(
        4, diagnoses=made.diagnoses(
            *(f"E11.{n}" for n in (9, 8, 21, 22, 29, 40, 41, 42, 43, 44, 49, 51))
        )
    ),
    "five_digit_zip": made.claim(5),
    "four_modifiers": made.claim(
        6, lines=(replace(made.CLAIM.lines[0], modifiers=("25", "59", "RT", "GT")),)
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_pyx12_and_x12sdk_accept_what_is_written(name: str) -> None:
    content = write837.write(made.submission(), [VARIANTS[name]]).content
    assert others.pyx12_errors(content) == []
    assert others.x12sdk_sets(content) == 1


def test_many_claims_in_several_sets_are_accepted_by_both() -> None:
    other = replace(made.BILLING, name="Second Clinic", tax_id="001234568")
    claims = [made.claim(n, billing=other if n % 3 else made.BILLING) for n in range(25)]
    written = write837.write(made.submission(claims_per_set=10), claims)
    assert others.pyx12_errors(written.content) == []
    assert others.x12sdk_sets(written.content) == 3
    assert [len(numbers) for numbers in written.sets.values()] == [10, 10, 5]
    read = [d.content.control_number for d in document.read([written.content])]
    assert read == [c.control_number for c in claims]


def test_a_claim_read_back_is_the_claim_that_was_written() -> None:
    claim = VARIANTS["replacement"]
    content = write837.write(made.submission(), [claim]).content
    (found,) = (d.content for d in document.read([content]))
    assert isinstance(found, read837.ClaimAsRead)
    assert document.check([content]) == []
    assert (found.control_number, found.frequency, found.payer_claim_number) == (
        claim.control_number, "7", "ICN0001",
    )
    assert found.charge_cents == claim.charge_cents == 15550
    assert found.diagnoses == ("E119", "I10")
    assert [(x.line_id, x.code, x.modifiers, x.charge_cents, x.units, x.pointers, x.first_day)
            for x in found.lines] == [
        (x.line_id, x.code, x.modifiers, x.charge_cents, x.units, x.pointers, x.served_on)
        for x in claim.lines
    ]


def test_the_same_claims_give_the_same_bytes() -> None:
    claims = list(VARIANTS.values())
    assert write837.write(made.submission(), claims) == write837.write(made.submission(), claims)


@pytest.mark.parametrize(
    ("changes", "place", "rule"),
    [
        ({"payer_claim_number": "X"}, "REF02", "replacement_reference"),
        ({"frequency": "7"}, "REF02", "replacement_reference"),
        ({"frequency": "5"}, "CLM05", "bad_code"),
        ({"diagnoses": ()}, "HI01", "required"),
        ({"diagnoses": made.diagnoses("E11.9") * 13}, "HI01", "too_many"),
        ({"lines": ()}, "LX01", "required"),
        ({"lines": (replace(made.CLAIM.lines[0], pointers=(3,)),)}, "SV107", "bad_code"),
        ({"lines": (replace(made.CLAIM.lines[0], code="99*13"),)}, "SV101", "bad_text"),
        ({"subscriber": replace(made.CLAIM.subscriber, member_id="A~B")}, "NM109", "bad_text"),
        ({"subscriber": replace(made.CLAIM.subscriber, family="~*")}, "NM103", "required"),
    ],
)
def test_a_claim_that_cannot_be_written_is_refused_alone(
    changes: dict[str, object], place: str, rule: str
) -> None:
    claims = [made.claim(1), made.claim(2, **changes), made.claim(3)]
    written = write837.write(made.submission(), claims)
    assert list(written.refused) == ["CTRL000002"]
    error = written.refused["CTRL000002"]
    assert (error.segment_id + f"{error.element:02d}", error.rule) == (place, rule)
    assert written.sets == {"0001": ("CTRL000001", "CTRL000003")}
    assert others.pyx12_errors(written.content) == []


def test_nothing_is_written_when_no_claim_can_be() -> None:
    written = write837.write(made.submission(), [made.claim(1, lines=())])
    assert (written.content, written.sets) == (b"", {})


ANY = st.text(max_size=40)


@given(family=ANY, given_=ANY, street=ANY, city=ANY, payer=ANY, contact=ANY, member=ANY, code=ANY)
@settings(max_examples=300, deadline=None)
def test_no_text_in_any_field_changes_the_segments(
    family: str, given_: str, street: str, city: str, payer: str, contact: str, member: str,
    code: str,
) -> None:
    claim = made.claim(
        1,
        subscriber=claim837.Subscriber(
            family=family, given=given_, member_id=member, birth_date=date(1950, 1, 1), sex="F",
            address=replace(made.ADDRESS, street=street, city=city),
        ),
        payer=replace(made.CLAIM.payer, name=payer),
        lines=(replace(made.CLAIM.lines[0], code=code), made.CLAIM.lines[1]),
    )
    written = write837.write(made.submission(contact=contact), [claim])
    if written.refused:
        assert not written.content
        return
    plain_claim = write837.write(made.submission(), [made.claim(1)]).content
    ids = [s.id for s in segments.segments([written.content])]
    expected = [s.id for s in segments.segments([plain_claim])]
    assert ids == expected


@given(st.text(max_size=60), st.integers(1, 60))
def test_plain_text_is_in_the_basic_character_set(text: str, longest: int) -> None:
    mapped = plain(text, longest)
    assert len(mapped) <= longest
    assert not set(mapped) & set("*~:^\r\n\t")
    out = Writer()
    out.add("N3", mapped or "X")


def test_control_characters_and_delimiters_are_mapped_to_spaces() -> None:
    assert plain("Ann\r\nLee~GS*HC", 60) == "ANN LEE GS HC"
    assert plain("Åsa Łódź", 60).startswith("ASA ")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"CLM*CTRL000001*155.5*", b"CLM*CTRL000001*155.4*", "balance_lines"),
        (b":B:1*Y", b":B:7*Y", "replacement_reference"),
        (b"**1:2~", b"**1:3~", "bad_code"),
    ],
)
def test_what_does_not_fit_in_a_claim_of_others_is_found(
    old: bytes, new: bytes, rule: str
) -> None:
    good = write837.write(made.submission(), [made.claim(1)]).content
    assert old in good
    content = good.replace(old, new, 1)
    assert [error.rule for error in document.check([content])] == [rule]
    assert len(list(document.read([content]))) == 1
