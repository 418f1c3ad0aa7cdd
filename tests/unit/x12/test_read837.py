"""Claims of both guides are read in full: what was written comes back, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.x12 import claim837, document, envelope, read837, write837
from services.x12.claim_as_read import ClaimAsRead, LineAsRead, OtherPayer
from services.x12.errors import X12Error
from services.x12.loops import Raw, raw
from services.x12.writer import plain
from tests.unit.x12 import made
from tests.unit.x12.claims837 import claims

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "x12"
FILES = sorted(p for kind in ("837P", "837I") for p in (FOLDER / kind).glob("*"))
OLD = sorted(p for kind in ("837P-4010", "837I-4010") for p in (FOLDER / kind).glob("*"))
others_files = pytest.mark.skipif(not FILES, reason="no ../shared")
FAULTS = ("delimiter_not_allowed", "version", "isa_length", "count", "bad_composite")
GUIDES = (claim837.PROFESSIONAL, claim837.INSTITUTIONAL)


def read(content: bytes) -> list[ClaimAsRead]:
    found = [one.content for one in document.read([content])]
    assert all(isinstance(one, ClaimAsRead) for one in found)
    return found  # type: ignore[return-value]


def there_and_back(claim: claim837.Claim) -> ClaimAsRead:
    written = write837.write(made.submission(guide=claim.guide), [claim])
    assert written.refused == {}
    (found,) = read(written.content)
    return found


@pytest.mark.parametrize("guide", GUIDES)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_claim_read_back_says_what_was_written(guide: str, data: st.DataObject) -> None:
    claim = data.draw(claims(guide))
    found = there_and_back(claim)
    assert (found.guide, found.control_number, found.charge_cents) == (
        guide, claim.control_number, claim.charge_cents,
    )
    assert (found.frequency, found.payer_claim_number) == (
        claim.frequency, claim.payer_claim_number,
    )
    assert found.diagnoses == tuple(one.code.replace(".", "") for one in claim.diagnoses)
    assert found.parties.sequence == claim.sequence
    assert found.parties.relationship == (claim.patient.relationship if claim.patient else "18")
    assert (found.reference("G1"), found.reference("9F")) == (claim.authorization, claim.referral)
    assert [(a.kind, a.transmission) for a in found.attachments] == [
        (a.kind, a.transmission) for a in claim.attachments
    ]
    assert (found.delay_reason, found.related_causes) == (claim.delay_reason, claim.related_causes)
    assert list(map(as_line, found.lines)) == list(map(written_line, claim.lines))
    assert list(map(as_other, found.others)) == list(map(written_other, claim.others))
    if claim.institutional:
        same_stay(found, claim.institutional)


def as_line(line: LineAsRead) -> tuple[object, ...]:
    return (
        line.line_id, line.code, line.modifiers, line.charge_cents, line.units, line.unit,
        line.pointers, line.revenue_code, line.first_day, line.last_day,
        [(d.payer_number, d.paid_cents, d.code, d.modifiers, d.units, d.decided_on,
          d.patient_cents, sorted((a.group, a.reason, a.amount_cents) for a in d.adjustments))
         for d in line.decisions],
    )  # fmt: skip


def written_line(line: claim837.ServiceLine) -> tuple[object, ...]:
    return (
        line.line_id, line.code, line.modifiers, line.charge_cents, line.units, line.unit,
        line.pointers, line.revenue_code, line.served_on, line.ended_on or line.served_on,
        [(d.payer_number, d.paid_cents, d.code, d.modifiers, d.units, d.decided_on,
          d.patient_cents, reasons(d.adjustments)) for d in line.decisions],
    )  # fmt: skip


def reasons(found: tuple[claim837.Adjustment, ...]) -> list[tuple[str, str, int]]:
    return sorted((a.group, a.carc, a.amount_cents) for a in found if a.amount_cents)


def as_other(one: OtherPayer) -> tuple[object, ...]:
    number = next((value for kind, value in one.references if kind == "F8"), "")
    return (
        one.sequence, one.relationship, one.filing, one.payer_number, one.paid_cents,
        one.patient_cents, one.decided_on, number, one.parties[0].identifier,
        sorted((a.group, a.reason, a.amount_cents) for a in one.adjustments),
    )


def written_other(one: claim837.OtherCoverage) -> tuple[object, ...]:
    return (
        one.sequence, one.relationship, one.payer.filing, one.payer.number, one.paid_cents,
        one.patient_cents, one.decided_on, one.payer_claim_number, one.member_id,
        reasons(one.adjustments),
    )


def same_stay(found: ClaimAsRead, stay: claim837.Institutional) -> None:
    assert found.place_of_service == stay.facility_type
    assert (found.admission_type, found.admission_source, found.patient_status) == (
        stay.admission_type, stay.admission_source, stay.patient_status,
    )
    statement = found.dated("434")
    assert statement is not None
    assert (statement.first, statement.last) == (stay.starts_on, stay.ends_on)
    admitted, left = found.dated("435"), found.dated("096")
    assert (admitted.time if admitted else None) == (
        stay.admitted_at.strftime("%H%M") if stay.admitted_at else None
    )
    assert (left.time if left else None) == (
        stay.discharged_at.strftime("%H%M") if stay.discharged_at else None
    )
    assert [(p.code, p.first) for p in found.coded("BBR", "BBQ")] == [
        (p.code, p.performed_on) for p in stay.procedures
    ]
    spans = [o for o in stay.occurrences if o.ends_on]
    assert [(o.code, o.first, o.last) for o in found.coded("BI")] == [
        (o.code, o.starts_on, o.ends_on) for o in spans
    ]
    assert [(o.code, o.first) for o in found.coded("BH")] == [
        (o.code, o.starts_on) for o in stay.occurrences if not o.ends_on
    ]
    assert [(v.code, v.amount_cents) for v in found.coded("BE")] == [
        (v.code, v.amount_cents) for v in stay.values
    ]
    conditions = [*stay.conditions, *([stay.change_reason] if stay.change_reason else [])]
    assert [c.code for c in found.coded("BG")] == conditions
    assert [(c.code, c.present) for c in found.coded("ABN")] == [
        (c.code.replace(".", ""), c.present) for c in stay.external_causes
    ]
    assert [c.code for c in found.coded("DR")] == ([stay.drg] if stay.drg else [])
    attending = found.provider("71")
    assert (attending.name if attending else None) == (
        plain(stay.attending.family, 60) if stay.attending else None
    )


def test_present_on_admission_stands_with_its_diagnosis() -> None:
    found = there_and_back(made.hospital(1))
    assert [(c.code, c.present) for c in found.coded("ABK", "ABF")] == [
        ("M1711", "Y"), ("E119", "Y"), ("Z794", ""),
    ]


def test_an_older_siblings_level_is_forgotten() -> None:
    many = [made.claim(n, patient=made.CHILD if n == 1 else None) for n in range(3)]
    content = write837.write(made.submission(), many).content
    levels = [[s[0:4] for s in one.parties.segments if s[0] == "HL"] for one in read(content)]
    assert levels == [
        [("HL", "1", "", "20"), ("HL", "2", "1", "22")],
        [("HL", "1", "", "20"), ("HL", "3", "1", "22"), ("HL", "4", "3", "23")],
        [("HL", "1", "", "20"), ("HL", "5", "1", "22")],
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        (b"DTP*435*DT*202605010730", b"DTP*435*DT*202602300730", "DTP03", "bad_date"),
        (b"DTP*435*DT*202605010730", b"DTP*435*DT*202605012530", "DTP03", "bad_date"),
        (b"DTP*096*TM*1105", b"DTP*096*TM*2460", "DTP03", "bad_date"),
        (b"HI*BI:74:RD8:20260502-20260503", b"HI*BI:74:RD8:20260502", "HI00", "bad_code"),
        (b"HI*DR:470", b"HI*DR", "HI01", "bad_composite"),
        (b"SV2*0120*", b"SV2**", "SV201", "required"),
        (b"SV2*0120*", b"SV1*0120*", "SV200", "required"),
        (b"HL*2*1*22*0", b"HL*2*9*22*0", "HL02", "hierarchy"),
        (b"CLM*CTRL000001*18500***11:A:1", b"CLM*CTRL000001*18500***11>A>1", "CLM05",
         "bad_composite"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(
    old: bytes, new: bytes, place: str, rule: str
) -> None:
    good = write837.write(made.submission(guide=GUIDES[1]), [made.hospital(1)]).content
    assert old in good
    with pytest.raises(X12Error) as refused:
        read(good.replace(old, new, 1))
    error = refused.value
    assert (f"{error.segment_id}{error.element:02d}", error.rule) == (place, rule)
    assert error.segment_number


def test_levels_without_a_claim_are_refused() -> None:
    content = write837.write(made.submission(), [made.claim(1)]).content.decode()
    head, tail = content.split("\nSE*", 1)
    count = int(tail.split("*")[0])
    more = f"{head}\nHL*3*1*22*0~\nSBR*P*18*******MB~\nSE*{count + 2}*{tail.split('*', 1)[1]}"
    with pytest.raises(X12Error) as refused:
        read(more.encode())
    assert (refused.value.segment_id, refused.value.rule) == ("CLM", "required")


def rebuilt(found: list[ClaimAsRead]) -> Iterator[Raw]:
    """Yield the segments of claims with the levels above them, each level once."""
    before: tuple[tuple[Raw, ...], ...] = ((), (), ())
    for claim in found:
        above = claim.parties
        levels = (above.billing_segments, above.subscriber_segments, above.patient_segments)
        same = 0
        while same < 3 and levels[same] == before[same]:
            same += 1
        for level in levels[same:]:
            yield from level
        before = levels
        yield from claim.segments
        for line in claim.lines:
            yield from line.segments


@others_files
@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_claim_of_others_is_represented_in_full_or_refused_with_its_place(path: Path) -> None:
    refused = None
    try:
        for one in envelope.read([path.read_bytes()]):
            assert isinstance(one, envelope.Transaction)
            segments = [raw(s) for s in one.segments[1:-1]]
            start = next(n for n, s in enumerate(segments) if s[0] == "HL")
            found = list(read837.read(one))
            assert list(rebuilt(found)) == segments[start:]
            assert len(found) == sum(s[0] == "CLM" for s in segments)
    except X12Error as error:
        refused = error
    if refused is not None:
        assert refused.segment_number
        assert refused.rule in FAULTS


@others_files
def test_what_others_say_of_a_stay_is_read() -> None:
    (found,) = read((FOLDER / "837I" / "sqllocks-shape__837I-000001.x12").read_bytes())
    assert (found.place_of_service, found.frequency) == ("11", "1")
    assert found.patient_status == "01"
    assert [(c.code, c.present) for c in found.coded("ABK")] == [("J189", "Y")]
    assert [(p.code, p.first) for p in found.coded("BBR")] == [("0BH17EZ", date(2024, 6, 11))]
    assert [c.code for c in found.coded("DR")] == ["871"]
    assert [(one.revenue_code, one.code, one.charge_cents) for one in found.lines] == [
        ("0120", "", 1200000), ("0250", "", 800000), ("0450", "SP-11", 2200000),
    ]


@others_files
def test_what_others_say_of_the_payer_before_is_read() -> None:
    path = FOLDER / "837P" / "LinuxForHealth__demo.cob.example3.B.837"
    (found,) = read(path.read_bytes())
    (other,) = found.others
    assert (other.sequence, found.parties.sequence) == ("P", "S")
    decided = [one for line in found.lines for one in line.decisions]
    paid = other.paid_cents or 0
    adjusted = sum(a.amount_cents for one in decided for a in one.adjustments)
    adjusted += sum(a.amount_cents for a in other.adjustments)
    assert paid + adjusted == found.charge_cents
    assert {one.payer_number for one in decided} == {other.payer_number}


@others_files
@pytest.mark.parametrize("path", OLD, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_4010_is_refused(path: Path) -> None:
    with pytest.raises(X12Error) as refused:
        read(path.read_bytes())
    assert refused.value.rule in ("not_supported", "version")


def test_a_discharge_without_a_time_is_no_fault() -> None:
    stay = replace(made.STAY, discharged_at=None)
    assert there_and_back(replace(made.hospital(1), institutional=stay)).dated("096") is None
