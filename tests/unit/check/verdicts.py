"""The verdicts of the check, pyx12 and x12sdk side by side, over files, faults and mutants.

    python -m tests.unit.check.verdicts [--mutants N] [--seed S]

prints the tables of the README of services/check.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.check import Finding, check
from services.x12 import segments
from services.x12.errors import X12Error
from tests.unit.check import bases, faults, mutants, validators

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "x12"
Verdict = tuple[bool, bool, bool | None]


def files() -> list[Path]:
    """Return the files others wrote; none where they are not at hand."""
    return sorted(p for p in FOLDER.glob("*/*") if p.is_file())


def kind_of(path: Path) -> str:
    """Return the kind of a file, by its folder."""
    return "999" if path.parent.name == "999-by-pyx12" else path.parent.name


def structural(found: list[Finding]) -> list[Finding]:
    """Return the findings that a validator of guides could have: SNIP types 1 and 2."""
    return [one for one in found if one.snip <= 2]


def fault_table() -> dict[str, Counter[str]]:
    """Return family -> how many faults there are, and who refuses how many of them."""
    table: dict[str, Counter[str]] = {family: Counter() for family in faults.FAMILIES}
    for fault in faults.FAULTS:
        content = bases.written(fault.applied(bases.base(fault.kind)))
        row = table[fault.family]
        row["faults"] += 1
        row["ours"] += fault.rule in {one.rule for one in check([content])}
        row["pyx12"] += not validators.pyx12_accepts(content)
        sdk = validators.x12sdk_accepts(content, fault.kind)
        row["x12sdk knows"] += sdk is not None
        row["x12sdk"] += sdk is False
        ox = validators.oxedi_accepts(content, fault.kind)
        row["oxedi knows"] += ox is not None
        row["oxedi"] += ox is False
    return table


def good_files() -> list[tuple[str, str, bases.Segments]]:
    """Return (name, kind, segments) of what is right to SNIP type 2: ours, and others' files."""
    found = [(kind, kind, bases.base(kind)) for kind in bases.KINDS]
    for path in files():
        content = path.read_bytes()
        if path.parent.name not in bases.KINDS or structural(list(check([content]))):
            continue
        parsed = list(segments.segments([content]))
        marks = parsed[0].delimiters
        plain = (marks.element, marks.component, marks.terminator) == ("*", ":", "~")
        if plain and len(parsed) < 300 and sum(s.id == "ST" for s in parsed) == 1:
            found.append((path.name, path.parent.name, [list(s.elements) for s in parsed]))
    return found


def campaign(seed: int, count: int) -> Iterator[tuple[mutants.Mutant, list[Finding], Verdict]]:
    """Yield mutants, what we find, and the verdicts: ours to SNIP 2, pyx12, x12sdk."""
    for mutant in mutants.mutants(good_files(), seed, count):
        content = bases.written(mutant.segments)
        found = list(check([content]))
        yield mutant, found, (
            not structural(found), validators.pyx12_accepts(content),
            validators.x12sdk_accepts(content, mutant.kind),
        )


def unread(content: bytes) -> bool:
    """Say whether the bytes are not even segments."""
    try:
        list(segments.segments([content]))
    except X12Error:
        return True
    return False


def rows() -> list[str]:
    """Return the fault table as it stands in the README."""
    return [
        f"| {family} | {row['faults']} | {row['ours']} | {row['pyx12']} "
        f"| {row['x12sdk']} of {row['x12sdk knows']} | {row['oxedi']} of {row['oxedi knows']} "
        f"| {faults.FAMILIES[family][1]} |"
        for family, row in fault_table().items()
    ]


def main() -> None:
    """Print the tables."""
    told = argparse.ArgumentParser()
    told.add_argument("--mutants", type=int, default=0)
    told.add_argument("--seed", type=int, default=1)
    options = told.parse_args()
    print("\n".join(rows()))
    table: Counter[tuple[str, Verdict]] = Counter()
    for mutant, found, verdict in campaign(options.seed, options.mutants):
        table[mutant.fault, verdict] += 1
        if verdict[0] != verdict[1] or (verdict[2] is False and not found):
            what = [(f.segment, f.element, f.rule) for f in found][:3]
            print("differs", mutant.base, mutant.fault, mutant.place, verdict, what)
    for (fault, verdict), count in sorted(table.items(), key=str):
        print(f"{count:6} {fault:30} ours, pyx12, x12sdk accept: {verdict}")


if __name__ == "__main__":
    main()
