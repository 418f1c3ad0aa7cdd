"""What a whole batch has to say goes out even when its last record dies."""

from schemas import codec, events, ids, topics
from services.clock import Clock
from services.delivery.dead import Record
from services.delivery.processor import Processor
from services.delivery.runner import Runner
from services.phi.keys import SiteKey


def test_what_a_batch_says_goes_out_though_its_last_event_is_a_bug(engine):
    def step(state, event, moment):
        if event.version == 2:
            raise ValueError
        return 1, []

    def finish(conn, changed, moment):
        return [events.Validated(event_id=ids.derive("finish", len(changed)), encounter_id="E1")]

    processor = Processor("validation", (topics.CODED,), (topics.VALIDATED,), step, finish=finish)
    runner = Runner(processor, engine, Clock(), SiteKey(b"k" * 32))
    batch = [
        Record(
            "claims.coded",
            0,
            version,
            f"E{version}".encode(),
            codec.encode(
                events.Coded(
                    event_id=ids.derive(version), encounter_id=f"E{version}", version=version
                )
            ),
        )
        for version in (1, 2)
    ]

    first = runner.commit(batch)

    assert sorted(o.topic for o in first) == ["claims.validated", "claims.validation.dead"]
    assert runner.commit(batch) == first
