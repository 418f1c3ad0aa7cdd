"""What a stage is: a consumer group on a topic; which there are, and how they do, in a sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas import topics
from schemas.topics import Topic
from services.settings import Settings

GROUP = "claims.{}"
READS: Mapping[str, tuple[Topic, ...]] = {
    "worklist": (
        topics.ENCOUNTER, topics.VALIDATED, topics.SUBMITTED, topics.ACKNOWLEDGED,
        topics.ADJUDICATED, topics.REWORK, topics.DEADLINE,
    ),
    "validation": (topics.CODED, topics.RULE),
    "assembly": (
        topics.VALIDATED, topics.ACKNOWLEDGED, topics.ADJUDICATED, topics.DECIDED,
    ),
    "gateway": (topics.SUBMITTED, topics.DECIDED),
    "denials": (topics.VALIDATED, topics.ACKNOWLEDGED, topics.ADJUDICATED),
    "accuracy": (topics.CODED, topics.SUBMITTED, topics.ADJUDICATED, topics.DECIDED),
}
SHADOW = ("worklist", "denials", "accuracy")


def reads(settings: Settings) -> Mapping[str, tuple[Topic, ...]]:
    """Return the stages of a home: a shadow's has no way out."""
    return {name: READS[name] for name in SHADOW} if settings.shadow else READS


@dataclass(frozen=True, slots=True)
class Stage:
    """One consumer group on one topic.

    Attributes:
        name: The consumer.
        group: Its group.
        topic: The topic.
        lag: Records it has not committed.
        lag_seconds: Age of the oldest of them; 0 when there is none.
        members: Members of the group; 0 = nobody is working.
        in_rate: Records a second written to the topic; none at the first measurement.
        out_rate: Records a second the group committed.
        dead: Dead letters of the consumer, over all its topics.
        done: Records it has committed.
    """

    name: str
    group: str
    topic: str
    lag: int
    lag_seconds: float
    members: int
    in_rate: float | None
    out_rate: float | None
    dead: int
    done: int = 0


def sentence(stages: Iterable[Stage]) -> str:
    """Return one sentence a manager can read.

    >>> sentence([Stage("denials", "claims.denials", "t", 0, 0.0, 1, 0.0, 0.0, 0)])
    'All stages are keeping up.'
    """
    stages = list(stages)
    behind = [s for s in stages if s.lag]
    idle = sorted({s.name for s in behind if not s.members})
    if idle:
        return f"Nobody is consuming for {_listed(idle)}: work is waiting there."
    late = max(behind, key=lambda s: s.lag_seconds, default=None)
    if late is None or late.lag_seconds < 5:
        down = sorted({s.name for s in stages if not s.members})
        if down:
            return f"Nothing is waiting, but nobody is consuming for {_listed(down)}."
        return "All stages are keeping up."
    return f"{late.name.capitalize()} is {_span(late.lag_seconds)} behind{_trend(late)}."


def _trend(stage: Stage) -> str:
    if stage.in_rate is None or stage.out_rate is None:
        return ""
    drain = stage.out_rate - stage.in_rate
    return ", catching up" if drain > 1 else ", and falling further behind" if drain < -1 else ""


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
