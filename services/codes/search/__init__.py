"""Code search: what a coder types to the codes it may mean, best first. Pure, in memory.

    "copd exac"  ─▶ terms and abbreviations ─▶ words, prefixes, typos ─▶ ranked ICD-10-CM codes
    "E11.6"      ─▶ the beginning of a code ─▶ the rung below, category first
    "99213 25"   ─▶ services by number, modifiers by two characters

`terms.csv` and `words.csv` are ours: what people call things that the list calls otherwise. A row
of `words.csv` names a text that is answered otherwise without it. A word that stands nowhere in the
list is taken for a slip and compared with its 7,000 words (rapidfuzz).
"""

from services.codes.search.diagnoses import Found, ladder, search, warm, warm_aside
from services.codes.search.others import modifiers, procedures, services

__all__ = ["Found", "ladder", "modifiers", "procedures", "search", "services", "warm", "warm_aside"]
