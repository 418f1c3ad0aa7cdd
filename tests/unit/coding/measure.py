"""What the edits hold of seeded errors and of right claims.

    python -m tests.unit.coding.measure [--every] [SEED ...]

For each seed the demo's feed codes the project's sample; the edits judge every coding. Printed are
counts per kind and per family: how many were made, how many held. With `--every`, each visit
carries an error, so that rare kinds are counted too.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from schemas.events import Bill, Encounter
from services.claims import edits
from services.worklist.feed import errors

Holds = Callable[[Encounter, Bill], set[str]]


@dataclass(slots=True)
class Count:
    """Of one kind of error, or of right claims where the kind is empty.

    Attributes:
        kind: A row of errors.csv.
        made: How many.
        held: How many of them.
        by: Edits that held them, a claim counted once for each.
    """

    kind: str
    made: int = 0
    held: int = 0
    by: Counter[str] = field(default_factory=Counter)


def count(encounters: Iterable[Encounter], seed: int, holds: Holds) -> list[Count]:
    """Return the counts of one seed, right claims first."""
    found: dict[str, Count] = {"": Count("")}
    for encounter in encounters:
        bill = errors.coded(encounter, seed)
        if bill is None:
            continue
        kind = errors.injected(encounter, seed) or ""
        row = found.setdefault(kind, Count(kind))
        held = holds(encounter, bill)
        row.made += 1
        row.held += bool(held)
        row.by.update(held)
    return list(found.values())


def _print(seed: int, counted: list[Count]) -> None:
    print(f"\nseed {seed}\n{'kind':34}{'meets':8}{'made':>6}{'held':>6}{'share':>8}  by")
    for row in sorted(counted, key=lambda one: (one.kind and errors.kinds()[one.kind].meets,
                                                one.kind)):
        meets = errors.kinds()[row.kind].meets if row.kind else "-"
        by = " ".join(f"{edit}:{number}" for edit, number in row.by.most_common())
        print(f"{row.kind or 'right claims':34}{meets:8}{row.made:6}{row.held:6}"
              f"{row.held / max(1, row.made):8.1%}  {by}")
    for meets in ("edit", "payer", "nobody"):
        mine = [one for one in counted if one.kind and errors.kinds()[one.kind].meets == meets]
        made, held = sum(one.made for one in mine), sum(one.held for one in mine)
        if made:
            print(f"{'all that ' + meets + ' meets':42}{made:6}{held:6}{held / made:8.1%}")
    families: dict[str, int] = defaultdict(int)
    for row in counted:
        for edit, number in row.by.items() if row.kind else ():
            families[edits.BY_ID[edit].family] += number
    print("by family:", ", ".join(f"{name} {number}" for name, number in sorted(families.items())))


def main() -> None:
    """Print the counts of some seeds."""
    from tests.unit.coding import test_feed

    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("seeds", nargs="*", type=int, default=list(test_feed.UNSEEN))
    read.add_argument("--every", action="store_true", help="each visit carries an error")
    asked = read.parse_args()
    if asked.every:
        errors.SHARE = 1.0
    for seed in asked.seeds:
        _print(seed, count(test_feed.ready(), seed, test_feed.holds))


if __name__ == "__main__":
    main()
