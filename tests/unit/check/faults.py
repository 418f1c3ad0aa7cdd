"""Single faults, put into good files: each names the rule that must find it.

The table in the README of services/check is made from this list and from `FAMILIES`, which says
why a validator lets a family through (`python -m tests.unit.check.verdicts`).
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from tests.unit.check.bases import Segments, recounted

Edit = Callable[[Segments], None]


@dataclass(frozen=True)
class Fault:
    """One fault in a file of one kind.

    Attributes:
        name: What is wrong.
        kind: Kind of the good file.
        rule: The rule of ours that names it.
        edit: Puts it into the segments.
        recount: Whether SE01 is counted anew, so that the fault stays single.
    """

    name: str
    kind: str
    rule: str
    edit: Edit
    recount: bool = True

    @property
    def family(self) -> str:
        """Return the family of its rule, a row of the table."""
        return next(family for family, (rules, _) in FAMILIES.items() if self.rule in rules)

    def applied(self, segments: Segments) -> Segments:
        """Return the segments with the fault."""
        broken = deepcopy(segments)
        self.edit(broken)
        assert broken != segments, self.name
        return recounted(broken) if self.recount else broken


def index(segments: Segments, start: str, skip: int = 0) -> int:
    """Return where the n-th segment stands that begins with these elements."""
    wanted = start.split("*")
    hits = [n for n, s in enumerate(segments) if s[: len(wanted)] == wanted]
    return hits[skip]


def put(start: str, element: int, value: str, skip: int = 0) -> Edit:
    """Set an element; the segment grows as needed."""

    def edit(segments: Segments) -> None:
        segment = segments[index(segments, start, skip)]
        segment += [""] * (element + 1 - len(segment))
        segment[element] = value

    return edit


def drop(start: str, skip: int = 0, count: int = 1) -> Edit:
    """Leave segments out."""

    def edit(segments: Segments) -> None:
        at = index(segments, start, skip)
        del segments[at : at + count]

    return edit


def insert(before: str, *lines: str, skip: int = 0) -> Edit:
    """Put segments before another."""

    def edit(segments: Segments) -> None:
        at = index(segments, before, skip)
        segments[at:at] = [line.split("*") for line in lines]

    return edit


def swap(start: str) -> Edit:
    """Exchange a segment with the next one."""

    def edit(segments: Segments) -> None:
        at = index(segments, start)
        segments[at], segments[at + 1] = segments[at + 1], segments[at]

    return edit


def both(*edits: Edit) -> Edit:
    """Do several edits that make one fault."""

    def edit(segments: Segments) -> None:
        for one in edits:
            one(segments)

    return edit


def twice(segments: Segments) -> None:
    """Repeat the whole interchange in the same file."""
    segments += deepcopy(segments)


# family -> (our rules, why the others let it through)
FAMILIES = {
    "envelope": (
        ("count", "control_number", "repeated_control_number", "version", "functional_id",
         "guide", "envelope_order"),
        "x12sdk drops the envelope: no GE, IEA, ISA13, GS01. pyx12 stops with an exception at a "
        "version or group it has no map for; that is counted as refused",
    ),
    "structure": (
        ("segment_unknown", "segment_missing", "segment_repeated", "loop_missing",
         "loop_repeated", "required", "too_many", "unexpected_segment"),
        "x12sdk's models let the order inside a loop and PER of an 835 pass",
    ),
    "elements": (
        ("element_missing", "element_condition", "element_not_used", "elements_too_many",
         "too_long", "too_short", "qualifier", "bad_code", "bad_money", "bad_date",
         "element_date", "element_time", "bad_character"),
        "x12sdk leaves many elements open, and does not look at the envelope's",
    ),
    "hierarchy": (
        ("hierarchy", "hl_sequence", "hl_children", "line_number", "line_control_repeated"),
        "pyx12 does not look at HL04 nor at REF*6R; x12sdk numbers nothing",
    ),
    "sums": (
        ("balance_lines", "lines_charge", "balance_service", "balance_claim",
         "balance_transaction", "cob_line", "cob_claim", "ack_counts"),
        "pyx12 adds nothing up; x12sdk adds up CLM02 and CLP04, not a line, a payment, a PLB nor "
        "another payer's decision",
    ),
    "situations": (
        ("replacement_reference", "accident_date", "accident_state", "admission_date",
         "discharge_hour", "patient_still_there", "admitting_diagnosis",
         "attending_provider", "patient_loop", "subscriber_details", "payer_sequence",
         "attachment_number", "organisation_name", "change_reason", "pointer",
         "dates_backwards", "date_in_future", "reversal_sign", "negative_charge",
         "zero_payment", "status_category", "status_contradicts"),
        "conditions between segments are in no map; only PWK05 with PWK06 is, as a syntax note",
    ),
    "codes": (
        ("npi", "icd_code", "icd_version", "procedure_code", "place_of_service", "revenue_code",
         "facility_type", "patient_status", "admission_type", "admission_source", "carc", "rarc"),
        "no list, no check digit; pyx12 has the places of service, without dates",
    ),
}

FAULTS = (
    # envelope
    Fault("SE01 counts one too many", "835", "count", put("SE", 1, "99"), recount=False),
    Fault("SE02 is not ST02", "837P", "control_number", put("SE", 2, "0009")),
    Fault("GE01 counts one too many", "837P", "count", put("GE", 1, "2")),
    Fault("GE02 is not GS06", "835", "control_number", put("GE", 2, "7")),
    Fault("IEA01 counts one too many", "277CA", "count", put("IEA", 1, "2")),
    Fault("IEA02 is not ISA13", "837I", "control_number", put("IEA", 2, "000000002")),
    Fault("ISA13 is used twice in a file", "837P", "repeated_control_number", twice),
    Fault("ISA12 is an older version", "837P", "version", put("ISA", 12, "00401")),
    Fault("ISA15 is neither P nor T", "837P", "bad_code", put("ISA", 15, "X")),
    Fault("GS01 is another kind of group", "837P", "functional_id", put("GS", 1, "HP")),
    Fault("ST03 is another guide than GS08", "837P", "guide", put("GS", 8, "005010X223A2")),
    Fault("GE is missing", "837P", "envelope_order", drop("GE")),
    # segments, loops, elements
    Fault("an unknown segment", "837P", "segment_unknown", insert("HI", "ZZZ*1")),
    Fault("a required segment is missing (N3 of 2010AA)", "837P", "segment_missing", drop("N3")),
    Fault("a required segment is missing (SV1)", "837P", "required", drop("SV1")),
    Fault("a required segment is missing (TRN)", "835", "required", drop("TRN")),
    Fault("a required segment is missing (PER*BL)", "835", "segment_missing", drop("PER")),
    Fault("a required loop is missing (2010BB payer)", "837P", "loop_missing", drop("NM1*PR")),
    Fault("a required loop is missing (lines)", "837I", "required", drop("LX", 0, 7)),
    Fault("a loop stands twice (2310B)", "837P", "loop_repeated",
          insert("SBR*P*18", "NM1*82*1*ROE*ANN****XX*1999999984")),
    Fault("a segment stands twice (BHT)", "837I", "unexpected_segment",
          insert("NM1*41", "BHT*0019*00*0001*20260520*1200*CH")),
    Fault("a segment stands twice (DTP*431)", "837P", "segment_repeated",
          insert("DTP*439", "DTP*431*D8*20260501")),
    Fault("MOA stands twice", "835", "too_many", insert("DTM*232", "MOA***MA07")),
    Fault("segments in the wrong order (LX before its claim's HI)", "837P", "segment_unknown",
          lambda s: s.insert(index(s, "LX"), s.pop(index(s, "HI")))),
    Fault("the order inside a loop (N4 before N3)", "837P", "segment_unknown", swap("N3")),
    Fault("a required element is missing (NM103)", "837P", "element_missing",
          put("NM1*85", 3, "")),
    Fault("a required element is missing (CLP07)", "835", "element_missing", put("CLP", 7, "")),
    Fault("two elements that go together do not (PER05 without 06)", "837P", "element_condition",
          put("PER", 5, "FX")),
    Fault("an element that is not used here (CLM06 of an 837I)", "837I", "element_not_used",
          put("CLM", 6, "Y")),
    Fault("too long (CLM01)", "837P", "too_long", put("CLM", 1, "C" * 39)),
    Fault("too short (ZIP code)", "837P", "too_short", put("N4", 3, "02")),
    Fault("too many elements", "835", "elements_too_many", put("LX", 2, "1")),
    Fault("a wrong entity code (NM101)", "837P", "segment_unknown", put("NM1*41", 1, "QQ")),
    Fault("a wrong qualifier (NM108)", "837P", "qualifier", put("NM1*PR", 8, "QQ")),
    Fault("a wrong qualifier (DTP02)", "837P", "bad_code", put("DTP*472", 2, "D6")),
    Fault("a wrong qualifier (REF01)", "835", "segment_unknown", put("REF*6R", 1, "QQ")),
    Fault("a wrong reason in the second pair of a PLB", "835", "qualifier",
          put("PLB", 5, "ZZ:X")),
    Fault("4010's group code CR (CAS01)", "835", "segment_unknown", put("CAS*PR", 1, "CR")),
    Fault("an amount in exponents", "837P", "bad_money", put("SV1", 2, "1E2")),
    Fault("an amount in Arabic digits", "835", "bad_money", put("CLP", 3, "\u0661\u0665")),
    Fault("a date that does not exist", "837P", "bad_date", put("DTP*472", 3, "20260231")),
    Fault("a date that does not exist", "835", "bad_date", put("DTM*472", 2, "20260431")),
    Fault("a birth date that does not exist", "837I", "element_date", put("DMG", 2, "19501340")),
    Fault("a time that does not exist (BHT05)", "837P", "element_time", put("BHT", 5, "2560")),
    Fault("a letter the character set has not (NM103)", "837P", "bad_character",
          put("NM1*IL", 3, "O\u00d1A")),
    # hierarchy and numbering
    Fault("HL names a parent that is not there", "837P", "hierarchy", put("HL*2", 2, "9")),
    Fault("HL names itself as its parent", "277CA", "hierarchy", put("HL*4", 2, "4")),
    Fault("HL01 leaves a number out", "837P", "hl_sequence",
          both(put("HL*3", 1, "7"), put("HL*4", 2, "7"))),
    Fault("HL04 says no child, and there is one", "837P", "hl_children", put("HL*3", 4, "0")),
    Fault("LX01 leaves a number out", "837P", "line_number", put("LX*2", 1, "3")),
    Fault("a line control number stands twice", "837P", "line_control_repeated",
          put("REF*6R*L2", 2, "L1")),
    # sums
    Fault("CLM02 is a cent more than its lines", "837P", "balance_lines", put("CLM", 2, "155.51")),
    Fault("a line is a dollar more", "837I", "balance_lines", put("SV2*0300", 3, "501")),
    Fault("the prior payer's line does not balance", "837P", "cob_line", put("SVD", 2, "105.4")),
    Fault("the prior payer's claim does not balance", "837P", "cob_claim",
          put("AMT*D", 2, "105.4")),
    Fault("SVC03 does not follow from SVC02", "835", "balance_service", put("SVC", 3, "80.01")),
    Fault("CLP04 does not follow from CLP03", "835", "balance_claim", put("CLP*CTRL1", 4, "99")),
    Fault("CLP03 is more than its lines, and adjusted", "835", "lines_charge",
          both(put("CLP*CTRL1", 3, "165.5"), insert("NM1*QC", "CAS*CO*45*10"))),
    Fault("a claim adjusted at both levels", "835", "balance_claim",
          insert("NM1*QC", "CAS*OA*45*55.5")),
    Fault("BPR02 is not the sum", "835", "balance_transaction", put("BPR", 2, "90.01")),
    Fault("PLB with the opposite sign", "835", "balance_transaction", put("PLB", 4, "-20")),
    Fault("AK904 counts one too many", "999", "ack_counts", put("AK9", 4, "2")),
    # situations
    Fault("frequency 7 without REF*F8", "837P", "replacement_reference", drop("REF*F8")),
    Fault("frequency 8 without REF*F8", "837I", "replacement_reference", put("CLM", 5, "11:A:8")),
    Fault("REF*F8 on an original claim", "837P", "replacement_reference",
          put("CLM*CTRL000002", 5, "11:B:1")),
    Fault("an accident without its date", "837P", "accident_date", drop("DTP*439")),
    Fault("an auto accident without its state", "837P", "accident_state", put("CLM", 11, "AA")),
    Fault("a stay without admission", "837I", "admission_date", drop("DTP*435")),
    Fault("a stay without hour of discharge", "837I", "discharge_hour", drop("DTP*096")),
    Fault("discharged and still a patient", "837I", "patient_still_there", put("CL1", 3, "30")),
    Fault("a stay without admitting diagnosis", "837I", "admitting_diagnosis", drop("HI*ABJ:J189")),
    Fault("no attending provider", "837I", "attending_provider", drop("NM1*71")),
    Fault("a patient's loop for the subscriber", "837P", "patient_loop",
          put("SBR*P********CI", 2, "18")),
    Fault("a subscriber who is the patient, without address", "837P", "subscriber_details",
          drop("N3", 1, 2)),
    Fault("a middle name of an organisation", "837P", "organisation_name", put("NM1*41", 5, "A")),
    Fault("two primary payers", "837P", "payer_sequence", put("SBR*S", 1, "P")),
    Fault("an attachment sent apart without number", "837P", "attachment_number",
          put("PWK", 6, "")),
    Fault("two claim change reasons", "837I", "change_reason",
          both(put("CLM", 5, "11:A:7"),
               insert("HI", "REF*F8*ICN0001"),
               insert("NM1*71", "HI*BG:D1*BG:D4"))),
    Fault("a pointer to a diagnosis that is not there", "837P", "pointer", put("SV1", 7, "1:5")),
    Fault("a stay that ends before it begins", "837I", "dates_backwards",
          put("DTP*434", 3, "20260504-20260501")),
    Fault("born after the service", "837P", "dates_backwards", put("DMG", 2, "20260510")),
    Fault("a service after the file was made", "837P", "date_in_future",
          put("DTP*472", 3, "20270504", 1)),
    Fault("a service after it was paid", "835", "dates_backwards", put("DTM*472", 2, "20260601")),
    Fault("a reversal that is not negated", "835", "reversal_sign",
          both(put("CLP*CTRL2", 3, "60"), put("CLP*CTRL2", 4, "40"),
               put("CAS*CO*45*-20", 3, "20"), put("BPR", 2, "170"))),
    Fault("a negative charge on a claim that is no reversal", "835", "negative_charge",
          put("CLP*CTRL2", 2, "1")),
    Fault("a payment by NON", "835", "zero_payment", put("BPR", 4, "NON")),
    Fault("a pending status in a 277CA", "277CA", "status_category",
          put("STC*A2:20:PR", 1, "P1:20:PR")),
    Fault("A7 with the action of acceptance", "277CA", "status_contradicts",
          put("STC*A7:562:85", 3, "WQ")),
    # codes
    Fault("an NPI with a wrong digit", "837P", "npi", put("NM1*82", 9, "1999999985")),
    Fault("an NPI with a wrong digit", "835", "npi", put("N1*PE", 4, "1234567890")),
    Fault("a diagnosis that does not exist", "837P", "icd_code",
          put("HI*ABK:S134XXA", 2, "ABF:I1O")),
    Fault("a diagnosis that is not at full length", "837P", "icd_code",
          put("HI*ABK:S134XXA", 1, "ABK:S134")),
    Fault("ICD-9 after its end", "837P", "icd_version", put("HI*ABK:I10", 1, "BK:4019")),
    Fault("a procedure code of six characters", "837P", "procedure_code",
          put("SV1", 1, "HC:992133")),
    Fault("a procedure code that ended in 2016", "837P", "procedure_code",
          put("SV1", 1, "HC:A9544")),
    Fault("a place of service that is not on the list", "837P", "place_of_service",
          put("CLM", 5, "00:B:1")),
    Fault("a revenue code that is not on the list", "837I", "revenue_code",
          put("SV2*0300", 1, "9999")),
    Fault("a type of bill that is not on the list", "837I", "facility_type",
          put("CLM", 5, "99:A:1")),
    Fault("a patient status that ended in 2003", "837I", "patient_status", put("CL1", 3, "71")),
    Fault("an admission type that is not on the list", "837I", "admission_type",
          put("CL1", 1, "8")),
    Fault("an admission source that ended in 2010", "837I", "admission_source",
          put("CL1", 2, "7")),
    Fault("an adjustment reason that is not on the list", "835", "carc", put("CAS*PR", 2, "999")),
    Fault("a remark that is none", "835", "rarc", put("LQ", 2, "X130")),
)
