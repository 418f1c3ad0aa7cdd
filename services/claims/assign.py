"""Who gets an item: the coder who coded it, else whoever of the team can take it best. Pure.

    Only who works at the item's facility is asked, for nobody else can see it.
    1. the team's member who coded it, unless absent or at the limit
    2. of the members present and below their limit: most matching skills, then the smallest share
       of the limit in use, then fewest open items; ties by a draw that depends on the item alone
    3. nobody: the item stays in the team's pool

A person without listed skills takes anything, after those whose skills match. An item that
somebody has stays with that person unless the person is away or works for another team or at
another facility.

Example: coder-1 coded it and is away until Friday; coder-2 knows cardiology and has 12 open items
of 40, coder-3 has 5 of 40 and no listed skills: a cardiology item goes to coder-2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import ids

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Job:
    """An item to be given to somebody.

    Attributes:
        item_id: The item.
        team: Whose turn it is.
        coder_id: Who coded what came back; empty for what is no coder's.
        wants: What it asks for: claim type, department, category.
        has: Who has it; empty for nobody.
        facility: Where; empty while that is not known.
    """

    item_id: str
    team: str
    coder_id: str = ""
    wants: tuple[str, ...] = ()
    has: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be given work.

    Attributes:
        name: Sign-in name.
        team: Whose items the person works.
        coder_id: As on coded events.
        skills: Claim types, departments and categories the person knows.
        most: Open items the person is given at most; 0 for no limit.
        absent: Whether the person is away.
        facilities: Where the person works; ``("*",)`` everywhere.
    """

    name: str
    team: str
    coder_id: str = ""
    skills: frozenset[str] = frozenset()
    most: int = 0
    absent: bool = False
    facilities: tuple[str, ...] = (EVERYWHERE,)

    def works(self, job: Job) -> bool:
        """Say whether an item may be this person's: of the team, there, and not away."""
        there = EVERYWHERE in self.facilities or job.facility in self.facilities
        return self.team == job.team and there and not self.absent


def keeps(job: Job, people: Sequence[Colleague]) -> bool:
    """Say whether who has the item may keep it."""
    return any(one.name == job.has and one.works(job) for one in people)


def choose(job: Job, people: Sequence[Colleague], load: Mapping[str, int]) -> str:
    """Return who gets an item: a sign-in name, empty for the team's pool.

    Args:
        job: The item.
        people: Everybody who may sign in.
        load: Sign-in name -> open items.
    """
    if job.has and keeps(job, people):
        return job.has
    able = [
        one for one in people
        if one.works(job) and (not one.most or load.get(one.name, 0) < one.most)
    ]
    own = [one for one in able if job.coder_id and one.coder_id == job.coder_id]
    best = min(own or able, key=lambda one: _place(one, job, load), default=None)
    return best.name if best else ""


def _place(one: Colleague, job: Job, load: Mapping[str, int]) -> tuple[int, float, int, str]:
    matching = len(one.skills.intersection(job.wants))
    has = load.get(one.name, 0)
    return -matching, has / one.most if one.most else 0.0, has, ids.derive(job.item_id, one.name)
