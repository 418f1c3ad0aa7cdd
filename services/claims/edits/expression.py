"""The hospital's own rules are written over this view of a bill, in CEL (cel.dev).

    plan == "commercial" && line.code == "99215" && !("25" in line.modifiers)

`FIELDS` and `LINE` are all a rule can name; a field is never taken away or given another type.
The engine is Google's (`cel-expr-python`). It checks every name and type when the expression is
compiled, nests at most 32 deep, and spends at most 10,000 steps of `exists`, `all`, `map` and
`filter` on one claim: the bound is on steps, not on seconds, so a claim is judged the same on a
slow machine. Patterns of `matches` are RE2's: linear in the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from schemas.events import Bill, Line

CLAIM, LINE_EACH, DIAGNOSIS_EACH = "claim", "line", "diagnosis"
EACH = (CLAIM, LINE_EACH, DIAGNOSIS_EACH)
MAX_LENGTH = 2000
TEXT, COUNT, YES, TEXTS = "text", "whole number", "yes or no", "list of texts"

FIELDS: Mapping[str, tuple[str, str]] = {
    "payer": (TEXT, "key of the payer"),
    "plan": (TEXT, "medicare, medicaid, medicare_advantage, commercial, government"),
    "claim_type": (TEXT, "professional or institutional"),
    "facility": (TEXT, "key of the facility"),
    "department": (TEXT, "the department that served"),
    "encounter_class": (TEXT, "ambulatory, emergency, inpatient or observation"),
    "place": (TEXT, "place of service of the claim"),
    "starts_on": (TEXT, "first day of service, as 2026-03-02"),
    "ends_on": (TEXT, "last day of service, as 2026-03-02"),
    "days": (COUNT, "days of service, the first and the last included"),
    "age": (COUNT, "completed years on the first day; 90 stands for 90 and over"),
    "sex": (TEXT, "F, M or U"),
    "charge_cents": (COUNT, "sum of the lines"),
    "authorized": (YES, "the payer's authorisation is on file"),
    "referred": (YES, "a referring provider is named"),
    "secondary": (YES, "another payer decided before"),
    "diagnoses": (TEXTS, "ICD-10-CM codes with the dot, principal first"),
    "procedures": (TEXTS, "ICD-10-PCS codes of an inpatient claim, principal first"),
    "conditions": (TEXTS, "condition codes"),
    "facility_type": (TEXT, "first two digits of the type of bill"),
    "admission_type": (TEXT, "CL101"),
    "patient_status": (TEXT, "CL103"),
    "drg": (TEXT, "MS-DRG, when grouped"),
}
"""Field of a claim -> its type and what it says. Beside them `lines` has all service lines."""

LINE: Mapping[str, tuple[str, str]] = {
    "code": (TEXT, "HCPCS or CPT code"),
    "modifiers": (TEXTS, "up to four"),
    "units": (COUNT, "whole units"),
    "charge_cents": (COUNT, "of the whole line"),
    "revenue_code": (TEXT, "four digits, of an institutional line"),
    "place": (TEXT, "place of service"),
    "served_on": (TEXT, "as 2026-03-02"),
    "diagnoses": (TEXTS, "codes the line points to, most important first"),
}
"""Field of a service line -> its type and what it says."""


class InvalidExpression(Exception):  # noqa: N818 - what a person wrote, not a bug
    """An expression cannot be a rule; the message is one line with the column."""


class CannotJudge(Exception):  # noqa: N818 - the claim stays here
    """An expression has no answer for this claim: it failed or went beyond its bound."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; true where the rule is broken.

    Attributes:
        source: As it was written.
        each: What it is asked of: the claim, each line or each diagnosis.
        program: The engine's form of it.
    """

    source: str
    each: str
    program: Any

    def broken(self, bill: Bill) -> Iterator[str]:
        """Yield the places where the rule is broken: ``claim``, ``line 2``, ``diagnosis 1``.

        Raises:
            CannotJudge: it has no answer; the engine's message holds nothing of the claim.
        """
        for place, activation in _seen(bill).asked(self.each):
            if _answer(self.program, activation):
                yield place


class _Seen:
    """A bill in the engine's form, for as many rules as are asked of it."""

    def __init__(self, bill: Bill) -> None:
        self.bill = bill
        self._view = view(bill)
        self._asked: dict[str, list[tuple[str, Any]]] = {}

    def asked(self, each: str) -> list[tuple[str, Any]]:
        """Return the places a rule of this kind is asked of, with what it sees there."""
        if each not in self._asked:
            make = _environment(each).Activation
            self._asked[each] = [
                (place, make(self._view | more)) for place, more in _asked(each, self._view)
            ]
        return self._asked[each]


_last: list[_Seen] = []


def _seen(bill: Bill) -> _Seen:
    """Return a bill's form; that of the bill just judged is kept, since rules come one by one."""
    kept = _last[0] if _last else None
    if kept is None or kept.bill is not bill:
        kept = _Seen(bill)
        _last[:] = [kept]
    return kept


def _answer(program: Any, activation: Any) -> bool:
    try:
        answer = program.eval(activation)
    except RuntimeError:  # beyond the steps it may take
        raise CannotJudge from None
    if answer.type() != cel.Type.BOOL:  # an error is a value: index out of range, overflow
        raise CannotJudge
    return bool(answer.value())


@cache
def compiled(source: str, each: str) -> Expression:
    """Return an expression, compiled once.

    Raises:
        InvalidExpression: it is too long, is no CEL, names what is not there, mixes types, or does
            not answer yes or no.
    """
    if each not in EACH:
        raise InvalidExpression(f"each must be one of {', '.join(EACH)}, not {each!r}")
    if not source.strip():
        raise InvalidExpression("the expression is empty")
    if len(source) > MAX_LENGTH:
        raise InvalidExpression(f"the expression has {len(source)} characters, {MAX_LENGTH} is all")
    try:
        program = _environment(each).compile(source)
    except RuntimeError as why:
        raise InvalidExpression(_one_line(str(why))) from None
    if program.return_type() != cel.Type.BOOL:
        kind = program.return_type().name().lower()
        raise InvalidExpression(f"the expression must say yes or no, this one gives {kind}")
    return Expression(source, each, program)


def _one_line(told: str) -> str:
    """Return the engine's first complaint: where, what."""
    found = re.search(r"<input>:(-?\d+):(-?\d+): (.+)", told)
    if found and int(found[1]) > 0:
        return f"line {found[1]}, column {found[2]}: {found[3].replace('claim.Line', 'a line')}"
    return found[3] if found else told.split("\n", 1)[0].partition(": ")[2]


def view(bill: Bill) -> dict[str, Any]:
    """Return a bill as rules see it."""
    stay = bill.institutional
    return {
        "payer": bill.coverage.payer_id,
        "plan": bill.coverage.plan,
        "claim_type": bill.claim_type,
        "facility": bill.facility_id,
        "department": bill.department,
        "encounter_class": bill.encounter_class,
        "place": bill.place_of_service,
        "starts_on": bill.starts_on.isoformat(),
        "ends_on": bill.ends_on.isoformat(),
        "days": (bill.ends_on - bill.starts_on).days + 1,
        "age": bill.patient.age_years,
        "sex": bill.patient.sex,
        "charge_cents": bill.charge_cents,
        "authorized": bill.authorized,
        "referred": bool(bill.referring_npi),
        "secondary": bool(bill.prior),
        "diagnoses": [one.code for one in bill.diagnoses],
        "procedures": [one.code for one in stay.procedures] if stay else [],
        "conditions": list(stay.conditions) if stay else [],
        "facility_type": stay.facility_type if stay else "",
        "admission_type": stay.admission_type if stay else "",
        "patient_status": stay.patient_status if stay else "",
        "drg": stay.drg if stay else "",
        "lines": [_line(one, bill) for one in bill.lines],
    }


def _line(line: Line, bill: Bill) -> Any:
    pointed = [p for p in line.pointers if 0 < p <= len(bill.diagnoses)]
    return _message()(
        code=line.code, modifiers=line.modifiers, units=line.units,
        charge_cents=line.charge_cents, revenue_code=line.revenue_code,
        place=line.place_of_service, served_on=line.served_on.isoformat(),
        diagnoses=[bill.diagnoses[p - 1].code for p in pointed],
    )


def _asked(each: str, seen: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if each == CLAIM:
        yield CLAIM, {}
    rows = {LINE_EACH: "lines", DIAGNOSIS_EACH: "diagnoses"}.get(each, "")
    for position, row in enumerate(seen.get(rows, ()), 1):
        yield f"{each} {position}", {each: row}


@cache
def _pool() -> Any:
    """Return the type of a line, which the engine checks field by field."""
    field = descriptor_pb2.FieldDescriptorProto
    kinds = {TEXT: field.TYPE_STRING, TEXTS: field.TYPE_STRING, COUNT: field.TYPE_INT64}
    file = descriptor_pb2.FileDescriptorProto(name="line.proto", package="claim", syntax="proto3")
    message = file.message_type.add(name="Line")
    for number, (name, (kind, _)) in enumerate(LINE.items(), 1):
        label = field.LABEL_REPEATED if kind == TEXTS else field.LABEL_OPTIONAL
        message.field.add(name=name, number=number, label=label, type=kinds[kind])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


@cache
def _message() -> Any:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName("claim.Line"))


@cache
def _environment(each: str) -> Any:
    kinds = {
        TEXT: cel.Type.STRING, COUNT: cel.Type.INT, YES: cel.Type.BOOL,
        TEXTS: cel.Type.List(cel.Type.STRING),
    }
    names = {name: kinds[kind] for name, (kind, _) in FIELDS.items()}
    line = cel.Type("claim.Line")
    names["lines"] = cel.Type.List(line)
    if each == LINE_EACH:
        names["line"] = line
    if each == DIAGNOSIS_EACH:
        names["diagnosis"] = cel.Type.STRING
    return cel.NewEnv(descriptor_pool=_pool(), variables=names)
