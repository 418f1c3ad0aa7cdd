"""A second, small reader of 837 files, professional and institutional: what each claim comes to."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.audit import plain
from services.audit.plain import Part, cents

GUIDES = {"222": "professional", "223": "institutional"}


@dataclass(slots=True)
class Written:
    """A claim as it stands in a file.

    Attributes:
        control_number: CLM01.
        frequency: CLM05-3.
        charge: CLM02, in cents.
        payer_claim_number: REF*F8.
        claim_type: As the implementation guide of its set says.
        interchange: ISA13, without leading zeros.
        group: GS06.
        set_control: ST02.
        lines: REF*6R of each service line, empty where there is none.
        line_charges: SV102 or SV203 of each line, in cents.
        conditions: HI*BG: condition codes.
        set_sha256: Of the bytes from ST to the terminator of SE.
        others: While it is read: past the loops of its own payer, what follows names others.
    """

    control_number: str
    frequency: str
    charge: int
    payer_claim_number: str = ""
    claim_type: str = ""
    interchange: int = 0
    group: str = ""
    set_control: str = ""
    lines: list[str] = field(default_factory=list)
    line_charges: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    set_sha256: str = ""
    others: bool = False


def read(content: bytes) -> list[Written]:
    """Return the claims of a file.

    Raises:
        plain.Unreadable: no interchange header, or money that is no number.
    """
    return [claim for claims in _sets(content) for claim in claims]


def _sets(content: bytes) -> Iterator[list[Written]]:
    interchange, group, guide, control, begins = 0, "", "", "", 0
    claims: list[Written] = []
    for part in plain.segments(content):
        name = part[0]
        if name == "ISA":
            interchange = int(part[13])
        elif name == "GS":
            group, guide = part[6], GUIDES.get(part[8][7:10], "")
        elif name == "ST":
            control, claims, begins = part[2], [], part.begins
        if name == "CLM":
            claims.append(
                Written(
                    part[1], part.components(5)[-1], cents(part[2]), claim_type=guide,
                    interchange=interchange, group=group, set_control=control,
                )
            )  # fmt: skip
        elif claims and name != "SE":
            _take(claims[-1], part)
        if name == "SE":
            digest = hashlib.sha256(content[begins : part.ends]).hexdigest()
            for claim in claims:
                claim.set_sha256 = digest
            yield claims
            claims = []


def _take(claim: Written, part: Part) -> None:
    name = part[0]
    if name == "SBR":
        claim.others = True
    elif name == "REF" and part[1] == "F8" and not claim.others:
        claim.payer_claim_number = part[2]
    elif name == "LX":
        claim.lines.append("")
    elif name in ("SV1", "SV2") and claim.lines:
        claim.line_charges.append(cents(part[2] if name == "SV1" else part[3]))
    elif name == "REF" and part[1] == "6R" and claim.lines:
        claim.lines[-1] = part[2]
    elif name == "HI" and part.components(1)[0] == "BG":
        claim.conditions += [part.components(n)[1] for n in range(1, len(part) + 1)]
