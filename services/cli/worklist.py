"""``claimloop worklist``: the process that feeds coders and keeps their work."""

from services.cli import CannotRun, app


@app.command
def worklist() -> None:
    """Run the worklist: encoder feed, work items, and the relay of what people did."""
    import signal
    import threading

    from kafka import KafkaConsumer, KafkaProducer

    from services import settings as settings_module
    from services.db.engine import connect
    from services.delivery import outbox
    from services.delivery.consume import Consumer, retry
    from services.delivery.publish import KafkaPublisher
    from services.delivery.runner import Runner
    from services.kafka import clients, topics
    from services.ops import http, logs, metrics
    from services.phi import keys
    from services.worklist import feed, process

    settings = settings_module.load()
    logs.configure(settings, process.NAME)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
    except (topics.TopicsError, keys.SiteKeyError) as why:
        raise CannotRun(str(why)) from None
    engine = connect(settings.database_url.get_secret_value(), name=process.NAME)
    work = process.processor(feed.processor(settings, site))
    source = KafkaConsumer(
        *(topic.name for topic in work.reads),
        **clients.consumer(settings, group=f"claims.{process.NAME}", client_id=process.NAME),
    )
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings, process.NAME)))
    relayed = KafkaPublisher(KafkaProducer(**clients.producer(settings, f"{process.NAME}-relay")))
    loop = Consumer(
        Runner(work, engine, settings.clock, site), source, publisher, metrics.batch(process.NAME)
    )
    stop, broken = threading.Event(), threading.Event()

    def relay() -> None:
        try:
            while not stop.is_set():
                moved = sum(
                    retry(lambda p=producer: outbox.relay(engine, p, relayed))
                    for producer in process.PRODUCERS
                )
                if not moved:
                    stop.wait(0.1)
        finally:
            broken.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=relay, name="relay", daemon=True)
    thread.start()
    health = http.serve(settings, process.NAME, lambda: bool(source.assignment()))
    try:
        while not stop.is_set():
            loop.step()
            if broken.is_set() and not stop.is_set():
                raise SystemExit(70)
        thread.join(10)
        source.close()
    finally:
        health.close()
