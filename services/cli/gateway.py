"""``claimloop gateway``: the process between us and the payers."""

from services.cli import CannotRun, app


@app.command
def gateway() -> None:
    """Run the gateway: claims out as 837P files, answers in, each exactly once.

    Nothing is sent while the file ``gateway.closed`` is in the home folder.
    """
    import signal
    import threading

    from kafka import KafkaConsumer, KafkaProducer

    from services import settings as settings_module
    from services.codes.reference import InvalidReference
    from services.db.engine import connect
    from services.delivery.consume import Consumer
    from services.delivery.publish import KafkaPublisher
    from services.delivery.runner import Runner
    from services.gateway import process, wiring
    from services.gateway.partners import InvalidPartners
    from services.gateway.service import Gateway
    from services.kafka import clients, topics
    from services.ops import http, logs, metrics
    from services.phi import keys

    settings = settings_module.load()
    logs.configure(settings, process.NAME)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
        engine = connect(settings.database_url.get_secret_value(), name=process.NAME)
        sender, receiver = wiring.build(settings, engine, site)
    except (topics.TopicsError, keys.SiteKeyError, InvalidReference, InvalidPartners) as why:
        raise CannotRun(str(why)) from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work = process.processor()
    consumer = KafkaConsumer(
        *(topic.name for topic in work.reads),
        **clients.consumer(settings, group=f"claims.{process.NAME}", client_id=process.NAME)
        # Topics made a moment ago are found soon; a killed gateway's partitions wait ten seconds.
        | {"metadata_max_age_ms": 5_000, "session_timeout_ms": 10_000},
    )
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings, process.NAME)))
    loop = Consumer(
        Runner(work, engine, settings.clock, site), consumer, publisher,
        metrics.batch(process.NAME),
    )
    health = http.serve(settings, process.NAME, lambda: bool(consumer.assignment()))
    _calm_collector()
    try:
        Gateway(loop, sender, receiver, publisher, engine).run(stop)
    finally:
        consumer.close()
        health.close()


def _calm_collector() -> None:
    """Look for cycles less often: a file is many small objects and no cycle; saves a quarter."""
    import gc

    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
