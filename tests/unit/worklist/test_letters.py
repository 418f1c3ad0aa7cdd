"""Letters and packets: words from templates, a PDF that says what it encloses, proof of filing."""

import re
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Acknowledged, Status, Submitted
from services.worklist.decisions import letters, proof
from services.worklist.decisions.letters.packet import Packet, Quote, pdf
from services.worklist.decisions.proof import Proof
from services.worklist.shown.happened import Place

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
ABOUT = letters.About(
    level="Redetermination", decided_on=date(2026, 6, 17), amount="$165.00",
    reasons=["CO-50 not necessary: $165.00"],
)
PACKET = Packet(
    title="Redetermination: claim C1", at=AT, sender=("Hill Hospital", "1 Street"),
    recipient=("Payer",), reference=(("Patient", "Łukasz “Luca” Ångström"),),
    letter="We ask.\n\nPlease review.", signature=("For the provider",),
    claim=(("Line", "Service"), ("1", "99213")), diagnoses=("E11.9 diabetes",),
    remittance=(("Reason", "In words"), ("CO-50", "not necessary")),
)


def _words(content: bytes) -> str:
    """Return what a PDF of ours writes: its streams, decompressed."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL)
    return b" ".join(zlib.decompress(one) for one in streams).decode("latin-1")


@pytest.mark.parametrize("template", sorted(letters.NAMES))
def test_every_template_names_decision_amount_and_reasons_and_no_placeholder(
    template: str,
) -> None:
    words = letters.draft(template, ABOUT)
    assert "17 June 2026" in words
    assert "$165.00" in words
    assert "CO-50" in words
    assert not re.search(r"[{}]|\n\n\n", words)
    assert words == letters.draft(template, ABOUT)


def test_every_category_has_a_template_that_is_there() -> None:
    assert set(letters.OF_CATEGORY.values()) <= set(letters.NAMES)
    assert letters.template_of("no such category") == letters.GENERAL


def test_a_letter_speaks_of_passages_only_where_some_are_enclosed() -> None:
    assert "Evidence" not in letters.draft("coding", ABOUT)
    assert "Evidence" in letters.draft("coding", replace(ABOUT, passages=2))


def test_a_packet_lists_what_it_encloses_and_is_the_same_for_the_same() -> None:
    content, pages = pdf(PACKET)
    assert content.startswith(b"%PDF")
    assert pages == 3
    assert (content, pages) == pdf(PACKET)
    words = _words(content)
    assert "1. Claim summary" in words
    assert "Evidence" not in words
    more, pages = pdf(replace(
        PACKET, evidence=(Quote(title="Note", signed="signed", text="ECG read."),),
        proof=Proof(control_number="C1", accepted_on=date(2026, 6, 4), categories=("A1",)),
    ))
    assert pages == 5
    assert "3. Evidence from the record" in _words(more)
    assert "277CA A1" in _words(more)


def test_letters_the_fonts_lack_are_written_with_their_plain_ones() -> None:
    assert 'Lukasz "Luca" ' in _words(pdf(PACKET)[0])


def _places(*hops: tuple[str, str]) -> list[Place]:
    sent = Submitted(
        control_number="C1", payer_id="P", occurred_at=AT, filing_deadline_on=date(2026, 7, 10)
    )
    answers = [
        Acknowledged(
            control_number="C1", payer_id="P", occurred_at=AT, hop=hop, file_id=f"file-{hop}",
            statuses=(Status(category=category),),
        )
        for hop, category in hops
    ]
    return [Place(event, "", 0, 0) for event in (sent, *answers)]


@pytest.mark.parametrize(
    ("hops", "proved"),
    [
        ((("999", "A"),), False), ((("999", "A"), ("277CA", "A1")), True),
        ((("277CA", "A2"),), True), ((("277CA", "A0"),), False), ((), False),
    ],
)
def test_a_999_alone_is_no_proof_of_timely_filing(
    hops: tuple[tuple[str, str], ...], proved: bool
) -> None:
    found = proof.of(_places(*hops), "P")
    assert found is not None
    assert found.in_time == proved
    assert proof.of(_places(*hops), "another payer") is None
