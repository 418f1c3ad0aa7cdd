"""``claimloop worklist``: the process that feeds coders and keeps their work."""

from typing import TYPE_CHECKING

from services.cli import CannotRun, app, engine_of, need_broker

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.phi.keys import SiteKey
    from services.settings import Settings
    from services.worklist.service import Timer


@app.command
def worklist() -> None:
    """Run the worklist: encoder feed, work items, and the relay of what people did."""
    import signal
    import threading

    from kafka import KafkaConsumer, KafkaProducer

    from services import settings as settings_module
    from services.delivery.consume import Consumer
    from services.delivery.publish import KafkaPublisher
    from services.delivery.runner import Runner
    from services.kafka import clients, topics
    from services.ops import http, logs, metrics
    from services.phi import keys
    from services.worklist import process, service
    from services.worklist.feed import feed

    settings = settings_module.load()
    need_broker(settings)
    engine = engine_of(settings, process.NAME)
    logs.configure(settings, process.NAME)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
    except (topics.TopicsError, keys.SiteKeyError) as why:
        raise CannotRun(str(why)) from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    processor = process.processor(feed.processor(settings, site))
    consumer = KafkaConsumer(
        *(topic.name for topic in processor.reads),
        **clients.consumer(settings, group=f"claims.{process.NAME}", client_id=process.NAME),
    )
    loop = Consumer(
        Runner(processor, engine, settings.clock, site),
        consumer,
        KafkaPublisher(KafkaProducer(**clients.producer(settings, process.NAME))),
        metrics.batch(process.NAME),
    )
    relayed = KafkaPublisher(KafkaProducer(**clients.producer(settings, "relay")))
    health = http.serve(
        settings, process.NAME, lambda: bool(consumer.assignment()),
        lambda: _observe(settings, engine),
    )
    try:
        relay = service.relay(engine, process.PRODUCERS, relayed)
        timers = [
            relay, *_recalls(settings, engine, site), _audited(settings, engine, site),
            _clockwork(settings, engine, site),
        ]
        service.run(loop, timers, stop)
    finally:
        consumer.close()
        health.close()


def _observe(settings: "Settings", engine: "Engine") -> None:
    """Set the gauges that are asked of the database."""
    from services.ops import tables, work

    work.observe(engine, settings.clock.today)
    tables.observe(engine, settings.clock.today(), packaged=not settings.demo)


def _clockwork(settings: "Settings", engine: "Engine", site: "SiteKey") -> "Timer":
    """Return what keeps clocks, scores and owners, and tells of deadlines."""
    from services.claims import terms
    from services.codes import reference
    from services.worklist import service
    from services.worklist.clockwork import timer

    known = terms.of(site, reference.load(settings.reference))
    work = timer.Clockwork(engine, known, settings.clock, arriving=not settings.shadow)
    return service.Timer("clocks", work.look)


def _audited(settings: "Settings", engine: "Engine", site: "SiteKey") -> "Timer":
    """Return what chains and anchors the audit log."""
    from services.phi import audit_chain, audit_follower
    from services.worklist import service

    path = settings.home / audit_chain.FILE
    return service.Timer("audit", audit_follower.Follower(engine, site, path).look)


def _recalls(settings: "Settings", engine: "Engine", site: "SiteKey") -> "list[Timer]":
    """Return what recalls claims when a rule takes effect; a shadow sends none, and has none."""
    from services.claims import terms
    from services.codes import reference
    from services.codes.library.library import Library
    from services.db.stores import codes
    from services.worklist import service
    from services.worklist.rulebook import recall

    def tables() -> Library:
        return codes.at_hand(engine, settings.home / "codes")

    if settings.shadow:
        return []
    known = terms.of(site, reference.load(settings.reference), tables(), tables)
    return [service.Timer("recall", recall.Recalls(engine, known, settings.clock).look)]
