"""Over the files others wrote: each is read in full or refused with a reason; nothing crashes."""

from pathlib import Path

import pytest

from services.x12 import document, segments
from services.x12.errors import RULES, X12Error

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "x12"
FILES = sorted(p for p in FOLDER.glob("*/*") if p.is_file())
pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared")

# What others accept and we refuse, with the reason; DIVERGENCES in services/x12/README.md.
REFUSED = {
    "LinuxForHealth__cob-contractural-adjustment.835": "required",
    "LinuxForHealth__secondary-payment.835": "required",
    "LinuxForHealth__tertiary-payment.835": "required",
    "LinuxForHealth__managed-care.835": "bad_date",
    "imsweb__x12_999_accepted.txt": "control_number",
    "imsweb__x12_bad_segment_identifier.999": "required",
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_file_is_read_or_refused_with_a_reason(path: Path) -> None:
    content = path.read_bytes()
    errors = document.check([content])
    assert all(error.rule in RULES and error.segment_number for error in errors)
    if errors and any(error.snip != 3 for error in errors):
        with pytest.raises(X12Error):
            list(document.read([content]))
    else:
        assert list(document.read([content]))


@pytest.mark.parametrize("kind", ["835", "999", "277CA", "999-by-pyx12"])
def test_every_answer_file_is_read_but_for_the_known_faults(kind: str) -> None:
    found = {
        path.name: error.rule
        for path in FILES
        if path.parent.name == kind
        for error in document.check([path.read_bytes()])
    }
    assert found == {k: v for k, v in REFUSED.items() if k in found}
    assert len(found) < len([p for p in FILES if p.parent.name == kind])


def test_every_claim_payment_of_the_files_is_represented() -> None:
    for path in (p for p in FILES if p.parent.name == "835" and p.name not in REFUSED):
        content = path.read_bytes()
        raw = [s.id for s in segments.segments([content])]
        claims = [c for d in document.read([content]) for c in d.content.claims]  # type: ignore[union-attr]
        assert len(claims) == raw.count("CLP"), path.name
        assert sum(len(c.lines) for c in claims) == raw.count("SVC"), path.name
