"""What is deployed is what runs locally."""

import re
import tomllib
from pathlib import Path

import yaml

from services.local import programs

ROOT = Path(__file__).parents[2]


def compose() -> dict[str, dict[str, object]]:
    """Return the services of the compose file."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def pins(file: Path) -> dict[str, str]:
    """Return package -> version of a lock."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", file.read_text(), re.M))


def test_compose_runs_the_same_processes_by_the_same_commands() -> None:
    services = compose()
    assert set(services) == {*programs.ALL, "prepare"}
    for name, words in programs.SUBCOMMANDS.items():
        assert services[name]["command"] == " ".join(words)


def test_every_port_is_published_on_the_loopback_address_alone() -> None:
    for name, service in compose().items():
        for port in service.get("ports", []):  # type: ignore[attr-defined]
            assert str(port).startswith("127.0.0.1:"), name


def test_images_are_pinned_and_every_process_has_a_healthcheck() -> None:
    services = compose()
    assert services["kafka"]["image"] == "apache/kafka:4.3.1"
    assert services["postgres"]["image"] == "postgres:18"
    assert all("healthcheck" in service for service in services.values())


def test_the_images_lock_is_part_of_the_projects_lock() -> None:
    ours, image = pins(ROOT / "requirements.lock"), pins(ROOT / "deploy/docker/requirements.lock")
    assert image.items() <= ours.items()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in wanted}
    assert names <= set(image)


def test_locks_and_make_name_no_address() -> None:
    for name in ("requirements.lock", "deploy/docker/requirements.lock", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(), name
