"""837P files made for the payer's tests: plain text, so no reader or writer tests itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

NPI = "1234567893"


@dataclass
class Service:
    """One line; `pointers` and `modifiers` as they stand in SV1."""

    code: str = "99213"
    charge: str = "200"
    units: str = "1"
    pointers: str = "1"
    modifiers: str = ""
    place: str = ""
    day: str = "20260610"
    line_id: str = "L1"


@dataclass
class Made:
    """One claim."""

    control: str = "C1"
    frequency: str = "1"
    f8: str = ""
    g1: str = ""
    pwk: bool = False
    place: str = "11"
    member: str = "12345678901"
    family: str = "RIVERA"
    born: str = "19780412"
    sex: str = "M"
    diagnoses: Sequence[str] = ("E119", "I10")
    lines: Sequence[Service] = field(default_factory=lambda: [Service()])
    total: str = ""
    npi: str = NPI


def interchange(
    claims: Sequence[Made], payer: str = "BCBS", isa13: int = 1, sender: str = "CLAIMLOOP1"
) -> bytes:
    """Return one 837P interchange."""
    body = [
        "ST*837*0001*005010X222A1",
        f"BHT*0019*00*B{isa13}*20260701*1200*CH",
        f"NM1*41*2*RIVERSIDE DEMO HOSPITAL*****46*{sender}",
        "PER*IC*PATIENT ACCOUNTS*TE*5555550100",
        f"NM1*40*2*{payer}*****46*{payer}",
        "HL*1**20*1",
        f"NM1*85*2*RIVERSIDE DEMO HOSPITAL*****XX*{claims[0].npi if claims else NPI}",
        "N3*1 CLINIC PLAZA",
        "N4*SPRINGFIELD*IL*627019999",
        "REF*EI*900000001",
    ]
    for level, claim in enumerate(claims, 2):
        body += _claim(claim, level, payer)
    body.append(f"SE*{len(body) + 1}*0001")
    head = [
        f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{payer:15}*260701*1200*^*00501"
        f"*{isa13:09d}*0*T*:",
        f"GS*HC*{sender}*{payer}*20260701*1200*{isa13}*X*005010X222A1",
    ]
    tail = [f"GE*1*{isa13}", f"IEA*1*{isa13:09d}"]
    return ("~\n".join(head + body + tail) + "~\n").encode()


def _claim(claim: Made, level: int, payer: str) -> list[str]:
    total = claim.total or f"{sum(float(line.charge) for line in claim.lines):.2f}"
    codes = [f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(claim.diagnoses)]
    rows = [
        f"HL*{level}*1*22*0",
        "SBR*P*18*******CI",
        f"NM1*IL*1*{claim.family}*ALEX****MI*{claim.member}",
        "N3*100 WAY",
        "N4*SPRINGFIELD*IL*62701",
        f"DMG*D8*{claim.born}*{claim.sex}",
        f"NM1*PR*2*{payer}*****PI*{payer}",
        f"CLM*{claim.control}*{total}***{claim.place}:B:{claim.frequency}*Y*A*Y*Y",
    ]
    rows += ["PWK*OZ*BM***AC*DOC1"] if claim.pwk else []
    rows += [f"REF*G1*{claim.g1}"] if claim.g1 else []
    rows += [f"REF*F8*{claim.f8}"] if claim.f8 else []
    rows += ["HI*" + "*".join(codes)] if codes else []
    rows.append(f"NM1*82*1*NGUYEN*TAYLOR****XX*{NPI}")
    for number, line in enumerate(claim.lines, 1):
        procedure = ":".join(filter(None, ("HC", line.code, line.modifiers)))
        rows += [
            f"LX*{number}",
            f"SV1*{procedure}*{line.charge}*UN*{line.units}*{line.place}**{line.pointers}",
            f"DTP*472*D8*{line.day}",
            f"REF*6R*{line.line_id}",
        ]
    return rows
