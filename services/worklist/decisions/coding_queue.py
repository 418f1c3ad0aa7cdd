"""The coding queue: a visit that needs a person is coded on the same page as what came back.

    chart awaiting coding ──▶ suggestion (version 0) ──▶ a coder's version 1, reason initial

Missing or unsigned notes stop it: there is nothing to code from.
"""

from datetime import date
from typing import Any

from schemas.events import Bill, Coded, Encounter
from services.codes import chargemaster
from services.worklist.bill import charges, coding, corrections
from services.worklist.bill.typed import Problem, Record
from services.worklist.clockwork import arrivals
from services.worklist.decisions.case import Case, move, next_version
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused
from services.worklist.shown import happened, opened

INITIAL, CHARGE_CHANGE = "initial", arrivals.CHARGE_CHANGE


def code(case: Case) -> list[Problem]:
    """Code a visit for the first time and send it; or return what is wrong.

    Raises:
        Refused: the record is not complete, or it was coded meanwhile.
        services.worklist.item.items.Conflict: the record is another than the page showed.
    """
    change, latest = case.act.change, coding.charted(case.conn, case.row.encounter_id)
    if change is None or latest is None:
        raise Refused("There is no coding.")
    if case.current.version:
        raise Refused("It is coded already: reload to see where it stands.")
    _shown(case, latest)
    if stopped := arrivals.missing_notes(latest):
        raise Refused(f"{stopped[0]}: it is coded when the record is complete.", "incomplete")
    done = corrections.coded(
        case.current, change, case.person.coder_id, record(case),
        case.desk.price or chargemaster.load().price,
    )
    if not isinstance(done, Coded):
        return done
    version = next_version(
        case, done, reason=INITIAL, predecessor="", encounter_version=latest.version
    )
    coding.record(case.conn, version, case.current.version)
    coding.settled(case.conn, case.row.encounter_id)
    move(case, proposal=None, diagnoses=[one.code for one in done.bill.diagnoses])
    return []


def started(case: Case) -> tuple[Bill, dict[str, Any]]:
    """Return what a correction starts from, and what its version says beyond any correction.

    Raises:
        services.worklist.item.items.Conflict: the record is another than the page showed.
    """
    base = charges.base(case.conn, case.row.kind, case.current)
    latest = coding.charted(case.conn, case.row.encounter_id)
    if case.row.kind != CHARGE_CHANGE or latest is None:
        return base, {}
    _shown(case, latest)
    return base, {"reason": CHARGE_CHANGE, "encounter_version": latest.version}


def passed_over(case: Case) -> dict[str, Any]:
    """Return what a version says that leaves a change of the charges out: the record it answers.

    What the item tells of is decided with it: only what changes later is work again.
    """
    if case.row.kind != CHARGE_CHANGE:
        return {}
    return {"encounter_version": max(case.current.encounter_version, case.row.version)}


def taken_over(case: Case, sent: Coded) -> None:
    """Note that a change of the charges is decided, unless they changed again since.

    Call it with the chart locked, as `coding.record` leaves it.
    """
    latest = coding.charted(case.conn, case.row.encounter_id)
    seen = charges.record(case.conn, case.row.encounter_id, sent.encounter_version)
    if latest and seen and not arrivals.changes(seen.bill, latest.bill):
        coding.settled(case.conn, case.row.encounter_id)


def _shown(case: Case, latest: Encounter) -> None:
    """Go on if the record is the one the item was made or changed for."""
    if latest.version != case.row.version:
        raise Conflict


def record(case: Case) -> Record:
    """Return the notes a coder codes from: the signed ones of the record's latest version."""
    places = happened.timeline(case.conn, case.row.encounter_id)
    encounter = happened.latest(places, Encounter)
    if encounter is None:
        return Record({})
    notes = opened.signed(encounter.notes)
    texts = opened.note_texts(case.conn, case.desk.site, case.row.encounter_id, notes)
    return Record(texts, {note.note_id: note.kind for note in notes})


def waiting(encounter: Encounter, today: date) -> dict[str, Any] | None:
    """Return what stops a visit from being coded: words, owner, since when; none when nothing."""
    stopped = arrivals.missing_notes(encounter)
    if not stopped:
        return None
    ended = encounter.bill.ends_on
    return {"words": stopped, "owner": arrivals.HIM, "since": ended, "days": (today - ended).days}
