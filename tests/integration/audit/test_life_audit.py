"""What the topics say of an encounter's life: each wrong planted in it is found."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from kafka import KafkaProducer
from sqlalchemy import Engine, text

from schemas import codec, events, ids
from schemas.topics import holding
from services.audit import run
from services.codes import reference
from services.db.engine import connect
from services.kafka import clients
from services.phi import keys
from services.settings import Settings

AT = datetime(2026, 6, 1, tzinfo=UTC)
BILL = events.Bill(
    claim_type="professional", starts_on=date(2026, 5, 1),
    coverage=events.Coverage(payer_id="BCBS"),
    lines=(events.Line(line_id="L1", charge_cents=100),),
)  # fmt: skip
Say = Callable[..., None]


def life(encounter: str) -> dict[str, events.EncounterEvent]:
    """A visit that was coded, let pass, billed and paid."""
    one = {"encounter_id": encounter, "occurred_at": AT, "recorded_at": AT, "bill": BILL}
    claim = {"control_number": f"C{encounter}", "payer_id": "BCBS", "version": 1, "frequency": "1"}
    kinds = {
        "encounter": (events.Encounter, {"version": 1, "state": "ready", "bill": None}),
        "coded": (events.Coded, {"version": 1}),
        "validated": (events.Validated, {"version": 1, "verdict": "clean"}),
        "submitted": (events.Submitted, {**claim, "filing_deadline_on": date(2027, 1, 1)}),
        "sent": (events.Acknowledged, {**claim, "hop": "sent"}),
    }
    made: dict[str, events.EncounterEvent] = {}
    for name, (kind, more) in kinds.items():
        values = {k: v for k, v in {**one, **more}.items() if k in kind.__dataclass_fields__}
        if values.get("bill") is None:
            values.pop("bill", None)
        made[name] = kind(event_id=ids.derive("life", encounter, name), **values)
    return made


@pytest.fixture(scope="module")
def engine(instance: Settings) -> Iterator[Engine]:
    """A database that knows of one such visit."""
    engine = connect(instance.database_url.get_secret_value())
    with engine.begin() as conn:
        for encounter in ("E1", "E2", "E3"):
            statement = "insert into intake values (:id, 1, '\\x00', 'ready', 'test', now())"
            conn.execute(text(statement), {"id": encounter})
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def say(instance: Settings) -> Iterator[Say]:
    """Writes events to their topics."""
    producer = KafkaProducer(**clients.producer(instance))

    def write(*told: events.EncounterEvent) -> None:
        for one in told:
            topic = holding(one).name
            producer.send(topic, key=one.encounter_id.encode(), value=codec.encode(one))
        producer.flush()

    yield write
    producer.close()


def violations(instance: Settings, engine: Engine) -> dict[str, list[str]]:
    site = keys.read(instance.site_key_path)
    found = run.audit(instance, engine, site, reference.load())
    return {r.invariant: [v.text for v in r.violations] for r in found.results if not r.holds}


def finds(instance: Settings, engine: Engine, invariant: str, *sentences: str) -> bool:
    """Whether the audit says so; what was written this very moment it sees the next time."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if set(sentences) <= set(violations(instance, engine).get(invariant, [])):
            return True
    return False


@pytest.fixture(scope="module")
def clean(instance: Settings, engine: Engine, say: Say) -> dict[str, list[str]]:
    """What the audit says before anything is planted."""
    say(*life("E1").values())
    return violations(instance, engine)


def test_a_right_life_passes(clean: dict[str, list[str]]) -> None:
    assert clean == {}


def test_an_encounter_that_never_came_in_is_found(clean, instance, engine, say) -> None:
    say(life("STRANGER")["encounter"])
    assert finds(instance, engine, "I1", "an encounter on the topic is not in intake's table")


def test_a_claim_nobody_let_pass_is_found(clean, instance, engine, say) -> None:
    whole = life("E2")
    say(whole["encounter"], whole["coded"], whole["submitted"])
    sentence = "a claim was submitted that validation did not let pass"
    assert finds(instance, engine, "I1", sentence)


def test_two_claims_at_once_and_an_illegal_one_are_found(clean, instance, engine, say) -> None:
    whole = life("E3")
    second = events.Submitted(
        event_id=ids.derive("second"), encounter_id="E3", control_number="C4", payer_id="BCBS",
        version=2, frequency="7", predecessor="CE3", bill=BILL,
    )  # fmt: skip
    say(whole["encounter"], whole["coded"], whole["validated"], whole["submitted"], second)
    assert finds(
        instance, engine, "I5", "two submissions are outstanding at one payer",
        "a replacement or void names no payer claim number",
    )  # fmt: skip


def test_a_decision_nobody_posted_is_found(clean, instance, engine, say) -> None:
    said = events.Adjudicated(
        event_id=ids.derive("paid"), encounter_id="E1", control_number="CE1", payer_id="BCBS",
        remittance_id=ids.derive("none"), ordinal=1, status="1", charge_cents=100, paid_cents=100,
        decided_on=date(2026, 6, 9), bill=BILL,
    )  # fmt: skip
    say(said)
    assert finds(instance, engine, "I10", "an adjudicated event has no posted occurrence")


def test_an_item_without_a_cause_is_found(clean, instance, engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            text(
                "insert into rework_item (rework_id, encounter_id, kind, subject, status, revision,"
                " payer_id, category, team, coder_id, at_stake_cents, due_on) values"
                " (gen_random_uuid(), 'E1', 'denial', 'CE1', 'open', 1, 'BCBS', 'CODING',"
                " 'CODING', 'c1', 100, now())"
            )
        )
    assert finds(instance, engine, "I11", "a work item has no denial that caused it")


def test_a_figure_nothing_explains_is_found(clean, instance, engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            text(
                "insert into accuracy_bucket values ('first_pass_resolution', 'payer', 'BCBS',"
                " 'day', '2026-06-01', 'resolved', 1)"
            )
        )
    assert finds(instance, engine, "I14", "a count is not what the topics say")
