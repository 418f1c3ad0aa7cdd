"""The work list: views, filters, search, pages; take next, take, put back.

The URL is the truth: what a list shows is in it, and only what `filters.parse` knows is heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.db import keyset
from services.web import access, answers, bulk, forms, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.item import lease, views
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person, team
from services.worklist.lists import filters, queue, saved
from services.worklist.lists.filters import Filter
from services.worklist.shown import record, wording

SECTIONS = (
    ("Claim", ("kind", "claim_type", "payer", "min", "max")),
    ("Why", ("category", "group", "carc", "remark", "edit", "code")),
    ("Where and who", ("facility", "department", "team", "assignee", "free", "skilled")),
    ("When, and how it stands", ("due", "older", "younger", "state", "fate", "tag", "answered")),
)
HINTS = {
    "carc": "CO-11, 197", "remark": "N822, M76", "edit": "dx_billable", "code": "99213",
    "assignee": "me, none, names", "tag": "words", "due": "7", "min": "100", "max": "5000",
    "older": "30", "younger": "7",
}
STATES = {
    "todo": "To do", "waiting": "Waiting", "handed_on": "With billing", "released": "Under way",
    "decided": "Closed",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the list, with how much is in it, counted to `keyset.CAP`."""

    name: str
    says: str
    count: int
    more: bool
    href: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the list is narrowed by, and where it is without it."""

    says: str
    href: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the filters: choices to tick, or a text.

    Attributes:
        name: In the URL.
        says: Its label.
        choices: (value, words, whether it is chosen); empty for a text.
        value: Of a text.
        hint: What a text may be.
        number: Whether it takes a number.
    """

    name: str
    says: str
    choices: tuple[tuple[str, str, bool], ...] = ()
    value: str = ""
    hint: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column one can sort by."""

    name: str
    says: str
    href: str
    sorted: str


@get("/work", opt={"action": "work.list"}, sync_to_thread=True)
def work_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show the work of the reader's role; without a question, the reader's own first view."""
    person = request.user.person
    if not request.query_params and not answers.wants_json(request):
        with web.begin(request.user) as conn:
            first = saved.first(conn, person)
        if first:
            return answers.redirect(request, f"/work?{first}")
    wanted = asked(request)
    fragment = request.query_params.get("part") == "rows"
    values = listed(request, web, person, wanted)
    return answers.page(request, "_rows.html" if fragment else "work.html", values)


def asked(request: Asked) -> Filter:
    """Return what the URL asks for."""
    wanted = filters.parse(request.query_params.multi_items())
    known = views.of(request.user.role)
    return wanted if wanted.view in known else replace(wanted, view=next(iter(known), ""))


def listed(request: Asked, web: Web, person: Person, wanted: Filter) -> dict[str, Any]:
    """Return the values of the list."""
    payers = {p.payer_id: p.name for p in web.reference.payers.values()}
    with web.begin(request.user) as conn:
        page = queue.select(conn, person, wanted, web.today(), payers)
        counted = queue.counts(conn, person)
        found = (
            queue.matching(conn, person, wanted, web.today(), payers)
            if wanted.narrowed else counted.get(wanted.view, 0)
        )
        kept = saved.visible(conn, person)
    known = views.of(person.role)
    view = known.get(wanted.view, views.EVERYTHING)
    query = filters.encode(wanted)
    return {
        "items": [record.head(row, person, web.today(), web.reference) for row in page.rows],
        "tabs": [
            Tab(name, one.says, min(counted[name], keyset.CAP), counted[name] > keyset.CAP,
                f"/work?view={name}")
            for name, one in known.items()
        ],
        "view": wanted.view, "query": query, "q": wanted.q, "empty": view.empty,
        "sort": wanted.sort or (views.EVERYTHING if wanted.q else view).sort,
        "narrowed": wanted.narrowed, "after": wanted.after,
        "found": min(found, keyset.CAP), "more": found > keyset.CAP,
        "next": page.next, "chips": chips(wanted, payers),
        "sections": [(says, [_field(name, wanted, web) for name in names])
                     for says, names in SECTIONS],
        "columns": {
            name: Column(name, says, "/work?" + filters.encode(
                replace(wanted, sort=name, after="")), _way(name, wanted, view.sort))
            for name, says in filters.SORTS.items()
        },
        "kept": [dict(row._mapping) for row in kept], "most_kept": saved.MOST_SHOWN,
        "today": web.today(),
        "nothing": "nothing" in request.query_params, "watches": team(person),
        "bulk": bulk.offered(person.role),
        "may": {
            "next": bool(views.takes(person)),
            "enter": access.may(person.role, "denials.enter"),
            **{name: access.may(person.role, f"work.{name}") for name in ("bulk", "export")},
        },
    }


def _way(name: str, wanted: Filter, usual: str) -> str:
    if name != (wanted.sort or usual):
        return ""
    return "descending" if queue.ORDERS[name].down or name == "rank" else "ascending"


def chips(wanted: Filter, payers: Mapping[str, str]) -> list[Chip]:
    """Return what a list is narrowed by, in words."""
    found = [("q", wanted.q, f"“{wanted.q}”")] if wanted.q else []
    for name in filters.MANY:
        for value in wanted.many.get(name, ()):
            words = dict(_choices(name, payers)).get(value, value)
            if (name, value) == ("assignee", filters.NOBODY):
                words = "nobody"
            found.append((name, value, f"{filters.WORDS[name]}: {words}"))
    found += [(n, "", f"{filters.WORDS[n]}: {v}") for n, v in wanted.numbers.items()]
    found += [(n, "", filters.WORDS[n]) for n in filters.FLAGS if n in wanted.flags]
    return [
        Chip(says, "/work?" + filters.encode(filters.without(wanted, name, value)))
        for name, value, says in found
    ]


def _field(name: str, wanted: Filter, web: Web) -> Field:
    says = filters.WORDS[name]
    if name in filters.FLAGS:
        return Field(name, "", (("1", says, name in wanted.flags),))
    if name in filters.NUMBERS:
        number = wanted.numbers.get(name)
        return Field(name, says, value="" if number is None else str(number),
                     hint=HINTS.get(name, ""), number=True)
    chosen = wanted.many.get(name, ())
    payers = {p.payer_id: p.name for p in web.reference.payers.values()}
    choices = _choices(name, payers)
    if name == "facility":
        choices = [(f.facility_id, f.name) for f in web.reference.facilities.values()]
    elif name == "department":
        departments = sorted({p.department for p in web.reference.providers.values()} - {""})
        choices = [(one, one.replace("_", " ")) for one in departments]
    if not choices:
        return Field(name, says, value=", ".join(chosen), hint=HINTS.get(name, ""))
    return Field(name, says, tuple((key, words, key in chosen) for key, words in choices))


def _choices(name: str, payers: Mapping[str, str]) -> list[tuple[str, str]]:
    known: Mapping[str, Mapping[str, str]] = {
        "kind": wording.KINDS, "payer": payers, "group": filters.GROUPS, "state": STATES,
        "fate": filters.FATES, "claim_type": filters.CLAIM_TYPES,
        "team": {key: words.capitalize() for key, words in wording.TEAMS.items()},
        "category": wording.CATEGORIES,
    }
    return list(known.get(name, {}).items())


@post("/work/next", opt={"action": "work.take"}, sync_to_thread=True)
def take_next(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Take the highest item the reader may work and open it."""
    with web.begin(request.user) as conn:
        rework_id = lease.take_next(conn, request.user.person, web.desk.clock.now())
    if rework_id:
        return answers.redirect(request, f"/work/{rework_id}")
    return answers.redirect(request, "/work?view=todo&nothing=1")


@post("/work/{rework_id:str}/take", opt={"action": "work.take"}, sync_to_thread=True)
def take(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Take an item by name."""
    return _lease(request, web, rework_id, forms.number(forms.one(form, "seen")))


@post("/work/{rework_id:str}/put-back", opt={"action": "work.take"}, sync_to_thread=True)
def put_back(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Give an item back."""
    return _lease(request, web, rework_id, None)


def _lease(request: Asked, web: Web, rework_id: str, seen: int | None) -> Response[Any]:
    person, now = request.user.person, web.desk.clock.now()
    try:
        with web.begin(request.user) as conn:
            row = work.row_of(conn, request, rework_id, lock=True)
            if seen is None:
                lease.put_back(conn, person, row, now)
            else:
                lease.take(conn, person, row, seen, now)
    except Conflict:
        return answers.page(request, "refused.html", {"why": CHANGED}, status=409)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, f"/work/{rework_id}" if seen is not None else "/work")


CHANGED = "The item changed after you saw it: look at it again."


HANDLERS = (work_list, take_next, take, put_back)
