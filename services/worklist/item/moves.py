"""What a person may do with a work item: one table of moves.

    todo ──correct, confirm, done──▶ handed_on ──release, resend, replace──▶ released
     │ ◀──────────── return ────────────┘  │                        (its fate is the payer's)
     ├── correct or code what no payer has, void ───────────────────▶ released
     ├── query, appeal, reopening, send_records, wait, write_off over the limit ──▶ waiting
     │ ◀── resume, refuse, an appeal lost ───────────────────────────────────────────┘  │
     └── write_off, bill_patient, no_action ──▶ decided ◀── approve, an appeal won ─────┘

A coder changes what the record supports; another team does its part; a biller decides what goes to
the payer; a supervisor assigns, and is the second person. An item is in one place at a time, the
team whose turn it is. Where several teams must act (`needs`) it goes from one to the next, and
nothing leaves before all of them have (`acted`): a 7 replaces the whole claim.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

CODING, BILLING, POSTING = "CODING", "BILLING", "POSTING"
PATIENT_ACCESS = "PATIENT_ACCESS"
UNCODED, HELD, REJECTION, DENIAL, MANUAL = (
    "coding", "held", "rejection", "denial", "manual_denial",
)
CHANGE, REMITTANCE, OVERDUE = "charge_change", "remittance", "acknowledgement"
KINDS = (UNCODED, HELD, REJECTION, DENIAL, MANUAL, CHANGE, REMITTANCE, OVERDUE)
DENIALS = (DENIAL, MANUAL)
CAME_BACK = (REJECTION, DENIAL, MANUAL)
BILLED = (*CAME_BACK, CHANGE)
CLAIMS = (HELD, *BILLED)
ASIDE = (REMITTANCE, OVERDUE)
"""What belongs to an exchange of files: nothing of it is coded or sent again."""

TODO, WAITING, HANDED_ON, RELEASED, DECIDED = "todo", "waiting", "handed_on", "released", "decided"
STATES = (TODO, WAITING, HANDED_ON, RELEASED, DECIDED)
QUERY, PAYER, APPROVAL, TEAM = "query", "payer", "approval", "team"
WAITS_FOR = (QUERY, PAYER, APPROVAL, TEAM)
ROLES = ("coder", "specialist", "biller", "supervisor")
"""Roles that move items; the others look."""

OWN, NOT_CODING, ANYWHERE = "own", "not_coding", "anywhere"
"""Where an item must be: with the actor's team; with any team but the coders, or handed on; or
wherever it is."""

DECISIONS = {
    "appeal": "Appealed", "reopening": "Reopening asked for",
    "appeal_upheld": "Appeal lost", "appeal_overturned": "Appeal won",
    "appeal_partly": "Appeal won in part", "write_off_asked": "Write-off, to be approved",
    "write_off": "Written off", "write_off_refused": "Write-off refused",
    "bill_patient": "Billed to the patient", "other_team": "Another team has to act first",
    "nothing_owed": "No action", "records_sent": "Records sent", "distinct": "Two services",
    "voided": "Claim taken back", "query": "Query to a physician",
    "coding_confirmed": "Coding confirmed", "routed": "Passed on", "resumed": "Taken up again",
}
"""What was decided, in words; the key is as on the event."""


ILLEGAL = "illegal_move"
"""Rule of what the table itself does not allow; a guard's rule says more."""


class Refused(Exception):  # noqa: N818 - reads as the sentence it shows
    """A person may not do this; the message is a sentence for that person.

    Attributes:
        rule: The rule that refuses.
    """

    def __init__(self, text: str, rule: str = ILLEGAL) -> None:
        super().__init__(text)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Move:
    """One move.

    Attributes:
        name: As in the address and the history.
        roles: Who may make it.
        kinds: Of item.
        states: In which it may be made.
        to: The state after it; where others have to act first, their turn comes before.
        where: In whose hands the item must be: `OWN`, `NOT_CODING` or `ANYWHERE`.
        says: On the button.
        key: The key that makes it.
        form: It asks for more than a press of the button.
        waits_for: Of an item that waits, what it must wait for; none for anything.
        teams: Of specialists, the teams that may; none for all.
    """

    name: str
    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    to: str
    where: str
    says: str
    key: str
    form: bool = False
    waits_for: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


_CODER, _SPECIALIST, _BILLER, _SUPERVISOR = (
    ("coder",), ("specialist",), ("biller",), ("supervisor",),
)
_OPEN = (TODO, HANDED_ON)

MOVES = (
    Move("code", _CODER, (UNCODED,), (TODO,), RELEASED, OWN, "Code and send", "s", True),
    Move("correct", _CODER, (HELD,), (TODO,), RELEASED, OWN, "Correct and send", "s", True),
    Move("correct", _CODER, BILLED, (TODO,), HANDED_ON, OWN, "Hand to billing", "s", True),
    Move("confirm", _CODER, BILLED, (TODO,), HANDED_ON, OWN, "Coding is right", "c"),
    Move("query", _CODER, (UNCODED, *CLAIMS), (TODO,), WAITING, OWN,
         "Needs a physician query", "q"),
    Move("done", _SPECIALIST, CLAIMS, (TODO,), HANDED_ON, OWN, "Our part is done", "d"),
    Move("done", _BILLER, CLAIMS, (TODO,), HANDED_ON, NOT_CODING,
         "That team's part is done", "d"),
    Move("bill_registered", _SPECIALIST, CLAIMS, (TODO,), HANDED_ON, OWN,
         "Bill as registered", "R", True, teams=(PATIENT_ACCESS,)),
    Move("route", ("coder", "specialist"), KINDS, (TODO,), TODO, OWN, "Pass on", "h", True),
    Move("route", _BILLER, KINDS, _OPEN, TODO, NOT_CODING, "Pass on", "h", True),
    Move("route", _SUPERVISOR, KINDS, _OPEN, TODO, ANYWHERE, "Pass on", "h", True),
    Move("release", _BILLER, CLAIMS, (HANDED_ON,), RELEASED, NOT_CODING, "Release", "r"),
    Move("return", ("biller", "supervisor"), CLAIMS, (HANDED_ON,), TODO, ANYWHERE,
         "Return", "b"),
    Move("resend", _BILLER, (HELD, *CAME_BACK), _OPEN, RELEASED, NOT_CODING,
         "Send as it is", "a"),
    Move("replace", _BILLER, (*DENIALS, CHANGE), _OPEN, RELEASED, NOT_CODING,
         "Replace as it is", "a"),
    Move("void", _BILLER, (*DENIALS, CHANGE), _OPEN, RELEASED, NOT_CODING,
         "Take the claim back", "8", True),
    Move("reopening", _BILLER, DENIALS, _OPEN, WAITING, NOT_CODING,
         "Ask for a reopening", "p", True),
    Move("appeal", _BILLER, DENIALS, _OPEN, WAITING, NOT_CODING, "Appeal", "l", True),
    Move("outcome", _BILLER, DENIALS, (WAITING,), DECIDED, ANYWHERE, "The payer answered", "o",
         True, (PAYER,)),
    Move("send_records", ("biller",), CAME_BACK, _OPEN, WAITING, NOT_CODING, "Send records", "e",
         True),
    Move("send_records", _SPECIALIST, CAME_BACK, (TODO,), WAITING, OWN, "Send records", "e", True),
    Move("wait", _BILLER, CLAIMS, _OPEN, WAITING, NOT_CODING, "Wait for another team", "m", True),
    Move("resume", ("biller", "supervisor"), KINDS, (WAITING,), TODO, ANYWHERE, "Take it up again",
         "m", waits_for=(PAYER, TEAM)),
    Move("resume", _SPECIALIST, KINDS, (WAITING,), TODO, OWN, "Take it up again", "m",
         waits_for=(PAYER, TEAM)),
    Move("bill_patient", _BILLER, DENIALS, _OPEN, DECIDED, NOT_CODING, "Bill the patient", "i",
         True),
    Move("write_off", _BILLER, CLAIMS, _OPEN, DECIDED, NOT_CODING, "Write off", "w", True),
    Move("verify_duplicate", _BILLER, DENIALS, _OPEN, TODO, NOT_CODING, "Verify the duplicate",
         "y", True),
    Move("no_action", _BILLER, KINDS, _OPEN, DECIDED, NOT_CODING, "No action", "0", True),
    Move("no_action", _SPECIALIST, ASIDE, (TODO,), DECIDED, OWN, "No action", "0", True),
    Move("approve", ("biller", "supervisor"), CLAIMS, (WAITING,), DECIDED, ANYWHERE,
         "Approve the write-off", "y", waits_for=(APPROVAL,)),
    Move("refuse", ("biller", "supervisor"), CLAIMS, (WAITING,), TODO, ANYWHERE,
         "Refuse the write-off", "x", waits_for=(APPROVAL,)),
    Move("override", _SUPERVISOR, (HELD,), _OPEN, RELEASED, ANYWHERE, "Override the finding", "o",
         True),
    Move("assign", _SUPERVISOR, KINDS, (TODO, WAITING, HANDED_ON), TODO, ANYWHERE, "Assign", "A",
         True),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a move depends on.

    Attributes:
        kind: One of `KINDS`.
        status: open or closed, as the facts say.
        state: One of `STATES`.
        team: In whose place it is.
        proposed: Whether a correction was handed on.
        sendable: Whether the payer takes the claim again: it was never adjudicated, or the payer
            takes replacements.
        adjudicated: The payer decided it.
        waits_for: Of an item that waits.
        needs: Teams that must act, in their order.
        acted: Those that have.
    """

    kind: str
    status: str
    state: str
    team: str
    proposed: bool
    sendable: bool = True
    adjudicated: bool = False
    waits_for: str = ""
    needs: tuple[str, ...] = ()
    acted: tuple[str, ...] = ()


def home(role: str, team: str = "") -> str:
    """Return whose items a person works: the team of the role, of a specialist the person's own."""
    return {"coder": CODING, "biller": BILLING}.get(role, team)


def legal(role: str, item: Standing, team: str = "") -> tuple[Move, ...]:
    """Return the moves a role may make.

    >>> held = Standing("held", "open", "todo", "CODING", False)
    >>> [m.name for m in legal("coder", held)]
    ['correct', 'query', 'route']
    """
    return tuple(
        move for move in MOVES if role in move.roles and _fits(move, item, role, home(role, team))
    )


def find(role: str, name: str, item: Standing, team: str = "") -> Move:
    """Return a move by name.

    Raises:
        Refused: this role may not make it with this item.
    """
    for move in legal(role, item, team):
        if move.name == name:
            return move
    raise Refused(f"{_stands(item)} This step is not possible there.")


_WAITING_FOR = {
    QUERY: "It waits for a physician's answer.", PAYER: "It waits for the payer.",
    APPROVAL: "It waits for a second person to approve its write-off.",
    TEAM: "It waits for another team.",
}
_STANDS = {
    WAITING: "It waits.", HANDED_ON: "It was handed on to billing.",
    RELEASED: "It was released to the payer.", DECIDED: "It is decided.",
}


def _stands(item: Standing) -> str:
    """Return where an item stands, as the reason why a step is not possible."""
    if item.status != "open":
        return "It is closed."
    if item.state == WAITING and item.waits_for:
        return _WAITING_FOR[item.waits_for]
    if item.state == TODO:
        return "It is coding's turn." if item.team == CODING else "It is to be worked again."
    return _STANDS[item.state]


def missing(item: Standing, but: str = "") -> tuple[str, ...]:
    """Return the teams that still have to act before anything leaves.

    Billing acts by releasing, and a biller answers for what no other team but `but` is left with.
    """
    done = {*item.acted, BILLING, POSTING, but}
    return tuple(team for team in item.needs if team not in done)


def following(needs: Iterable[str], acted: Collection[str]) -> str:
    """Return whose turn it is once some teams have acted; empty when billing may go on.

    >>> following(["CODING", "AUTH_UM"], ["CODING"]), following(["BILLING"], [])
    ('AUTH_UM', '')
    """
    done = {*acted, BILLING, POSTING}
    return next((team for team in needs if team not in done), "")


def names(moves: Iterable[Move]) -> list[str]:
    """Return the names of moves."""
    return [move.name for move in moves]


def _fits(move: Move, item: Standing, role: str, team: str) -> bool:
    if item.status != "open" or item.kind not in move.kinds or item.state not in move.states:
        return False
    if not _in_place(move, item, team):
        return False
    if move.teams and role == "specialist" and team not in move.teams:
        return False
    if item.state == WAITING and move.waits_for and item.waits_for not in move.waits_for:
        return False
    if move.name == "done" and role == "biller" and item.team == BILLING:
        return False
    return _sends(move, item)


def _in_place(move: Move, item: Standing, team: str) -> bool:
    with_coder = item.team == CODING and item.state == TODO
    return {
        OWN: bool(team) and item.team == team, NOT_CODING: not with_coder, ANYWHERE: True,
    }[move.where]


def _sends(move: Move, item: Standing) -> bool:
    """Say whether the claim stands so that the move sends something."""
    match move.name:
        case "release":
            return item.proposed and item.sendable
        case "resend":
            return not item.adjudicated
        case "replace":
            return item.adjudicated and item.sendable
        case "void" | "appeal":
            return item.adjudicated
        case "reopening":
            return item.adjudicated and not item.sendable
        case _:
            return True
