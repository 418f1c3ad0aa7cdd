"""What every test can ask for: a real broker and a real database, and a fresh share of both.

core      one Kafka and one PostgreSQL for the whole run of the tests
database  a fresh, migrated database (of the module)
instance  a fresh home, database and empty topics (of the module)
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.settings import Settings

SITE_KEY = bytes(range(32))
ALLOWED_SKIPS = ("no Docker engine", "no ../shared")
# Stops what the tests started when they end without a word: its standard input ends with them.
MOURNER = """
import pathlib, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
sys.stdin.read()
from services.local import instance
instance.stop(pathlib.Path(sys.argv[1]))
"""
_skips: Counter[str] = Counter()


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a local Kafka and PostgreSQL, with topics and migrated database."""
    from services.local import instance, programs

    home = tmp_path_factory.mktemp("core")
    mourner = subprocess.Popen((sys.executable, "-c", MOURNER, str(home)), stdin=subprocess.PIPE)
    plain = Settings(home=home, kafka_bootstrap_servers="", database_url=SecretStr(""))
    yield instance.start(plain, programs.CORE, site_key=SITE_KEY)
    instance.stop(home)
    mourner.communicate()


@pytest.fixture(scope="module")
def database(core: Settings, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings with a database of this module alone."""
    import psycopg
    from psycopg import sql

    name = "test_" + request.module.__name__.replace(".", "_")[-50:]
    server = core.database_url.get_secret_value()
    address = server.rpartition("/")[0] + "/" + name
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    create = sql.SQL("create database {} template claimloop").format(sql.Identifier(name))
    with psycopg.connect(server.rpartition("/")[0] + "/postgres", autocommit=True) as conn:
        conn.execute(drop)
        conn.execute(create)
        yield core.model_copy(update={"database_url": SecretStr(address)})
        conn.execute(drop)


@pytest.fixture(scope="module")
def instance(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a home, a database and empty topics of this module alone.

    The home has its ``run.json`` and site key, so that a process started with `CLAIMLOOP_HOME`
    set to it finds everything.
    """
    from services.local import runfile
    from services.phi import keys

    home = tmp_path_factory.mktemp("home")
    empty_topics(database)
    keys.create(home / "site.key", SITE_KEY)
    runfile.write(
        home,
        {
            "kafka_bootstrap_servers": database.kafka_bootstrap_servers,
            "database_url": database.database_url.get_secret_value(),
        },
    )
    return database.model_copy(update={"home": home})


def empty_topics(settings: Settings) -> None:
    """Delete and create every topic of ours."""
    from kafka.admin import KafkaAdminClient

    from schemas import topics as contract
    from services.kafka import clients, topics
    from services.local.supervise import wait_for

    admin = KafkaAdminClient(**clients.admin(settings))
    try:
        there = [name for name in admin.list_topics() if name in contract.BY_NAME]
        if there:
            admin.delete_topics(there)
            wait_for(lambda: not set(admin.list_topics()) & set(there), 30)
    finally:
        admin.close()
    topics.apply(settings)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of inputs nobody here wrote; tests that need it are skipped without it."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared")
    return folder


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a module in one process, and together what is counted together."""
    from xdist.scheduler import LoadFileScheduling

    class ByModule(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            together = nodeid.startswith("tests/unit/claims/")
            return "tests/unit/claims" if together else super()._split_scope(nodeid)

    return ByModule(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Leave out kafka-python's own use of an old standard library call, 218 times a run."""
    for where in ("kafka.protocol.schemas.load_json", "importlib.resources._legacy"):
        config.addinivalue_line("filterwarnings", f"ignore::DeprecationWarning:{where}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count skips by reason."""
    _count(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Count modules skipped as a whole."""
    _count(report)


def _count(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        _skips[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of CI that skipped for a reason it must not have."""
    if os.environ.get("CI") == "true" and _forbidden() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print skips by reason."""
    for reason, count in sorted(_skips.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")
    if os.environ.get("CI") == "true" and _forbidden():
        terminalreporter.write_line(f"not allowed under CI: {'; '.join(_forbidden())}", red=True)


def _forbidden() -> list[str]:
    return sorted(reason for reason in _skips if not reason.startswith(ALLOWED_SKIPS))
