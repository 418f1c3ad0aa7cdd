"""What people decide beyond codes: whose turn it is, what is written off, billed or left.

Each moves the item and tells the decision, in the caller's transaction. Where several teams must
act, the item goes from one to the next (`pass_on`), and to billing once all have.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text

from schemas import ids
from schemas.events import NO_DAY, Encounter
from services.claims import clocks
from services.claims.routing import TEAMS
from services.db import bulk
from services.db.tables.decisions import RECORDS_SENT, WRITE_OFF
from services.worklist.bill.typed import Problem
from services.worklist.decisions import claim_facts, handed_on, reasons
from services.worklist.decisions.case import Case, Kept, day, move, opaque, tell
from services.worklist.item import moves, scope
from services.worklist.item.moves import APPROVAL, DECIDED, HANDED_ON, PAYER, TEAM, TODO, WAITING
from services.worklist.shown import happened, wording

Problems = list[Problem]


def pass_on(
    case: Case, *, decision: str = "", proposal: bytes | Kept | None = Kept.KEPT, **facts: Any
) -> None:
    """Note that the team in whose place the item is has acted; give it to the next, or billing."""
    acted = [*case.standing.acted, case.row.place]
    then = moves.following(case.standing.needs, acted)
    sets = {"acted": acted} | ({"place": then} if then else {})
    move(
        case, TODO if then else HANDED_ON, decision=decision, proposal=proposal, sets=sets, **facts
    )


def confirm(case: Case) -> Problems:
    """A coder finds the coding right: no correction of it goes along any more."""
    pass_on(case, decision="coding_confirmed", proposal=handed_on.coverage_alone(case))
    tell(case, "coding_confirmed")
    return []


def done(case: Case) -> Problems:
    """A team has done its part."""
    pass_on(case)
    return []


def give_back(case: Case) -> Problems:
    """Return what was handed on to who worked on it; the correction is to be made again."""
    move(case, proposal=None, sets={"acted": []})
    return []


def query(case: Case) -> Problems:
    """Let the item wait for a physician; the payer's clocks run on."""
    move(case, decision="query", sets={"waits_for": moves.QUERY})
    tell(case, "query")
    return []


def route(case: Case) -> Problems:
    """Give the item to another team, which acts in place of the one that passes it on."""
    problems = _team(case) + reason_problems(case)
    if problems:
        return problems
    team, place = case.said("team"), case.row.place
    needs = [team if one == place else one for one in case.standing.needs]
    if team not in needs:
        needs.append(team)
    acted = [one for one in case.standing.acted if one != team]
    move(
        case, TODO,
        sets={"place": team, "needs": list(dict.fromkeys(needs)), "acted": acted,
              "assigned_to": ""},
        reason=case.said("reason"),
    )
    tell(case, "routed", recipient=team, reason=case.said("reason"))
    return []


def wait(case: Case) -> Problems:
    """Let the item wait for what another team does outside of it."""
    problems = _team(case, here=True) + reason_problems(case)
    if problems:
        return problems
    team = case.said("team")
    move(
        case, decision="other_team", sets={"waits_for": TEAM, "place": team, "assigned_to": ""},
        reason=case.said("reason"),
    )
    tell(case, "other_team", recipient=team, reason=case.said("reason"))
    return []


def resume(case: Case) -> Problems:
    """Take up again what waited for a payer or a team."""
    move(case)
    tell(case, "resumed")
    return []


def assign(case: Case) -> Problems:
    """Give the item to a person, or back to the team's pool."""
    name = case.said("name")
    if name and (why := _not_theirs(case, name)):
        return [Problem("name", why)]
    sets = {"assigned_to": name, **_same(case)}
    move(case, case.row.state, decision=None, sets=sets, name=name)
    return []


def _not_theirs(case: Case, name: str) -> str:
    """Return why an item is not given to somebody; empty when it may be."""
    one, row = case.act.assignee, case.row
    if one is None or one.name != name:
        return "Nobody of that name is given work."
    if scope.team(one) != row.place:
        turn = wording.TEAMS.get(row.place, row.place)
        return f"It is the turn of {turn}, another team than {name}'s."
    if scope.EVERYWHERE not in one.facilities and row.facility_id not in one.facilities:
        return f"{name} does not work at this facility."
    return ""


def verify_duplicate(case: Case) -> Problems:
    """Billing looks whether what was denied as a duplicate were two services."""
    if problems := reason_problems(case):
        return problems
    if case.said("reason") == "one" and not _alone(case):
        return _give_up(case, "write_off_asked", "duplicate")
    if case.said("reason") == "one":
        move(case, DECIDED, decision="nothing_owed", reason="duplicate")
        tell(case, "nothing_owed", reason="duplicate")
        return []
    move(case, case.row.state, decision=None, sets=_same(case), services="two")
    tell(case, "distinct")
    return []


def bill_patient(case: Case) -> Problems:
    """Bill the patient for what the payer left to the patient."""
    cents = case.row.at_stake_cents
    move(case, decision="bill_patient", amount_cents=cents)
    tell(case, "bill_patient", amount_cents=cents)
    return []


def no_action(case: Case) -> Problems:
    """Close the item: nothing is to be done.

    What a denial leaves unpaid above the limit of a write-off waits for a second person as one.
    """
    if problems := reason_problems(case):
        return problems
    if case.row.kind in moves.DENIALS and not _alone(case):
        return _give_up(case, "write_off_asked", case.said("reason"))
    move(case, decision="nothing_owed", reason=case.said("reason"))
    tell(case, "nothing_owed", reason=case.said("reason"))
    return []


def write_off(case: Case) -> Problems:
    """Write off what is at stake; above the limit only with a second person."""
    if problems := reason_problems(case):
        return problems
    decision = "write_off" if _alone(case) else "write_off_asked"
    return _give_up(case, decision, case.said("reason"))


def _alone(case: Case) -> bool:
    """Say whether one person may give up what is at stake."""
    return bool(case.row.at_stake_cents <= case.desk.write_off_limit_cents)


def _give_up(case: Case, decision: str, reason: str) -> Problems:
    cents, done = case.row.at_stake_cents, decision == "write_off"
    bulk.insert(case.conn, WRITE_OFF, [{
        "write_off_id": ids.derive("write_off", case.row.rework_id, case.act.seen),
        "rework_id": case.row.rework_id, "control_number": case.row.control_number,
        "amount_cents": cents, "reason": reason, "state": "done" if done else "asked",
        "asked_by": case.person.name, "asked_at": case.desk.clock.now(),
    }])
    move(
        case, DECIDED if done else WAITING, decision=decision,
        sets={} if done else {"waits_for": APPROVAL}, amount_cents=cents, reason=reason,
    )
    tell(case, decision, amount_cents=cents, reason=reason)
    return []


def approve(case: Case) -> Problems:
    """A second person agrees to a write-off, or that nothing is to be done."""
    asked_by, cents, reason = _settle(case, "approved")
    decision = "nothing_owed" if reason in reasons.NO_ACTION else "write_off"
    move(case, decision=decision, amount_cents=cents, reason=reason)
    tell(
        case, decision, amount_cents=cents, reason=reason,
        asked_by=opaque(case.desk, asked_by),
    )
    return []


def refuse(case: Case) -> Problems:
    """A second person does not agree to a write-off: it is billing's work again."""
    asked_by, cents, reason = _settle(case, "refused")
    move(case, sets={"assigned_to": asked_by, "place": moves.BILLING}, amount_cents=cents)
    tell(
        case, "write_off_refused", amount_cents=cents, reason=reason,
        asked_by=opaque(case.desk, asked_by),
    )
    return []


def send_records(case: Case) -> Problems:
    """Note which notes went to whom, under the number that links them to the claim."""
    known = happened.latest(
        happened.timeline(case.conn, case.row.encounter_id), Encounter
    )
    notes = {note.note_id for note in known.notes} if known else set()
    chosen = [one for one in dict.fromkeys(case.act.chosen) if one in notes]
    problems = []
    if not chosen:
        problems.append(Problem("notes", "Choose the notes that are sent."))
    if case.said("recipient") not in reasons.RECIPIENTS:
        problems.append(Problem("recipient", "Say to whom they go."))
    if case.said("way") not in reasons.WAYS:
        problems.append(Problem("way", "Say how they go."))
    facts = claim_facts.gather(case.conn, case.desk, case.person, case.row, case.current)
    asked_on, now = day(case, "requested_on"), case.desk.clock.now()
    if case.said("requested_on") and not _since_the_service(facts, asked_on):
        says = "They were asked for between the day of service and today."
        problems.append(Problem("requested_on", says))
    if problems:
        return problems
    limit = claim_facts.clock(facts, clocks.RECORDS, asked_on)
    due_on = limit.due_on if limit else case.row.due_on
    number = case.desk.site.opaque(
        "attachment", str(case.row.rework_id), str(case.act.seen), length=20
    )
    bulk.insert(case.conn, RECORDS_SENT, [{
        "sent_id": ids.derive("records", case.row.rework_id, case.act.seen),
        "rework_id": case.row.rework_id, "control_number": number, "notes": chosen,
        "recipient": case.said("recipient"), "way": case.said("way"),
        "requested_on": asked_on, "due_on": due_on, "sent_at": now,
        "sent_by": case.person.name,
    }])
    move(
        case, decision="records_sent", sets={"waits_for": PAYER}, notes=len(chosen),
        attachment=number,
    )
    tell(case, "records_sent", recipient=case.said("recipient"), due_on=due_on or NO_DAY)
    return []


def _since_the_service(facts: claim_facts.Facts, on: date | None) -> bool:
    return on is not None and facts.bill.starts_on <= on <= facts.today


def reason_problems(case: Case) -> Problems:
    """Return that the reason is none of the move's list, or does not fit the item."""
    reason, move_name, row = case.said("reason"), case.move.name, case.row
    if reason in reasons.fitting(move_name, row.reasons, row.due_on, case.desk.clock.today()):
        return []
    if reason in reasons.LISTS[move_name]:
        return [Problem("reason", "No filing limit of this item has passed: choose another.")]
    return [Problem("reason", "Choose the reason.")]


def _team(case: Case, *, here: bool = False) -> Problems:
    team = case.said("team")
    if team not in TEAMS or (team == case.row.place and not here):
        return [Problem("team", "Choose the team it goes to.")]
    return []


def _same(case: Case) -> Mapping[str, Any]:
    """Return the columns that stay when an item stays where it is."""
    return {"place": case.row.place, "waits_for": case.row.waits_for}


def _settle(case: Case, state: str) -> tuple[str, int, str]:
    """Close the write-off that waits; return who asked, the cents and the reason."""
    row = case.conn.execute(
        text(
            "update write_off set state = :state, settled_by = :name, settled_at = :now"
            " where rework_id = :id and state = 'asked' returning asked_by, amount_cents, reason"
        ),
        {
            "state": state, "name": case.person.name, "now": case.desk.clock.now(),
            "id": case.row.rework_id,
        },
    ).one()
    return row.asked_by, row.amount_cents, row.reason
