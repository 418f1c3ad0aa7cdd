"""Files of claims of many kinds: right, wrongly coded, second, refused at the door."""

from dataclasses import replace

from services.payer.tables import load
from tests.unit.payer.made import Made, Other, Service, inpatient, interchange, outpatient

SERVICES: dict[int, list[Service]] = {
    1: [Service("99203")],
    2: [Service(), Service("96360", "185")],
    3: [Service(units="3"), Service("36415", "18.05")],
    4: [Service("29075", "285.5")],
    5: [Service("96415")],
    6: [Service(verdict="72", adjusted=["CO*45*110", "PR*2*18"])],
}


def mixed(number: int = 45) -> list[Made]:
    """Return claims of many kinds: right, wrongly coded, second, refused at the door."""
    made = []
    for n in range(number):
        lines = SERVICES.get(n % 9, [Service()])
        claim = Made(f"C{n}", member=f"{n:011d}")
        claim.lines = [replace(line, line_id=f"L{n}.{i}") for i, line in enumerate(lines)]
        if n % 9 == 6:
            claim.sequence, claim.others = "S", [Other(paid="72")]
        elif n % 30 == 7:
            claim.member = "ABC"
        elif n % 30 == 17:
            claim.lines = [Service(pointers="7", line_id=f"L{n}")]
        elif n % 30 == 27:
            claim.frequency = "7"
        made.append(claim)
    return made


def mixed_hospital(number: int = 36) -> list[Made]:
    """Return stays and outpatient visits of many kinds."""
    made = []
    for n in range(number):
        make = inpatient if n % 2 else outpatient
        claim = make(f"H{n}", member=f"{n:011d}")
        claim.lines = [replace(line, line_id=f"{line.line_id}.{n}") for line in claim.lines]
        hospital = claim.hospital
        assert hospital is not None
        if n % 12 == 1:
            claim.hospital = replace(hospital, present=("", ""))
        elif n % 12 == 3:
            claim.diagnoses = ("Z9911", "E119")
        elif n % 12 == 4:
            claim.lines[0].code = "29075"
        elif n % 12 == 6:
            claim.lines[1].code = ""
        elif n % 12 == 7:
            claim.sequence = "S"
            claim.others = [Other(paid="4000", adjusted=["CO*45*1564.50", "PR*1*1676"])]
        elif n % 30 == 8:
            claim.hospital = replace(hospital, status="30")
        elif n % 30 == 10:
            claim.lines[0].revenue = "45"
        made.append(claim)
    return made


def mixes(payer: str) -> list[bytes]:
    """Return a file of each kind of claim the payer takes."""
    made = {"P": mixed, "I": mixed_hospital}
    kinds = load().plans[payer].claims
    return [interchange(made[kind](), payer, n) for n, kind in enumerate(kinds, 1)]
