"""The encoder feed: the department's coders code what arrives, as the demo's coders do.

    claims.encounter ──▶ chart, coding ──▶ claims.coded

A visit that is ready is coded at once; one whose diagnosis needs a person, or of which a note
is not signed or none has arrived, waits (`awaiting_coding`); all others rest in the state that
intake gave them. The demo's coders put errors in, and leave a chart in a hundred to the person at
the screen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Bill, Coded, Encounter, Event
from services.db import bulk
from services.db.tables.coding import CHART
from services.delivery.processor import Moment, Processor
from services.phi.keys import SiteKey
from services.settings import Settings
from services.worklist.bill import coding, draw, encoder
from services.worklist.clockwork import arrivals
from services.worklist.feed import errors

NAME = "worklist"
LEFT = 0.01
"""Share of the charts that the demo leaves to a person."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Where an encounter stands.

    Attributes:
        state: coded, awaiting_coding, changed_after_coding, or intake's state.
        version: Of the record.
        coded: Versions of its coding so far.
        encounter: The record, when this batch brought it.
        bill: What the record said of the bill before.
        coding: The version that this batch made.
    """

    state: str
    version: int
    coded: int = 0
    encounter: Encounter | None = None
    coding: Coded | None = None
    bill: Bill | None = None


def processor(settings: Settings, site: SiteKey) -> Processor[Chart]:
    """Return the feed; `site` is not needed: it opens nothing."""
    seed, demo = settings.seed, settings.demo

    def code(encounter: Encounter) -> Bill | None:
        if not demo:
            return encoder.encode(encounter, seed)
        return None if left(encounter, seed) else errors.coded(encounter, seed)

    def step(
        chart: Chart | None, encounter: Encounter, moment: Moment
    ) -> tuple[Chart | None, Iterable[Coded]]:
        if chart is not None and encounter.version <= chart.version:
            return None, ()
        arrived = Chart(
            encounter.state, encounter.version, encounter=encounter, bill=encounter.bill
        )
        if chart is not None and chart.coded:
            noted = encounter.bill == chart.bill  # an addendum changes notes alone
            return replace(
                arrived, state=chart.state if noted else coding.CHANGED, coded=chart.coded,
                coding=chart.coding,
            ), ()
        if encounter.state != "ready":
            return arrived, ()
        bill = None if arrivals.missing_notes(encounter) else code(encounter)
        if bill is None:
            return replace(arrived, state=coding.AWAITING), ()
        first = coding.initial(encounter, bill, encoder.coder_of(encounter, seed), moment.now)
        return replace(arrived, state=coding.CODED, coded=1, coding=first), (first,)

    return Processor(
        name=NAME, reads=(topics.ENCOUNTER,), writes=(topics.CODED,), step=step, load=load,
        save=save,
    )


def left(encounter: Encounter, seed: int) -> bool:
    """Say whether the demo's coders leave a chart to a person."""
    return draw.share(seed, "left", encounter.encounter_id) < LEFT


def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, Chart]:
    """Return the charts of some encounters, locked in key order against the pages."""
    keys = {"ids": sorted({e.encounter_id for e in events if isinstance(e, Encounter)})}
    charts = conn.execute(
        text(
            "select encounter_id, state, version, event from chart where encounter_id = any(:ids)"
            " order by encounter_id for update"
        ),
        keys,
    ).all()
    coded = conn.execute(
        text(
            "select encounter_id, max(version) as version from coding"
            " where encounter_id = any(:ids) group by encounter_id"
        ),
        keys,
    )
    versions = {row.encounter_id: row.version for row in coded}
    return {
        row.encounter_id: Chart(
            row.state, row.version, versions.get(row.encounter_id, 0), bill=_bill(row.event)
        )
        for row in charts
    }


def _bill(event: bytes) -> Bill:
    known: Encounter = codec.decode(topics.ENCOUNTER.name, bytes(event))
    return known.bill


def save(conn: Connection, charts: Mapping[str, Chart]) -> None:
    """Write the charts and the new codings, one statement each."""
    arrived = [(key, chart, chart.encounter) for key, chart in charts.items()]
    bulk.insert(
        conn, CHART,
        [
            {
                "encounter_id": key, "version": chart.version, "state": chart.state,
                "facility_id": event.bill.facility_id, "department": event.bill.department,
                "payer_id": event.bill.coverage.payer_id, "event": codec.encode(event),
            }
            for key, chart, event in arrived if event is not None
        ],
        conflict="update",
    )
    coding.store(conn, [chart.coding for chart in charts.values() if chart.coding is not None])
