"""Billing articles of CMS's Medicare Coverage Database, as rows of our table `coverage`.

CMS publishes them as one archive, `current_article.zip`: inside it an archive of comma-separated
tables, one row a code. Codes stand in numbered groups, and which services a group of diagnoses is
for is said in prose. Who read it can tell, in a table of his own:

    article,procedures,diagnoses,covered
    A57554,1,2,yes             group 2 of the covered diagnoses is for group 1 of the procedures
    A57554,G0121,1,no          group 1 of those not covered is for this procedure
    A57554,3,,                 no list of diagnoses is for group 3

What he does not tell of an article with several groups is written as `unpaired`: a diagnosis of any
covered group then supports the procedure, one is not covered if every such group says so and no
covered one has it, and a claim is warned, never held. An article with a code that a footnote (an
asterisk) restricts is refused. The whole database is millions of rows: name the articles that the
hospital bills under.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from services.codes import hcpcs
from services.codes.library.coverage import UNPAIRED
from services.codes.library.layout import Malformed, cell, day, table

HEADER = ("policy", "kind", "jurisdiction", "procedure", "diagnosis", "covered", "starts_on",
          "ends_on", "groups")
Lists = frozenset[tuple[str, bool]]
"""Groups of diagnoses, and whether they are covered."""
Pairs = Mapping[tuple[str, str], Lists]
"""Article and procedure, or the number of its group -> the diagnoses that are for it."""
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
    pairs: dict[str, Lists] = field(default_factory=dict)

    def diagnosis(self, code: str, group: str, covered: bool) -> None:
        """Add a diagnosis, unless it is a stand-in for none (XX000)."""
        if _DIAGNOSIS.match(code):
            (self.covered if covered else self.barred).add((group, code))

    def fault(self) -> str:
        """Say why the article cannot be judged by a table; nothing when it can."""
        if self.footnotes:
            return "has diagnoses with a footnote (an asterisk) that a table cannot judge"
        if not self.procedures:
            return "lists no procedure code"
        if not (self.covered or self.barred):
            return "lists no diagnosis"
        if not self.areas:
            return "names no state"
        known = {one for procedure in self.procedures for one in procedure}
        lists = {(group, yes) for yes in (True, False) for group in self._groups(yes)}
        for one, paired in self.pairs.items():
            if one not in known:
                return f"has no procedures {one}, which the table of pairs names"
            for group, yes in sorted(paired - lists):
                what = "covered" if yes else "not covered"
                return f"has no group {group} of diagnoses {what}, which the table of pairs names"
        if not any(self._diagnoses(code) for _, code in self.procedures):
            return "has no diagnosis that is for one of its procedures: pair its groups"
        return ""

    def note(self) -> str:
        """Say that groups are not paired, and what that means; nothing when they are."""
        open_ = sorted({group for group, code in self.procedures if not self._paired(code)})
        if not open_:
            return ""
        lists = [f"{', '.join(self._groups(yes))} {words}" for yes, words in (
            (True, "covered"), (False, "not covered")) if self._groups(yes)]
        return (f"does not say which of its diagnoses (groups {' and '.join(lists)}) are for its "
                f"procedures of group {', '.join(open_)}: any covered one supports them, and a "
                "claim without one is warned, not held. Read its words and tell it with --groups")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows of the table `coverage`."""
        for area in sorted(self.areas):
            for procedure in sorted({code for _, code in self.procedures}):
                groups = "" if self._paired(procedure) else UNPAIRED
                for word, diagnosis in self._diagnoses(procedure):
                    yield (self.name, "LCD", area, procedure, diagnosis, word,
                           self.starts_on, self.ends_on, groups)

    def _groups(self, covered: bool) -> list[str]:
        return sorted({group for group, _ in (self.covered if covered else self.barred)})

    def _keys(self, procedure: str) -> list[str]:
        """Return by what the pairs may know a procedure: itself, and its groups."""
        return [procedure, *sorted(group for group, code in self.procedures if code == procedure)]

    def _paired(self, procedure: str) -> bool:
        """Say whether it is known which diagnoses are for a procedure."""
        several = max(len({group for group, _ in self.procedures}), len(self._groups(True)),
                      len(self._groups(False))) > 1
        code, *groups = self._keys(procedure)
        return not several or code in self.pairs or all(key in self.pairs for key in groups)

    def _diagnoses(self, procedure: str) -> list[tuple[str, str]]:
        """Return yes or no and the diagnosis, of each that is for a procedure."""
        covered = {code for _, code in self.covered}
        barred = {code for _, code in self.barred}
        told = [self.pairs[key] for key in self._keys(procedure) if key in self.pairs]
        if not self._paired(procedure):
            barred = {code for code in barred - covered if all(
                (group, code) in self.barred for group in self._groups(False))}
        elif told:
            ours = frozenset[tuple[str, bool]]().union(*told)
            covered = {code for group, code in self.covered if (group, True) in ours}
            barred = {code for group, code in self.barred if (group, False) in ours}
        return [*(("yes", code) for code in sorted(covered)),
                *(("no", code) for code in sorted(barred))]


def pairs(lines: Iterable[str]) -> dict[tuple[str, str], Lists]:
    """Return which diagnoses of an article are for which procedures, as a reader told it.

    Raises:
        Malformed: a row breaks the layout.
    """
    found: dict[tuple[str, str], Lists] = {}
    for line, row in table(lines, "article"):
        article, procedures = (cell(row, at, line, name) for at, name in enumerate(
            ("article", "procedures")))
        group, covered = ((*row, "", "")[at] for at in (2, 3))
        if bool(group) != bool(covered) or covered not in ("", "yes", "no"):
            raise Malformed(line, "covered", "must be yes or no, or empty where no list is named")
        told = frozenset({(group, covered == "yes")}) if group else frozenset()
        if (article, procedures) in found and bool(found[article, procedures]) != bool(told):
            raise Malformed(line, "diagnoses", "of these procedures a list is named, and none")
        found[article, procedures] = found.get((article, procedures), frozenset()) | told
    return found


def read(
    file: BinaryIO, wanted: Collection[str], areas: Mapping[str, str], paired: Pairs | None = None
) -> tuple[list[Article], list[str]]:
    """Return the wanted articles that can be taken over, and a sentence on each that cannot.

    Args:
        file: CMS's `current_article.zip`, or the archive of tables within.
        wanted: Names, as A57554.
        areas: State -> the contractor's jurisdiction.
        paired: What `pairs` returns; of articles not wanted it is passed over.

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
    for (name, procedures), lists in (paired or {}).items():
        if name in found:
            found[name].pairs[procedures] = lists
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
