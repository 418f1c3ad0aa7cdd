"""A shadow home on a real broker: from the host's files to the work list, and no way out."""

import json
import os
import subprocess
import sys
import time

from kafka import KafkaConsumer, KafkaProducer
from sqlalchemy import text

from services.clock import Clock
from services.db.engine import connect
from services.delivery import outbox
from services.delivery.consume import Consumer
from services.delivery.publish import KafkaPublisher
from services.delivery.runner import Runner
from services.kafka import clients
from services.local import runfile
from services.shadow import payers
from services.shadow.load import Importer
from services.worklist import process
from services.worklist.feed import feed
from streams import TOPOLOGY
from tests.integration.shadow.conftest import NOW, PARTIES, SITE, TERMS, empty
from tests.integration.shadow.pilot import FILES

LONGEST_S = 60


def test_files_become_work_and_nothing_leaves(instance, tmp_path):
    settings = instance.model_copy(update={"shadow": True})
    runfile.write(instance.home, {**runfile.read(instance.home), "shadow": True})
    engine = connect(settings.database_url.get_secret_value())
    empty(engine)
    for n, content in enumerate(FILES):
        (tmp_path / f"file-{n}").write_bytes(content)
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings, "relay")))
    processors = (
        TOPOLOGY["denials"](TERMS), process.processor(feed.processor(settings, SITE)),
    )
    loops = [_loop(settings, engine, one, publisher) for one in processors]

    Importer(engine, SITE, payers.Payers(PARTIES), TERMS, lambda: NOW).run([tmp_path])
    outbox.relay(engine, "shadow", publisher)
    end = time.monotonic() + LONGEST_S
    while _items(engine) != 2 and time.monotonic() < end:
        for loop in loops:
            loop.step()

    assert _items(engine) == 2
    assert not settings.exchange_folder.exists()
    for command in (["gateway"], ["worker", "assembly"], ["payer"], ["demo"], ["intake"]):
        said = _run(settings, *command)
        assert said.returncode == 2, command
        assert "never sends" in said.stderr
    assert not settings.exchange_folder.exists()
    again = json.loads(_run(settings, "shadow", "import", str(tmp_path), "--json").stdout)
    assert (again["files"], again["claims"]) == ({"known": 5}, {})
    measured = json.loads(_run(settings, "shadow", "report", "--json").stdout)
    assert measured["returnable"]["n"] == 2
    handed = _run(settings, "shadow", "export", "--csv", str(tmp_path / "out.csv"))
    assert (handed.returncode, handed.stdout) == (0, "0 of 0 corrections handed over\n")
    for said in (again, measured):
        assert "HAR-" not in str(said)
    engine.dispose()


def _loop(settings, engine, processor, publisher) -> Consumer:
    consumer = KafkaConsumer(
        *(topic.name for topic in processor.reads),
        **clients.consumer(settings, group=f"claims.{processor.name}", client_id=processor.name),
    )
    return Consumer(Runner(processor, engine, Clock(NOW, NOW, 0.0), SITE), consumer, publisher)


def _items(engine) -> int:
    with engine.connect() as conn:
        return conn.execute(text("select count(*) from work_item")).scalar_one()


def _run(settings, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *command], capture_output=True, text=True,
        env=os.environ | {"CLAIMLOOP_HOME": str(settings.home)}, check=False, timeout=60,
    )
