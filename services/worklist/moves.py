"""What a person may do with a work item: one table of moves.

    todo ──correct, confirm──▶ handed_on ──release, resend──▶ released ─▶ (its fate is the payer's)
     │ ◀─────── return ──────────┘  │
     └── correct a held claim ──────┼──▶ released
     └── query, decide ─────────────┴──▶ decided

A coder changes what the record supports; a biller decides what goes to the payer.
"""

from dataclasses import dataclass

CODING = "CODING"
HELD, REJECTION, DENIAL = "held", "rejection", "denial"
CAME_BACK = (REJECTION, DENIAL)
ANY = (HELD, *CAME_BACK)

DECISIONS = {
    "reopening": "Ask the payer for a reopening",
    "appeal": "Leave for an appeal",
    "write_off_review": "Write-off, to be reviewed",
    "bill_patient": "Bill the patient",
    "other_team": "Another team has to act first",
    "nothing_owed": "Nothing is owed: no action",
}


class Refused(Exception):  # noqa: N818 - reads as the sentence it shows
    """A person may not do this; the message is a sentence for that person."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move.

    Attributes:
        name: As in the address and the history.
        role: Who may make it.
        kinds: Of item.
        states: In which it may be made.
        to: The state after it.
        coding: Whether the item must be (true), must not be (false) in the coders' hands, or
            either (none).
        says: On the button.
        key: The key that makes it.
    """

    name: str
    role: str
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    to: str
    coding: bool | None
    says: str
    key: str


MOVES = (
    Move("correct", "coder", (HELD,), ("todo",), "released", True, "Correct and send", "s"),
    Move("correct", "coder", CAME_BACK, ("todo",), "handed_on", True, "Hand to billing", "s"),
    Move("confirm", "coder", CAME_BACK, ("todo",), "handed_on", True, "Coding is right", "c"),
    Move("query", "coder", ANY, ("todo",), "decided", True, "Needs a physician query", "q"),
    Move("release", "biller", CAME_BACK, ("handed_on",), "released", None, "Release", "r"),
    Move("return", "biller", CAME_BACK, ("handed_on",), "todo", None, "Return to coder", "b"),
    Move("resend", "biller", ANY, ("todo", "handed_on"), "released", None, "Send as it is", "a"),
    Move("decide", "biller", ANY, ("todo", "handed_on"), "decided", None, "Close", "d"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a move depends on.

    Attributes:
        kind: held, rejection or denial.
        status: open or closed, as denials say.
        state: todo, handed_on, released or decided.
        team: Whose turn it is.
        proposed: Whether a coder handed on a correction.
        sendable: Whether the payer takes the claim again: it was never adjudicated, or the payer
            takes replacements.
    """

    kind: str
    status: str
    state: str
    team: str
    proposed: bool
    sendable: bool = True


def legal(role: str, item: Standing) -> tuple[Move, ...]:
    """Return the moves a role may make.

    >>> [m.name for m in legal("biller", Standing("denial", "open", "handed_on", "CODING", True))]
    ['release', 'return', 'resend', 'decide']
    """
    return tuple(move for move in MOVES if move.role == role and _fits(move, item))


def find(role: str, name: str, item: Standing) -> Move:
    """Return a move by name.

    Raises:
        Refused: this role may not make it with this item.
    """
    for move in legal(role, item):
        if move.name == name:
            return move
    raise Refused("This item does not allow that step: reload to see where it stands.")


def _fits(move: Move, item: Standing) -> bool:
    if item.status != "open" or item.kind not in move.kinds or item.state not in move.states:
        return False
    if move.name == "release" and not item.proposed:
        return False
    if move.to == "released" and not item.sendable:
        return False
    with_coder = item.team == CODING and item.state == "todo"
    return with_coder if move.coding else not with_coder


def decisions(
    groups: frozenset[str], plan: str, *, appealable: bool, sendable: bool
) -> dict[str, str]:
    """Return the decisions a biller may close with: key -> words.

    The patient is billed only when every adjustment is the patient's (PR) and the plan does not
    forbid it: Medicaid does. What was never adjudicated cannot be appealed. A reopening is asked
    for where the payer takes no replacement.
    """
    barred = {
        "bill_patient": groups != frozenset({"PR"}) or plan == "medicaid",
        "appeal": not appealable,
        "reopening": sendable,
    }
    return {key: words for key, words in DECISIONS.items() if not barred.get(key)}
