"""What the edits cost: the full set over 5-line professional claims, against Avro, in one run.

    python -m tests.bench edits [--pairs 2000000] [--units 15000] [--claims 400] [--rounds 7]

Tables of the sizes a site loads are generated in a temporary folder: PTP pairs and MUE rows in
CMS's layouts, and an order file of all packaged ICD-10-CM codes. The claims are Medicare's (every
family applies), each of its own patient with four other encounters around the day, one of them of
the same day and provider; codes drawn with weights as in a clinic; none is held.
The unit is the Avro decode plus encode of the claim's `coded` event. Wanted: at most four of them.
"""

import argparse
import gc
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from schemas import codec, topics
from schemas.events import Coded, Rule, RuleVersion
from services.claims import edits
from services.claims.edits import adoption
from services.claims.edits.edit import Case
from services.claims.history import History, Own, of
from services.claims.terms import Terms
from services.codes import days, icd10cm
from services.codes.library import kinds, library
from tests.builders import PARTIES, bill, coded, control_number, dx, line, payer

ON = date(2026, 10, 5)
TODAY = ON + timedelta(days=10)
EFFECTIVE = date(2026, 10, 1)
PTP = "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tRationale"
MUE = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,Rationale"
OWN_RULES = 20
VISITS = ("99212", "99213", "99214")
TESTS = ("80048", "80053", "80061", "83036", "84443", "85025", "81001", "36415", "93000", "82043")
DIAGNOSES = (
    "E11.9", "I10", "E78.5", "N18.30", "J44.9", "M54.50", "K21.9", "F32.A", "Z79.4", "E66.9",
)


@dataclass
class Loaded:
    """The tables, what making and mapping them took, and the resident memory they brought."""

    terms: Terms
    made_s: float
    opened_ms: float
    rows: dict[str, int]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=2_000_000)
    parser.add_argument("--units", type=int, default=15_000)
    parser.add_argument("--claims", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-edits-") as folder:
        before = memory()
        tables = load(Path(folder), args.pairs, args.units)
        claims = professional(args.claims)
        cold = timed(lambda: judge(claims[:1], tables.terms)) * 1e6
        avro, whole = measure(claims, tables.terms, args.rounds)
        report(args, tables, cold, avro, whole, before)
        families(claims, tables.terms, args.rounds, avro)
        added = own_rules(claims, tables.terms, args.rounds)
        print(f"\n{OWN_RULES} rules of the hospital's own add {added:.0f} µs a claim: "
              f"{added / avro:.2f} of Avro")
    return 0 if whole <= 4 * avro else 1


def load(folder: Path, pairs: int, units: int) -> Loaded:
    """Make the tables and open them."""
    known = dict.fromkeys(VISITS + TESTS)
    codes = [*known, *(f"{n:05d}" for n in range(10_000, 99_999) if f"{n:05d}" not in known)]
    texts = {
        "ptp_medicare_practitioner": _pairs(codes, pairs),
        "mue_medicare_practitioner": _units(codes, units),
        "icd10cm": _diagnoses(),
    }
    started = time.perf_counter()
    versions = [v for v, content in library.seeds() if not library.build(folder, v, content) < 0]
    rows = {}
    for kind, text in texts.items():
        content = text.encode()
        version = library.version_of(kind, EFFECTIVE, content)
        rows[kind] = library.build(folder, version, content)
        versions.append(version)
    made = time.perf_counter() - started
    del texts
    gc.collect()
    started = time.perf_counter()
    loaded = library.Library(folder, versions)
    for kind in kinds.KINDS:
        loaded.rows(kind, "99213|36415", ON)
    opened = time.perf_counter() - started
    states = {one.facility_id: one.state for one in PARTIES.facilities.values()}
    terms = Terms(PARTIES.payers, PARTIES.policies, control_number, loaded, states)
    return Loaded(terms, made, opened * 1e3, rows)


def _pairs(codes: list[str], wanted: int) -> str:
    """Return pairs of which few touch the codes of the claims, none of them one with another."""
    ours = set(VISITS + TESTS)
    drawn = (
        f"{first}\t{second}\t\t20200101\t*\t{at % 2}\tgenerated"
        for at, (first, second) in enumerate(itertools.product(codes[:20_000:5], codes))
        if first != second and not (first in ours and second in ours)
    )
    return "\n".join((PTP, *itertools.islice(drawn, wanted)))


def _units(codes: list[str], wanted: int) -> str:
    return "\n".join((MUE, *(f"{code},{4 + at % 7},{1 + at % 3} generated,generated"
                             for at, code in enumerate(codes[:wanted]))))


def _diagnoses() -> str:
    return "\n".join(
        f"{at:05d} {code:<7} 1 {icd10cm.describe(code)[:60]:<60} {icd10cm.describe(code)}"
        for at, code in enumerate(sorted(days.codes(days.DIAGNOSES, ON)), 1)
    )


def professional(count: int) -> list[Coded]:
    """Return claims with a visit and four tests each."""
    draw = random.Random(5)
    return [_claim(draw, number) for number in range(count)]


def _claim(draw: random.Random, number: int) -> Coded:
    codes = (draw.choice(VISITS), *draw.sample(TESTS, 4))
    lines = tuple(
        line(at, code=code, charge_cents=draw.randrange(900, 24_000), served_on=ON,
             pointers=(draw.randint(1, 4),), modifiers=("25",) if at == 1 else ())
        for at, code in enumerate(codes, 1)
    )
    content = bill(
        coverage=payer("MEDICARE"), starts_on=ON, ends_on=ON, lines=lines,
        diagnoses=tuple(map(dx, draw.sample(DIAGNOSES, 4))),
    )
    return coded(encounter_id=f"ENC{number}", bill=content)


def beside() -> History:
    """Return what is known of each patient."""
    others = []
    for number in range(4):
        day = ON - timedelta(days=number)
        codes = ("87086", "71046") if not number else ("99215", "87086", "71046")
        lines = tuple(line(at, code=code, served_on=day) for at, code in enumerate(codes, 1))
        content = bill(coverage=payer("MEDICARE"), starts_on=day, ends_on=day, lines=lines)
        others.append(of(coded(encounter_id=f"OTHER{number}", bill=content), number))
    return History(tuple(filter(None, others)), Own())


BESIDE = beside()


def judge(claims: list[Coded], terms: Terms) -> None:
    """Run the full set over the claims."""
    for one in claims:
        edits.check(one, TODAY, terms, history=BESIDE)


def measure(claims: list[Coded], terms: Terms, rounds: int) -> tuple[float, float]:
    """Return the middle µs a claim of Avro decode plus encode, and of the full set."""
    topic, values = topics.holding(claims[0]).name, [codec.encode(one) for one in claims]

    def avro() -> None:
        for value in values:
            codec.encode(codec.decode(topic, value))

    judge(claims, terms)
    avro()
    pairs = [(timed(avro), timed(lambda: judge(claims, terms))) for _ in range(rounds)]
    first, second = zip(*pairs, strict=True)
    return (statistics.median(first) / len(claims) * 1e6,
            statistics.median(second) / len(claims) * 1e6)


def own_rules(claims: list[Coded], terms: Terms, rounds: int) -> float:
    """Return the middle µs a claim that own rules add: of claims, lines and diagnoses."""
    asked = (
        ("claim", 'plan == "medicare" && age > 200'),
        ("claim", 'lines.exists(l, l.code == "99215" && l.units > 3)'),
        ("line", 'line.code == "99215" && !("25" in line.modifiers)'),
        ("diagnosis", 'diagnosis.startsWith("Q")'),
    )
    rules = [
        Rule(rule_id=f"rule-{at}", revision=1, timetable=(RuleVersion(
            version=1, kind="own", words="Wrong: mend it.", severity="hold", source="bench",
            each=asked[at % 4][0], expression=asked[at % 4][1], effective_on=ON),))
        for at in range(OWN_RULES)
    ]
    ours = edits.STANDARD.with_rules(rules, TODAY)

    def run(these: edits.EditSet) -> float:
        return timed(lambda: [edits.check(one, TODAY, terms, these, BESIDE) for one in claims])

    run(ours)
    pairs = [(run(edits.STANDARD), run(ours)) for _ in range(rounds)]
    return statistics.median(with_ - plain for plain, with_ in pairs) / len(claims) * 1e6


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def families(claims: list[Coded], terms: Terms, rounds: int, avro: float) -> None:
    """Print what each family costs by itself, the edits alone."""
    cases = [Case(one, TODAY, terms, BESIDE) for one in claims]
    scope = adoption.scope_of(claims[0].bill)
    by_family: dict[str, list] = {}
    for edit, _ in edits._applying(edits.STANDARD, scope, ON):
        by_family.setdefault(edit.family, []).append(edit)
    print("\n| family | edits that apply | µs a claim | of Avro |\n|---|---|---|---|")
    for family, those in sorted(by_family.items()):
        def run(those: list = those) -> None:
            for case in cases:
                for edit in those:
                    list(edit.judge(case))

        cost = statistics.median(timed(run) for _ in range(rounds)) / len(cases) * 1e6
        print(f"| {family} | {len(those)} | {cost:.1f} | {cost / avro:.2f} |")


def memory() -> dict[str, int]:
    """Return kilobytes resident, shared with files and private, as the kernel counts them."""
    found = dict.fromkeys(("VmRSS", "RssAnon", "RssFile"), 0)
    for row in Path("/proc/self/status").read_text().splitlines():
        name, _, value = row.partition(":")
        if name in found:
            found[name] = int(value.split()[0])
    return found


def report(
    args: argparse.Namespace, tables: Loaded, cold: float, avro: float, whole: float,
    before: dict[str, int],
) -> None:
    """Print the tables of the run."""
    after = memory()
    print("| the full set over a 5-line professional claim | |\n|---|---|")
    print(f"| edits | {len(edits.EDITS)} |")
    print(f"| tables | {', '.join(f'{n:,} {kind}' for kind, n in tables.rows.items())} |")
    print(f"| made from their files (once) | {tables.made_s:.1f} s |")
    print(f"| mapped by a process | {tables.opened_ms:.1f} ms |")
    print(f"| resident, private | {after['RssAnon'] / 1024:.0f} MB "
          f"({before['RssAnon'] / 1024:.0f} before; the makers' heap included) |")
    print(f"| resident, of files, shared | {after['RssFile'] / 1024:.0f} MB |")
    print(f"| first claim | {cold:,.0f} µs |")
    print(f"| Avro decode and encode | {avro:.0f} µs |")
    print(f"| full set | {whole:.0f} µs |")
    print(f"| **ratio** | **{whole / avro:.2f}** |")


if __name__ == "__main__":
    sys.exit(main())
