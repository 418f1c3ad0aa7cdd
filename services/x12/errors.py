"""What can be wrong with an X12 file: a closed list of rules, and the error that names one.

An error says where (segment number, id, element) and which rule; never what the file held there.
"""

from typing import Any

# rule -> (SNIP type, text). SNIP 1 is X12 syntax, 2 the implementation guide, 3 balancing.
RULES: dict[str, tuple[int, str]] = {
    "empty": (1, "the file holds nothing"),
    "encoding": (1, "the file is neither ASCII nor UTF-8, or begins with a byte order mark"),
    "not_x12": (1, "an interchange begins with ISA"),
    "isa_length": (1, "ISA has 106 characters and 16 elements of fixed length"),
    "delimiter_not_allowed": (1, "a delimiter is a printable punctuation mark of the allowed list"),
    "delimiters_not_distinct": (1, "the four delimiters differ from each other"),
    "control_character": (1, "a segment holds no control character"),
    "truncated": (1, "the file ends inside a segment or before its trailer"),
    "limit_file": (1, "the file is longer than the limit"),
    "limit_segment": (1, "a segment is longer than the limit"),
    "limit_elements": (1, "a segment has more elements than the limit"),
    "limit_segments": (1, "a transaction set has more segments than the limit"),
    "limit_claim": (1, "a claim has more segments than the limit"),
    "limit_claims": (1, "a transaction set has more claims than the limit"),
    "limit_envelopes": (1, "the file has more interchanges, groups or sets than the limit"),
    "segment_id": (1, "a segment id is two or three capital letters or digits"),
    "unexpected_segment": (1, "this segment has no place here"),
    "envelope_order": (1, "ISA, GS, ST, SE, GE and IEA open and close in this order"),
    "version": (1, "ISA12 is 00501"),
    "control_number": (1, "header and trailer carry the same control number"),
    "repeated_control_number": (1, "a control number is used once at its level"),
    "count": (1, "the trailer counts what lies between it and its header"),
    "required": (2, "a required element or segment is missing"),
    "too_many": (2, "the segment occurs more often than it may"),
    "bad_code": (2, "the code is not one the implementation guide lists here"),
    "bad_number": (1, "a number is a sign, at most 18 ASCII digits and one decimal point"),
    "bad_money": (1, "an amount is a number with at most two decimals"),
    "bad_date": (1, "a date is YYYYMMDD and exists"),
    "bad_composite": (1, "a composite has the components it needs"),
    "bad_text": (1, "text to be written holds no delimiter, control or non-ASCII character"),
    "too_long": (1, "the value is longer than the element takes"),
    "too_short": (1, "the value is shorter than the element takes"),
    "hierarchy": (2, "an HL names an earlier HL of the level above as its parent"),
    "not_supported": (2, "this transaction set or implementation guide is not read here"),
    "balance_service": (3, "SVC02 less the line's adjustments is SVC03"),
    "balance_claim": (3, "CLP03 less the adjustments of claim and lines is CLP04"),
    "balance_transaction": (3, "the sum of CLP04 less the sum of PLB is BPR02"),
    "balance_lines": (3, "CLM02 is the sum of the service lines"),
    "replacement_reference": (4, "REF*F8 goes with frequency 7 or 8, and only with them"),
}


class X12Error(Exception):
    """Why a file, set or claim is refused; safe to log.

    Attributes:
        segment_number: Position in the file from 1; 0 when none applies.
        segment_id: As CLP; empty when none applies.
        element: Position in the segment from 1; 0 for the segment as a whole.
        rule: A key of `RULES`.
    """

    def __init__(self, segment_number: int, segment_id: str, element: int, rule: str) -> None:
        """Keep where and which rule."""
        super().__init__(segment_number, segment_id, element, rule)
        self.segment_number = segment_number
        self.segment_id = segment_id
        self.element = element
        self.rule = rule

    @property
    def snip(self) -> int:
        """SNIP type of the rule, 1 to 4."""
        return RULES[self.rule][0]

    @property
    def text(self) -> str:
        """The rule in words."""
        return RULES[self.rule][1]

    @property
    def place(self) -> str:
        """Where, as ``segment 12 CLP03``."""
        element = f"{self.element:02d}" if self.element else ""
        return f"segment {self.segment_number} {self.segment_id}{element}".rstrip()

    def __str__(self) -> str:
        """Return place, rule and text in one line."""
        return f"{self.place}: {self.rule}: {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """Return what ``claimloop x12 check --json`` prints of it."""
        return {
            "segment": self.segment_id, "position": self.segment_number, "element": self.element,
            "rule": self.rule, "snip": self.snip, "text": self.text,
        }
