"""Enter a denial that came by letter or portal: the claim is found first, then its reasons."""

import re
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from schemas.events import Submitted
from services.codes import hcpcs, revenue
from services.web import answers, forms
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.bill.typed import Problem
from services.worklist.decisions import manual
from services.worklist.decisions.manual import Entry, Stated
from services.worklist.shown import wording

ROWS = 6
SHORT = ("number", "payer_claim_number", "letter_on", "received_on", "source")
_CENTS = re.compile(r"\$?([0-9]{1,7})(?:\.([0-9]{2}))?")
_SPLIT = re.compile(r"[\s,]+")


@get("/denials/new", opt={"action": "denials.enter"}, sync_to_thread=True)
def page(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Ask which claim was denied."""
    return _shown(request, web, FormMultiDict([]), None, [])


@post("/denials/new", opt={"action": "denials.enter"}, sync_to_thread=True)
def enter(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Find the claim; once reasons are named, make the item and go to it."""
    wanted = _entry(form)
    with web.begin(request.user) as conn:
        claim = manual.find(conn, wanted.number) if wanted.number else None
        if claim is None:
            found = [Problem("number", "No claim of ours has that number.")]
            return _shown(request, web, form, None, found, status=422)
        if not forms.one(form, "step"):
            return _shown(request, web, form, claim, [])
        rework_id, problems = manual.enter(
            conn, web.desk, request.user.person, wanted
        )
    if problems:
        return _shown(request, web, form, claim, problems, status=422)
    return answers.redirect(request, f"/work/{rework_id}")


def _shown(
    request: Asked, web: Web, form: FormMultiDict, claim: Submitted | None,
    problems: list[Problem], status: int = 200,
) -> Response[Any]:
    typed: dict[str, Any] = {name: forms.one(form, name) for name in SHORT}
    typed["reasons"] = [
        {name: forms.one(form, f"{name}.{n}") for name in ("where", "group", "carc", "remarks",
                                                           "amount")}
        for n in range(1, ROWS + 1)
    ]
    values = {
        "claim": _claim(web, claim) if claim else None, "typed": typed, "problems": problems,
        "sources": manual.SOURCES, "groups": manual.GROUPS, "today": web.today(),
    }
    return answers.page(request, "denial_new.html", values, status=status)


def _claim(web: Web, claim: Submitted) -> dict[str, Any]:
    """Return what is shown of a claim: nothing of the patient."""
    payer = web.reference.payers.get(claim.payer_id)
    return {
        "control_number": claim.control_number, "payer": payer.name if payer else claim.payer_id,
        "frequency": wording.FREQUENCIES.get(claim.frequency, claim.frequency),
        "made_on": claim.occurred_at.date(), "served_on": claim.bill.starts_on,
        "charge_cents": claim.bill.charge_cents,
        "lines": [
            {
                "number": number, "code": line.code or line.revenue_code,
                "words": hcpcs.describe(line.code) or revenue.describe(line.revenue_code),
                "charge_cents": line.charge_cents,
            }
            for number, line in enumerate(claim.bill.lines, start=1)
        ],
    }


def _entry(form: FormMultiDict) -> Entry:
    stated = [_stated(form, n) for n in range(1, ROWS + 1)]
    return Entry(
        number=forms.one(form, "number").upper(),
        payer_claim_number=forms.one(form, "payer_claim_number")[:50],
        letter_on=forms.day(forms.one(form, "letter_on")),
        received_on=forms.day(forms.one(form, "received_on")), source=forms.one(form, "source"),
        reasons=tuple(one for one in stated if one is not None),
    )


def _stated(form: FormMultiDict, n: int) -> Stated | None:
    def field(name: str) -> str:
        return forms.one(form, f"{name}.{n}").upper()

    if not (field("carc") or field("amount")):
        return None
    return Stated(
        line=max(-1, forms.number(field("where"))), group=field("group"), carc=field("carc")[:4],
        remarks=tuple(one[:6] for one in _SPLIT.split(field("remarks")) if one.isalnum())[:5],
        amount_cents=_cents(field("amount")),
    )


def _cents(text: str) -> int:
    """Return an amount in cents; 0, which no reason may have, for what is none."""
    found = _CENTS.fullmatch(text.replace(",", ""))
    return int(found[1]) * 100 + int(found[2] or 0) if found else 0


HANDLERS = (page, enter)
