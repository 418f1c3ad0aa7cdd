"""What the 837 writer makes is taken by others, and nothing can be injected through it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.check.run import check
from services.x12 import claim837, document, segments, write837
from services.x12.errors import X12Error
from services.x12.guide837 import CHANGE_REASONS
from services.x12.segments import Delimiters
from services.x12.writer import Writer, plain
from tests.unit.x12 import made, others
from tests.unit.x12.claims837 import claims

GUIDES = {"837P": claim837.PROFESSIONAL, "837I": claim837.INSTITUTIONAL}
TWELVE = made.diagnoses(*(f"E11.{n}" for n in (9, 8, 21, 22, 29, 40, 41, 42, 43, 44, 49, 51)))
RATE = claim837.ServiceLine(
    line_id="L9", revenue_code="0024", code="A0101", modifiers=(), charge_cents=0, units=1,
    served_on=date(2026, 5, 1),
)
VARIANTS = {
    "original": made.claim(1),
    "replacement": made.claim(2, frequency="7", payer_claim_number="ICN0001"),
    "void": made.claim(3, frequency="8", payer_claim_number="ICN-0001/A"),
    "twelve_diagnoses": made.claim(4, diagnoses=TWELVE),
    "five_digit_zip": made.claim(5),
    "four_modifiers": made.claim(
        6, lines=(replace(made.CLAIM.lines[0], modifiers=("25", "59", "RT", "GT")),)
    ),
    "patient_is_a_child": made.claim(7, patient=made.CHILD),
    "secondary": made.secondary(8),
    "accident": made.claim(
        9, related_causes=("AA",), accident_state="MA", accident_on=date(2026, 5, 1)
    ),
    "inpatient": made.hospital(10),
    "inpatient_replacement": made.hospital(11, reason="D4", frequency="7"),
    "inpatient_void": made.hospital(12, reason="D5", frequency="8"),
    "outpatient": made.outpatient(13),
    "rehabilitation": made.hospital(14, lines=(RATE, *made.HOSPITAL.lines)),
    "everything": made.full(claim837.PROFESSIONAL),
    "everything_of_a_stay": made.full(claim837.INSTITUTIONAL),
}
CROSSED = {"bad_text", "required", "bad_code", "bad_number", "too_long", "too_short", "too_many",
           "replacement_reference"}


def write(*them: claim837.Claim, **changes: Any) -> write837.Written:
    return write837.write(made.submission(guide=them[0].guide, **changes), them)


@pytest.mark.parametrize("guide", GUIDES)
def test_pyx12_and_x12sdk_accept_what_is_written(guide: str) -> None:
    written = write(*(one for one in VARIANTS.values() if one.guide == GUIDES[guide]))
    assert written.refused == {}
    assert others.pyx12_errors(written.content) == []
    assert others.x12sdk_sets(written.content) == 1


@pytest.mark.parametrize("name", VARIANTS)
def test_our_own_check_finds_nothing_in_what_is_written(name: str) -> None:
    assert list(check([write(VARIANTS[name]).content])) == []


def test_a_hipps_code_has_its_own_qualifier_and_is_read_again() -> None:
    content = write(VARIANTS["rehabilitation"]).content
    assert b"SV2*0024*HP:A0101*0*UN*1~" in content
    assert b"SV2*0360*HC:27447:RT*" in content
    (read,) = document.read([content])
    assert read.content.lines[0].code == "A0101"  # type: ignore[union-attr]


@pytest.mark.parametrize("guide", GUIDES)
@given(data=st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_accept_whatever_claims_are_written(guide: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(claims(GUIDES[guide]), min_size=1, max_size=3))
    written = write837.write(made.submission(guide=GUIDES[guide], claims_per_set=2), drawn)
    assert written.refused == {}
    assert others.pyx12_errors(written.content) == []
    assert others.x12sdk_sets(written.content) == (len(drawn) + 1) // 2
    assert document.check([written.content]) == []


@pytest.mark.parametrize(
    "claim",
    [
        replace(made.CLAIM, subscriber=replace(made.CLAIM.subscriber, sex="U")),
        made.hospital(1, note="Several changes, see the record"),
        made.secondary(1, payers=2),
        replace(made.HOSPITAL, lines=tuple(
            replace(one, ended_on=date(2026, 5, 4)) for one in made.HOSPITAL.lines
        )),
    ],
    ids=["sex_unknown", "billing_note", "two_payers_before", "line_over_days"],
)  # fmt: skip
def test_pyx12_accepts_what_x12sdk_does_not_know(claim: claim837.Claim) -> None:
    assert others.pyx12_errors(write(claim).content) == []


@pytest.mark.parametrize("claim", [made.CLAIM, made.HOSPITAL], ids=GUIDES)
def test_many_claims_in_several_sets_are_accepted_by_both(claim: claim837.Claim) -> None:
    second = replace(made.BILLING, name="Second Clinic", tax_id="001234568")
    many = [
        replace(claim, control_number=f"N{n}", billing=second if n % 3 else made.BILLING)
        for n in range(25)
    ]
    written = write(*many, claims_per_set=10)
    assert others.pyx12_errors(written.content) == []
    assert others.x12sdk_sets(written.content) == 3
    assert [len(numbers) for numbers in written.sets.values()] == [10, 10, 5]
    read = [d.content.control_number for d in document.read([written.content])]  # type: ignore[union-attr]
    assert read == [c.control_number for c in many]


def test_a_file_holds_one_guide() -> None:
    written = write837.write(made.submission(), [made.claim(1), made.hospital(2)])
    assert written.sets == {"0001": ("CTRL000001",)}
    assert [(e.segment_id, e.element, e.rule) for e in written.refused.values()] == [
        ("GS", 8, "not_supported")
    ]
    assert b"005010X223" not in written.content


def test_the_same_claims_give_the_same_bytes() -> None:
    many = [made.claim(n) for n in range(5)]
    assert write(*many) == write(*many)


def segment(claim: claim837.Claim, start: str) -> str:
    """Return the first segment that begins so."""
    found = write(claim).content.decode().split("~\n")
    return next(one for one in found if one.startswith(start))


def test_the_type_of_bill_is_facility_type_and_frequency() -> None:
    assert segment(made.hospital(1), "CLM") == "CLM*CTRL000001*18500***11:A:1**A*Y*Y"
    corrected = made.hospital(2, frequency="7", reason="D4")
    assert segment(corrected, "CLM") == "CLM*CTRL000002*18500***11:A:7**A*Y*Y"
    assert segment(corrected, "HI*BG") == "HI*BG:39*BG:D4"


def test_7_replaces_and_8_voids_and_both_name_the_payers_claim() -> None:
    replacement, void = VARIANTS["replacement"], VARIANTS["void"]
    assert segment(replacement, "CLM").split("*")[5] == "11:B:7"
    assert segment(void, "CLM").split("*")[5] == "11:B:8"
    assert segment(replacement, "REF*F8") == "REF*F8*ICN0001"
    assert segment(void, "REF*F8") == "REF*F8*ICN-0001/A"
    assert b"REF*F8" not in write(VARIANTS["original"]).content


def test_a_void_has_the_content_of_the_claim_it_voids() -> None:
    def body(claim: claim837.Claim) -> list[str]:
        found = write(claim).content.decode().split("~\n")
        return [s for s in found if s.split("*")[0] in ("HI", "LX", "SV1", "DTP", "NM1")]

    assert body(made.claim(1)) == body(
        made.claim(1, frequency="8", payer_claim_number="ICN1")
    )


def test_a_prior_payers_reasons_stand_in_one_segment_a_group_with_six_in_each() -> None:
    reasons = (
        *(claim837.Adjustment(group="CO", carc=str(n), amount_cents=n * 100) for n in range(8)),
        claim837.Adjustment(group="PR", carc="2", amount_cents=2000, quantity=1),
    )
    other = replace(made.secondary(1).others[0], adjustments=reasons)
    found = write(made.secondary(1, others=(other,))).content.decode().split("~\n")
    start = found.index(next(s for s in found if s.startswith("SBR*P")))
    assert found[start + 1 : start + 4] == [
        "CAS*CO*1*1**2*2**3*3**4*4**5*5**6*6", "CAS*CO*7*7", "CAS*PR*2*20*1",
    ]


STAY = made.STAY
FIRST = made.CLAIM.lines[0]
DECIDED = replace(FIRST, decisions=(made.decided(FIRST, "99999"),))


@pytest.mark.parametrize(
    ("changes", "place", "rule"),
    [
        ({"payer_claim_number": "X"}, "REF02", "replacement_reference"),
        ({"frequency": "7"}, "REF02", "replacement_reference"),
        ({"frequency": "5"}, "CLM05", "bad_code"),
        ({"diagnoses": ()}, "HI01", "required"),
        ({"diagnoses": made.diagnoses("E11.9") * 13}, "HI01", "too_many"),
        ({"lines": ()}, "LX01", "required"),
        ({"lines": (replace(FIRST, charge_cents=-1),)}, "SV100", "bad_number"),
        ({"lines": (replace(FIRST, units=-1),)}, "SV100", "bad_number"),
        ({"lines": (FIRST,) * 51}, "LX01", "too_many"),
        ({"lines": (replace(FIRST, pointers=(3,)),)}, "SV107", "bad_code"),
        ({"lines": (replace(FIRST, code="99*13"),)}, "SV101", "bad_text"),
        ({"lines": (replace(FIRST, modifiers=("2:5",)),)}, "SV101", "bad_code"),
        ({"lines": (DECIDED,)}, "SVD01", "bad_code"),
        ({"subscriber": replace(made.CLAIM.subscriber, member_id="A~B")}, "NM109", "bad_text"),
        ({"subscriber": replace(made.CLAIM.subscriber, family="~*")}, "NM103", "required"),
        ({"subscriber": replace(made.CLAIM.subscriber, address=None)}, "N301", "required"),
        ({"subscriber": replace(made.CLAIM.subscriber, birth_date=None)}, "DMG02", "required"),
        ({"billing": replace(made.BILLING, address=made.ADDRESS)}, "N403", "bad_number"),
        ({"patient": replace(made.CHILD, relationship="18")}, "PAT01", "bad_code"),
        ({"related_causes": ("OA",)}, "DTP03", "required"),
        ({"related_causes": ("AA",), "accident_on": date(2026, 5, 1)}, "CLM11", "required"),
        ({"related_causes": ("XX",)}, "CLM11", "bad_code"),
        ({"delay_reason": "12"}, "CLM20", "bad_code"),
        ({"sequence": "X"}, "SBR01", "bad_code"),
        ({"others": made.secondary(1, sequence="P").others}, "SBR01", "bad_code"),
    ],
)
def test_a_claim_that_cannot_be_written_is_refused_alone(
    changes: dict[str, Any], place: str, rule: str
) -> None:
    written = write(made.claim(1), made.claim(2, **changes), made.claim(3))
    refused_alone(written, place, rule)
    assert others.pyx12_errors(written.content) == []


@pytest.mark.parametrize(
    ("changes", "place", "rule"),
    [
        ({"ends_on": date(2026, 4, 30)}, "DTP03", "bad_date"),
        ({"patient_status": ""}, "CL103", "required"),
        ({"admission_type": ""}, "CL101", "required"),
        ({"visit_reasons": ("R10.9",) * 4}, "HI01", "too_many"),
        ({"conditions": ("D4",)}, "HI01", "bad_code"),
        ({"change_reason": "D4"}, "HI01", "bad_code"),
        ({"values": (claim837.Value(code="80", amount_cents=-1),)}, "HI01", "bad_number"),
        ({"occurrences": (replace(STAY.occurrences[1], ends_on=date(2026, 5, 1)),)}, "HI01",
         "bad_date"),
    ],
)  # fmt: skip
def test_a_stay_that_cannot_be_written_is_refused_alone(
    changes: dict[str, Any], place: str, rule: str
) -> None:
    wrong = replace(made.hospital(2), institutional=replace(STAY, **changes))
    refused_alone(write(made.hospital(1), wrong, made.hospital(3)), place, rule)


@pytest.mark.parametrize(
    ("line", "place", "rule"),
    [
        ({"revenue_code": ""}, "SV201", "required"),
        ({"revenue_code": "120"}, "SV201", "bad_code"),
        ({"unit": "MJ"}, "SV204", "bad_code"),
    ],
)
def test_an_institutional_line_needs_its_revenue_code(
    line: dict[str, Any], place: str, rule: str
) -> None:
    wrong = made.hospital(2, lines=(replace(made.HOSPITAL.lines[0], **line),))
    refused_alone(write(made.hospital(1), wrong, made.hospital(3)), place, rule)


def refused_alone(written: write837.Written, place: str, rule: str) -> None:
    """The second of three is not in the file, the others are."""
    assert list(written.refused) == ["CTRL000002"]
    error = written.refused["CTRL000002"]
    assert (error.segment_id + f"{error.element:02d}", error.rule) == (place, rule)
    assert written.sets == {"0001": ("CTRL000001", "CTRL000003")}
    assert document.check([written.content]) == []


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_each_frequency_has_its_own_change_reasons(frequency: str) -> None:
    """D0 to D4, D7 to D9 and E0 go with a replacement, D5 and D6 with a void."""
    every = CHANGE_REASONS["7"] | CHANGE_REASONS["8"]
    assert every == {f"D{n}" for n in range(10)} | {"E0"}
    taken = {
        reason for reason in every
        if not write(made.hospital(1, frequency=frequency, reason=reason)).refused
    }  # fmt: skip
    assert taken == CHANGE_REASONS[frequency]


def test_nothing_is_written_when_no_claim_can_be() -> None:
    written = write(made.claim(1, lines=()))
    assert (written.content, written.sets) == (b"", {})


Path = tuple[str | int, ...]


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in a claim with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for at, one in enumerate(value):
            yield from texts(one, (*path, at))


def changed(value: Any, path: Path, text: str) -> Any:
    """Return a claim with another text at a place."""
    if not path:
        return text
    at, *rest = path
    if isinstance(at, int):
        return (*value[:at], changed(value[at], tuple(rest), text), *value[at + 1 :])
    return replace(value, **{at: changed(getattr(value, at), tuple(rest), text)})


NASTY = st.one_of(
    st.text(max_size=40), st.text("*~:^|<>{}\\\r\n\x00\x1e A1é", max_size=20),
    st.sampled_from(["", " ", "~SE*1*1~", "A~\nGE*1*1", "18", "P", "7", "UN", "D8", "9" * 100]),
)
MARKS = (Delimiters(), Delimiters("|", "<", "{", "~"), Delimiters("^", ">", "|", "\\"),
         Delimiters("+", ";", "?", "="))  # fmt: skip


def layout(content: bytes) -> list[str]:
    return [one.id for one in segments.segments([content])]


@pytest.mark.parametrize("guide", GUIDES)
@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_any_text_in_any_field_gives_the_same_segments_or_is_refused(
    guide: str, data: st.DataObject
) -> None:
    claim = replace(made.full(GUIDES[guide]), note="Seen twice")
    marks = data.draw(st.sampled_from(MARKS))
    path, _ = data.draw(st.sampled_from([one for one in texts(claim) if one[1]]))
    text = data.draw(NASTY)
    written = write(changed(claim, path, text), delimiters=marks)
    if written.refused:
        assert not written.content
        assert {error.rule for error in written.refused.values()} <= CROSSED
        return
    expected, found = layout(write(claim, delimiters=marks).content), layout(written.content)
    assert list(document.read([written.content]))
    if len(found) == len(expected) - 1:  # an optional segment that has nothing to say
        assert not plain(text, 80)
        assert any(expected[:at] + expected[at + 1 :] == found for at in range(len(expected)))
    else:
        assert found == expected


@given(name=st.sampled_from(["sender", "receiver", "receiver_name", "submitter_name", "contact",
                             "phone", "usage", "sender_qualifier"]), text=NASTY)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_text_in_the_envelope_gives_the_same_segments_or_is_refused(
    name: str, text: str
) -> None:
    try:
        written = write(made.claim(1), **{name: text})
    except X12Error as error:
        rule = error.rule
    else:
        rule = ""
        assert layout(written.content) == layout(write(made.claim(1)).content)
    assert rule in ("", "bad_text", "isa_length")


@given(st.text(max_size=60), st.integers(1, 60))
def test_plain_text_is_in_the_basic_character_set(text: str, longest: int) -> None:
    mapped = plain(text, longest)
    assert len(mapped) <= longest
    assert not set(mapped) & set("*~:^\r\n\t")
    out = Writer()
    out.add("N3", mapped or "X")


@given(st.text(max_size=60), st.sampled_from(MARKS))
def test_free_text_never_holds_a_partners_delimiter(text: str, marks: Delimiters) -> None:
    out = Writer(marks)
    out.add("N3", out.text(text, 55))
    assert out.count == 1


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
    good = write(made.claim(1)).content
    assert old in good
    content = good.replace(old, new, 1)
    assert [error.rule for error in document.check([content])] == [rule]
    assert len(list(document.read([content]))) == 1


def test_times_are_written_to_the_minute() -> None:
    stay = replace(STAY, admitted_at=datetime(2026, 5, 1, 0, 7, tzinfo=UTC))
    claim = replace(made.hospital(1), institutional=stay)
    assert segment(claim, "DTP*435") == "DTP*435*DT*202605010007"
    assert segment(claim, "DTP*096") == "DTP*096*TM*1105"
