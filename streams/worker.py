"""Run one processor on Kafka with Faust: the only file that knows Faust.

    noack_take --> runner.commit (a thread) --> publish, await every ack --> stream.ack

1. Topics are raw bytes: Faust would acknowledge what it cannot decode.
2. One batch is in flight; nothing is acknowledged before its outputs are on the broker.
3. No exception leaves the agent: Faust would acknowledge the batch. Whatever is not a transient
   fault ends the process at once, unacknowledged, and its supervisor starts it again.
4. `SafeConsumer` never commits past a delivered message that is not acknowledged.
5. A watchdog ends a process that has messages and finishes no batch, or does not stop on SIGTERM.
"""

import asyncio
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiokafka
import faust
import structlog
import uvloop
from aiokafka.partitioner import murmur2
from faust.transport.drivers import aiokafka as driver

from schemas import topics
from services.delivery.consume import retry
from services.delivery.crashpoint import crashpoint
from services.delivery.dead import Record
from services.delivery.outbox import Outgoing
from services.delivery.runner import Runner

log = structlog.get_logger()

BATCH = 1000
WITHIN_S = 0.05
STALL_S = 120.0
METADATA_MS = 5_000
"""How long a worker may miss partitions: a broker that has just started may not name them yet,
and who joins its group then is given nothing until it hears of them."""
STOP_S = 20.0
BUG, STALLED, STUCK = 70, 71, 72
DRIVEN_VERSION = "0.15.3"


class SafeConsumer(driver.Consumer):
    """A consumer that holds its commits back behind the lowest unacknowledged message.

    Stock Faust commits past a message that was delivered and not acknowledged
    (faust-streaming issue 606), and keeps those messages in a weak set that forgets them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unacked_messages: set[Any] = set()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Forget the messages of partitions that another worker will read again."""
        self._unacked_messages -= {m for m in self._unacked_messages if m.tp in revoked}
        await super().on_partitions_revoked(revoked)

    def _filter_committable_offsets(self, tps: Any) -> Any:
        lowest: dict[Any, int] = {}
        for message in self._unacked_messages:
            if not message.acked:
                offset = lowest.get(message.tp, message.offset)
                lowest[message.tp] = min(offset, message.offset)
        hidden = {}
        for tp, low in lowest.items():
            acked = self._acked.get(tp)
            if acked:
                hidden[tp] = [offset for offset in acked if offset > low]
                acked[:] = [offset for offset in acked if offset < low]
        offsets = super()._filter_committable_offsets(tps)
        for tp, held in hidden.items():
            self._acked[tp].extend(held)
        return offsets

    async def wait_first(self, *waits: Any, timeout: Any = None) -> Any:
        """Deliver a message without two tasks for each: twice the events per second.

        The fetch loop races the delivery against the flow-control switch. A delivery that
        finishes without suspending, the common case, needs no race.
        """
        if len(waits) != 2 or timeout is not None or faust.__version__ != DRIVEN_VERSION:
            return await super().wait_first(*waits, timeout=timeout)
        delivery, suspended = waits
        coroutine = delivery if asyncio.iscoroutine(delivery) else _awaited(delivery)
        try:
            future = coroutine.send(None)
        except StopIteration:
            suspended.close()
            return None
        return await super().wait_first(_resumed(coroutine, future), suspended)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


class _Rest:
    """The rest of a coroutine that has been started and waits for a future."""

    def __init__(self, coroutine: Any, future: Any) -> None:
        self._coroutine, self._future = coroutine, future

    def __await__(self) -> Any:
        future = self._future
        while True:
            try:
                value = yield future
            except BaseException as error:  # noqa: BLE001 - handed on into the coroutine
                step = self._coroutine.throw, error
            else:
                step = self._coroutine.send, value
            try:
                future = step[0](step[1])
            except StopIteration as stop:
                return stop.value


async def _resumed(coroutine: Any, future: Any) -> Any:
    return await _Rest(coroutine, future)


class SafeTransport(driver.Transport):
    """Faust's Kafka transport with the safe consumer."""

    Consumer = SafeConsumer


class SafeApp(faust.App):
    """A Faust app on the safe transport."""

    def _new_transport(self) -> Any:
        return SafeTransport(self.conf.broker_consumer, self)


class Progress:
    """Whether a batch is in hand and since when, for the watchdog and for readiness."""

    def __init__(self) -> None:
        self.began_at = time.monotonic()
        self.waiting = False

    @property
    def stalled(self) -> bool:
        """Whether a batch was begun and not finished for too long."""
        return self.waiting and time.monotonic() - self.began_at > STALL_S

    def begin(self) -> None:
        """Note that a batch was begun."""
        self.began_at = time.monotonic()
        self.waiting = True

    def finish(self) -> None:
        """Note that a batch is acknowledged."""
        self.waiting = False


class BatchPublisher:
    """Publishes through aiokafka's idempotent producer, one send a partition and size limit."""

    def __init__(self, producer: aiokafka.AIOKafkaProducer) -> None:
        self._producer = producer

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Send all and wait for every acknowledgement.

        Raises:
            aiokafka.errors.KafkaError: one was not acknowledged.
        """
        parts: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for record in records:
            parts[record.topic, _partition(record)].append(record)
        acks = []
        for (topic, partition), part in parts.items():
            for batch in self._batches(part):
                acks.append(await self._producer.send_batch(batch, topic, partition=partition))
        crashpoint("publish.sent")
        await asyncio.gather(*acks)

    def _batches(self, records: Sequence[Outgoing]) -> list[Any]:
        batches = [self._producer.create_batch()]
        for record in records:
            line = {"key": record.key.encode(), "value": record.value, "timestamp": None}
            if batches[-1].append(**line) is None:
                batches[-1].close()
                batches.append(self._producer.create_batch())
                batches[-1].append(**line)
        batches[-1].close()
        return batches


def _partition(record: Outgoing) -> int:
    """Return the partition every Kafka client's default partitioner gives a key."""
    count = topics.BY_NAME[record.topic].partitions
    return int(murmur2(record.key.encode()) & 0x7FFFFFFF) % count


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker is told from outside.

    Attributes:
        broker: ``host:port[,host:port]``.
        producer: aiokafka's arguments for the producer; TLS and SASL serve the consumer too.
        datadir: Folder Faust may write into; never Kafka's log directory.
        on_batch: Called with the numbers of records and outputs of each batch.
        session_s: How long the partitions of a killed worker wait for the next.
    """

    broker: str
    producer: dict[str, Any]
    datadir: Path
    on_batch: Callable[[int, int], None]
    session_s: float = 10.0


def _app(name: str, told: Told) -> SafeApp:
    """Return a Faust app with every setting that delivery rests on."""
    return SafeApp(
        id=f"claims.{name}",
        broker=";".join(f"kafka://{address}" for address in told.broker.split(",")),
        broker_credentials=_credentials(told.producer),
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=str(told.datadir),
        stream_wait_empty=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        broker_commit_every=5000,
        broker_session_timeout=told.session_s,
        broker_heartbeat_interval=3.0,
        broker_rebalance_timeout=60.0,
        broker_max_poll_interval=300.0,
        broker_max_poll_records=2000,
        stream_buffer_maxsize=131_072,
        consumer_max_fetch_size=4 << 20,
        consumer_metadata_max_age_ms=METADATA_MS,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_recovery_delay=0.0,
        web_enabled=False,
        debug=False,
    )


def build(runner: Runner[Any], told: Told, progress: Progress) -> SafeApp:
    """Return the Faust app of one processor."""
    name = runner.processor.name
    app = _app(name, told)
    reads = [topic.name for topic in runner.processor.reads]
    source = app.topic(*reads, key_type=bytes, value_type=bytes, acks=True)
    threads = ThreadPoolExecutor(1, thread_name_prefix=name)
    producers: list[aiokafka.AIOKafkaProducer] = []

    async def handle(events: Sequence[Any]) -> None:
        batch = [_record(event) for event in events]
        loop = asyncio.get_running_loop()
        outgoing = await loop.run_in_executor(threads, retry, lambda: runner.commit(batch))
        if outgoing:
            if not producers:
                producers.append(await _producer(told))
            await BatchPublisher(producers[0]).publish(outgoing)
        crashpoint("runner.published")
        told.on_batch(len(batch), len(outgoing))

    @app.agent(source, name=name)
    async def process(stream: Any) -> None:
        async for events in stream.noack_take(BATCH, within=WITHIN_S):
            progress.begin()
            try:
                await handle(events)
                for event in events:
                    await stream.ack(event)
                crashpoint("worker.acknowledged")
            except BaseException as error:  # noqa: BLE001 - nothing may leave an agent
                log.critical("worker_stops", processor=name, kind=type(error).__name__)
                os._exit(BUG)
            progress.finish()

    return app


def _credentials(security: dict[str, Any]) -> Any:
    """Return Faust's form of aiokafka's security arguments."""
    if security.get("sasl_mechanism"):
        return faust.SASLCredentials(
            username=security["sasl_plain_username"],
            password=security["sasl_plain_password"],
            mechanism=security["sasl_mechanism"],
            ssl_context=security.get("ssl_context"),
        )
    if security.get("ssl_context"):
        return faust.SSLCredentials(security["ssl_context"])
    return None


def _record(event: Any) -> Record:
    message = event.message
    return Record(message.topic, message.partition, message.offset, message.key, message.value)


async def _producer(told: Told) -> aiokafka.AIOKafkaProducer:
    producer = aiokafka.AIOKafkaProducer(**told.producer)
    await producer.start()
    return producer


def watch(progress: Progress) -> None:
    """Start the watchdog: end the process when it is stuck, so that its supervisor helps."""

    def stalled() -> None:
        while True:
            time.sleep(5)
            if progress.stalled:
                log.critical("worker_stalled")
                os._exit(STALLED)

    threading.Thread(target=stalled, name="watchdog", daemon=True).start()


class BoundedWorker(faust.Worker):
    """A Faust worker that leaves within `STOP_S` seconds of a signal, come what may."""

    def _schedule_shutdown(self, signal: Any) -> None:
        timer = threading.Timer(STOP_S, os._exit, (STUCK,))
        timer.daemon = True
        timer.start()
        super()._schedule_shutdown(signal)


def run(runner: Runner[Any], told: Told, progress: Progress) -> None:
    """Run the worker until SIGTERM."""
    uvloop.install()
    told.datadir.mkdir(parents=True, exist_ok=True)
    app = build(runner, told, progress)
    watch(progress)
    BoundedWorker(
        app, loglevel="WARN", override_logging=False, redirect_stdouts=False, quiet=True
    ).execute_from_commandline()
