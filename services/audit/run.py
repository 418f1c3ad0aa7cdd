"""The whole audit on one view: every invariant it can check, one result each."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from services.audit import cut as cuts
from services.audit import delivery, facts, partner, verdict, waiting
from services.audit.acks import Heard
from services.audit.claims import Outstanding, written
from services.audit.cut import Cut
from services.audit.encounters import Conservation
from services.audit.figures import Figures
from services.audit.log import Entry
from services.audit.money import Money
from services.audit.result import Result
from services.audit.transitions import Transitions
from services.audit.work import Items, settled_by_denials
from services.codes.reference import Reference
from services.phi.keys import SiteKey
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    Attributes:
        results: One an invariant.
        idle: Nothing was on its way; only then is "nothing is stuck" checked.
    """

    results: tuple[Result, ...]
    idle: bool

    @property
    def holds(self) -> bool:
        """Whether every invariant holds."""
        return all(result.holds for result in self.results)


def audit(settings: Settings, engine: Engine, site: SiteKey, parties: Reference) -> Audited:
    """Check every invariant on one view of a pipeline that may be running.

    Args:
        settings: Where everything is.
        engine: The database.
        site: The site key, to read stored files again.
        parties: Facilities, and what each payer takes.
    """
    with cuts.take(settings, engine) as cut:
        heard = Heard(cut, site)
        results = [*_facts(cut, site, parties, heard), delivery.coverage(cut)]
        results += delivery.contents(cut)
        journal = settings.home / "payer" / "journal.sqlite"
        results.append(partner.check(cut, site, journal, settings.exchange_folder))
        results.append(waiting.check(cut, settings.reference, heard))
        ordered = sorted(results, key=lambda r: int(r.invariant[1:]))
        return Audited(tuple(ordered), cut.idle)


def _facts(
    cut: Cut, site: SiteKey, parties: Reference, heard: Heard
) -> Iterator[Result]:
    """Read every event once, a partition at a time, for the checks that need whole lives."""
    conservation = Conservation(cut, parties)
    outstanding = Outstanding(parties, written(cut))
    facilities = parties.facilities.values()
    money = Money(cut, site, {one for f in facilities for one in (f.npi, f.tax_id)})
    items, figures, transitions = Items(cut), Figures(cut), Transitions(cut)

    def closed(entry: Entry) -> bool:
        return entry.offset < cut.closed[entry.topic, entry.partition]

    keeps = (closed, settled_by_denials(cut))
    for whole, settled in facts.gather(cut, verdict.denies, keeps, figures.see):
        conservation.visit(whole)
        outstanding.visit(whole)
        money.visit(whole)
        transitions.visit(whole)
        heard.visit(whole)
        items.visit(settled)
        figures.close()
    yield conservation.result()
    yield outstanding.result()
    yield from money.results()
    yield items.result()
    yield figures.result()
    yield transitions.result()
