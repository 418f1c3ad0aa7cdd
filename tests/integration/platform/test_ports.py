"""W16: a running ClaimLoop, every process of it, listens where it is meant to and nowhere else."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.local import instance, programs, supervise
from services.settings import Settings

LISTENING = "0A"
LOOPBACK = {
    "0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000",
}
"""127.0.0.1, the same written as IPv6, and ::1, as the kernel prints them."""
FAUSTS_OWN = 6066
WANTED = {"kafka": 2, "postgres": 1, "web": 2} | {
    name: 1 for name in programs.WORKERS if name not in ("web", "payer")
}


def _listening() -> dict[str, tuple[str, int]]:
    """Return socket inode -> (address, port) of everything that listens."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == LISTENING:
                address, port = parts[1].split(":")
                found[parts[9]] = (address, int(port, 16))
    return found


def _family(pid: int) -> set[int]:
    """Return a process and all below it."""
    below = {pid}
    for _ in range(4):
        for task in list(below):
            children = Path(f"/proc/{task}/task/{task}/children")
            if children.exists():
                below |= set(map(int, children.read_text().split()))
    return below


def _ports(pid: int, listening: dict[str, tuple[str, int]]) -> set[tuple[str, int]]:
    found = set()
    for one in _family(pid):
        for link in Path(f"/proc/{one}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:[") and target[8:-1] in listening:
                found.add(listening[target[8:-1]])
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_w16_every_process_listens_on_the_loopback_address_on_its_own_ports_alone(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, kafka_bootstrap_servers="", database_url=SecretStr(""))
    instance.start(settings, programs.ALL)
    try:
        told = [home / "ports" / f"{name}.json" for name in WANTED if name not in programs.CORE]
        supervise.wait_for(lambda: all(file.is_file() for file in told), 120)
        known = supervise.states(supervise.Place(home))
        listening = _listening()
        open_ = {name: _ports(known[name]["pid"], listening) for name in programs.ALL}
    finally:
        instance.stop(home)
    for name, ports in open_.items():
        assert {address for address, _ in ports} <= LOOPBACK, name
        assert FAUSTS_OWN not in {port for _, port in ports}
        if name in WANTED:
            assert len(ports) == WANTED[name], (name, ports)
