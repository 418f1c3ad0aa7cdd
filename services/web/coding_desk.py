"""The coding desk: code search, and what stands beside the editor while a coder types."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection, Row

from schemas.events import Encounter
from services.claims import queries as rules
from services.codes import chargemaster, icd10cm, search
from services.phi import audit
from services.web import answers, forms, panels, work
from services.web.answers import Asked
from services.web.desk import Web
from services.web.panels import Seen
from services.worklist.bill import charges, coding, corrections
from services.worklist.bill.typed import Change, Record
from services.worklist.clockwork import arrivals, dnfb
from services.worklist.decisions import coding_queue
from services.worklist.desk import desk_search, live
from services.worklist.desk.desk_search import DIAGNOSIS, MODIFIER, SERVICE, Spot
from services.worklist.desk.live import Live, Typing
from services.worklist.events import paid_here
from services.worklist.item import disclosure, moves
from services.worklist.item.scope import Person
from services.worklist.shown import happened, opened, record
from services.worklist.talk import queries

SHORTEST, LONGEST = 2, 80
EDITING = ("correct", "code")


@get("/codes", opt={"action": "codes.search"}, sync_to_thread=True)
def codes(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Find codes by words, abbreviation, slip or beginning."""
    asked = request.query_params
    text, below, field = (str(asked.get(name, "")) for name in ("q", "below", "field"))
    found = _looked(text, below, field)
    return _found(request, text, desk_search.plain(found, web.today()))


@post("/work/{rework_id:str}/codes", opt={"action": "work.check"}, sync_to_thread=True)
def codes_beside(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Find codes, each as it would stand on the claim as typed; nothing is kept."""
    text, below, field = (forms.one(form, name) for name in ("q", "below", "field"))
    with web.begin(request.user) as conn:
        row = work.row_of(conn, request, rework_id)
        spot = _spot(conn, web, work.person_of(request.user), row, form)
        found = _looked(text, below, field, spot)
        groups = desk_search.beside(conn, web.judge, spot, found, web.today())
    return _found(request, text, groups)


def _looked(
    text: str, below: str, field: str, spot: Spot | None = None
) -> dict[str, tuple[search.Found, ...]]:
    """Return what was found of each code set, untrusted words cut."""
    asked, below, field = text.strip()[:LONGEST], below[:8], field[:12]
    if len(asked) < (1 if field == MODIFIER else SHORTEST) and not below:
        return {}
    return desk_search.look(asked, desk_search.kinds(spot, field), below)


def _found(request: Asked, text: str, groups: Sequence[desk_search.Group]) -> Response[Any]:
    hits = {group.kind: group.hits for group in groups}
    values = {
        "asked": text.strip()[:LONGEST], "groups": groups, "count": sum(map(len, hits.values())),
        "found": [_said(hit) for hit in hits.get(DIAGNOSIS, ()) if hit.billable],
        "services": [_said(hit) for hit in hits.get(SERVICE, ())],
    }
    return answers.page(request, "_codes.html", values)


def _said(hit: desk_search.Hit) -> Mapping[str, str]:
    return {"code": hit.code, "words": hit.words}


def _spot(
    conn: Connection, web: Web, person: Person, row: Row[Any], form: FormMultiDict
) -> Spot:
    """Return where the cursor stands on the claim as typed, without the words typed there."""
    field, at = forms.one(form, "field"), forms.number(forms.one(form, "at"))
    current = coding.current(conn, row.encounter_id)
    base, change = charges.base(conn, row.kind, current), forms.change(form)
    ids = forms.listed(form, "line_id")
    here = ids[at] if 0 <= at < len(ids) else ""
    if field == MODIFIER:
        words = forms.one(form, "q").upper()
        change = replace(change, lines=tuple(
            replace(one, modifiers=tuple(m for m in one.modifiers if m != words))
            if one.line_id == here else one for one in change.lines
        ))
    if field == DIAGNOSIS:
        at = sum(1 for code in forms.listed(form, "dx")[:max(at, 0)] if code)
    elif field in (SERVICE, MODIFIER):
        kept = [one.line_id for one in corrections.kept(base, change)]
        at = kept.index(here) if here in kept else len(kept)
    drafted = corrections.draft(
        base, change, person.coder_id or person.name,
        web.desk.price or chargemaster.load().price, current.version,
    )
    return Spot(replace(current, bill=drafted), field, at, row.payer_id)


@get("/work/{rework_id:str}/paid-here", opt={"action": "codes.search"}, sync_to_thread=True)
def paid(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show what was paid and denied here for a code and the item's payer."""
    asked = request.query_params
    code, kind = str(asked.get("code", ""))[:9].upper(), str(asked.get("kind", ""))
    kind = kind if kind in (paid_here.SERVICE, paid_here.DIAGNOSIS) else paid_here.SERVICE
    code = icd10cm.dotted(code) if kind == paid_here.DIAGNOSIS else code
    with web.begin(request.user) as conn:
        row = work.row_of(conn, request, rework_id)
        found = paid_here.many(conn, row.payer_id, {kind: [code]}, web.today()) if code else {}
    payer = web.reference.payers.get(row.payer_id)
    values = {
        "code": code, "here": found.get((kind, code)),
        "payer": payer.name if payer else row.payer_id,
    }
    return answers.page(request, "_paid_here.html", values)


@post("/work/{rework_id:str}/check", opt={"action": "work.check"}, sync_to_thread=True)
def check(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Judge the form as typed, as validation would; nothing is kept."""
    person = work.person_of(request.user)
    with web.begin(request.user) as conn:
        row = work.row_of(conn, request, rework_id)
        shown, asks = None, ""
        if disclosure.may_see_phi(conn, person, row):
            asks = _asks(conn, web, row)
            shown = _live(conn, web, person, row, forms.change(form), forms.one(form, "focus"))
            audit.note(
                conn, "item.check", "item", rework_id, facility_id=row.facility_id,
            )
    return answers.page(request, "_live.html", {"live": shown, "asks": asks})


HANDLERS = (codes, codes_beside, paid, check)


def _asks(conn: Connection, web: Web, row: Row[Any]) -> str:
    """Return where a physician is asked about a finding; empty where none may be asked."""
    denied = queries.after_denial(conn, row)
    may = rules.may_ask(denied=denied, retrospective=web.retrospective_queries)
    return f"/work/{row.rework_id}/query" if may else ""


def _live(
    conn: Connection, web: Web, person: Person, row: Row[Any], change: Change, focus: str = ""
) -> Live:
    current = coding.current(conn, row.encounter_id)
    places = happened.timeline(conn, row.encounter_id)
    encounter = happened.latest(places, Encounter)
    notes = opened.signed(encounter.notes if encounter else ())
    texts = opened.note_texts(conn, web.desk.site, row.encounter_id, notes)
    typing = Typing(
        row, current, change, Record(texts, {note.note_id: note.kind for note in notes}),
        {note.note_id: note.title for note in notes}, person.coder_id or person.name, focus,
        charges.base(conn, row.kind, current),
    )
    return live.check(conn, web.desk, web.judge, typing)


def panel(seen: Seen) -> dict[str, Any] | None:
    """Return what stands beside the editor, what stops coding, what changed since."""
    names = {move.name for move in seen.page.moves}
    may = bool(names & set(EDITING)) and not seen.page.masked
    stopped, changed = _queue(seen), _changed(seen)
    visit, proposal = _visit(seen), _proposal(seen)
    if not (may or stopped or changed or visit or proposal):
        return None
    beside = None
    if may and seen.typed is not None:
        beside = _live(seen.conn, seen.web, seen.person, seen.row, seen.typed)
    return {
        "may": may, "live": beside, "stopped": stopped, "changed": changed, "visit": visit,
        "proposal": proposal, "asks": _asks(seen.conn, seen.web, seen.row) if beside else "",
    }


def _proposal(seen: Seen) -> live.Proposed | None:
    """Return what a correction that was handed on does; none where none waits for billing."""
    wanted = record.proposed(seen.row)
    if wanted is None or seen.row.status != "open":
        return None
    return live.proposed(seen.conn, seen.web.desk, seen.web.judge, seen.row, wanted)


def _visit(seen: Seen) -> dict[str, Any] | None:
    """Return what a visit that nobody coded keeps unbilled, and what its facility does."""
    if seen.row.kind != moves.UNCODED or seen.row.status != "open":
        return None
    charted = coding.charted(seen.conn, seen.row.encounter_id)
    if charted is None:
        return None
    today = seen.web.today()
    return {
        "ended_on": charted.bill.ends_on, "days": (today - charted.bill.ends_on).days,
        "cents": charted.bill.charge_cents, "facility_id": charted.bill.facility_id,
        "dnfb": dnfb.figure(seen.conn, today, (charted.bill.facility_id,)),
    }


def _queue(seen: Seen) -> dict[str, Any] | None:
    if seen.row.kind != moves.UNCODED:
        return None
    charted = coding.charted(seen.conn, seen.row.encounter_id)
    return coding_queue.waiting(charted, seen.web.today()) if charted else None


def _changed(seen: Seen) -> list[str] | None:
    """Return what changed of the record since it was coded, of a charge change."""
    if seen.row.kind != moves.CHANGE or seen.row.status != "open":
        return None
    current = coding.current(seen.conn, seen.row.encounter_id)
    latest = coding.charted(seen.conn, seen.row.encounter_id)
    before = charges.record(seen.conn, seen.row.encounter_id, current.encounter_version)
    if latest is None or before is None:
        return None
    return arrivals.changes(before.bill, latest.bill)


panels.PANELS["coding"] = panel
