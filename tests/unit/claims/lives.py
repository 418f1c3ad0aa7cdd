"""The life of an encounter with its payers: drawn fact by fact, and taken in by the reducers."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from schemas.events import (
    Acknowledged,
    Adjudicated,
    Coded,
    Coverage,
    Decided,
    Submitted,
    Validated,
)
from services.claims import accuracy, assembly, denials
from services.claims.chain import Claim
from tests.builders import (
    TERMS,
    acknowledged,
    adjudicated,
    bill,
    coded,
    decided,
    denied,
    dx,
    hospital,
    paid,
    payer,
    reversal,
    validated,
)

TWO = (Coverage(payer_id="MEDICAID", plan="medicaid"),)
ASSEMBLY = {
    Validated: assembly.validated, Acknowledged: assembly.acknowledged,
    Adjudicated: assembly.adjudicated, Decided: assembly.decided,
}
DENIALS = {
    Validated: denials.validated, Acknowledged: denials.acknowledged,
    Adjudicated: denials.adjudicated,
}
ACCURACY = {
    Coded: accuracy.coded, Submitted: accuracy.submitted, Adjudicated: accuracy.adjudicated,
}


@dataclass(frozen=True)
class Life:
    """One encounter's facts in the order they happened, and what went out."""

    events: tuple
    sent: tuple


def split(sent, *, first_denied=False):
    """The payer splits the claim: its lines come back in two parts, with a number each."""
    one, two = (denied(sent, "11") if first_denied else paid(sent)), paid(sent)
    return [
        adjudicated(sent, one[:1], day=20, payer_claim_number="A1"),
        adjudicated(sent, two[1:], day=22, payer_claim_number="A2"),
    ]


def told(sent, number):
    """All that a payer may say of one claim, a list of answers each."""
    deny = adjudicated(sent, denied(sent, "11"), payer_claim_number=number)
    pay = adjudicated(sent, payer_claim_number=number)
    return {
        "open": [acknowledged(sent, "999")],
        "refused": [acknowledged(sent, "999", accepted=False)],
        "rejected": [acknowledged(sent, "999"), acknowledged(sent, accepted=False)],
        "paid": [acknowledged(sent), pay],
        "denied": [acknowledged(sent), deny],
        "unprocessable": [adjudicated(sent, denied(sent, "16", "MA130"))],
        "unknown": [adjudicated(sent, denied(sent, "31"), status="4")],
        "split": split(sent),
        "split and denied": split(sent, first_denied=True),
        "predetermined": [adjudicated(sent, status="25", day=19), pay],
        "corrected": [deny, reversal(deny, 24), adjudicated(
            sent, day=26, payer_claim_number=f"{number}B")],
        "taken back": [pay, reversal(pay, 24)],
        "corrected twice": [
            deny, reversal(deny, 24), adjudicated(sent, day=26, payer_claim_number=f"{number}B"),
            reversal(adjudicated(sent, day=26, payer_claim_number=f"{number}B"), 27),
            adjudicated(sent, denied(sent, "97"), day=28, payer_claim_number=f"{number}C")],
        "forwarded": [replace(pay, status="19")],
        "appealed": [deny, decided(sent, "appeal"), decided(sent, "appeal_upheld", hours=500)],
    }


ONCE = ("refused", "rejected", "paid", "denied", "unprocessable", "split", "split and denied")
EVER = (*ONCE, "open", "corrected", "taken back", "corrected twice", "forwarded", "appealed",
        "predetermined", "unknown")


def step(table, state, event):
    """Take one fact in; what a reducer does not read changes nothing."""
    handler = table.get(type(event))
    return handler(state, event, TERMS) if handler else (state, [])


@st.composite
def lives(draw, *, others=(), answers=EVER, institutional=False):
    """A life in which every version knows what it corrects, as the worklist sends them."""
    make = hospital if institutional else bill
    first = draw(st.sampled_from(("BCBS", "MEDICARE_A" if institutional else "MEDICARE")))
    claim, events, out, predecessor, ended = Claim(), [], [], "", False
    for version in range(1, draw(st.integers(1, 4)) + 1):
        codes = draw(st.sampled_from((("E11.9", "I10"), ("E11.9", "I50.9"))))
        content = make(
            coverage=payer(first), others=others, diagnoses=tuple(map(dx, codes)),
        )
        void = version > 1 and draw(st.integers(0, 5)) == 0
        reason = "void" if void else "initial" if version == 1 else "correction"
        verdict = "clean" if void else draw(st.sampled_from(("clean", "warned", "held")))
        facts = [coded(version, bill=content, reason=reason),
                 validated(version, verdict, bill=content, predecessor=predecessor, reason=reason)]
        while facts:
            event = facts.pop(0)
            events.append(event)
            claim, sent = step(ASSEMBLY, claim, event)
            for one in sent:
                out.append(one)
                predecessor = one.control_number
                kind = draw(st.sampled_from(answers))
                ended = ended or kind not in ONCE
                facts += [one, *told(one, f"P{len(out)}")[kind]]
        if ended:
            break
    return Life(tuple(events), tuple(out))


def run(table, state, events):
    """Take facts in; return the state and all that went out."""
    out = []
    for event in events:
        state, more = step(table, state, event)
        out += more
    return state, out


def measured(case, event):
    """Count one fact."""
    handler = ACCURACY.get(type(event))
    return handler(case, event) if handler else case
