"""837 files made for the payer's tests: plain text, so no reader or writer tests itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
    revenue: str = "0510"
    verdict: str = ""  # SVD02 of the payer before
    adjusted: Sequence[str] = ()  # its CAS, as "CO*45*110"


@dataclass
class Other:
    """Another payer of the patient (loop 2320); `paid` empty while it has not decided."""

    sequence: str = "P"
    payer: str = "MEDICARE"
    paid: str = ""
    adjusted: Sequence[str] = ()


@dataclass
class Hospital:
    """What makes a claim an institutional one."""

    place: str = "11"
    starts: str = "20260608"
    ends: str = "20260610"
    status: str = "01"
    admitted: str = "202606081015"
    admission_type: str = "1"
    admitting: str = "R079"
    present: Sequence[str] = ("Y", "Y")
    conditions: Sequence[str] = ()
    attending: str = NPI


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
    sequence: str = "P"
    others: Sequence[Other] = ()
    hospital: Hospital | None = None


def inpatient(control: str = "C1", **values: Any) -> Made:
    """Return a stay of two days."""
    hospital = values.pop("hospital", None) or Hospital()
    lines = values.pop("lines", None) or [
        Service("", "5200", units="2", revenue="0120", line_id="L1"),
        Service("", "1800.50", units="4", revenue="0250", line_id="L2"),
        Service("71045", "240", revenue="0320", line_id="L3"),
    ]
    codes = values.pop("diagnoses", ("I5021", "E119"))
    return Made(control, hospital=hospital, lines=lines, diagnoses=codes, **values)


def outpatient(control: str = "C1", **values: Any) -> Made:
    """Return an emergency visit with two lines that are packaged into it."""
    lines = values.pop("lines", None) or [
        Service("99284", "860", revenue="0450", line_id="L1"),
        Service("36415", "18.05", revenue="0300", line_id="L2"),
        Service("", "95", units="3", revenue="0250", line_id="L3"),
    ]
    hospital = Hospital(place="13", starts="20260610", admitted="", admitting="", present=("", ""))
    return Made(control, hospital=values.pop("hospital", None) or hospital, lines=lines, **values)


def interchange(
    claims: Sequence[Made], payer: str = "BCBS", isa13: int = 1, sender: str = "CLAIMLOOP1"
) -> bytes:
    """Return one 837 interchange: institutional when the first claim is."""
    hospital = bool(claims) and claims[0].hospital is not None
    guide = "005010X223A2" if hospital else "005010X222A1"
    body = [
        f"ST*837*0001*{guide}",
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
        f"GS*HC*{sender}*{payer}*20260701*1200*{isa13}*X*{guide}",
    ]
    tail = [f"GE*1*{isa13}", f"IEA*1*{isa13:09d}"]
    return ("~\n".join(head + body + tail) + "~\n").encode()


def _claim(claim: Made, level: int, payer: str) -> list[str]:
    total = claim.total or f"{sum(float(line.charge) for line in claim.lines):.2f}"
    hospital = claim.hospital
    rows = [
        f"HL*{level}*1*22*0",
        f"SBR*{claim.sequence}*18*******CI",
        f"NM1*IL*1*{claim.family}*ALEX****MI*{claim.member}",
        "N3*100 WAY",
        "N4*SPRINGFIELD*IL*62701",
        f"DMG*D8*{claim.born}*{claim.sex}",
        f"NM1*PR*2*{payer}*****PI*{payer}",
    ]
    if hospital is None:
        rows.append(f"CLM*{claim.control}*{total}***{claim.place}:B:{claim.frequency}*Y*A*Y*Y")
    else:
        rows.append(f"CLM*{claim.control}*{total}***{hospital.place}:A:{claim.frequency}**A*Y*Y")
        rows += _stay(hospital)
    rows += ["PWK*OZ*BM***AC*DOC1"] if claim.pwk else []
    rows += [f"REF*G1*{claim.g1}"] if claim.g1 else []
    rows += [f"REF*F8*{claim.f8}"] if claim.f8 else []
    if hospital is None:
        codes = [f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(claim.diagnoses)]
        rows += ["HI*" + "*".join(codes)] if codes else []
        rows.append(f"NM1*82*1*NGUYEN*TAYLOR****XX*{NPI}")
    else:
        rows += _codes(hospital, claim.diagnoses)
        rows += [f"NM1*71*1*NGUYEN*TAYLOR****XX*{hospital.attending}"] if hospital.attending else []
    for other in claim.others:
        rows += _other(other)
    for number, line in enumerate(claim.lines, 1):
        rows += _line(line, number, claim)
    return rows


def _stay(hospital: Hospital) -> list[str]:
    rows = ["DTP*096*TM*1400"] if hospital.place == "11" else []
    rows.append(f"DTP*434*RD8*{hospital.starts}-{hospital.ends}")
    rows += [f"DTP*435*DT*{hospital.admitted}"] if hospital.admitted else []
    rows.append(f"CL1*{hospital.admission_type}*1*{hospital.status}")
    return rows


def _codes(hospital: Hospital, diagnoses: Sequence[str]) -> list[str]:
    marks = [*hospital.present, *[""] * len(diagnoses)]
    codes = [
        f"{'ABF' if n else 'ABK'}:{code}" + (f":::::::{marks[n]}" if marks[n] else "")
        for n, code in enumerate(diagnoses)
    ]
    rows = [f"HI*{codes[0]}"] if codes else []
    rows += [f"HI*ABJ:{hospital.admitting}"] if hospital.admitting else []
    rows += ["HI*" + "*".join(codes[1:])] if codes[1:] else []
    rows += (
        ["HI*" + "*".join(f"BG:{c}" for c in hospital.conditions)] if hospital.conditions else []
    )
    return rows


def _other(other: Other) -> list[str]:
    rows = [f"SBR*{other.sequence}*18*******MB"]
    rows += [f"CAS*{triple}" for triple in other.adjusted]
    rows += [f"AMT*D*{other.paid}"] if other.paid else []
    rows += [
        "OI***Y***Y",
        "NM1*IL*1*RIVERA*ALEX****MI*12345678901",
        f"NM1*PR*2*{other.payer}*****PI*{other.payer}",
    ]
    rows += ["DTP*573*D8*20260620"] if other.paid and other.adjusted else []
    return rows


def _line(line: Service, number: int, claim: Made) -> list[str]:
    procedure = ":".join(filter(None, ("HC", line.code, line.modifiers)))
    if claim.hospital is None:
        rows = [
            f"LX*{number}",
            f"SV1*{procedure}*{line.charge}*UN*{line.units}*{line.place}**{line.pointers}",
            f"DTP*472*D8*{line.day}",
        ]
    else:
        coded = procedure if line.code else ""
        rows = [f"LX*{number}", f"SV2*{line.revenue}*{coded}*{line.charge}*UN*{line.units}"]
        rows += [f"DTP*472*D8*{line.day}"] if line.code else []
    rows.append(f"REF*6R*{line.line_id}")
    if line.verdict:
        revenue = line.revenue if claim.hospital else ""
        coded = procedure if line.code else "HC:NONE"
        rows.append(f"SVD*{claim.others[0].payer}*{line.verdict}*{coded}*{revenue}*{line.units}")
        rows += [f"CAS*{triple}" for triple in line.adjusted]
        rows.append("DTP*573*D8*20260620")
    return rows
