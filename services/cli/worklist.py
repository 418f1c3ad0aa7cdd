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
    from services.delivery.consume import Consumer
    from services.delivery.publish import KafkaPublisher
    from services.delivery.runner import Runner
    from services.kafka import clients, topics
    from services.ops import http, logs, metrics, work
    from services.phi import keys
    from services.worklist import feed, process, service

    settings = settings_module.load()
    logs.configure(settings, process.NAME)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
    except (topics.TopicsError, keys.SiteKeyError) as why:
        raise CannotRun(str(why)) from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = connect(settings.database_url.get_secret_value(), name=process.NAME)
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
        lambda: work.observe(engine, settings.clock.today),
    )
    try:
        service.run(loop, service.Relay(engine, process.PRODUCERS, relayed), stop)
    finally:
        consumer.close()
        health.close()
