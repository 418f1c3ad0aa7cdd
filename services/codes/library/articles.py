"""Billing articles of CMS's Medicare Coverage Database, as rows of our table `coverage`.

CMS publishes them as one archive, `current_article.zip`: inside it an archive of comma-separated
tables, one row a code. Codes stand in numbered groups, and which services a group of diagnoses is
for is said in prose; an article is therefore taken over only if it has one group of each, and no
code that a footnote (an asterisk) restricts. The whole database is millions of rows: name the
articles that the hospital bills under.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from services.codes import hcpcs
from services.codes.library.layout import Malformed, day

HEADER = ("policy", "kind", "jurisdiction", "procedure", "diagnosis", "covered", "starts_on",
          "ends_on")
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z]")
_PARTS = {"DN": "NY", "QN": "NY", "UN": "NY", "EM": "MO", "WM": "MO", "NF": "CA", "SF": "CA"}
"""Parts of states that the database tells apart, and the states that they belong to."""
_CELL = 16_000_000
"""Characters that a cell may have: the prose of an article is one cell."""


@dataclass
class Article:
    """What the tables say of one article."""

    name: str
    starts_on: str
    ends_on: str
    procedures: set[tuple[str, str]] = field(default_factory=set)
    covered: set[tuple[str, str]] = field(default_factory=set)
    barred: set[tuple[str, str]] = field(default_factory=set)
    footnotes: bool = False
    areas: set[str] = field(default_factory=set)

    def diagnosis(self, code: str, group: str, covered: bool) -> None:
        """Add a diagnosis, unless it is a stand-in for none (XX000)."""
        if _DIAGNOSIS.match(code):
            (self.covered if covered else self.barred).add((group, code))

    def fault(self) -> str:
        """Say why the article cannot be judged by a table; nothing when it can."""
        for codes, what in ((self.procedures, "procedures"), (self.covered, "covered diagnoses"),
                            (self.barred, "diagnoses not covered")):
            if len({group for group, _ in codes}) > 1:
                return f"has several groups of {what}, and says in prose which belong together"
        if self.footnotes:
            return "has diagnoses with a footnote (an asterisk) that a table cannot judge"
        if not self.procedures:
            return "lists no procedure code"
        if not (self.covered or self.barred):
            return "lists no diagnosis"
        return "" if self.areas else "names no state"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows of the table `coverage`."""
        for area in sorted(self.areas):
            for _, procedure in sorted(self.procedures):
                for codes, word in ((self.covered, "yes"), (self.barred, "no")):
                    for _, diagnosis in sorted(codes):
                        yield (self.name, "LCD", area, procedure, diagnosis, word,
                               self.starts_on, self.ends_on)


def read(
    file: BinaryIO, wanted: Collection[str], areas: Mapping[str, str]
) -> tuple[list[Article], list[str]]:
    """Return the wanted articles that can be taken over, and a sentence on each that cannot.

    Args:
        file: CMS's `current_article.zip`, or the archive of tables within.
        wanted: Names, as A57554.
        areas: State -> the contractor's jurisdiction.

    Raises:
        Malformed: it is no such archive, or a table or column is missing.
    """
    try:
        with ZipFile(file) as outer:
            inner = next((one for one in outer.namelist() if one.lower().endswith(".zip")), None)
            if inner is None:
                found = _read(outer, wanted, areas)
            else:
                with ZipFile(io.BytesIO(outer.read(inner))) as tables:
                    found = _read(tables, wanted, areas)
    except BadZipFile:
        raise Malformed(1, "archive", "must be CMS's current_article.zip") from None
    faults = {name: found[name].fault() if name in found else "is not among the current ones"
              for name in dict.fromkeys(wanted)}
    return ([found[name] for name, fault in faults.items() if not fault],
            [f"{name} {fault}" for name, fault in faults.items() if fault])


def _read(
    tables: ZipFile, wanted: Collection[str], areas: Mapping[str, str]
) -> dict[str, Article]:
    found: dict[tuple[str, ...], Article] = {}
    key = ("article_id", "article_version")
    for line, row in _table(tables, "article", *key, "article_eff_date", "article_end_date",
                            "display_id", "status"):
        name = row["display_id"] or f"A{row['article_id']}"
        if name in wanted and row["status"][:1] == "A":
            starts, ends = (day(row[one][:10], line, one)
                            for one in ("article_eff_date", "article_end_date"))
            found[row["article_id"], row["article_version"]] = Article(name, starts, ends)

    def of(table: str, *columns: str) -> Iterator[tuple[Article, dict[str, str]]]:
        for _, row in _table(tables, table, *key, *columns):
            article = found.get((row["article_id"], row["article_version"]))
            if article:
                yield article, row

    for article, row in of("article_x_hcpc_code", "hcpc_code_id", "hcpc_code_group"):
        if hcpcs.is_valid(row["hcpc_code_id"]):
            article.procedures.add((row["hcpc_code_group"], row["hcpc_code_id"]))
    for which in ("covered", "noncovered"):
        group = f"icd10_{which}_group"
        for article, row in of(f"article_x_icd10_{which}", "icd10_code_id", group):
            article.diagnosis(row["icd10_code_id"], row[group], which == "covered")
            article.footnotes |= row.get("asterisk", "") not in ("", "0", "N")
    _places(tables, of("article_x_contractor", *_CONTRACTOR), areas)
    return {article.name: article for article in found.values()}


_CONTRACTOR = ("contractor_id", "contractor_type_id", "contractor_version")


def _places(
    tables: ZipFile, ours: Iterable[tuple[Article, dict[str, str]]], areas: Mapping[str, str]
) -> None:
    """Add to each article the jurisdictions of its contractors' states."""
    short = {row["state_id"]: row["state_abbrev"]
             for _, row in _table(tables, "state_lookup", "state_id", "state_abbrev")}
    states: dict[tuple[str, ...], set[str]] = {}
    for _, row in _table(tables, "contractor_jurisdiction", *_CONTRACTOR, "state_id",
                         "term_date"):
        if row["term_date"]:
            continue
        state = short.get(row["state_id"], "")
        states.setdefault(tuple(row[one] for one in _CONTRACTOR), set()).add(
            areas.get(_PARTS.get(state, state), ""))
    for article, row in ours:
        article.areas |= states.get(tuple(row[one] for one in _CONTRACTOR), set()) - {""}


def _table(tables: ZipFile, name: str, *columns: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with their line numbers."""
    at = next((one for one in tables.namelist()
               if one.rpartition("/")[2].lower() == f"{name}.csv"), None)
    if at is None:
        raise Malformed(1, f"{name}.csv", "is not in the archive")
    before = csv.field_size_limit(_CELL)
    try:
        with tables.open(at) as raw:
            text = io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="")
            reader = csv.DictReader(text, restval="")
            lacks = [one for one in columns if one not in (reader.fieldnames or ())]
            if lacks:
                raise Malformed(1, lacks[0], f"is not a column of {name}.csv")
            for row in reader:
                yield reader.line_num, {one: (told or "").strip() for one, told in row.items()
                                        if isinstance(told, str)}
    finally:
        csv.field_size_limit(before)
