"""What a next submission to a payer may not be: refusals, each a rule and a sentence.

Assembly asks before it freezes a claim, the gateway asks again before it writes one: a claim that
either refuses does not leave. Both see the same chain: the earlier submissions of the encounter to
this payer, in the order in which they went out. What the payer holds is the latest of them that
was adjudicated, unless a void of it was adjudicated too.

    in_flight               one to this payer has no outcome yet
    not_taken               the payer does not take the frequency of this claim type
    nothing_adjudicated     7 or 8, and the payer holds nothing
    payer_claim_number      7 or 8 without the latest adjudicated version's number (CLP07)
    lines_missing           a 7 lacks a line that was billed and not taken off on purpose
    already_adjudicated     1, and the payer holds a claim
    medical_review          a 7 of a claim denied on medical review, where only an appeal is taken
    under_appeal            a 7 or 8 beside an appeal, unless the payer takes both
    never_adjudicated       an appeal of what was rejected or unprocessable (MA130)
    beside_a_correction     an appeal beside a corrected claim, unless the payer takes both
    not_the_patients        a bill to the patient of what the payer did not leave to the patient
    medicaid                the same of a Medicaid patient
    qmb                     the same of a patient with Medicare and Medicaid
    no_notice               the same of what Medicare finds not necessary, without a signed notice
    no_proof                an appeal against a filing limit without the payer's own acceptance
    not_verified            a duplicate sent or appealed before two services were verified
    other_team              something leaves before every team that must act has

Frequency 1 goes again to a payer that never adjudicated (rejected; MA130; a patient it does not
know) or whose claim was voided. Another payer has its own chain, and so has the secondary.

A 7 replaces the whole claim: a line it lacks is taken back. So a line that was billed must be in
it, or the coded version must say that it was taken off (``dropped``, kept over versions).

Source: claims-domain reference, sections 1 and 4.1; X12 RFI 2110; Palmetto GBA on MA130; First
Coast on adjusting medically reviewed claims.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.events import Bill
from services.claims import lifecycle
from services.codes.reference import Policy

DUPLICATE = "18"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier submission to the payer.

    Attributes:
        control_number: CLM01.
        frequency: CLM05-3.
        state: open, rejected, adjudicated or unprocessable.
        payer_claim_number: CLP07 of its latest decision.
        lines: Line ids it billed.
        reviewed: It was denied on medical review.
        appealed: An appeal of it runs.
    """

    control_number: str
    frequency: str
    state: str
    payer_claim_number: str = ""
    lines: frozenset[str] = frozenset()
    reviewed: bool = False
    appealed: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """The submission that wants to go out.

    Attributes:
        frequency: CLM05-3.
        payer_claim_number: REF*F8.
        lines: Line ids it bills.
        dropped: Line ids taken off on purpose.
    """

    frequency: str
    payer_claim_number: str = ""
    lines: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done.

    Attributes:
        rule: One of those above.
        text: A sentence for the person who wants to know.
    """

    rule: str
    text: str


def holds(chain: Sequence[Past]) -> Past | None:
    """Return the submission the payer holds; none before one is adjudicated, or after a void."""
    found: Past | None = None
    for one in chain:
        if one.state == lifecycle.ADJUDICATED:
            found = None if one.frequency == lifecycle.VOID else one
    return found


def refusals(
    following: Following, chain: Sequence[Past], policy: Policy | None
) -> tuple[Refusal, ...]:
    """Return every reason why a submission may not go out; none when it may.

    Args:
        following: The submission.
        chain: The earlier submissions of the encounter to the payer, in order.
        policy: The payer's, for the claim type; none when it does not take that type.
    """
    found, held = [], holds(chain)
    if any(one.state == lifecycle.OPEN for one in chain):
        found.append(Refusal("in_flight", "A claim to this payer has no outcome yet."))
    if policy is None or not policy.takes(following.frequency):
        text = f"The payer does not take frequency {following.frequency} of this type of claim."
        found.append(Refusal("not_taken", text))
    if following.frequency == lifecycle.ORIGINAL:
        if held:
            text = "The payer holds a claim: it is replaced or voided, not billed again."
            found.append(Refusal("already_adjudicated", text))
    elif held is None:
        text = "The payer never adjudicated a claim: there is nothing to replace or to void."
        found.append(Refusal("nothing_adjudicated", text))
    else:
        found += _answer(following, held, policy)
    return tuple(found)


def _answer(following: Following, held: Past, policy: Policy | None) -> Iterable[Refusal]:
    """Yield what forbids a 7 or an 8 of what the payer holds."""
    number = held.payer_claim_number
    if not number or following.payer_claim_number != number:
        yield Refusal("payer_claim_number", "The claim does not name the payer's number of the "
                      "latest adjudicated version.")
    if following.frequency == lifecycle.REPLACEMENT:
        missing = held.lines - following.lines - following.dropped
        if missing:
            yield Refusal("lines_missing", "A line that was billed is neither in the "
                          "replacement nor taken off on purpose.")
        if held.reviewed and not (policy and policy.corrects_review):
            yield Refusal("medical_review", "The payer denied it on medical review and takes an "
                          "appeal, not a corrected claim.")
    if held.appealed and not (policy and policy.appeal_beside_correction):
        yield Refusal("under_appeal", "An appeal runs, and the payer takes no corrected claim "
                      "beside it.")


def appeal(
    control_number: str, chain: Sequence[Past], policy: Policy | None
) -> tuple[Refusal, ...]:
    """Return every reason why a submission may not be appealed; none when it may."""
    found = []
    one = next((p for p in chain if p.control_number == control_number), None)
    if one is None or one.state != lifecycle.ADJUDICATED:
        text = "The payer never adjudicated it: it is billed anew, not appealed."
        found.append(Refusal("never_adjudicated", text))
    corrected = any(p.state == lifecycle.OPEN for p in chain)
    if corrected and not (policy and policy.appeal_beside_correction):
        text = "A corrected claim is with the payer, which takes no appeal beside it."
        found.append(Refusal("beside_a_correction", text))
    return tuple(found)


def bill_patient(
    groups: Collection[str], plans: Sequence[str], *, noticed: bool
) -> tuple[Refusal, ...]:
    """Return every reason why a patient may not be billed for what a payer denied.

    Args:
        groups: CAS groups of the denial's reasons.
        plans: Kinds of plan of the patient's coverages, the payer's first.
        noticed: The patient signed a notice before the service (ABN), or none is needed.
    """
    found = []
    if set(groups) != {"PR"}:
        text = "The payer left it to the provider: only a denial of group PR is the patient's."
        found.append(Refusal("not_the_patients", text))
    if plans and plans[0] == "medicaid":
        found.append(Refusal("medicaid", "A Medicaid patient is not billed for a denied service."))
    elif "medicaid" in plans and "medicare" in plans:
        text = "A patient with Medicare and Medicaid is not billed for Medicare's services."
        found.append(Refusal("qmb", text))
    if not noticed:
        text = "Medicare finds it not necessary and no notice (ABN, modifier GA) was signed before."
        found.append(Refusal("no_notice", text))
    return tuple(found)


def filed_in_time(accepted_on: date | None, filed_by: date) -> tuple[Refusal, ...]:
    """Return why an appeal against a filing limit would fail; nothing when there is proof.

    Args:
        accepted_on: Of the first claim, when the payer itself took it in (277CA A1 or A2).
        filed_by: The last day it took one.
    """
    if accepted_on is not None and accepted_on <= filed_by:
        return ()
    late = accepted_on is not None
    text = ("The payer's own acceptance is after the filing limit." if late else
            "There is no 277CA with which the payer took the claim in: a 999 is no proof.")
    return (Refusal("no_proof", text),)


def duplicate(carcs: Collection[str], *, verified: bool) -> tuple[Refusal, ...]:
    """Return why a duplicate may not go on: first billing verifies that there were two services."""
    if DUPLICATE not in carcs or verified:
        return ()
    text = "Denied as an exact duplicate: verify first that there were two services."
    return (Refusal("not_verified", text),)


def dropped(before: Iterable[str], old: Bill, new: Bill) -> tuple[str, ...]:
    """Return the lines taken off on purpose, once a version follows another.

    Args:
        before: What was taken off up to the old version.
        old: The old version.
        new: The new one, of which the whole is meant.
    """
    gone = {*before, *(line.line_id for line in old.lines)}
    return tuple(sorted(gone - {line.line_id for line in new.lines}))
