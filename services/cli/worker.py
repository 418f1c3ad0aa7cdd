"""``claimloop worker NAME``: run one stream processor."""

from services.cli import CannotRun, app, engine_of, need_broker, not_in_a_shadow


@app.command
def worker(name: str) -> None:
    """Run a stream processor: validation, assembly, denials or accuracy.

    Args:
        name: The processor.
    """
    from services import settings as settings_module
    from services.claims import terms
    from services.codes import reference
    from services.codes.library.library import Library
    from services.db.stores import codes
    from services.delivery.runner import Runner
    from services.kafka import clients, topics
    from services.ops import http, logs, metrics
    from services.phi import keys
    from streams import TOPOLOGY
    from streams import worker as faust_worker

    if name not in TOPOLOGY:
        raise CannotRun(f"no such processor: {name}; there are {', '.join(TOPOLOGY)}")
    settings = settings_module.load()
    if name in ("validation", "assembly"):
        not_in_a_shadow(settings)
    need_broker(settings)
    engine = engine_of(settings, name, pool=2)
    logs.configure(settings, name)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
    except (topics.TopicsError, keys.SiteKeyError) as why:
        raise CannotRun(str(why)) from None
    progress = faust_worker.Progress()
    told = faust_worker.Told(
        broker=settings.kafka_bootstrap_servers,
        producer=clients.aio_producer(settings),
        datadir=settings.home / "faust" / name,
        on_batch=metrics.batch(name),
        session_s=settings.session_s,
    )
    http.serve(settings, name, lambda: not progress.stalled)

    def tables() -> Library:
        return codes.at_hand(engine, settings.home / "codes")

    parties = reference.load(settings.reference)
    processor = TOPOLOGY[name](terms.of(site, parties, tables(), tables))
    faust_worker.run(Runner(processor, engine, settings.clock, site), told, progress)
