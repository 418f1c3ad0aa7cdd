"""The whole audit on one view: every invariant it can check, one result each."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from services.audit import cut as cuts
from services.audit import delivery, facts, partner, verdict
from services.audit.claims import Outstanding
from services.audit.cut import Cut
from services.audit.encounters import Conservation, Takers
from services.audit.figures import Figures
from services.audit.log import Entry
from services.audit.money import Money
from services.audit.result import Result
from services.audit.work import Items, settled_by_denials
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


def audit(
    settings: Settings, engine: Engine, site: SiteKey, takes_7: Takers
) -> Audited:
    """Check every invariant on one view of a pipeline that may be running."""
    with cuts.take(settings, engine) as cut:
        results = [*_facts(cut, site, takes_7), delivery.coverage(cut), *delivery.contents(cut)]
        journal = settings.home / "payer" / "journal.sqlite"
        results.append(partner.check(cut, journal, settings.exchange_folder))
        ordered = sorted(results, key=lambda r: int(r.invariant[1:]))
        return Audited(tuple(ordered), cut.idle)


def _facts(cut: Cut, site: SiteKey, takes_7: Takers) -> Iterator[Result]:
    """Read every event once, a partition at a time, for the checks that need whole lives."""
    conservation, outstanding = Conservation(cut, takes_7), Outstanding()
    money, items, figures = Money(cut, site), Items(cut), Figures(cut)

    def closed(entry: Entry) -> bool:
        return entry.offset < cut.closed[entry.topic, entry.partition]

    keeps = (closed, settled_by_denials(cut))
    for whole, settled in facts.gather(cut, verdict.denies, keeps, figures.see):
        conservation.visit(whole)
        outstanding.visit(whole)
        money.visit(whole)
        items.visit(settled)
        figures.close()
    yield conservation.result()
    yield outstanding.result()
    yield from money.results()
    yield items.result()
    yield figures.result()
