"""``claimloop gateway``: the process between us and the payers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app, engine_of, need_broker, not_in_a_shadow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.delivery.processor import Processor
    from services.delivery.runner import Runner
    from services.gateway.receive import Receiver
    from services.gateway.send import Sender
    from services.settings import Settings

    Runners = Callable[[Processor[Any]], Runner[Any]]


gateway = App(name="gateway", help="The process between us and the payers.")
app.command(gateway)


@gateway.default
def run(*, reconciled: bool = False) -> int:
    """Run the gateway: claims out as 837P files, answers in, each exactly once.

    Nothing is sent while the file ``gateway.closed`` is in the home folder.

    Args:
        reconciled: After a restore: learn from topics and folders what was sent since the backup,
            open the gateway, and end.
    """
    return _reconcile() if reconciled else _run()


@gateway.command
def release(file_id: str, *, as_: str, reason: str) -> int:
    """Say that a held 835 is to be posted although it does not balance.

    Two people must, one of them a supervisor; then what balances is posted and the difference goes
    to suspense. The password is asked for, or read from standard input.

    Args:
        file_id: As `claimloop exchange show` prints it.
        as_: Sign-in name of who says so.
        reason: Why it may be posted.
    """
    import sys

    from services.cli.exchange import connected, identified
    from services.clock import real_now
    from services.gateway import exchange

    engine = connected()
    role = identified(engine, as_)
    try:
        with engine.begin() as conn:
            missing = exchange.approve(conn, file_id, as_, role, reason, real_now())
    except exchange.NotPossible as why:
        sys.stderr.write(f"claimloop: {why}\n")
        return 1
    waits = f"noted; {missing} must agree" if missing else "released: the gateway posts it"
    sys.stdout.write(waits + "\n")
    return 0


def _run() -> int:
    import signal
    import threading

    from kafka import KafkaConsumer, KafkaProducer

    from services.delivery.consume import Consumer
    from services.delivery.publish import KafkaPublisher
    from services.gateway.process import NAME, processor
    from services.gateway.service import Gateway, Subscription
    from services.kafka import clients
    from services.ops import http, metrics

    settings, runner, engine, (sender, receiver) = _parts()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work = processor()
    consumer = KafkaConsumer(
        **clients.consumer(settings, group=f"claims.{NAME}", client_id=NAME)
        # Topics made a moment ago are found soon; a killed gateway's partitions wait ten seconds.
        | {"metadata_max_age_ms": 5_000, "session_timeout_ms": 10_000},
    )
    subscription = Subscription(consumer, [topic.name for topic in work.reads])
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings, NAME)))
    loop = Consumer(runner(work), consumer, publisher, metrics.batch(NAME))
    health = http.serve(settings, NAME, lambda: bool(consumer.assignment()))
    counted = metrics.batch(NAME)
    _calm_collector()
    try:
        Gateway(
            loop, subscription, sender, receiver, publisher, engine,
            lambda events: counted(0, events),
        ).run(stop)
    finally:
        consumer.close()
        health.close()
    return 0


def _reconcile() -> int:
    import sys

    from kafka import KafkaConsumer

    from services.gateway.reconcile import reconcile
    from services.kafka import clients

    settings, runner, engine, (sender, _) = _parts()
    consumer = KafkaConsumer(**clients.consumer(settings, group=None, client_id="reconcile"))
    try:
        now = settings.clock.now()
        learnt = reconcile(engine, runner, consumer, sender.folders, now)
    finally:
        consumer.close()
    sender.closed.unlink(missing_ok=True)
    sys.stdout.write(
        f"{learnt.submitted} submissions read, {learnt.moved} claims stand further than the"
        " backup knew; the gateway is open\n"
    )
    return 0


def _parts() -> "tuple[Settings, Runners, Engine, tuple[Sender, Receiver]]":
    """Return what both need: settings, a runner of a processor, the database, both halves.

    Raises:
        CannotRun: topics, site key, reference or partners cannot be used.
    """
    from services import settings as settings_module
    from services.codes.reference import InvalidReference
    from services.delivery.runner import Runner
    from services.gateway import process, wiring
    from services.gateway.partners import InvalidPartners
    from services.kafka import topics
    from services.ops import logs
    from services.phi import keys

    settings = settings_module.load()
    not_in_a_shadow(settings)
    need_broker(settings)
    engine = engine_of(settings, process.NAME)
    logs.configure(settings, process.NAME)
    try:
        topics.check(settings)
        site = keys.read(settings.site_key_path)
        halves = wiring.build(settings, engine, site)
    except (topics.TopicsError, keys.SiteKeyError, InvalidReference, InvalidPartners) as why:
        raise CannotRun(str(why)) from None
    return settings, lambda work: Runner(work, engine, settings.clock, site), engine, halves


def _calm_collector() -> None:
    """Look for cycles less often: a file is many small objects and no cycle; saves a quarter."""
    import gc

    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
