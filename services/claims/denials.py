"""Work items: what comes back of an encounter, kept as facts, told as items.

    held version ──▶ item held        open until there is a later version
    refusal ───────▶ item rejection   open until a later claim has got further
    denial ────────▶ item denial      open while it stands and no later claim has an outcome

One item per subject (coded version or control number) and kind, ever: its id derives from both.
Facts may come in any order and more than once; items are a function of the facts, and an event is
written only when an item differs from what was last said of it, with the next revision.

Which decisions of a claim stand, `standing` says: of a claim that the payer split, all its parts.
A denial that was reversed or overturned closes its item, a payment taken back and denied reopens
it. When the claim that replaced it is paid the chain is closed; when that one is denied, its own
item follows the former. When the encounter was billed to another payer instead, and that one took
the claim in, the item is closed as rebilled. A secondary claim has items of its own, which name
its payer; a void denies nothing.

Example: S1 denied (item A open); S2 replaces it and is denied (A closed, item B open, follows A);
S3 is paid (B closed).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas import ids
from schemas.events import Acknowledged, Adjudicated, Event, Rework, Validated
from services.claims import adjustments, drafts, lifecycle, standing
from services.claims.drafts import Draft
from services.claims.terms import Terms

OPEN, CLOSED = "open", "closed"
PAYERS_HOP = "277CA"
HOPS = ("sent", "TA1", "999", PAYERS_HOP)
FIRST = 1
"""The first version closes nothing: while all is well there is nothing to keep."""
OVERTURNED, ANSWERED, SUPERSEDED = "overturned", "answered", "superseded"
REBILLED, VOIDED = "rebilled", "voided"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision as the items need it.

    Attributes:
        decided_on: Date of the remittance, ISO: rulings sort by when they were made.
        remittance_id: The remittance.
        ordinal: Position in it.
        reversal: It takes a decision back.
        draft: The item it asks for; none when nothing was denied.
        payer_claim_number: CLP07.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
    """

    decided_on: str
    remittance_id: str
    ordinal: int
    reversal: bool
    draft: Draft | None
    payer_claim_number: str = ""
    charge_cents: int = 0
    paid_cents: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """When it was made, and what makes it one."""
        return self.decided_on, self.remittance_id, self.ordinal


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one submission.

    Attributes:
        control_number: CLM01.
        payer_id: The payer.
        version: The version it bills.
        rework_id: The item it answers.
        accepted: The payer's 277CA took it in.
        refusals: Hop -> the item its refusal asks for.
        rulings: In the order they were made.
        frequency: CLM05-3.
        told_on: Of a secondary claim, when the payer before decided, ISO; else empty.
        billed_cents: What it billed.
    """

    control_number: str
    payer_id: str
    version: int
    rework_id: str
    accepted: bool = False
    refusals: Mapping[str, Draft] = field(default_factory=dict)
    rulings: tuple[Ruling, ...] = ()
    frequency: str = ""
    told_on: str = ""
    billed_cents: int = 0

    @property
    def standing(self) -> tuple[Ruling, ...]:
        """The decisions that stand."""
        return standing.standing(self.rulings, self.billed_cents)

    @property
    def has_outcome(self) -> bool:
        """It was decided or refused."""
        return bool(self.standing) or bool(self.refusals)

    @property
    def place(self) -> tuple[int, str, str]:
        """Where it stands in the chain with its payer."""
        return self.version, self.told_on, self.frequency


@dataclass(frozen=True, slots=True)
class Item:
    """What was last said of a work item."""

    revision: int
    status: str
    follows: str
    draft: Draft
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """All that denials knows of an encounter.

    Attributes:
        version: The highest version of the coding seen.
        held: Version -> the item its hold asks for, with the item it answers.
        accounts: By control number.
        items: By id, as last said.
    """

    version: int = 0
    held: Mapping[int, tuple[Draft, str]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)


Outcome = tuple[Case, list[Rework]]


def validated(case: Case, event: Validated, terms: Terms) -> Outcome:
    """Take in a verdict: a held version asks for an item, a later one closes it."""
    if event.verdict != "held" and event.version <= FIRST:
        return case, []
    held = case.held
    if event.verdict == "held":
        held = {**held, event.version: (drafts.held(event, terms), event.rework_id)}
    return _told(replace(case, version=max(case.version, event.version), held=held), event)


def acknowledged(case: Case, event: Acknowledged, terms: Terms) -> Outcome:
    """Take in a hop's answer: a refusal, or that the payer took in a later version."""
    if silent(event):
        return case, []
    account = _account(case, event)
    if event.accepted:
        account = replace(account, accepted=True)
    else:
        refusals = {**account.refusals, event.hop: drafts.rejection(event, terms)}
        account = replace(account, refusals=refusals)
    return _told(_with(case, account), event)


def adjudicated(case: Case, event: Adjudicated, terms: Terms) -> Outcome:
    """Take in a decision or a reversal; a predetermination decides nothing."""
    if event.status == lifecycle.PREDETERMINATION:
        return case, []
    account, reversal = _account(case, event), event.status == lifecycle.REVERSAL
    denies = not reversal and event.frequency != lifecycle.VOID
    found = adjustments.denials(event) if denies else ()
    ruling = Ruling(
        event.decided_on.isoformat(), event.remittance_id, event.ordinal, reversal,
        drafts.denial(event, found, terms) if found else None,
        event.payer_claim_number, event.charge_cents, event.paid_cents,
    )
    account = replace(account, rulings=standing.add(account.rulings, ruling))
    return _told(_with(case, account), event)


def silent(event: Event) -> bool:
    """Say whether an event can change no item: a hop that accepted what came first."""
    if not isinstance(event, Acknowledged) or not event.accepted:
        return False
    first = event.version <= FIRST and event.frequency != lifecycle.VOID and not event.bill.prior
    return event.hop != PAYERS_HOP or first


def _account(case: Case, event: Acknowledged | Adjudicated) -> Account:
    number = event.control_number
    return case.accounts.get(number) or Account(
        number, event.payer_id, event.version, event.rework_id, frequency=event.frequency,
        told_on=event.bill.prior[-1].decided_on.isoformat() if event.bill.prior else "",
        billed_cents=event.bill.charge_cents,
    )


def _with(case: Case, account: Account) -> Case:
    return replace(
        case,
        version=max(case.version, account.version),
        accounts={**case.accounts, account.control_number: account},
    )


def _told(case: Case, event: Validated | Acknowledged | Adjudicated) -> Outcome:
    """Compare the items the facts ask for with what was last said, and say the difference."""
    items, events = dict(case.items), []
    for rework_id, resolution, follows, draft in wanted(case):
        last = items.get(rework_id)
        if last and (last.resolution, last.follows, last.draft) == (resolution, follows, draft):
            continue
        revision = last.revision + 1 if last else 1
        item = Item(revision, CLOSED if resolution else OPEN, follows, draft, resolution)
        items[rework_id] = item
        events.append(_event(rework_id, item, event))
    return replace(case, items=items), events


def wanted(case: Case) -> Iterator[tuple[str, str, str, Draft]]:
    """Yield every item the facts ask for: id, why it is closed, the item it follows, its words."""
    for version, (draft, follows) in sorted(case.held.items()):
        yield rework_id(draft), "" if version == case.version else SUPERSEDED, follows, draft
    accounts = sorted(case.accounts.values(), key=lambda a: (a.payer_id, a.place, a.control_number))
    for account in accounts:
        follows = account.rework_id or _former(account, accounts)
        later = _later(account, accounts)
        refusal = _refusal(account)
        if refusal:
            further = any(a.has_outcome or a.accepted for a in later)
            why = OVERTURNED if account.standing else ANSWERED if further else ""
            yield rework_id(refusal), why or _elsewhere(account, accounts), follows, refusal
        denial = _denial(account)
        if denial:
            why = ""
            if not any(ruling.draft for ruling in account.standing):
                voids = not account.standing and any(a.frequency == lifecycle.VOID for a in later)
                why = VOIDED if voids else OVERTURNED
            elif any(a.has_outcome for a in later):
                why = ANSWERED
            yield rework_id(denial), why or _elsewhere(account, accounts), follows, denial


def _later(account: Account, accounts: Sequence[Account]) -> list[Account]:
    """Return what went to the same payer after a claim."""
    return [a for a in accounts if a.payer_id == account.payer_id and a.place > account.place]


def _elsewhere(account: Account, accounts: Sequence[Account]) -> str:
    """Return that a later version went to another payer instead, which took it in."""
    instead = any(
        a.payer_id != account.payer_id and a.version > account.version and not a.told_on
        and a.frequency != lifecycle.VOID and (a.accepted or a.has_outcome)
        for a in accounts
    )
    return REBILLED if instead and not account.told_on else ""


def _refusal(account: Account) -> Draft | None:
    """Return what the furthest hop that refused asks for."""
    hops = sorted(account.refusals, key=lambda hop: HOPS.index(hop) if hop in HOPS else -1)
    return account.refusals[hops[-1]] if hops else None


def _denial(account: Account) -> Draft | None:
    """Return what the denials that stand ask for, else the latest one that stood."""
    stand = [r.draft for r in account.standing if r.draft]
    if len(stand) > 1:
        return drafts.together(stand)
    stood = stand or [r.draft for r in account.rulings if r.draft]
    return stood[-1] if stood else None


def _former(account: Account, chain: Sequence[Account]) -> str:
    """Return the item of the nearest earlier claim that came back, if any."""
    earlier = [a for a in chain if a.payer_id == account.payer_id and a.place < account.place]
    drafts_ = [draft for a in earlier if (draft := _denial(a) or _refusal(a))]
    return rework_id(drafts_[-1]) if drafts_ else ""


def rework_id(draft: Draft) -> str:
    """Return the id of the one item of a subject and kind."""
    return ids.derive(draft.subject, draft.kind)


def _event(item_id: str, item: Item, event: Validated | Acknowledged | Adjudicated) -> Rework:
    return drafts.rework(
        item.draft,
        event_id=ids.derive("rework", item_id, item.revision),
        cause_id=event.event_id,
        encounter_id=event.encounter_id,
        rework_id=item_id,
        revision=item.revision,
        status=item.status,
        follows=item.follows,
        resolution=item.resolution,
    )
