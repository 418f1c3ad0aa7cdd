"""Kafka's jars: fetched once by Maven coordinate into a cache, each checked by its SHA-256.

    coordinates and digests (kafka-4.3.1.sha256) -> jgo -> cache -> class path

The table was made by resolving `org.apache.kafka:kafka_2.13:4.3.1` and
`org.slf4j:slf4j-simple:1.7.36` (without a binding the broker dies without a word), so nothing is
left to resolve here.
"""

import hashlib
import os
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.local.errors import StartError

TABLE = Path(__file__).parent / "kafka-4.3.1.sha256"
FOLDER = "kafka-4.3.1"
AT_ONCE = 8

Says = Callable[[str], None]


def table() -> dict[str, str]:
    """Return Maven coordinate -> SHA-256 of every jar of the class path."""
    lines = (line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {coordinate: digest for digest, coordinate in lines}


def file_name(coordinate: str) -> str:
    """Return the name of a jar in the cache.

    >>> file_name("org.slf4j:slf4j-simple:1.7.36")
    'slf4j-simple-1.7.36.jar'
    """
    _, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def fetch(cache: Path, says: Says) -> list[Path]:
    """Return Kafka's jars, fetching those that are missing or damaged.

    Args:
        cache: A folder of ours; the jars go to a folder below it.
        says: Told what happens, a line at a time.

    Raises:
        StartError: a jar could not be fetched, or is not the one expected.
    """
    folder = cache / FOLDER
    wanted = table()
    bad = [c for c, digest in wanted.items() if _digest(folder / file_name(c)) != digest]
    if bad:
        damaged = [c for c in bad if (folder / file_name(c)).exists()]
        for coordinate in damaged:
            says(f"damaged in the cache, fetching again: {file_name(coordinate)}")
        if len(damaged) < len(bad):
            says(f"fetching {len(bad) - len(damaged)} jars of Kafka into {folder}, once")
        _fetch_all(folder, {c: wanted[c] for c in bad})
    return [folder / file_name(c) for c in wanted]


def class_path(jars: Iterable[Path]) -> str:
    """Return Java's class path of some jars."""
    return os.pathsep.join(str(jar) for jar in jars)


def _fetch_all(folder: Path, wanted: dict[str, str]) -> None:
    incoming = folder / f".incoming-{os.getpid()}"
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        incoming.mkdir(parents=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda item: _fetch_one(folder, incoming, *item), wanted.items()):
                pass
    except OSError as error:
        if _is_network(error):
            raise StartError(
                "Kafka's jars could not be fetched: the Maven repository does not answer; "
                "the first start needs the network, or a filled cache in "
                f"{folder} (CLAIMLOOP_CACHE names another)"
            ) from None
        raise StartError(
            f"Kafka's jars cannot be written to {folder} ({error.strerror}): "
            "make room there, or name another folder with CLAIMLOOP_CACHE"
        ) from None
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _fetch_one(folder: Path, incoming: Path, coordinate: str, digest: str) -> None:
    """Fetch one jar through jgo; it appears in the cache only when complete and right."""
    from jgo.maven import MavenContext  # 0.3 s to import, needed once in the life of a cache

    context = MavenContext(repo_cache=incoming, remote_repos=repositories(), timeout=30)
    try:
        jar = context.create_dependency(coordinate).artifact.resolve()
    except RuntimeError:
        raise StartError(
            f"Kafka's jar {coordinate} is not in the Maven repository this machine is set to use: "
            "check the mirror in ~/.m2/settings.xml"
        ) from None
    if _digest(jar) != digest:
        raise StartError(
            f"Kafka's jar {coordinate} arrived with the wrong SHA-256: "
            "check the Maven mirror of this machine, then start again"
        )
    jar.replace(folder / file_name(coordinate))


def repositories(home: Path | None = None) -> dict[str, str] | None:
    """Return the mirror of Maven's central repository this machine names, or none.

    Read where Maven reads it (``~/.m2/settings.xml``) and where jgo does (``~/.config/jgo.conf``).
    """
    home = home or Path.home()
    try:
        root = ElementTree.parse(home / ".m2" / "settings.xml").getroot()  # noqa: S314 - the user's own file
    except (OSError, ElementTree.ParseError):
        return _of_jgo()
    for mirror in root.iterfind("{*}mirrors/{*}mirror"):
        of = {part.strip() for part in (mirror.findtext("{*}mirrorOf") or "").split(",")}
        url = (mirror.findtext("{*}url") or "").strip().rstrip("/")
        if url and of & {"*", "central", "external:*"} and "!central" not in of:
            return {"central": url}
    return _of_jgo()


def _of_jgo() -> dict[str, str] | None:
    from jgo.config import GlobalSettings

    return dict(GlobalSettings.load().repositories) or None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_network(error: OSError) -> bool:
    """Tell requests' errors (all are OSErrors of its own) from the file system's."""
    return type(error).__module__.startswith(("requests", "urllib3")) or isinstance(
        error, ConnectionError | TimeoutError
    )
