"""Files for the X12 bench, made on the fly: two-line claims that every contestant accepts.

`remittance` yields an 835 of any size in chunks, in one transaction set or in many, so that a file
of 200 MB never stands in memory or on disk; `professional` an 837P.
"""

from collections.abc import Iterator

CHUNK = 1 << 16
_ISA = (
    "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*260401*1200*^*00501"
    "*000000001*0*T*:~\n"
)
_CLAIM_835 = (
    "CLP*{n:010d}*1*250*200**MC*ICN{n:010d}*11*1~\n"
    "NM1*QC*1*DOE*JANE****MI*M{n:08d}~\n"
    "DTM*232*20260301~\n"
    "SVC*HC:99213*150*120**1~\nDTM*472*20260301~\nCAS*CO*45*30~\nREF*6R*{n:010d}A~\nAMT*B6*120~\n"
    "SVC*HC:85025*100*80**1~\nDTM*472*20260301~\nCAS*CO*45*20~\nREF*6R*{n:010d}B~\nAMT*B6*80~\n"
)
SEGMENTS_835 = _CLAIM_835.count("~")
BYTES_835 = len(_CLAIM_835.format(n=0))
_CLAIM_837P = (
    "HL*{hl}*1*22*0~\nSBR*P*18*******MC~\nNM1*IL*1*DOE*JANE****MI*M{n:08d}~\nN3*12 MAIN STREET~\n"
    "N4*SPRINGFIELD*MA*01101~\nDMG*D8*19500203*F~\nNM1*PR*2*DEMO MEDICAID*****PI*99003~\n"
    "CLM*{n:010d}*250***11:B:1*Y*A*Y*Y~\nHI*ABK:E119*ABF:I10~\n"
    "NM1*82*1*ABBOTT*AVERY****XX*1245319599~\nPRV*PE*PXC*207RC0000X~\n"
    "LX*1~\nSV1*HC:99213:25*150*UN*1***1:2~\nDTP*472*D8*20260301~\nREF*6R*{n:010d}A~\n"
    "LX*2~\nSV1*HC:85025*100*UN*1***1~\nDTP*472*D8*20260301~\nREF*6R*{n:010d}B~\n"
)
_CLAIM_837I = (
    "HL*{hl}*1*22*0~\nSBR*P*18*******MC~\nNM1*IL*1*DOE*JANE****MI*M{n:08d}~\nN3*12 MAIN STREET~\n"
    "N4*SPRINGFIELD*MA*01101~\nDMG*D8*19500203*F~\nNM1*PR*2*DEMO MEDICAID*****PI*99003~\n"
    "CLM*{n:010d}*250***13:A:1**A*Y*Y~\nDTP*434*RD8*20260301-20260301~\nCL1*3*1*01~\n"
    "HI*ABK:E119~\nHI*APR:R0789~\nHI*ABF:I10~\nNM1*71*1*ABBOTT*AVERY****XX*1245319599~\n"
    "LX*1~\nSV2*0510*HC:99213*150*UN*1~\nDTP*472*D8*20260301~\nREF*6R*{n:010d}A~\n"
    "LX*2~\nSV2*0300*HC:85025*100*UN*1~\nDTP*472*D8*20260301~\nREF*6R*{n:010d}B~\n"
)
GUIDES = {"837P": "005010X222A1", "837I": "005010X223A2"}
_CLAIMS = {"837P": _CLAIM_837P, "837I": _CLAIM_837I}


def remittance(claims: int, claims_a_set: int | None = None) -> Iterator[bytes]:
    """Yield an 835 of so many claims.

    Args:
        claims: In the file.
        claims_a_set: In a transaction set; all in one when none is given.
    """
    claims_a_set = claims_a_set or claims
    yield (
        _ISA.format(sender="PAYER", receiver="HOSPITAL")
        + "GS*HP*PAYER*HOSPITAL*20260401*1200*1*X*005010X221A1~\n"
    ).encode()
    sets, done = 0, 0
    while done < claims:
        sets += 1
        count = min(claims_a_set, claims - done)
        yield _head_835(sets, count).encode()
        yield from _chunks(_CLAIM_835.format(n=n) for n in range(done, done + count))
        yield f"SE*{count * SEGMENTS_835 + 10}*{sets:04d}~\n".encode()
        done += count
    yield f"GE*{sets}*1~\nIEA*1*000000001~\n".encode()


def _head_835(number: int, claims: int) -> str:
    return (
        f"ST*835*{number:04d}~\nBPR*I*{claims * 200}*C*ACH*CCP*01*071000013*DA*1001*1999999999**01"
        f"*071000505*DA*2002*20260401~\nTRN*1*TRACE{number:06d}*1999999999~\nN1*PR*DEMO MEDICAID~\n"
        "N3*1 MAIN STREET~\nN4*SPRINGFIELD*MA*01101~\nPER*BL*CLAIMS*TE*6175550101~\n"
        "N1*PE*RIVERSIDE*XX*1245319599~\n"
        "LX*1~\n"
    )


def claims(kind: str, count: int) -> bytes:
    """Return an 837P or 837I of so many claims in one set."""
    head = (
        _ISA.format(sender="HOSPITAL", receiver="PAYER")
        + f"GS*HC*HOSPITAL*PAYER*20260401*1200*1*X*{GUIDES[kind]}~\nST*837*0001*{GUIDES[kind]}~\n"
        "BHT*0019*00*0001*20260401*1200*CH~\nNM1*41*2*RIVERSIDE*****46*HOSPITAL~\n"
        "PER*IC*BILLING*TE*6175550101~\nNM1*40*2*PAYER*****46*PAYER~\nHL*1**20*1~\n"
        "PRV*BI*PXC*282N00000X~\nNM1*85*2*RIVERSIDE*****XX*1245319599~\nN3*100 HOSPITAL DRIVE~\n"
        "N4*SOMERVILLE*MA*021430001~\nREF*EI*001234567~\n"
    )
    one = _CLAIMS[kind]
    body = "".join(one.format(n=n, hl=n + 2) for n in range(count))
    segments = head.count("~") - 2 + body.count("~") + 1
    return (head + body + f"SE*{segments}*0001~\nGE*1*1~\nIEA*1*000000001~\n").encode()


def _chunks(parts: Iterator[str]) -> Iterator[bytes]:
    kept: list[str] = []
    size = 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= CHUNK:
            yield "".join(kept).encode()
            kept, size = [], 0
    yield "".join(kept).encode()
