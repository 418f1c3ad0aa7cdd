"""ICD-10-CM's conventions: what stands together, in which order, to which depth, on which side.

Source: ICD-10-CM Official Guidelines for Coding and Reporting, section I.A and I.B; the notes of
the tabular list (`services.codes.icd10cm_notes`).
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from services.claims.edits.edit import INFO, OFF, WARN, Case, Fault, diagnosis, edit
from services.claims.edits.listed import is_diagnosis
from services.codes import icd10cm, icd10cm_notes

FAMILY = "icd"


def _coded(case: Case) -> Iterator[tuple[int, str]]:
    """Yield position and code of each diagnosis that is a valid code."""
    for position, one in enumerate(case.bill.diagnoses, 1):
        if is_diagnosis(case, one.code):
            yield position, one.code


@edit(FAMILY, snip=5, source="ICD-10-CM guideline I.A.12.a, Excludes1")
def excludes1(case: Case) -> Iterator[Fault]:
    """Two codes of which one excludes the other are not reported together.

    Example: E10.9 with E11.9 is found, on the later one; I10 with I60.9 is Excludes2 and passes.
    The guideline's exception, two unrelated conditions, is an override with its reason.
    """
    for (_, first), (position, second) in combinations(_coded(case), 2):
        if icd10cm_notes.excludes(first, second):
            yield Fault(diagnosis(position), f"{second} and {first} exclude each other: keep the "
                        "one the record supports, or override with the reason when the two "
                        "conditions are unrelated.")


@edit(FAMILY, snip=5, source="ICD-10-CM guideline I.A.13, etiology and manifestation")
def manifestation_first(case: Case) -> Iterator[Fault]:
    """A manifestation never comes first. Example: H42 as principal diagnosis is found."""
    for position, code in _coded(case):
        if position == 1 and icd10cm_notes.is_manifestation(code):
            yield Fault(diagnosis(1), f"{code} is a manifestation and cannot come first: put the "
                        "disease that causes it before it.")


@edit(FAMILY, snip=5, source="ICD-10-CM guideline I.A.13", silenced_by=("manifestation_first",))
def underlying_missing(case: Case) -> Iterator[Fault]:
    """A manifestation has the disease that causes it before it.

    Example: H42 after E85.4 passes; after I10 alone, or before E85.4, it is found.
    """
    before: list[str] = []
    for position, code in _coded(case):
        wanted = tuple(icd10cm_notes.underlying(code))
        manifests = icd10cm_notes.is_manifestation(code)
        if manifests and wanted and not _any_in(tuple(before), wanted):
            yield Fault(diagnosis(position), f"{code} is a manifestation and nothing before it "
                        "is a disease that causes it: add or move the underlying disease.")
        before.append(icd10cm.compact(code))


@lru_cache(maxsize=4096)
def _any_in(codes: tuple[str, ...], ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(low <= code[:len(low)] and code[:len(high)] <= high
               for code in codes for low, high in ranges)


@edit(FAMILY, snip=5, source="ICD-10-CM guideline I.A.13, code first",
      silenced_by=("underlying_missing", "manifestation_first"))
def code_first_order(case: Case) -> Iterator[Fault]:
    """What a code-first note names comes before the code. Example: I50.9 before I11.0 is found."""
    codes = list(_coded(case))
    for position, code in codes:
        wanted = tuple(icd10cm_notes.underlying(code))
        late = [other for at, other in codes
                if at > position and wanted and _any_in((icd10cm.compact(other),), wanted)]
        early = [other for at, other in codes
                 if at < position and wanted and _any_in((icd10cm.compact(other),), wanted)]
        if late and not early:
            yield Fault(diagnosis(position), f"{late[0]} comes before {code}, says the tabular "
                        f"list: move {late[0]} ahead of it.")


STATUS = ("Z", "Y", "W", "X", "V", "U", "F17", "B95", "B96", "B97")
"""What a note asks for when known only: status, agent, circumstance, tobacco."""


COMPLETED = frozenset({
    *(f"{diabetes}{with_}" for diabetes in ("E08", "E09", "E10", "E11", "E13")
      for with_ in ("22", "621", "622")),
    "I0981", "I110", "I120", "I129", "I130", "I1310", "I1311", "I132",
    *(f"I70{graft}5" for graft in range(2, 8)),
})
"""Codes whose own title says that the patient has what their use-additional note names."""


@edit(FAMILY, snip=5, severity=WARN, version=2,
      source="ICD-10-CM guidelines I.A.17, I.C.4.a, I.C.9.a, use additional code")
def additional_missing(case: Case) -> Iterator[Fault]:
    """A code that says the patient has a second condition has the code of that condition.

    Example: I12.9 says chronic kidney disease and is found without a code of N18; so is E11.621
    without an ulcer of L97. I25.10 passes: what its notes name, the patient may not have.
    """
    present = {icd10cm.compact(code)[:3] for _, code in _coded(case)}
    for position, code, wanted in _asking(case):
        category = any(low[:3] in present for low, _ in wanted)  # the record may not say more
        if icd10cm.compact(code) in COMPLETED and not category:
            yield Fault(diagnosis(position), f"{code} says that the patient has what "
                        f"{_named(wanted)} describes: add that code from the record.")


@edit(FAMILY, snip=5, severity=OFF, source="ICD-10-CM guideline I.A.17, use additional code",
      silenced_by=("additional_missing",))
def additional_possible(case: Case) -> Iterator[Fault]:
    """A use-additional note that names a condition is answered; for who adopts it.

    Example: C61 without R97.21 is found, with it it passes. Notes that name a status, an agent or
    a circumstance (Z79.4 with E11.9) are not asked for: the record may have none.
    """
    present = tuple(icd10cm.compact(code) for _, code in _coded(case))
    for position, code, wanted in _asking(case):
        if not _any_in(present, wanted):
            yield Fault(diagnosis(position), f"{code} asks for an additional code "
                        f"({_named(wanted)}) where the patient has it: add it if the record says "
                        "so.")


def _asking(case: Case) -> Iterator[tuple[int, str, tuple[tuple[str, str], ...]]]:
    """Yield position, code and the ranges of each use-additional note that names conditions."""
    for position, code in _coded(case):
        for wanted in _conditions(code):
            yield position, code, wanted


def _named(ranges: tuple[tuple[str, str], ...]) -> str:
    return " ".join(low if low == high else f"{low}-{high}" for low, high in ranges[:3])


@lru_cache(maxsize=8192)
def _conditions(code: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return what each use-additional note of a code names, of those that name conditions."""
    return tuple(
        note.ranges for note in icd10cm_notes.completing(code)
        if not any(low.startswith(STATUS) for low, _ in note.ranges)
    )


@edit("codes", snip=5, version=2, source="ICD-10-CM guideline I.A.4, placeholder")
def placeholder_missing(case: Case) -> Iterator[Fault]:
    """A code has X in the places that it leaves empty.

    Example: T79.0A for T79.0XXA and T36.01A for T36.0X1A are found; S52.5A, which could be many
    codes, is not found here.
    """
    for position, one in enumerate(case.bill.diagnoses, 1):
        meant = "" if is_diagnosis(case, one.code) else _with_placeholder(one.code)
        if meant:
            yield Fault(diagnosis(position), f"{one.code} lacks its placeholder X: write {meant}, "
                        "if the record supports it.")


@lru_cache(maxsize=4096)
def _with_placeholder(code: str) -> str:
    """Return the one valid code that X in one place makes of a code, if it is just one."""
    plain = icd10cm.compact(code)
    if len(plain) < 4 or len(plain) > 6 or icd10cm.exists(plain):
        return ""
    places = range(3, len(plain))
    filled = (plain[:at] + "X" * (7 - len(plain)) + plain[at:] for at in places)
    meant = {found.code for one in filled if (found := icd10cm.entry(one)) and found.billable}
    return meant.pop() if len(meant) == 1 else ""


@edit("codes", snip=5, source="ICD-10-CM guideline I.A.5, 7th characters",
      silenced_by=("placeholder_missing",))
def seventh_character_missing(case: Case) -> Iterator[Fault]:
    """A code that takes a 7th character has it. Example: S52.501 lacks A, D, S or another."""
    for position, one in enumerate(case.bill.diagnoses, 1):
        if is_diagnosis(case, one.code):
            continue
        choices = _sevenths(one.code)
        if choices:
            yield Fault(diagnosis(position), f"{one.code} lacks its 7th character: add one of "
                        f"{', '.join(choices[:6])} as the record says (A while treated actively, "
                        "D for routine care, S for a sequela).")


@lru_cache(maxsize=4096)
def _sevenths(code: str) -> tuple[str, ...]:
    """Return the 7th characters a code takes when all codes below it differ in nothing else."""
    plain = icd10cm.compact(code)
    if len(plain) < 3:
        return ()
    below = [icd10cm.compact(entry.code) for entry in icd10cm.billable_below(code)]
    filled = plain + "X" * (6 - len(plain))
    if not below or any(len(one) != 7 or one[:6] != filled for one in below):
        return ()
    return tuple(one[6] for one in below)


@edit(FAMILY, snip=5, severity=WARN, source="ICD-10-CM guideline I.B.13, laterality",
      silenced_by=("mce_unspecified_side",))
def side_unspecified(case: Case) -> Iterator[Fault]:
    """A code of a side names it when codes for right and left exist. Example: M17.10 for M17.11.

    A warning: the record may not say, then a query is due; inpatient payers may refuse.
    """
    for position, code in _coded(case):
        sided = _sided_siblings(code)
        if sided:
            yield Fault(diagnosis(position), f"{code} leaves the side open while {sided[0]} and "
                        f"{sided[1]} name it: code the side from the record.")


@lru_cache(maxsize=8192)
def _sided_siblings(code: str) -> tuple[str, ...]:
    """Return the codes for right and left beside a code for an unspecified side, if any."""
    words = icd10cm.describe(code).lower()
    if "unspecified" not in words:
        return ()
    plain = icd10cm.compact(code)
    places = range(len(plain) - 1, 3, -1)
    for place in places:
        found = {}
        for side, digit in (("right", "1"), ("left", "2")):
            sibling = icd10cm.entry(plain[:place] + digit + plain[place + 1:])
            if sibling and sibling.billable and side in sibling.words.lower():
                found[side] = sibling.code
        if len(found) == 2 and plain[place] in "09":
            return found["right"], found["left"]
    return ()


@edit(FAMILY, snip=5, severity=WARN, source="ICD-10-CM guideline I.B.13, laterality")
def both_sides(case: Case) -> Iterator[Fault]:
    """Right and left are one bilateral code where there is one.

    Example: H25.11 with H25.12 is found, since H25.13 is both eyes; H25.11 alone passes.
    """
    codes = list(_coded(case))
    for (_, first), (position, second) in combinations(codes, 2):
        bilateral = _bilateral(first, second)
        if bilateral:
            yield Fault(diagnosis(position), f"{first} and {second} are the two sides of one "
                        f"condition: report {bilateral} instead.")


@lru_cache(maxsize=8192)
def _bilateral(first: str, second: str) -> str:
    """Return the bilateral code that two codes of one side each make, if there is one."""
    a, b = icd10cm.compact(first), icd10cm.compact(second)
    differ = [i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    if len(a) != len(b) or len(differ) != 1 or {a[differ[0]], b[differ[0]]} != {"1", "2"}:
        return ""
    words = {icd10cm.describe(first).lower(), icd10cm.describe(second).lower()}
    if not (any("right" in one for one in words) and any("left" in one for one in words)):
        return ""
    third = icd10cm.entry(a[:differ[0]] + "3" + a[differ[0] + 1:])
    return third.code if third and third.billable and "bilateral" in third.words.lower() else ""


@edit(FAMILY, snip=5, source="ICD-10-CM guideline I.C.20.a.6, external causes")
def external_cause_first(case: Case) -> Iterator[Fault]:
    """An external cause never comes first. Example: W19.XXXA after S52.501A passes, alone not."""
    if case.bill.diagnoses and case.bill.diagnoses[0].code[:1] in ("V", "W", "X", "Y"):
        yield Fault(diagnosis(1), f"{case.bill.diagnoses[0].code} is an external cause and cannot "
                    "come first: put the injury or condition before it.")


@edit(FAMILY, snip=5, severity=INFO, source="ICD-10-CM guideline I.B.2, level of detail")
def unspecified_beside_specific(case: Case) -> Iterator[Fault]:
    """An unspecified code is not needed beside a specific one of its category.

    Example: J45.909 beside J45.41 is found; alone it passes.
    """
    codes = list(_coded(case))
    for position, code in codes:
        if "unspecified" not in icd10cm.describe(code).lower():
            continue
        rung = icd10cm.compact(code)[:3]
        specific = [other for at, other in codes if at != position
                    and icd10cm.compact(other).startswith(rung)
                    and "unspecified" not in icd10cm.describe(other).lower()]
        if specific:
            yield Fault(diagnosis(position), f"{code} is unspecified beside {specific[0]}: leave "
                        "it out, if both say the same condition.")


EDITS = (
    excludes1, manifestation_first, underlying_missing, code_first_order, additional_missing,
    additional_possible, placeholder_missing, seventh_character_missing, side_unspecified,
    both_sides, external_cause_first, unspecified_beside_specific,
)
