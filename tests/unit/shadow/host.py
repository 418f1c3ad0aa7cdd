"""A made-up host: its claims, and what came back for them, as files."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

DAY = date(2026, 3, 2)
ISA = (
    "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*{day}*1200*^*00501*{n:09d}"
    "*0*T*:~"
)


@dataclass(frozen=True)
class Line:
    code: str = "99213"
    cents: int = 15000
    modifiers: tuple[str, ...] = ()
    units: int = 1
    pointers: str = "1"


@dataclass(frozen=True)
class Claim:
    """A claim the host sent."""

    number: str = "HAR-0001"
    frequency: str = "1"
    original: str = ""
    sent_on: date = DAY
    member: str = "M0001"
    family: str = "DOE"
    payer: str = "99003"
    filing: str = "MC"
    sequence: str = "P"
    diagnoses: tuple[str, ...] = ("E119", "I10")
    lines: tuple[Line, ...] = (Line(), Line("85025", 10000))
    institutional: bool = False
    extra: tuple[str, ...] = ()

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)


@dataclass(frozen=True)
class Decision:
    """What a payer decided: CAS by line, as ((group, carc, cents), ...)."""

    claim: Claim = field(default_factory=Claim)
    icn: str = "ICN1"
    status: str = "1"
    cas: tuple[tuple[tuple[str, str, int], ...], ...] = ()
    remarks: tuple[str, ...] = ()
    frequency: str | None = None
    line_ids: bool = True


def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _envelope(body: list[str], kind: str, guide: str, n: int, day: date, back: bool) -> bytes:
    parties = ("PAYER", "HOST") if back else ("HOST", "PAYER")
    code = {"837": "HC", "835": "HP", "999": "FA", "277": "HN"}[kind]
    head = [
        ISA.format(sender=parties[0], receiver=parties[1], day=f"{day:%y%m%d}", n=n)[:-1],
        f"GS*{code}*{parties[0]}*{parties[1]}*{day:%Y%m%d}*1200*{n}*X*{guide}",
        f"ST*{kind}*0001*{guide}",
    ]
    tail = [f"SE*{len(body) + 2}*0001", f"GE*1*{n}", f"IEA*1*{n:09d}"]
    return ("~\n".join([*head, *body, *tail]) + "~\n").encode()


def claims_file(*claims: Claim, n: int = 1) -> bytes:
    """Return an 837 with some claims; all professional or all institutional."""
    guide = "005010X223A2" if claims[0].institutional else "005010X222A1"
    day = claims[0].sent_on
    body = [
        f"BHT*0019*00*{n}*{day:%Y%m%d}*1200*CH", "NM1*41*2*HOST*****46*HOST",
        "PER*IC*BILLING*TE*6175550101", "NM1*40*2*PAYER*****46*PAYER", "HL*1**20*1",
        "PRV*BI*PXC*282N00000X", "NM1*85*2*HOST HOSPITAL*****XX*1245319599",
        "N3*1 HOST STREET", "N4*BOSTON*MA*021080001", "REF*EI*001234567",
    ]
    for at, claim in enumerate(claims, 2):
        body += _claim(claim, at)
    return _envelope(body, "837", guide, n, day, back=False)


def _claim(claim: Claim, at: int) -> list[str]:
    served = claim.sent_on - timedelta(days=7)
    place = "13:A" if claim.institutional else "11:B"
    clm = f"CLM*{claim.number}*{money(claim.cents)}***{place}:{claim.frequency}*"
    found = [
        f"HL*{at}*1*22*0", f"SBR*{claim.sequence}*18*******{claim.filing}",
        f"NM1*IL*1*{claim.family}*JANE****MI*{claim.member}", "N3*12 MAIN STREET",
        "N4*SPRINGFIELD*MA*01101", "DMG*D8*19600203*F",
        f"NM1*PR*2*SOME PAYER*****PI*{claim.payer}",
        clm + ("*A*Y*Y" if claim.institutional else "Y*A*Y*Y"),
    ]
    if claim.institutional:
        found += [f"DTP*434*RD8*{served:%Y%m%d}-{served:%Y%m%d}", "CL1*3*1*01"]
    if claim.original:
        found.append(f"REF*F8*{claim.original}")
    found += claim.extra
    if claim.institutional:
        found += [f"HI*ABK:{claim.diagnoses[0]}", f"HI*APR:{claim.diagnoses[0]}"]
        found += ["HI*" + "*".join(f"ABF:{d}" for d in claim.diagnoses[1:])]
        found += ["NM1*71*1*ABBOTT*AVERY****XX*1245319599"]
    else:
        codes = [f"{'ABF' if n else 'ABK'}:{d}" for n, d in enumerate(claim.diagnoses)]
        found += ["HI*" + "*".join(codes), "NM1*82*1*ABBOTT*AVERY****XX*1245319599",
                  "PRV*PE*PXC*207RC0000X"]
    for n, line in enumerate(claim.lines, 1):
        code = ":".join(("HC", line.code, *line.modifiers))
        found.append(f"LX*{n}")
        if claim.institutional:
            found.append(f"SV2*0510*{code}*{money(line.cents)}*UN*{line.units}")
        else:
            found.append(f"SV1*{code}*{money(line.cents)}*UN*{line.units}***{line.pointers}")
        found += [f"DTP*472*D8*{served:%Y%m%d}", f"REF*6R*{claim.number}-{n}"]
    return found


def remittance(*decisions: Decision, n: int = 1, trace: str = "", on: date | None = None) -> bytes:
    """Return an 835 with some decisions."""
    on = on or decisions[0].claim.sent_on + timedelta(days=14)
    loops, paid = [], 0
    for decision in decisions:
        one, cents = _decision(decision)
        loops += one
        paid += cents
    body = [
        f"BPR*I*{money(paid)}*C*ACH*CCP*01*071000013*DA*1001*1999999999**01*071000505*DA*2002"
        f"*{on:%Y%m%d}", f"TRN*1*{trace or f'TRACE{n}'}*1999999999", "N1*PR*SOME PAYER",
        "N3*1 MAIN STREET", "N4*SPRINGFIELD*MA*01101", "PER*BL*CLAIMS*TE*6175550101",
        "N1*PE*HOST HOSPITAL*XX*1245319599", "LX*1", *loops,
    ]
    return _envelope(body, "835", "005010X221A1", n, on, back=True)


def _decision(decision: Decision) -> tuple[list[str], int]:
    claim, sign = decision.claim, -1 if decision.status == "22" else 1
    paid, lines = 0, []
    for n, line in enumerate(claim.lines, 1):
        cas = decision.cas[n - 1] if n <= len(decision.cas) else ()
        got = sign * line.cents - sum(cents for _, _, cents in cas)
        paid += got
        code = ":".join(("HC", line.code, *line.modifiers))
        lines += [
            f"SVC*{code}*{money(sign * line.cents)}*{money(got)}**{line.units}",
            f"DTM*472*{claim.sent_on - timedelta(days=7):%Y%m%d}",
        ]
        lines += [f"CAS*{group}*{carc}*{money(cents)}" for group, carc, cents in cas]
        lines += [f"REF*6R*{claim.number}-{n}"] if decision.line_ids else []
        lines += [f"LQ*HE*{remark}" for remark in decision.remarks]
    frequency = claim.frequency if decision.frequency is None else decision.frequency
    clp = (
        f"CLP*{claim.number}*{decision.status}*{money(sign * claim.cents)}*{money(paid)}**MC"
        f"*{decision.icn}*11*{frequency}"
    ).rstrip("*")
    patient = f"NM1*QC*1*{claim.family}*JANE****MI*{claim.member}"
    return [clp, patient, *lines], paid


def implementation(n: int, accepted: bool = True) -> bytes:
    """Return the 999 of the host's 837 with this number."""
    code = "A" if accepted else "R"
    body = [f"AK1*HC*{n}*005010X222A1", "AK2*837*0001*005010X222A1"]
    body += [] if accepted else ["IK3*CLM*22**8", "IK4*2*782*1"]
    body += [f"IK5*{code}" + ("" if accepted else "*5"), f"AK9*{code}*1*1*{1 if accepted else 0}"]
    return _envelope(body, "999", "005010X231A1", 900 + n, DAY, back=True)


def acknowledgement(*said: tuple[Claim, str], n: int = 1) -> bytes:
    """Return a 277CA: (claim, A1:20 or A7:...)."""
    body = [
        "BHT*0085*08*1*20260303*1200*TH", "HL*1**20*1", "NM1*PR*2*SOME PAYER*****PI*99003",
        "TRN*1*1", "DTP*050*D8*20260303", "DTP*009*D8*20260303", "HL*2*1*21*1",
        "NM1*41*2*HOST*****46*HOST", "TRN*2*1", "STC*A1:19:PR*20260303*WQ*100",
        "HL*3*2*19*1", "NM1*85*2*HOST HOSPITAL*****XX*1245319599", "TRN*1*0",
        "STC*A1:19:PR**WQ*100",
    ]
    for at, (claim, status) in enumerate(said, 4):
        action = "WQ" if status.startswith(("A1", "A2")) else "U"
        body += [
            f"HL*{at}*3*PT", f"NM1*QC*1*{claim.family}*JANE****MI*{claim.member}",
            f"TRN*2*{claim.number}", f"STC*{status}*20260303*{action}*{money(claim.cents)}",
            f"REF*1K*PCN{at}", f"DTP*472*D8*{claim.sent_on:%Y%m%d}",
        ]
    return _envelope(body, "277", "005010X214", 500 + n, DAY + timedelta(days=1), back=True)


def coding(*rows: tuple[str, ...], header: str = "account,coder,coded_on,source,code") -> bytes:
    """Return a coding file."""
    return ("\n".join([header, *(",".join(row) for row in rows)]) + "\n").encode()


def replacement(claim: Claim, original: str, **changes: object) -> Claim:
    """Return the claim that replaces another."""
    later = claim.sent_on + timedelta(days=30)
    return replace(claim, **({"frequency": "7", "original": original, "sent_on": later} | changes))
