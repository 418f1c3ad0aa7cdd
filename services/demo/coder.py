"""How a simulated coder works an item: by its page alone, and only as the record supports.

    page, code search ──▶ Correct(codes, lines, passages) or Say("confirm" | "query")

What the record does not support is not changed: the coding is confirmed, or, where nothing was
billed yet, set aside for a query.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.codes import hcpcs, supports, unspecified
from services.demo import chart
from services.demo.answer import Correct, Line, Say
from services.demo.chart import Chart, Named
from services.worklist.bill import hospital

LookUp = Callable[[str], list[tuple[str, str]]]
"""Words -> billable codes with their meaning, as the page's search shows them."""
VACCINATION = "Z23"
CHECK_UP, GROWN_UP = "Z00", 18
"""A check-up is coded by the patient's age, whatever form it was written on."""
BRACKETS = str.maketrans("", "", "()")
PLAIN = ("unspecified", "without complication", "without abnormal findings", "uncomplicated")


def work(page: Mapping[str, Any], look_up: LookUp) -> Correct | Say:
    """Return what a careful coder does with an item."""
    record = chart.read(page)
    draft = _draft(page)
    before = draft.form()
    for reason in page["item"]["reasons"]:
        fix = FIXES.get(reason["code"].rpartition("-")[2].rpartition(" ")[2])
        if fix is not None:
            fix(Desk(page, record, draft, look_up, reason))
    changed = draft.form()[: len(before)] != before
    if changed and draft.passages:
        return draft
    return Say("query" if page["item"]["kind"] == "held" else "confirm")


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies before the coder for one reason."""

    page: Mapping[str, Any]
    record: Chart
    draft: Correct
    look_up: LookUp
    reason: Mapping[str, Any]

    def lines(self) -> list[Line]:
        """Return the lines the reason is about."""
        place = self.reason["place"]
        wanted = self.reason["line_id"]
        number = int(place.removeprefix("line ")) if place.startswith("line ") else 0
        return [
            line for at, line in enumerate(self.draft.lines, start=1)
            if line.line_id == wanted or (not wanted and number in (0, at))
        ]

    def cite(self, passage: str, about: str) -> None:
        """Name a passage as evidence for a change, called as on the page."""
        self.draft.passages[f"{passage}|{about}"] = None


def diagnosis(desk: Desk) -> None:
    """Replace diagnoses that cannot be billed, or that the edit names, by the documented ones."""
    place = desk.reason["place"]
    at = int(place.removeprefix("diagnosis ")) - 1 if place.startswith("diagnosis ") else -1
    for position, shown in enumerate(desk.page["coding"]["diagnoses"]):
        if shown["problem"] or (position == at and not _documented(desk, shown)):
            _replace(desk, position, shown)


def support(desk: Desk) -> None:
    """Point the service to the documented diagnosis that supports it, if there is one."""
    shown = desk.page["coding"]["diagnoses"]
    for position, one in enumerate(shown):
        if one["code"] != VACCINATION and not _documented(desk, one):
            _replace(desk, position, one)
    for line in () if desk.page["coding"]["stay"] else desk.lines():
        best = supports.best(line.code, desk.draft.diagnoses)
        if best is None or hcpcs.is_evaluation(line.code) or best in line.pointers[:1]:
            continue
        named = _behind(desk, desk.draft.diagnoses[best - 1])
        service = desk.record.service(line.code)
        if named or (service and desk.draft.diagnoses[best - 1] == VACCINATION):
            line.pointers = [best]
            said = named.passage if named else service.passage if service else ""
            desk.cite(said, f"line {line.line_id} pointers")


def pointer(desk: Desk) -> None:
    """Point a line to diagnoses that are there: a visit to all, a service to its own."""
    count = len(desk.draft.diagnoses)
    for line in desk.lines():
        if line.pointers and all(0 < p <= count for p in line.pointers):
            continue
        service = desk.record.service(line.code)
        if service is None:
            continue
        best = supports.best(line.code, desk.draft.diagnoses) or 1
        evaluation = hcpcs.is_evaluation(line.code)
        line.pointers = list(range(1, min(4, count) + 1)) if evaluation else [best]
        desk.cite(service.passage, f"line {line.line_id} pointers")


def repeated(desk: Desk) -> None:
    """Take a line off that stands there oftener than it is documented."""
    for line in reversed(desk.lines()):
        service = desk.record.service(line.code)
        times = sum(1 for one in desk.draft.lines if one.code == line.code and not one.removed)
        documented = sum(1 for one in desk.record.services if one.code == line.code)
        if service and times > documented:
            line.removed = True
            desk.cite(service.passage, f"line {line.line_id} off")


def modifier(desk: Desk) -> None:
    """Add the side, or 25 to an evaluation that stands apart from a procedure."""
    for line in desk.lines():
        service = desk.record.service(line.code)
        beside = any(supports.is_procedure(other.code) for other in desk.draft.lines)
        if service and service.side and service.side not in line.modifiers:
            line.modifiers = [service.side, *(m for m in line.modifiers if m not in ("LT", "RT"))]
            desk.cite(service.passage, f"line {line.line_id} modifiers")
        elif (
            hcpcs.is_evaluation(line.code) and beside and desk.record.separate
            and "25" not in line.modifiers
        ):
            line.modifiers = ["25", *line.modifiers][:4]
            desk.cite(desk.record.separate, f"line {line.line_id} modifiers")


def units(desk: Desk) -> None:
    """Bill as often as documented."""
    for line in desk.lines():
        service = desk.record.service(line.code)
        if service and service.times != line.units:
            line.units = service.times
            desk.cite(service.passage, f"line {line.line_id} units")


def service_code(desk: Desk) -> None:
    """Bill the documented service where another is on the line."""
    billed = {line.code for line in desk.draft.lines}
    left = [one for one in desk.record.services if one.code not in billed]
    for line in desk.lines():
        if desk.record.service(line.code) is None and len(left) == 1:
            line.code = left[0].code
            desk.cite(left[0].passage, f"line {line.line_id} code")


def contradiction(desk: Desk) -> None:
    """Take off the diagnosis that another excludes, where the record does not name it.

    Only the last one, to which no line points: the others keep their places.
    """
    shown = desk.page["coding"]["diagnoses"]
    last = len(desk.draft.diagnoses)
    alone = any(last in line.pointers for line in desk.draft.lines)
    if last < 2 or alone or _documented(desk, shown[last - 1]):
        return
    named = next((n for one in shown[:-1] if (n := _behind(desk, one["code"]))), None)
    if desk.reason["place"] == f"diagnosis {last}" and named:
        desk.draft.diagnoses.pop()
        if desk.draft.present:
            desk.draft.present.pop()
        desk.cite(named.passage, f"off {shown[last - 1]['code']}")


def presence(desk: Desk) -> None:
    """Say whether a diagnosis was present on admission, as documented."""
    shown = desk.page["coding"]["diagnoses"]
    for position, one in enumerate(shown):
        said = desk.draft.present
        if said is None or not one["needs_presence"] or said[position]:
            continue
        named = _behind(desk, one["code"])
        if named and named.present:
            said[position] = named.present
            desk.cite(named.passage, f"present {one['code']}")


def place(desk: Desk) -> None:
    """Bill where the service was given."""
    for line in desk.draft.lines:
        if desk.record.place and line.place != desk.record.place:
            line.place = desk.record.place
            desk.cite(desk.record.place_passage, f"line {line.line_id} place")


FIXES: Mapping[str, Callable[[Desk], None]] = {
    **dict.fromkeys(
        ("diagnosis_incomplete", "diagnosis_unknown", "sex_conflict", "age_conflict", "9", "10",
         "146", "167"), diagnosis,
    ),
    "excludes1": contradiction,
    **dict.fromkeys(("11", "50", "not_covered"), support),
    **dict.fromkeys(("pointer_dangling", "pointer_missing"), pointer),
    "line_repeated": repeated,
    **dict.fromkeys(("4", "97", "236", "visit_beside_procedure", "side_missing"), modifier),
    **dict.fromkeys(("151", "units_wrong", "once_a_day"), units),
    **dict.fromkeys(
        ("B16", "181", "6", "107", "procedure_malformed", "add_on_alone"), service_code,
    ),
    **dict.fromkeys(("5", "58", "place_of_visit"), place),
    "poa_missing": presence,
}


def _draft(page: Mapping[str, Any]) -> Correct:
    coding = page["coding"]
    stay = coding["stay"] and coding["stay"]["inpatient"]
    return Correct(
        present=[one["present"] for one in coding["diagnoses"]] if stay else None,
        diagnoses=[one["code"] for one in coding["diagnoses"]],
        lines=[
            Line(
                one["line_id"], one["code"], list(one["modifiers"]), one["units"],
                list(one["pointers"]), one["place_of_service"],
            )
            for one in coding["lines"]
        ],
    )


def _documented(desk: Desk, shown: Mapping[str, Any]) -> bool:
    stay = desk.page["coding"]["stay"]
    if stay and stay["external_causes"] and shown["code"] == hospital.INJURED:
        return True  # what a documented external cause did
    return any(
        _fits(named.words, shown["words"]) or _code(desk, named) == shown["code"]
        for named in desk.record.diagnoses
    )


def _fits(documented: str, meaning: str) -> bool:
    """Say whether a code's meaning is what is documented, or its plain form.

    Words in brackets are nonessential: the record may have them plainly or not.
    """
    said, means = documented.casefold().translate(BRACKETS), meaning.casefold().translate(BRACKETS)
    return said == means or (
        means.startswith(said) and any(word in means[len(said):] for word in PLAIN)
    )


def _behind(desk: Desk, code: str) -> Named | None:
    """Return the documented diagnosis a code stands for, if any."""
    shown = {one["code"]: one["words"] for one in desk.page["coding"]["diagnoses"]}
    for named in desk.record.diagnoses:
        if (code in shown and _fits(named.words, shown[code])) or _code(desk, named) == code:
            return named
    return None


def _replace(desk: Desk, position: int, shown: Mapping[str, Any]) -> None:
    """Put the code of a documented diagnosis that is not coded yet where a wrong one stands."""
    coded = [one for one in desk.page["coding"]["diagnoses"] if not one["problem"]]
    open_ones = [
        named for named in desk.record.diagnoses
        if not any(_fits(named.words, one["words"]) for one in coded)
    ]
    below = {one["code"] for one in shown["below"]}
    for named in open_ones:
        code = _code(desk, named)
        fits = code and code not in desk.draft.diagnoses and not hospital.is_external(code)
        if fits and (not below or code in below or code.startswith(shown["code"])):
            desk.draft.diagnoses[position] = code
            if desk.draft.present and named.present:
                desk.draft.present[position] = named.present
            desk.cite(named.passage, f"diagnosis {code}")
            return


def _code(desk: Desk, named: Named) -> str:
    """Return the code whose meaning is what is documented; nothing when several could be."""
    found = desk.look_up(named.words)
    exact = [code for code, meaning in found if meaning.casefold() == named.words.casefold()]
    plain = [code for code, meaning in found if _fits(named.words, meaning)]
    code = (exact or plain or [""])[0]
    patient = desk.page["patient"]
    if code.startswith(CHECK_UP) and patient["age_years"] < GROWN_UP:
        return unspecified.default(CHECK_UP, patient["sex"], patient["age_years"]) or ""
    return code
