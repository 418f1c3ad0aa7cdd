"""Validation: may this coded version be billed?

    claims.coded --> validate --> claims.validated
    claims.rule  --> (kept)

Every coded version comes out, once, with what every edit found. What is clean or warned goes on
to `assembly`, what is held goes back by way of `denials`. Nobody else writes `validated`, so
there is no way around the edits. It keeps the published rules, overrides it refused, and what each
encounter bills: state is kept by patient, so that one encounter's claim is judged beside others'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from schemas import ids, topics
from schemas.events import Coded, Event, Rule, Validated
from services.claims import edits
from services.claims.edits.own import EditSet
from services.claims.terms import Terms
from services.db.stores import validation as store
from services.db.stores.validation import State
from services.delivery.processor import Moment, Processor


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
        reason=coded.reason, dropped=coded.dropped, change_reason=coded.change_reason,
        policy_set=terms.policy_set,
    )


def processor(terms: Terms) -> Processor[State]:
    """Return the processor under some terms."""
    reader, none = store.Reader(terms.tables), store.Rules()

    def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, State]:
        return store.load(conn, reader, events)

    def step(
        state: State | None, event: Coded | Rule, moment: Moment
    ) -> tuple[State | None, tuple[Validated, ...]]:
        state = state or State(none)
        if isinstance(event, Rule):
            return state.published(event), ()
        rules = state.rules.on(moment.now.date())
        known = replace(terms, library=state.rules.library or terms.library)
        beside = state.known.history(event)
        judged = edits.judge(event, moment.now.date(), known, rules, beside)
        said = validate(event, judged, moment, known, rules)
        return state.after(event, judged, moment.now), (said,)

    reads = (topics.CODED, topics.RULE)
    return Processor(
        "validation", reads, (topics.VALIDATED,), step, load, store.save, key=store.key
    )
