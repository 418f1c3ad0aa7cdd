"""Validation: may this coded version be billed?

    claims.coded --> validate --> claims.validated
    claims.rule  --> (kept)

Every coded version comes out, once, with what every edit found. What is clean or warned goes on
to `assembly`, what is held goes back by way of `denials`. Nobody else writes `validated`, so
there is no way around the edits. It keeps the published rules, and overrides it refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from schemas import ids, topics
from schemas.events import Coded, Event, Rule, Validated
from services.claims import edits
from services.claims.edits.own import EditSet
from services.claims.terms import Terms
from services.db.stores import validation as store
from services.delivery.processor import Moment, Processor


@dataclass(frozen=True, slots=True)
class State:
    """What a coded version is judged by; or what came of an event: a rule, refused overrides."""

    rules: store.Rules
    rule: Rule | None = None
    refused: tuple[store.Refused, ...] = ()


def validate(
    coded: Coded, judged: edits.Judgement, moment: Moment, terms: Terms, rules: EditSet
) -> Validated:
    """Return what is said of a coded version."""
    return Validated(
        event_id=ids.derive("validated", coded.event_id),
        occurred_at=moment.now, recorded_at=moment.now,
        cause_id=coded.event_id,
        encounter_id=coded.encounter_id, version=coded.version,
        coder_id=coded.coder_id,
        verdict=edits.verdict(judged.findings), findings=judged.findings,
        edit_set=rules.version, code_set=terms.library.edition,
        rework_id=coded.rework_id, predecessor=coded.predecessor,
        bill=coded.bill,
        reason=coded.reason, dropped=coded.dropped,
        policy_set=terms.policy_set,
    )


def processor(terms: Terms) -> Processor[State]:
    """Return the processor under some terms."""
    reader, none = store.Reader(terms.tables), store.Rules()

    def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, State]:
        state = State(reader.read(conn))
        return {event.encounter_id: state for event in events if isinstance(event, Coded)}

    def step(
        state: State | None, event: Coded | Rule, moment: Moment
    ) -> tuple[State | None, tuple[Validated, ...]]:
        state = state or State(none)
        if isinstance(event, Rule):
            newer = state.rule is None or event.revision > state.rule.revision
            return (replace(state, rule=event) if newer else None), ()
        rules = state.rules.on(moment.now.date())
        known = replace(terms, library=state.rules.library or terms.library)
        judged = edits.judge(event, moment.now.date(), known, rules)
        refused = store.Refused(event.event_id, moment.now, judged.refused)
        after = replace(state, refused=(*state.refused, refused)) if judged.refused else None
        return after, (validate(event, judged, moment, known, rules),)

    def save(conn: Connection, changed: Mapping[str, State]) -> None:
        rules = [state.rule for state in changed.values() if state.rule]
        store.save(conn, rules, [one for state in changed.values() for one in state.refused])

    reads = (topics.CODED, topics.RULE)
    return Processor("validation", reads, (topics.VALIDATED,), step, load, save)
