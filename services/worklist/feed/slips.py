"""How each error of `errors.csv` is put into a right coding: bill -> bill, or none when it cannot.

What a slip changes on a line becomes the coder's: the coder answers for what was typed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from schemas.events import Bill, Diagnosis, Line
from services.codes import chargemaster, hcpcs, icd10cm, supports
from services.worklist.feed import registration_slips, stay_slips
from services.worklist.feed.slip import SEX_EDITED, Put, Slip

OTHER_SIDE = {"RT": "LT", "LT": "RT"}
NEW_PATIENT = {"99212": "99202", "99213": "99203", "99214": "99204", "99215": "99205"}
FURTHER = {"96413": "96415", "90471": "90472", "96360": "96361"}
HIGHER = {
    "99212": "99213", "99213": "99214", "99214": "99215",
    "99282": "99283", "99283": "99284", "99284": "99285",
}
BANDS = ("99391", "99392", "99393", "99394", "99395", "99396", "99397")
OF_ONE_SEX = {"F": "N40.1", "M": "C54.1"}
NAMED = frozenset({"77067", "G0121", "92250"})
"""Screenings whose diagnosis must be named."""
INPATIENT = "21"
EXCLUDED = {"E10": "E11.9", "E11": "E10.9", "F32": "F33.9", "F33": "F32.9"}
"""What the notes of a category exclude."""
MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
DRAW = "36415"
TESTS = frozenset({"80048", "80061", "80076", "85027", "85730", "87040"})
DELETED = "99201"
TOO_MANY = 5


def truncated_diagnosis(bill: Bill, slip: Slip) -> Bill | None:
    """Cut a diagnosis to its category."""
    at = slip.of([i for i, d in enumerate(bill.diagnoses) if _is_cut(d.code)])
    return None if at is None else _diagnosis(bill, at, bill.diagnoses[at].code[:3])


def unknown_diagnosis(bill: Bill, slip: Slip) -> Bill | None:
    """Mistype a diagnosis so that no such code exists."""
    at = slip.of([i for i, d in enumerate(bill.diagnoses) if _mistyped(d.code)])
    return None if at is None else _diagnosis(bill, at, _mistyped(bill.diagnoses[at].code))


def dangling_pointer(bill: Bill, slip: Slip) -> Bill | None:
    """Point a line to a diagnosis that is not there."""
    if bill.institutional:
        return None
    at = slip.number % len(bill.lines)
    return replace(bill, lines=_with(bill, at, pointers=(len(bill.diagnoses) + 1,)))


def sex_conflict(bill: Bill, slip: Slip) -> Bill | None:
    """Mistype the last of several diagnoses as one of the other sex."""
    code = OF_ONE_SEX.get(bill.patient.sex)
    if code is None or len(bill.diagnoses) < 2 or bill.coverage.plan not in SEX_EDITED:
        return None
    last = len(bill.diagnoses) - 1
    return None if bill.diagnoses[last].code == "Z23" else _diagnosis(bill, last, code)


def repeated_line(bill: Bill, slip: Slip) -> Bill | None:
    """Enter a line that is not a visit twice."""
    at = slip.of(_lines(bill, _is_service))
    if at is None:
        return None
    line = bill.lines[at]
    again = replace(line, line_id=f"{line.line_id}B", assigned_by=slip.coder, source="coder")
    return replace(bill, lines=(*bill.lines, again))


def contradicting_diagnosis(bill: Bill, slip: Slip) -> Bill | None:
    """Add a diagnosis that another one excludes."""
    most = MOST_DIAGNOSES[bill.claim_type]
    found = [(d, EXCLUDED[d.code[:3]]) for d in bill.diagnoses if d.code[:3] in EXCLUDED]
    if not found or len(bill.diagnoses) >= most:
        return None
    near, code = found[0]
    return replace(bill, diagnoses=(*bill.diagnoses, replace(near, code=code)))


def visit_counted_twice(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a visit twice in one line."""
    at = slip.of(_lines(bill, lambda line: hcpcs.is_evaluation(line.code) and line.units == 1))
    if at is None:
        return None
    charge = 2 * bill.lines[at].charge_cents
    return replace(bill, lines=_with(bill, at, slip, units=2, charge_cents=charge))


def draw_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave out the draw of blood for a test."""
    at = slip.of(_lines(bill, lambda line: line.code == DRAW))
    if at is None or not _lines(bill, lambda line: line.code in TESTS):
        return None
    return replace(bill, lines=bill.lines[:at] + bill.lines[at + 1:])


def draw_not_made(bill: Bill, slip: Slip) -> Bill | None:
    """Charge a draw of blood where nothing was tested."""
    price = chargemaster.load().price(DRAW)
    tested = _lines(bill, lambda line: line.code == DRAW or "80047" <= line.code <= "89398")
    if bill.institutional or tested or price is None:
        return None
    near = bill.lines[0]
    drawn = replace(
        near, line_id=f"{near.line_id}D", code=DRAW, modifiers=(), units=1, charge_cents=price,
        pointers=(1,), assigned_by=slip.coder, source="coder",
    )
    return replace(bill, lines=(*bill.lines, drawn))


def modifier_25_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave modifier 25 off the visit beside a procedure."""
    return None if bill.institutional else _without(bill, slip, frozenset({"25"}))


def modifier_25_missing_at_hospital(bill: Bill, slip: Slip) -> Bill | None:
    """Leave modifier 25 off the emergency visit beside a procedure."""
    return _without(bill, slip, frozenset({"25"})) if bill.institutional else None


def too_many_units(bill: Bill, slip: Slip) -> Bill | None:
    """Bill five units more than were given."""
    at = slip.of(_lines(bill, lambda line: _is_service(line) and line.units > 0))
    if at is None:
        return None
    line = bill.lines[at]
    units = line.units + TOO_MANY
    charge = line.charge_cents // line.units * units
    return replace(bill, lines=_with(bill, at, slip, units=units, charge_cents=charge))


def unsupported_service(bill: Bill, slip: Slip) -> Bill | None:
    """Point a service to a diagnosis that does not support it."""
    at = slip.of(_lines(bill, lambda line: _is_supported(bill, line)))
    if at is None:
        return None
    wanted = supports.wanted(bill.lines[at].code)
    others = [
        i for i, d in enumerate(bill.diagnoses, start=1) if not d.code.startswith(wanted)
    ]
    if others:
        return replace(bill, lines=_with(bill, at, slip, pointers=(others[0],)))
    general = "Z00.00" if bill.patient.age_years >= 18 else "Z00.129"
    return replace(_diagnosis(bill, 0, general), lines=_with(bill, at, slip, pointers=(1,)))


def new_patient_visit(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a known patient's visit as a new patient's."""
    return _recoded(bill, slip, NEW_PATIENT)


def wrong_place(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a visit at the inpatient hospital."""
    at = slip.of(_lines(bill, lambda line: line.code in NEW_PATIENT or line.code in HIGHER))
    if at is None or bill.institutional:
        return None
    lines = tuple(replace(line, place_of_service=INPATIENT) for line in bill.lines)
    moved = replace(bill, place_of_service=INPATIENT, lines=lines)
    return replace(moved, lines=_with(moved, at, slip))


def deleted_code(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a visit with a code that was deleted years ago."""
    return _recoded(bill, slip, dict.fromkeys(NEW_PATIENT, DELETED))


def add_on_alone(bill: Bill, slip: Slip) -> Bill | None:
    """Bill the first hour, or the first vaccine, as a further one."""
    if {line.code for line in bill.lines}.intersection(FURTHER.values()):
        return None
    return _recoded(bill, slip, FURTHER)


def wrong_age_band(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a check-up for another age."""
    next_band = dict(zip(BANDS, (*BANDS[1:], BANDS[-2]), strict=True))
    return _recoded(bill, slip, next_band)


def side_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave the side off a procedure."""
    return _without(bill, slip, frozenset(OTHER_SIDE))


def wrong_level(bill: Bill, slip: Slip) -> Bill | None:
    """Bill a visit one level too high."""
    return _recoded(bill, slip, HIGHER)


def missed_diagnosis(bill: Bill, slip: Slip) -> Bill | None:
    """Leave out the last of several diagnoses."""
    last = len(bill.diagnoses)
    alone = any(set(line.pointers) == {last} for line in bill.lines)
    if last < 3 or alone:
        return None
    lines = tuple(
        replace(line, pointers=tuple(p for p in line.pointers if p != last)) for line in bill.lines
    )
    return replace(bill, diagnoses=bill.diagnoses[:-1], lines=lines)


def wrong_side(bill: Bill, slip: Slip) -> Bill | None:
    """Bill the other side."""
    at = slip.of(_lines(bill, lambda line: bool(OTHER_SIDE.keys() & set(line.modifiers))))
    if at is None:
        return None
    modifiers = tuple(OTHER_SIDE.get(m, m) for m in bill.lines[at].modifiers)
    return replace(bill, lines=_with(bill, at, slip, modifiers=modifiers))


SLIPS: dict[str, Put] = {
    put.__name__: put
    for put in (
        truncated_diagnosis, unknown_diagnosis, dangling_pointer, sex_conflict,
        contradicting_diagnosis, repeated_line, visit_counted_twice, modifier_25_missing,
        modifier_25_missing_at_hospital, too_many_units, unsupported_service, new_patient_visit,
        wrong_place, deleted_code, add_on_alone, wrong_age_band, side_missing, wrong_level,
        missed_diagnosis, wrong_side, draw_missing, draw_not_made, *stay_slips.SLIPS,
        *registration_slips.SLIPS,
    )
}


def _is_service(line: Line) -> bool:
    """Say whether a line has a code and is no visit."""
    return bool(line.code) and not hcpcs.is_evaluation(line.code)


def _lines(bill: Bill, chosen: Callable[[Line], bool]) -> list[int]:
    return [i for i, line in enumerate(bill.lines) if chosen(line)]


def _with(bill: Bill, at: int, slip: Slip | None = None, **over: Any) -> tuple[Line, ...]:
    """Return the lines, one of them changed; by the coder, when a slip is given."""
    typed = {"assigned_by": slip.coder, "source": "coder"} if slip else {}
    return tuple(
        replace(line, **(over | typed)) if i == at else line for i, line in enumerate(bill.lines)
    )


def _recoded(bill: Bill, slip: Slip, table: dict[str, str]) -> Bill | None:
    at = slip.of(_lines(bill, lambda line: line.code in table))
    if at is None:
        return None
    return replace(bill, lines=_with(bill, at, slip, code=table[bill.lines[at].code]))


def _without(bill: Bill, slip: Slip, dropped: frozenset[str]) -> Bill | None:
    at = slip.of(_lines(bill, lambda line: bool(dropped & set(line.modifiers))))
    if at is None:
        return None
    kept = tuple(m for m in bill.lines[at].modifiers if m not in dropped)
    return replace(bill, lines=_with(bill, at, slip, modifiers=kept))


def _diagnosis(bill: Bill, at: int, code: str) -> Bill:
    changed = replace(bill.diagnoses[at], code=code)
    diagnoses: tuple[Diagnosis, ...] = (*bill.diagnoses[:at], changed, *bill.diagnoses[at + 1:])
    return replace(bill, diagnoses=diagnoses)


def _is_cut(code: str) -> bool:
    found = icd10cm.entry(code[:3])
    return "." in code and found is not None and not found.billable


def _mistyped(code: str) -> str:
    """Return the code with two neighbours swapped, or its last doubled; nothing if that exists."""
    plain = icd10cm.compact(code)
    if len(plain) < 4:
        return ""
    pairs = range(1, len(plain) - 1)
    slips = [plain[:i] + plain[i + 1] + plain[i] + plain[i + 2:] for i in pairs]
    slips.append((plain + plain[-1])[:7])
    unknown = (one for one in slips if one != plain and not icd10cm.exists(one))
    return next(map(icd10cm.dotted, unknown), "")


def _is_supported(bill: Bill, line: Line) -> bool:
    """Say whether a line whose diagnosis matters points to one that supports it."""
    named = supports.is_procedure(line.code) or line.code in NAMED
    wanted = supports.wanted(line.code)
    codes = [bill.diagnoses[p - 1].code for p in line.pointers]
    return named and bool(wanted) and any(code.startswith(wanted) for code in codes)
