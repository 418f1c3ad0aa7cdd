"""One batch, one transaction: what the runner promises, on a real PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from schemas import codec, events, ids, topics
from services.clock import Clock
from services.delivery import dead
from services.delivery.breaker import TooManyDead
from services.delivery.dead import Record
from services.delivery.processor import Processor
from services.delivery.runner import Runner
from services.phi.keys import SiteKey

SITE = SiteKey(b"k" * 32)


def coded(n: int, **fields) -> events.Coded:
    return events.Coded(event_id=ids.derive("coded", n), encounter_id=f"E{n}", version=1, **fields)


def record(event: events.Event, offset: int, partition: int = 0) -> Record:
    topic = topics.holding(event)
    key = getattr(event, topic.key).encode()
    return Record(topic.name, partition, offset, key, codec.encode(event))


def answer(event: events.Coded, verdict: str) -> events.Validated:
    return events.Validated(
        event_id=ids.derive("validated", event.event_id),
        encounter_id=event.encounter_id,
        verdict=verdict,
    )


def runner(engine, step, **parts) -> Runner:
    processor = Processor("validation", (topics.CODED,), (topics.VALIDATED,), step, **parts)
    return Runner(processor, engine, Clock(), SITE)


def verdict(words):
    words = iter(words)
    return lambda state, event, moment: (None, [answer(event, next(words))])


def ranges(engine):
    with engine.begin() as conn:
        rows = conn.execute(
            text("select partition, first, last, outcome from offset_range order by 1, 2")
        )
        return [tuple(row) for row in rows]


def test_a_batch_takes_effect_and_its_outputs_are_stored(engine):
    outgoing = runner(engine, verdict(["clean", "held"])).commit(
        [record(coded(1), 0), record(coded(2), 1)]
    )

    assert [codec.decode(o.topic, o.value).verdict for o in outgoing] == ["clean", "held"]
    assert ranges(engine) == [(0, 0, 1, "done")]


def test_a_replay_publishes_the_stored_bytes_though_the_step_has_changed(engine):
    batch = [record(coded(1), 0)]
    first = runner(engine, verdict(["clean"])).commit(batch)

    again = runner(engine, verdict(["held"])).commit(batch)

    assert again == first
    assert ranges(engine) == [(0, 0, 0, "done")]


def test_a_second_copy_of_an_event_has_no_second_effect(engine):
    one = runner(engine, verdict(["clean"]))
    one.commit([record(coded(1), 0), record(coded(1), 1)])

    assert ranges(engine) == [(0, 0, 0, "done"), (0, 1, 1, "duplicate")]


def test_the_same_id_with_other_content_is_a_dead_letter(engine):
    one = runner(engine, verdict(["clean"] * 2))
    one.commit([record(coded(1), 0)])

    outgoing = one.commit([record(replace(coded(1), coder_id="C2"), 1)])

    assert dead.read(outgoing[0].value).reason == "other_content"
    assert ranges(engine)[-1] == (0, 1, 1, "dead")


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        (None, b"E1", "empty"),
        (b"", b"E1", "empty"),
        (b"garbage", b"E1", "bad_magic"),
        (b"\0\0\0\0\x63abc", b"E1", "unknown_schema"),
        (codec.encode(events.Rework(encounter_id="E1")), b"E1", "wrong_topic"),
        (codec.encode(coded(1))[:-3], b"E1", "truncated_or_corrupt"),
        (codec.encode(coded(1)) + b"x", b"E1", "trailing_bytes"),
        (b"\0" * 1_000_001, b"E1", "oversized"),
        (codec.encode(coded(1)), None, "null_key"),
        (codec.encode(coded(1)), b"E2", "wrong_key"),
    ],
    ids=lambda p: p if isinstance(p, str) else "",
)
def test_garbage_becomes_a_dead_letter_with_a_reason_and_its_neighbour_is_processed(
    engine, value, key, reason
):
    garbage = Record("claims.coded", 0, 0, key, value)

    outgoing = runner(engine, verdict(["clean"])).commit([garbage, record(coded(7), 1)])

    letter = dead.read(next(o.value for o in outgoing if o.topic == "claims.validation.dead"))
    assert (letter.reason, letter.coordinates) == (reason, "claims.coded/0/0")
    assert dead.unseal(SITE, letter) == (key, value)
    assert ranges(engine) == [(0, 0, 0, "dead"), (0, 1, 1, "done")]


def test_the_bytes_of_a_dead_letter_are_sealed(engine):
    garbage = Record("claims.coded", 0, 0, b"E1", b"Mrs Canary of Elm Street")

    outgoing = runner(engine, verdict([])).commit([garbage])

    assert b"Canary" not in outgoing[0].value


def test_a_bug_on_one_record_does_not_stop_its_neighbours(engine):
    def step(state, event, moment):
        if event.encounter_id == "E2":
            raise ZeroDivisionError
        return None, [answer(event, "clean")]

    outgoing = runner(engine, step).commit([record(coded(n), n) for n in (1, 2, 3)])

    assert [o.topic for o in outgoing].count("claims.validated") == 2
    assert ranges(engine) == [(0, 1, 1, "done"), (0, 2, 2, "dead"), (0, 3, 3, "done")]


def test_a_redriven_record_takes_effect_once_the_bug_is_mended(engine):
    def broken(state, event, moment):
        raise ZeroDivisionError

    runner(engine, broken).commit([record(coded(1), 0)])

    outgoing = runner(engine, verdict(["clean"])).commit([record(coded(1), 1)])

    assert [o.topic for o in outgoing] == ["claims.validated"]


def test_a_bug_that_fails_everything_stops_the_worker_and_commits_nothing(engine):
    def broken(state, event, moment):
        raise ZeroDivisionError

    with pytest.raises(TooManyDead):
        runner(engine, broken).commit([record(coded(n), n) for n in range(60)])

    assert ranges(engine) == []


def test_an_effect_the_database_refuses_kills_only_its_own_record(engine):
    def save(conn, states):
        conn.execute(
            text("select cast(x as date) from unnest(cast(:v as text[])) as x"),
            {"v": ["0000-00-00" if s == "E2" else "2026-01-01" for s in states]},
        ).all()

    def step(state, event, moment):
        return event.encounter_id, [answer(event, "clean")]

    outgoing = runner(engine, step, save=save).commit([record(coded(n), n) for n in (1, 2, 3)])

    assert [o.topic for o in outgoing].count("claims.validated") == 2
    assert (0, 2, 2, "dead") in ranges(engine)


def test_state_is_loaded_for_the_keys_of_the_batch_and_threads_through_it(engine):
    seen, saved = [], {}

    def step(state, event, moment):
        seen.append(state)
        return (state or 0) + 1, ()

    second = replace(coded(1), event_id=ids.derive("second"))
    runner(
        engine, step, load=lambda conn, batch: {"E1": 40}, save=lambda conn, s: saved.update(s)
    ).commit([record(coded(1), 0), record(second, 1)])

    assert (seen, saved) == ([40, 41], {"E1": 42})


def test_ranges_grow_instead_of_piling_up(engine):
    one = runner(engine, verdict(["clean"] * 9))
    for n in range(6):
        one.commit([record(coded(n), n)])

    assert ranges(engine) == [(0, 0, 5, "done")]
