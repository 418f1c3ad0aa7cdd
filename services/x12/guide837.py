"""In what the two guides of the 837 differ, as data: one way of writing and reading serves both.

Facts from the maps of pyx12 4 (837.5010.X222.A1, 837Q3.I.5010.X223.A1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from services.x12.claim837 import INSTITUTIONAL, PROFESSIONAL, Claim, Provider, ServiceFacility

FREQUENCIES = frozenset("178")
SEQUENCES = frozenset("PSTABCDEFGH")
RELATIONSHIPS = frozenset(("01", "19", "20", "21", "39", "40", "53", "G8"))
GROUPS = frozenset(("CO", "OA", "PI", "PR"))
CAUSES = frozenset(("AA", "EM", "OA"))
DATED_CAUSES = frozenset(("AA", "OA"))
DELAYS = frozenset(("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"))
TRANSMISSIONS = frozenset(("AA", "BM", "EL", "EM", "FT", "FX"))
ON_REQUEST = "AA"
REPORTS = frozenset((
    "03", "04", "05", "06", "07", "08", "09", "10", "11", "13", "15", "21", "A3", "A4", "AM",
    "AS", "B2", "B3", "B4", "BR", "BS", "BT", "CB", "CK", "CT", "D2", "DA", "DB", "DG", "DJ",
    "DS", "EB", "HC", "HR", "I5", "IR", "LA", "M1", "MT", "NN", "OB", "OC", "OD", "OE", "OX",
    "OZ", "P4", "P5", "PE", "PN", "PO", "PQ", "PY", "PZ", "RB", "RR", "RT", "RX", "SG", "V5",
    "XP",
))  # fmt: skip
PRESENT = frozenset(("", "Y", "N", "U", "W"))
RATED = frozenset(("0022", "0023", "0024"))
"""Revenue codes whose line has a HIPPS code: qualifier HP (X12 RFI 1554)."""
# Why a 7 or an 8 is sent; never one of the other's (NUBC condition codes, as CMS uses them).
CHANGE_REASONS = {
    "7": frozenset(("D0", "D1", "D2", "D3", "D4", "D7", "D8", "D9", "E0")),
    "8": frozenset(("D5", "D6")),
}
ALL_CHANGE_REASONS = frozenset().union(*CHANGE_REASONS.values())
MOST_OTHERS = 10
MOST_ATTACHMENTS = 10
MOST_CAS = 5
TRIPLES = 6
IN_ONE_HI = 12


@dataclass(frozen=True, slots=True)
class Role:
    """A provider's loop 2310.

    Attributes:
        entity: NM101.
        of: Who has this role in a claim, if anybody.
        specialty: PRV01; empty where the loop has no PRV.
    """

    entity: str
    of: Callable[[Claim], Provider | ServiceFacility | None]
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """One implementation guide.

    Attributes:
        name: ST03 and GS08.
        kind: What it is called.
        facility: CLM05-2: how CLM05-1 is to be read.
        signature: CLM06, the provider's signature on file.
        units: SV103 or SV204.
        most_diagnoses: Principal and others.
        most_lines: Loops 2400.
        roles: Loops 2310 in their order.
    """

    name: str
    kind: str
    facility: str
    signature: str
    units: frozenset[str]
    most_diagnoses: int
    most_lines: int
    roles: tuple[Role, ...]


GUIDES = {
    PROFESSIONAL: Guide(
        name=PROFESSIONAL, kind="837P", facility="B", signature="Y",
        units=frozenset(("UN", "MJ")), most_diagnoses=12, most_lines=50,
        roles=(
            Role("DN", attrgetter("referring")),
            Role("82", attrgetter("rendering"), "PE"),
            Role("77", attrgetter("service_facility")),
        ),
    ),
    INSTITUTIONAL: Guide(
        name=INSTITUTIONAL, kind="837I", facility="A", signature="",
        units=frozenset(("UN", "DA")), most_diagnoses=25, most_lines=999,
        roles=(
            Role("71", attrgetter("institutional.attending"), "AT"),
            Role("72", attrgetter("institutional.operating")),
            Role("ZZ", attrgetter("institutional.other_operating")),
            Role("82", attrgetter("rendering")),
            Role("77", attrgetter("service_facility")),
            Role("DN", attrgetter("referring")),
        ),
    ),
}  # fmt: skip
