"""An appeal's packet as one PDF: letter, claim, remittance, evidence, proof, list of enclosures.

The built-in fonts know Latin letters of Western Europe; a letter beyond them is written with its
plain one (a stroke or hook is lost, the name stays readable).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.worklist.decisions.proof import Proof

if TYPE_CHECKING:
    from fpdf import FPDF

FONT, SIZE, SMALL, HEADING, STEP = "Helvetica", 10.5, 9, 13, 5.2
PLAIN = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-",
    "\u2026": "...",
    "•": "-", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "\u2009": " ",
})
ZIP_DIGITS, PHONE_DIGITS = 9, 10
CLAIM_WIDTHS = (5, 10, 30, 11, 7, 6, 10, 10)
"""How the columns of a claim share the page."""
Table = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A passage of the record."""

    title: str
    signed: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """Everything that goes into it.

    Attributes:
        title: Of the document; no name in it.
        at: Business time.
        sender: Lines of the letter's head.
        recipient: Lines of the address.
        reference: (what, value) rows that say which claim and whom it is about.
        letter: The text, paragraphs apart by empty lines.
        signature: Lines below it.
        claim: Rows of the claim, the first its head.
        diagnoses: Of the claim, in words.
        remittance: Rows of the payer's reasons, the first their head.
        corrected: Rows of the claim as it should read, if that is asked for.
        evidence: Passages of the record.
        proof: Of timely filing.
    """

    title: str
    at: datetime
    sender: Sequence[str]
    recipient: Sequence[str]
    reference: Sequence[tuple[str, str]]
    letter: str
    signature: Sequence[str]
    claim: Table
    diagnoses: Sequence[str]
    remittance: Table
    corrected: Table = ()
    evidence: Sequence[Quote] = ()
    proof: Proof | None = None

    @property
    def enclosures(self) -> tuple[str, ...]:
        """Their names, in their order."""
        named = [
            ("Claim summary", True), ("Remittance", True), ("As it should read", self.corrected),
            ("Evidence from the record", self.evidence), ("Proof of timely filing", self.proof),
        ]
        return tuple(name for name, there in named if there)


def city_line(city: str, state: str, code: str) -> str:
    """Return city, state and ZIP code as on an envelope.

    >>> city_line("Somerville", "MA", "021430001")
    'Somerville, MA 02143-0001'
    """
    shown = f"{code[:5]}-{code[5:]}" if len(code) == ZIP_DIGITS else code
    return f"{city}, {state} {shown}"


def phone(number: str) -> str:
    """Return a telephone number to be read: ten digits in their groups.

    >>> phone("6175550100")
    '617-555-0100'
    """
    if len(number) != PHONE_DIGITS or not number.isdigit():
        return number
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def pdf(packet: Packet) -> tuple[bytes, int]:
    """Return the packet's bytes and how many pages it has."""
    from fpdf import FPDF

    made = FPDF(format="letter", unit="mm")
    made.set_auto_page_break(True, margin=20)
    made.set_margins(22, 20, 22)
    made.set_title(_latin(packet.title))
    made.set_creator("ClaimLoop")
    made.set_creation_date(packet.at)
    _letter(made, packet)
    for name in packet.enclosures:
        made.add_page()
        made.set_font(FONT, "B", HEADING)
        made.cell(text=name, new_x="LMARGIN", new_y="NEXT", h=9)
        _ENCLOSED[name](made, packet)
    return bytes(made.output()), made.pages_count


def _letter(made: "FPDF", packet: Packet) -> None:
    made.add_page()
    made.set_font(FONT, "B", SIZE)
    _lines(made, packet.sender[:1])
    made.set_font(FONT, "", SMALL)
    _lines(made, packet.sender[1:])
    made.ln(STEP)
    made.set_font(FONT, "", SIZE)
    _lines(made, (packet.at.strftime("%d %B %Y"), "", *packet.recipient))
    made.ln(STEP)
    for what, value in packet.reference:
        made.set_font(FONT, "B", SMALL)
        made.cell(45, STEP, _latin(what))
        made.set_font(FONT, "", SMALL)
        _paragraph(made, value)
    made.ln(STEP)
    made.set_font(FONT, "", SIZE)
    for paragraph in packet.letter.split("\n\n"):
        _paragraph(made, paragraph)
        made.ln(STEP / 2)
    made.ln(STEP)
    _lines(made, packet.signature)
    made.ln(STEP)
    made.set_font(FONT, "B", SMALL)
    _lines(made, ("Enclosures",))
    made.set_font(FONT, "", SMALL)
    _lines(made, [f"{n}. {name}" for n, name in enumerate(packet.enclosures, start=1)])


def _claim(made: "FPDF", packet: Packet) -> None:
    made.set_font(FONT, "", SMALL)
    _lines(made, [f"{chr(64 + n)}. {words}" for n, words in enumerate(packet.diagnoses, 1)])
    made.ln(STEP / 2)
    _table(made, packet.claim, CLAIM_WIDTHS)


def _remittance(made: "FPDF", packet: Packet) -> None:
    _table(made, packet.remittance)


def _corrected(made: "FPDF", packet: Packet) -> None:
    _table(made, packet.corrected, CLAIM_WIDTHS)


def _evidence(made: "FPDF", packet: Packet) -> None:
    for quote in packet.evidence:
        made.set_font(FONT, "B", SMALL)
        _paragraph(made, f"{quote.title}, {quote.signed}")
        made.set_font(FONT, "", SIZE)
        _paragraph(made, quote.text)
        made.ln(STEP)


def _proof(made: "FPDF", packet: Packet) -> None:
    proof = packet.proof
    assert proof is not None  # noqa: S101 - it is enclosed
    made.set_font(FONT, "", SMALL)
    _paragraph(made, "The 277CA is the payer's own word that it took the claim in. The 999 says"
                     " only that the file could be read.")
    made.ln(STEP / 2)
    days = (proof.sent_on, proof.received_on, proof.accepted_on, proof.filed_by)
    sent, received, accepted, filed_by = (
        day.strftime("%d %B %Y") if day else "not known" for day in days
    )
    _table(made, (
        ("What", "When", "By which file"),
        ("Claim sent (837)", sent, f"claim {proof.control_number}"),
        ("File accepted (999)", received, proof.received_file),
        (f"Claim accepted (277CA {' '.join(proof.categories)})", accepted,
         f"{proof.accepted_file} trace {proof.control_number} {proof.payer_claim_number}".strip()),
        ("Last day to file", filed_by, ""),
    ))


_ENCLOSED = {
    "Claim summary": _claim, "Remittance": _remittance, "As it should read": _corrected,
    "Evidence from the record": _evidence, "Proof of timely filing": _proof,
}


def _lines(made: "FPDF", lines: Sequence[str]) -> None:
    for line in lines:
        _paragraph(made, line)


def _paragraph(made: "FPDF", words: str) -> None:
    made.multi_cell(0, STEP, _latin(words), new_x="LMARGIN", new_y="NEXT", align="L")


def _table(made: "FPDF", rows: Table, widths: Sequence[int] = ()) -> None:
    made.set_font(FONT, "", SMALL)
    shares = tuple(widths) if rows and len(widths) == len(rows[0]) else None
    with made.table(
        line_height=STEP, first_row_as_headings=True, text_align="LEFT", col_widths=shares,
    ) as table:
        for row in rows:
            drawn = table.row()
            for cell in row:
                drawn.cell(_latin(cell))


def _latin(words: str) -> str:
    """Return text in the letters the fonts have."""
    kept = []
    for letter in words.translate(PLAIN):
        if ord(letter) < 256:
            kept.append(letter)
            continue
        plain = unicodedata.normalize("NFKD", letter).encode("latin-1", "ignore").decode("latin-1")
        kept.append(plain or "?")
    return "".join(kept)
