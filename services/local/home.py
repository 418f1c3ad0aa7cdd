"""The home folder: one `up` or `down` at a time, a path all programs can take, room on its disk."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.local.errors import StartError
from services.local.supervise import Place

ROOM_BYTES = 256 << 20
ODD = frozenset("%\"'\\,;:#\n")  # Kafka splits a list at some, the supervisor expands others


@contextlib.contextmanager
def held(place: Place) -> Iterator[None]:
    """Hold the home against a second `up` or `down`; the kernel frees it whatever happens.

    Raises:
        StartError: another holds it, or it cannot be made.
    """
    if odd := ODD & set(str(place.home)):
        raise StartError(
            f"the path {place.home} has a character that Kafka or the supervisor cannot take, "
            f"{sorted(odd)[0]!r}: name another CLAIMLOOP_HOME"
        )
    try:
        place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.run.mkdir(exist_ok=True, mode=0o700)
        file = (place.run / "lock").open("w")
    except OSError as error:
        raise StartError(of_the_disk(place.home, error)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"another `claimloop` is starting or stopping in {place.home}: "
                "wait for it, or name another CLAIMLOOP_HOME"
            ) from None
        yield


def require_room(home: Path) -> None:
    """Return only if there is room to start with.

    Raises:
        StartError: the disk is full, or nearly.
    """
    room = shutil.disk_usage(home).free
    if room < ROOM_BYTES:
        raise StartError(
            f"the disk of {home} is full: {room >> 20} MB are free and {ROOM_BYTES >> 20} MB are "
            "needed: make room, or name another CLAIMLOOP_HOME"
        )


def of_the_disk(home: Path, error: OSError) -> str:
    """Return the one line for a file that cannot be used."""
    where = error.filename or home
    return f"{where} cannot be used ({error.strerror or error}): make it writable, or make room"
