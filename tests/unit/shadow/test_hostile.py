"""Whatever a host's file holds, it is taken or refused with a reason; nothing else happens."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from services.codes import reference
from services.phi.keys import SiteKey
from services.shadow import answers, build, hostclaim, payers, read, store
from services.shadow.codingfile import Columns
from services.shadow.shapes import Unfit
from services.x12.errors import X12Error
from tests.unit.shadow.host import (
    Claim,
    Decision,
    acknowledgement,
    claims_file,
    coding,
    implementation,
    remittance,
    replacement,
)

SITE = SiteKey(b"k" * 32)
DESK = store.Desk(SITE, payers.Payers(reference.load()))
ONE = Claim(extra=("REF*EA*MRN1", "REF*G1*A", "NTE*ADD*X"))
FILES = (
    claims_file(ONE, replacement(ONE, "ICN")), claims_file(Claim(institutional=True)),
    remittance(Decision(ONE, cas=((("CO", "45", 100),),), remarks=("N115",))),
    acknowledgement((ONE, "A7:254:PR")), implementation(1, accepted=False),
    coding(("HAR-1", "amy", "2026-01-01", "coder", "99213")),
)
PIECES = st.sampled_from(
    ("", "*", "~", ":", "~\nHI*BG:~", "*-1*", "99999999999999999999", "00000000", "20260230",
     "HL*9*9*22*0~", "LX*1~", "CLM*~", "SV1*~", "DTP*472*RD8*20260101-~", "\x00", "é", "SBR*P~",
     "REF*F8~", "HI*ABK~", "HI*BE:01:::x~", "HI*BI:70:RD8:1-2~", "9" * 40)
) | st.text(max_size=6)  # fmt: skip


@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_any_file_is_taken_or_refused(content, edits):
    for where, length, piece in edits:
        at = int(where * len(content))
        content = content[:at] + piece.encode() + content[at + length :]
    _taken_or_refused(content)


ELEMENTS = st.sampled_from(
    ("", "0", "-1", "1.5", "99999999999999999999", "20260230", "20260101-20251231", "D8", "RD8",
     "HC:", "HC:99213", ":", "ABK:", "BE:01:::x", "BI:70:RD8:1-2", "BBR:0DTJ4ZZ:D8:20260230",
     "DR:9999999", "1:2", "A", "IL", "QC", "85", "F8", "6R", "472", "U", "00010101", "99991231",
     "É")
) | st.text(alphabet="ABC019:. -", max_size=8)  # fmt: skip


@given(
    st.sampled_from(FILES[:-1]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 10), ELEMENTS), min_size=1, max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_any_element_is_taken_or_refused(content, edits):
    segments = [segment.split("*") for segment in content.decode().split("~\n")]
    for where, element, value in edits:
        segment = segments[3 + int(where * (len(segments) - 7))]
        segment += [""] * (element + 1 - len(segment))
        segment[element] = value
    _taken_or_refused("~\n".join("*".join(segment) for segment in segments).encode())


def _taken_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            facts = read.read(path, Columns())
        except read.Refused:
            return
    for claim in facts.claims:
        assert hostclaim.loads(claim.dumps()) == claim
        assert store._claim(DESK, b"", claim)["state"] in ("waiting", "refused")
        with contextlib.suppress(Unfit, X12Error):
            build.build(claim, (), SITE, DESK.payers)
    for answer in facts.answers:
        assert isinstance(answer, answers.Answer)
        assert store._answer(SITE, answer)["state"] == "waiting"
