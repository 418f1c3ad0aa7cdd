"""A host's three claims, who coded them, and what came back: the files of the pilot."""

from tests.unit.shadow.host import (
    Claim,
    Decision,
    acknowledgement,
    claims_file,
    coding,
    implementation,
    remittance,
)

DENIED = Claim("HAR-1", member="M1", family="Quixley")
PAID = Claim("HAR-2", member="M2", family="Quixley")
REJECTED = Claim("HAR-3", member="M3", family="Quixley")
MISSING = Claim("HAR-9", member="M9", family="Quixley")
CODERS = coding(
    ("HAR-1", "amy", "2026-02-27", "coder", ""), ("HAR-1", "amy", "2026-02-27", "chargemaster",
    "85025"), ("HAR-2", "bob", "2026-02-27", "coder", ""),
    ("HAR-3", "bob", "2026-02-27", "coder", ""),
)
NO_MEDICAL_NECESSITY = Decision(DENIED, "ICN1", cas=((("CO", "11", 15000),), ()))
FILES = (
    claims_file(DENIED, PAID, REJECTED), CODERS, implementation(1),
    acknowledgement((DENIED, "A1:20"), (PAID, "A1:20"), (REJECTED, "A7:254:PR")),
    remittance(NO_MEDICAL_NECESSITY, Decision(PAID, "ICN2"), n=5),
)
