"""999, TA1 and 277CA: what each says of an interchange, a set and a claim."""

from typing import Any

import pytest

from services.x12 import document
from services.x12.ack999 import GroupVerdict
from services.x12.status277 import StatusReport
from services.x12.ta1 import InterchangeVerdict


def wrapped(kind: str, guide: str, body: str, group: str) -> bytes:
    lines = body.split("\n")
    head = (
        "ISA*00*          *00*          *ZZ*99001          *ZZ*CLAIMLOOP1     *260520*1200*^*00501"
        f"*000000001*0*T*:~GS*{group}*99001*CLAIMLOOP1*20260520*1200*1*X*{guide}~"
    )
    tail = f"SE*{len(lines) + 2}*0001~GE*1*1~IEA*1*000000001~"
    return (head + f"ST*{kind}*0001*{guide}~" + "".join(f"{x}~" for x in lines) + tail).encode()


def one(content: bytes) -> Any:
    (found,) = document.read([content])
    return found.content


def ack(body: str) -> GroupVerdict:
    found = one(wrapped("999", "005010X231A1", body, "FA"))
    assert isinstance(found, GroupVerdict)
    return found


PARTLY = """AK1*HC*17*005010X222A1
AK2*837*0001*005010X222A1
IK5*A
AK2*837*0002*005010X222A1
IK3*CLM*22**8
CTX*CLM01:CTRL7
IK4*5:3*1325*7*SECRET
CTX*SITUATIONAL TRIGGER*CLM*22
IK5*R*5
AK2*837*0003*005010X222A1
IK5*E*5
AK9*P*3*3*2"""


def test_a_999_gives_a_verdict_for_each_set() -> None:
    found = ack(PARTLY)
    assert (found.functional_id, found.control, found.code) == ("HC", "17", "P")
    assert [(s.control, s.code, s.accepted) for s in found.sets] == [
        ("0001", "A", True), ("0002", "R", False), ("0003", "E", True),
    ]
    (segment,) = found.sets[1].segments
    assert (segment.segment_id, segment.position, segment.code) == ("CLM", "22", "8")
    assert (segment.elements[0].position, segment.elements[0].code) == ("5:3", "7")


def test_the_bad_value_in_a_999_is_not_kept() -> None:
    assert "SECRET" not in repr(ack(PARTLY))


def test_a_set_not_named_follows_the_group_unless_the_group_is_partly_accepted() -> None:
    assert ack("AK1*HC*17\nAK9*A*2*2*2").verdict("0002").accepted  # type: ignore[union-attr]
    assert not ack("AK1*HC*17\nAK9*R*2*2*0").verdict("0002").accepted  # type: ignore[union-attr]
    assert ack(PARTLY).verdict("0009") is None


def test_a_ta1_says_whether_the_interchange_was_opened() -> None:
    content = (
        b"ISA*00*          *00*          *ZZ*99001          *ZZ*CLAIMLOOP1     *260520*1200*^*00501"
        b"*000000009*0*T*:~TA1*000000123*260519*1130*R*025~IEA*0*000000009~"
    )
    assert one(content) == InterchangeVerdict("000000123", "R", "025")
    assert not one(content).accepted


REPORT = """BHT*0085*08*REF1*20260520*1200*TH
HL*1**20*1
NM1*PR*2*DEMO PAYER*****PI*99001
TRN*1*X1
DTP*050*D8*20260520
DTP*009*D8*20260520
HL*2*1*21*1
NM1*41*2*DEMO HOSPITAL*****46*CLAIMLOOP1
TRN*2*0000000010001
STC*A1:19:PR*20260520*WQ*300
QTY*90*1
HL*3*2*19*1
NM1*85*2*DEMO HOSPITAL*****XX*2000000010
HL*4*3*PT
NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73
TRN*2*CTRL1
STC*A2:20:PR*20260520*WQ*155.5
REF*1K*ICN1
DTP*472*D8*20260504
HL*5*3*PT
NM1*QC*1*ROE*RICK
TRN*2*CTRL2
STC*A7:562:85*20260520*U*144.5******A8:496
SVC*HC:99213*144.5
STC*A7:507*20260520*U
REF*FJ*L1
DTP*472*D8*20260504"""


def report(body: str = REPORT) -> StatusReport:
    found = one(wrapped("277", "005010X214", body, "HN"))
    assert isinstance(found, StatusReport)
    return found


def test_a_277ca_says_which_claims_entered_adjudication() -> None:
    accepted, refused = report().claims
    assert (accepted.control_number, accepted.accepted, accepted.payer_claim_number) == (
        "CTRL1", True, "ICN1",
    )
    assert (refused.control_number, refused.accepted) == ("CTRL2", False)
    assert [(c.category, c.code, c.entity) for c in refused.statuses[0].codes] == [
        ("A7", "562", "85"), ("A8", "496", ""),
    ]
    assert refused.lines[0].line_id == "L1"
    assert report().levels[1].trace == "0000000010001"


@pytest.mark.parametrize("category", ["A3", "A6", "A7", "A8"])
def test_these_categories_refuse_where_the_action_is_left_out(category: str) -> None:
    body = REPORT.replace("STC*A2:20:PR*20260520*WQ*", f"STC*{category}:20:PR*20260520**")
    assert not report(body).claims[0].accepted


@pytest.mark.parametrize("status", ["A7:20:PR*20260520*WQ", "A2:20:PR*20260520*U"])
def test_a_status_that_contradicts_itself_refuses(status: str) -> None:
    found = report(REPORT.replace("A2:20:PR*20260520*WQ", status)).claims[0].statuses[0]
    assert found.refused


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("HL*4*3*PT", "HL*4*9*PT", "hierarchy"),
        ("HL*4*3*PT", "HL*4*2*PT", "hierarchy"),
        ("HL*5*3*PT", "HL*4*3*PT", "hierarchy"),
        ("STC*A2:20:PR*20260520*WQ*155.5", "STC*A2*20260520*WQ*155.5", "bad_composite"),
        ("STC*A2:20:PR*20260520*WQ*155.5", "STC*A2:20:PR*20260520*XX*155.5", "bad_code"),
        ("TRN*2*CTRL1\n", "", "required"),
        ("REF*1K*ICN1", "N9*1K*ICN1", "unexpected_segment"),
    ],
)
def test_a_wrong_277ca_is_refused(old: str, new: str, rule: str) -> None:
    (error,) = document.check([wrapped("277", "005010X214", REPORT.replace(old, new, 1), "HN")])
    assert error.rule == rule


def test_one_refusing_category_among_several_refuses() -> None:
    body = REPORT.replace(
        "STC*A2:20:PR*20260520*WQ*155.5", "STC*A1:20*20260520**155.5******A6:496"
    )
    assert not report(body).claims[0].accepted


SPLIT = (
    "HL*4*3*PT\nNM1*QC*1*PAYNE*LISA****MI*1\nTRN*2*C1\nSTC*A5:20*20260702*WQ*255\nREF*1K*P1\n"
    "TRN*2*C1\nSTC*A5:20*20260702*WQ*32\nREF*1K*P1-2\nSVC*HC:99213*32\nSTC*A2:20**WQ*32\n"
    "TRN*2*C2\nSTC*A7:562*20260702*U*10"
)


def test_a_patient_with_several_claims_or_parts_of_one_has_each_of_them() -> None:
    body = (
        "BHT*0085*08*R1*20260702*0930*TH\nHL*1**20*1\nNM1*PR*2*PAYER*****PI*9\nTRN*1*T\n"
        "DTP*050*D8*20260702\nHL*2*1*21*1\nNM1*41*2*US*****46*U\nTRN*2*B\nSTC*A1:19*20260702*WQ*1\n"
        f"HL*3*2*19*1\nNM1*85*2*US*****XX*2000000010\n{SPLIT}"
    )
    found = one(wrapped("277", "005010X214", body, "HN"))
    assert [(c.control_number, c.payer_claim_number, c.accepted) for c in found.claims] == [
        ("C1", "P1", True), ("C1", "P1-2", True), ("C2", "", False),
    ]  # fmt: skip
    assert [len(c.lines) for c in found.claims] == [0, 1, 0]
    assert {c.patient.name for c in found.claims} == {"PAYNE"}
