"""Submissions, and the answers a payer would give to the files made of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from schemas import codec, events
from schemas.ids import derive
from services.clock import Clock
from services.db.engine import connect
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.gateway import process, wiring
from services.gateway.receive import Receiver
from services.gateway.send import Sender
from services.phi import vault
from services.phi.keys import SiteKey
from services.settings import Settings
from services.x12 import document, read837

SITE = SiteKey(b"g" * 32)
PERSON = vault.Demographics(
    family="Muster", given="Maria", birth_date="1950-02-03", sex="F", address="12 Main Street",
    city="Springfield", state="MA", zip="01101", member_id="12345678901", record_number="R1",
    patient_source_id="P1", encounter_source_id="E1",
)
CLOCK = Clock(datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), 0.0)


@dataclass(frozen=True)
class Bench:
    """A gateway on a real database and real folders, without Kafka."""

    engine: Engine
    sender: Sender
    receiver: Receiver
    root: Path

    def take(self, *submitted: events.Submitted) -> None:
        """Consume submissions."""
        runner = Runner(process.processor(), self.engine, CLOCK, SITE)
        runner.commit(
            [
                Record(
                    "claims.submitted", 0, self._next(), e.encounter_id.encode(), codec.encode(e)
                )
                for e in submitted
            ]
        )

    def _next(self) -> int:
        Bench.offset += 1
        return Bench.offset

    def sent(self, payer: str) -> list[Path]:
        """Files the payer finds, oldest first."""
        return sorted((self.root / payer / "to_payer").iterdir())

    def answer(self, payer: str, name: str, content: bytes) -> None:
        """Put an answer in place and let the gateway look twice."""
        (self.root / payer / "from_payer" / name).write_bytes(content)
        self.receiver.step()
        self.receiver.step()

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Rows of a query."""
        with self.engine.connect() as conn:
            return [tuple(row) for row in conn.execute(text(statement), values)]

    def one(self, statement: str, **values: object) -> object:
        """The only value of a query."""
        ((value,),) = self.rows(statement, **values)
        return value

    def said(self, topic: str) -> list[object]:
        """Events of a topic in the outbox, in order."""
        rows = self.rows("select value from outbox where topic = :t order by seq", t=topic)
        return [codec.decode(topic, bytes(value)) for (value,) in rows]  # type: ignore[arg-type]


Bench.offset = 0  # type: ignore[attr-defined]


def bench(database: Settings, home: Path) -> Bench:
    """Return a gateway with empty tables and folders."""
    settings = database.model_copy(update={"home": home, "exchange": None})
    engine = connect(database.database_url.get_secret_value(), name="test-gateway")
    with engine.begin() as conn:
        for table in ("posting", "journal", "remittance_claim", "remittance", "release_approval",
                      "inbound_file", "gateway_claim", "claim_move", "claim_refusal", "deposit",
                      "exchange_item", "interchange", "partner_number", "inbox", "outbox",
                      "offset_range"):
            conn.execute(text(f"delete from {table}"))
    sender, receiver = wiring.build(settings, engine, SITE)
    sender = Sender(engine, CLOCK, SITE, sender.reference, sender.partners, sender.folders,
                    sender.closed)
    receiver = Receiver(engine, CLOCK, SITE, receiver.payees, receiver.partners, receiver.folders)
    return Bench(engine, sender, receiver, settings.exchange_folder)


def submitted(
    engine: Engine, number: int, payer: str = "BCBS", **changes: object
) -> events.Submitted:
    """Return a submission with sealed demographics."""
    encounter = SITE.opaque("encounter", str(changes.pop("visit", number)))
    kid = vault.data_key_id(SITE, "P1")
    with engine.begin() as conn:
        key = vault.ensure_keys(conn, SITE, [kid])[kid]
    bill = events.Bill(
        claim_type="professional", facility_id="main", department="primary_care",
        encounter_class="ambulatory", place_of_service="11", starts_on=date(2026, 5, 4),
        ends_on=date(2026, 5, 4), patient=events.Patient(age_years=76, sex="F"),
        coverage=events.Coverage(payer_id=payer, plan="commercial", starts_on=date(2020, 1, 1)),
        billing_npi="2000000010", rendering_npi="2000001307",
        diagnoses=(events.Diagnosis(code="E11.9", assigned_by="c1", source="coder"),),
        lines=(
            events.Line(line_id=f"L{number}A", code="99213", modifiers=("25",), units=1,
                        charge_cents=12550, pointers=(1,), place_of_service="11",
                        served_on=date(2026, 5, 4), assigned_by="c1", source="coder"),
            events.Line(line_id=f"L{number}B", code="G0008", units=1, charge_cents=3000,
                        pointers=(1,), place_of_service="11", served_on=date(2026, 5, 4),
                        assigned_by="chargemaster", source="chargemaster"),
        ),
        demographics=vault.seal(key, kid, encounter, "demographics", asdict(PERSON)),
    )
    content: dict[str, object] = {
        "event_id": derive("submitted", number), "occurred_at": CLOCK.base,
        "recorded_at": CLOCK.base, "encounter_id": encounter,
        "control_number": SITE.opaque("control", str(number), length=20), "payer_id": payer,
        "version": 1, "coder_id": "c1", "frequency": "1",
        "filing_deadline_on": date(2027, 5, 4), "rework_id": derive("rework", number),
        "bill": bill,
    }
    return events.Submitted(**{**content, **changes})  # type: ignore[arg-type]


def send(bench: Bench, count: int, payer: str = "BCBS") -> list[events.Submitted]:
    """Take some claims in and send them in one step; return them."""
    claims = [submitted(bench.engine, n, payer) for n in range(1, count + 1)]
    bench.take(*claims)
    assert bench.sender.step() == count
    return claims


def states(bench: Bench) -> dict[str, str]:
    """Return control number -> state of every claim."""
    return dict(bench.rows("select control_number, state from gateway_claim"))  # type: ignore[arg-type]


def claims_in(path: Path) -> list[read837.ClaimAsRead]:
    """Claims of one of our files."""
    found = [one.content for one in document.read([path.read_bytes()])]
    assert all(isinstance(one, read837.ClaimAsRead) for one in found)
    return found  # type: ignore[return-value]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wrapped(
    kind: str, guide: str, group: str, sets: Sequence[Sequence[str]], *, control: int = 1,
    sender: str = "990000004", receiver: str = "CLAIMLOOP1", usage: str = "T", loose: str = "",
) -> bytes:
    """Return an interchange of sets, each without ST and SE."""
    isa = (
        f"ISA*00*          *00*          *30*{sender:15}*ZZ*{receiver:15}*260702*0930*^*00501"
        f"*{control:09d}*0*{usage}*:~\n"
    )
    body = ""
    for number, rows in enumerate(sets, 1):
        inside = "".join(f"{row}~\n" for row in rows)
        body += f"ST*{kind}*{number:04d}*{guide}~\n{inside}SE*{len(rows) + 2}*{number:04d}~\n"
    if sets:
        body = (
            f"GS*{group}*{sender}*{receiver}*20260702*0930*{control}*X*{guide}~\n{body}"
            f"GE*{len(sets)}*{control}~\n"
        )
    tail = f"IEA*{1 if sets else 0}*{control:09d}~\n"
    return (isa + (f"{loose}~\n" if loose else "") + body + tail).encode()


def ta1(answered: int, code: str, **envelope: object) -> bytes:
    """Return a TA1 on an interchange of ours."""
    row = f"TA1*{answered:09d}*260701*1200*{code}*000"
    return wrapped("", "", "", (), loose=row, **envelope)  # type: ignore[arg-type]


def ack999(answered: int, verdicts: dict[str, str], **envelope: object) -> bytes:
    """Return a 999 on a group of ours: ST02 -> A or R."""
    rows = [f"AK1*HC*{answered}*005010X222A1"]
    for control, code in verdicts.items():
        rows.append(f"AK2*837*{control}*005010X222A1")
        if code == "R":
            rows += ["IK3*CLM*22**8", "IK4*5:3*1325*7"]
        rows.append(f"IK5*{code}" + ("*5" if code == "R" else ""))
    good = sum(code != "R" for code in verdicts.values())
    whole = "A" if good == len(verdicts) else "P" if good else "R"
    rows.append(f"AK9*{whole}*{len(verdicts)}*{len(verdicts)}*{good}")
    return wrapped("999", "005010X231A1", "FA", [rows], **envelope)  # type: ignore[arg-type]


def status277(claims: dict[str, str], **envelope: object) -> bytes:
    """Return a 277CA: control number -> payer claim number, or empty for a refusal."""
    rows = [
        "BHT*0085*08*R1*20260702*0930*TH", "HL*1**20*1", "NM1*PR*2*PAYER*****PI*99004", "TRN*1*T1",
        "DTP*050*D8*20260702", "DTP*009*D8*20260702", "HL*2*1*21*1",
        "NM1*41*2*HOSPITAL*****46*CLAIMLOOP1", "TRN*2*B1", "STC*A1:19*20260702*WQ*100",
        "HL*3*2*19*1", "NM1*85*2*HOSPITAL*****XX*2000000010",
    ]
    for at, (number, icn) in enumerate(claims.items(), 4):
        rows += [f"HL*{at}*3*PT", "NM1*QC*1*MUSTER*MARIA****MI*12345678901", f"TRN*2*{number}"]
        status = "A2:20" if icn else "A7:562:85"
        rows.append(f"STC*{status}*20260702*{'WQ' if icn else 'U'}*155.5")
        rows += [f"REF*1K*{icn}"] if icn else []
    return wrapped("277", "005010X214", "HN", [rows], **envelope)  # type: ignore[arg-type]


def remit835(
    claims: Sequence[str], *, paid: str = "", trace: str = "TRACE1", payee: str = "2000000010",
    plb: Sequence[str] = (), **envelope: object,
) -> bytes:
    """Return an 835 of claim blocks (see `paid_claim`); BPR02 is their sum unless given."""
    rows = [
        f"BPR*I*{paid}*C*ACH*CCP*01*111000025*DA*33*1990000004**01*111000025*DA*22*20260702",
        f"TRN*1*{trace}*1990000004", "DTM*405*20260702", "N1*PR*DEMO BLUE PLAN",
        "N3*4 CARRIER WAY", "N4*CHICAGO*IL*606010001", "PER*BL*HELP*TE*8005550104",
        f"N1*PE*HOSPITAL*XX*{payee}", "LX*1",
    ]
    rows += [row for block in claims for row in block.split("\n")]
    rows += plb
    return wrapped("835", "005010X221A1", "HP", [rows], **envelope)  # type: ignore[arg-type]


def paid_claim(
    number: str, prefix: str, icn: str = "ICN1", sign: str = "", status: str = "1"
) -> str:
    """Return a claim of 155.50: 100 paid, 40 written off, 15.50 the patient's."""
    return (
        f"CLP*{number}*{status}*{sign}155.5*{sign}100*{sign}15.5*BL*{icn}*11*1\n"
        "NM1*QC*1*MUSTER*MARIA****MI*12345678901\n"
        f"SVC*HC:99213:25*{sign}125.5*{sign}80**1\nDTM*472*20260504\nCAS*CO*45*{sign}30\n"
        f"CAS*PR*1*{sign}15.5\nREF*6R*{prefix}A\n"
        f"SVC*HC:G0008*{sign}30*{sign}20**1\nDTM*472*20260504\nCAS*CO*45*{sign}10\n"
        f"REF*6R*{prefix}B\nLQ*HE*N130"
    )


def denied_claim(number: str, prefix: str) -> str:
    """Return a claim denied for a diagnosis that does not support it."""
    return (
        f"CLP*{number}*1*155.5*0**BL*ICN2*11*1\nNM1*QC*1*MUSTER*MARIA****MI*12345678901\n"
        f"SVC*HC:99213:25*125.5*0**1\nDTM*472*20260504\nCAS*CO*11*125.5\nREF*6R*{prefix}A\n"
        f"SVC*HC:G0008*30*0**1\nDTM*472*20260504\nCAS*CO*11*30\nREF*6R*{prefix}B"
    )
