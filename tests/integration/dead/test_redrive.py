"""A dead letter put back on its topic takes effect once, where it had none."""

import orjson
import pytest
from kafka import KafkaConsumer, KafkaProducer

from schemas import codec, events, ids, topics
from services.audit import delivery, letters, life
from services.cli import app, dead, trace  # noqa: F401 - registers the commands
from services.clock import Clock
from services.db.engine import connect
from services.delivery.consume import Consumer
from services.delivery.processor import Processor
from services.delivery.publish import KafkaPublisher
from services.delivery.runner import Runner
from services.kafka import clients
from services.phi import keys


class Bench:
    """A processor that has a bug until it is mended."""

    def __init__(self, settings):
        self.settings = settings
        self.engine = connect(settings.database_url.get_secret_value())
        self.producer = KafkaProducer(**clients.producer(settings))
        self.publisher = KafkaPublisher(self.producer)
        self.mended = False
        processor = Processor("validation", (topics.CODED,), (topics.VALIDATED,), self.step)
        site = keys.read(settings.site_key_path)
        self.site = site
        self.reader = KafkaConsumer(
            "claims.coded", **clients.consumer(settings, "claims.validation")
        )
        self.loop = Consumer(
            Runner(processor, self.engine, Clock(), site),
            self.reader,
            self.publisher,
        )

    def step(self, state, event, moment):
        if event.version == 2 and not self.mended:
            raise ValueError
        out = events.Validated(
            event_id=ids.derive("v", event.event_id), encounter_id=event.encounter_id,
            version=event.version, verdict="clean",
        )  # fmt: skip
        return None, [out]

    def send(self, n, version):
        event = events.Coded(event_id=ids.derive(n), encounter_id="ENC", version=version)
        self.producer.send("claims.coded", key=b"ENC", value=codec.encode(event)).get(10)

    def take(self, count):
        while count > 0:
            count -= self.loop.step(timeout_ms=1000)


@pytest.fixture(scope="module")
def bench(instance):
    bench = Bench(instance)
    bench.send(1, 1)
    bench.send(2, 2)
    bench.send(3, 3)
    bench.take(3)
    yield bench
    bench.reader.close()
    bench.producer.close()
    bench.engine.dispose()


def run(bench, monkeypatch, capsys, *words):
    monkeypatch.setenv("CLAIMLOOP_HOME", str(bench.settings.home))
    status = app(words, result_action="return_value", exit_on_error=False)
    return status, capsys.readouterr().out


def test_the_list_shows_what_died_and_nothing_of_its_content(bench, monkeypatch, capsys):
    _, out = run(bench, monkeypatch, capsys, "dead", "list", "--json")
    (letter,) = orjson.loads(out)["letters"]
    assert (letter["consumer"], letter["reason"]) == ("validation", "bug")
    assert letter["disposition"] == "open"
    _, shown = run(bench, monkeypatch, capsys, "dead", "show", letter["coordinates"], "--json")
    assert "ENC" not in shown
    _, revealed = run(
        bench, monkeypatch, capsys, "dead", "show", letter["coordinates"], "--reveal", "--json"
    )
    assert orjson.loads(revealed)["letters"][0]["key"] == "ENC"


def test_a_redriven_record_takes_effect_once_where_it_had_none(bench, monkeypatch, capsys):
    bench.mended = True
    _, out = run(bench, monkeypatch, capsys, "dead", "redrive", "--all", "--json")
    assert orjson.loads(out) == {"redriven": 1}
    _, again = run(bench, monkeypatch, capsys, "dead", "redrive", "--all", "--json")
    assert orjson.loads(again) == {"redriven": 0}
    bench.take(1)

    said = [m for m in life.trace(bench.settings, "ENC") if m.event == "validated"]
    assert sorted(m.summary for m in said) == [f"version {v} clean: no finding" for v in (1, 2, 3)]
    (pair,) = letters.letters(bench.settings, bench.engine)
    assert pair[0].disposition == "replayed"
    assert [r.violations for r in delivery.check(bench.settings, bench.engine)] == [(), (), ()]


def test_a_trace_tells_the_life_in_order_with_coordinates(bench, monkeypatch, capsys):
    status, out = run(bench, monkeypatch, capsys, "trace", "ENC", "--json")
    told = orjson.loads(out)["events"]
    assert status == 0
    assert [e["copies"] for e in told if e["event"] == "coded"] == [1, 2, 1]
    assert {e["partition"] for e in told} == {told[0]["partition"]}
    assert run(bench, monkeypatch, capsys, "trace", "NOBODY")[0] == 1
