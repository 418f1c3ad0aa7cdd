"""Kafka's jars: right, or fetched again, or a line that says what to do."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from services.local import jars
from services.local.errors import StartError

BODIES = {"org.example:one:1.0": b"first jar", "org.example:two:2.0": b"second jar"}


class Mirror(http.server.BaseHTTPRequestHandler):
    """A Maven mirror of two jars; `bodies` is what it has."""

    bodies: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Answer with a jar of the table."""
        name = self.path.rpartition("/")[2]
        body = next((b for c, b in self.bodies.items() if jars.file_name(c) == name), None)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Mirror]]:
    """A mirror that the user's Maven settings name, and a table of two jars."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = tmp_path / ".m2" / "settings.xml"
    settings.parent.mkdir()
    settings.write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0"><mirrors><mirror><id>m</id>'
        f"<mirrorOf>central</mirrorOf><url>http://127.0.0.1:{server.server_port}/maven</url>"
        "</mirror></mirrors></settings>"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(
        jars, "table", lambda: {c: hashlib.sha256(b).hexdigest() for c, b in BODIES.items()}
    )
    Mirror.bodies = dict(BODIES)
    yield Mirror
    server.shutdown()
    server.server_close()


def test_jars_are_fetched_once_through_the_mirror_of_the_machine(
    mirror: type[Mirror], tmp_path: Path
) -> None:
    said: list[str] = []
    found = jars.fetch(tmp_path / "cache", said.append)
    assert [p.read_bytes() for p in found] == list(BODIES.values())
    assert "fetching 2 jars" in said[0]
    mirror.bodies = {}
    assert jars.fetch(tmp_path / "cache", said.append) == found
    assert len(said) == 1


def test_a_damaged_jar_is_fetched_again(mirror: type[Mirror], tmp_path: Path) -> None:
    first, _ = jars.fetch(tmp_path / "cache", lambda line: None)
    first.write_bytes(b"damaged")
    said: list[str] = []
    jars.fetch(tmp_path / "cache", said.append)
    assert first.read_bytes() == b"first jar"
    assert said == ["damaged in the cache, fetching again: one-1.0.jar"]


def test_a_jar_with_another_content_never_reaches_the_cache(
    mirror: type[Mirror], tmp_path: Path
) -> None:
    mirror.bodies["org.example:two:2.0"] = b"something else"
    with pytest.raises(StartError, match=r"two:2\.0 arrived with the wrong SHA-256"):
        jars.fetch(tmp_path / "cache", lambda line: None)
    assert not (tmp_path / "cache" / jars.FOLDER / "two-2.0.jar").exists()


def test_a_mirror_without_the_jar_is_named(mirror: type[Mirror], tmp_path: Path) -> None:
    mirror.bodies = {}
    with pytest.raises(StartError, match="is not in the Maven repository"):
        jars.fetch(tmp_path / "cache", lambda line: None)


def test_without_a_network_the_first_fetch_says_what_it_needs(
    mirror: type[Mirror], tmp_path: Path
) -> None:
    settings = tmp_path / ".m2" / "settings.xml"
    settings.write_text(
        "<settings><mirrors><mirror><mirrorOf>*</mirrorOf><url>http://127.0.0.1:1/</url></mirror>"
        "</mirrors></settings>"
    )
    with pytest.raises(StartError, match="the first start needs the network") as refused:
        jars.fetch(tmp_path / "cache", lambda line: None)
    assert "\n" not in str(refused.value)


def test_a_cache_that_cannot_be_written_is_named(mirror: type[Mirror], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(StartError, match="cannot be written"):
        jars.fetch(tmp_path / "cache", lambda line: None)


def test_the_table_names_the_broker_and_a_logger_of_its_line() -> None:
    coordinates = jars.table()
    assert "org.apache.kafka:kafka_2.13:4.3.1" in coordinates
    assert "org.slf4j:slf4j-simple:1.7.36" in coordinates
    assert len({jars.file_name(c) for c in coordinates}) == len(coordinates) == 46
