"""The lag page reads what the stages read, and says it so that a manager understands."""

from dataclasses import replace

import pytest

from schemas import topics
from services.claims.terms import Terms
from services.gateway import process as gateway
from services.ops.stages import READS, Stage, sentence
from services.worklist import process as worklist
from streams import TOPOLOGY

KEEPING_UP = Stage("denials", "claims.denials", "claims.validated", 0, 0.0, 1, 0.0, 0.0, 0)


def test_the_page_measures_exactly_the_topics_each_stage_reads() -> None:
    terms = Terms({}, {}, lambda *parts: "")
    reads = {name: make(terms).reads for name, make in TOPOLOGY.items()}
    reads |= {"gateway": (topics.SUBMITTED, topics.DECIDED), "worklist": worklist.READS}
    assert {k: set(v) for k, v in READS.items()} == {k: set(v) for k, v in reads.items()}
    assert gateway.NAME == "gateway"


@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ([KEEPING_UP], "All stages are keeping up."),
        (
            [replace(KEEPING_UP, lag=900, lag_seconds=240.0, in_rate=50.0, out_rate=10.0)],
            "Denials is 4 min behind, and falling further behind.",
        ),
        (
            [replace(KEEPING_UP, lag=900, lag_seconds=40.0, in_rate=1.0, out_rate=90.0)],
            "Denials is 40 s behind, catching up.",
        ),
        (
            [replace(KEEPING_UP, lag=3, members=0)],
            "Nobody is consuming for denials: work is waiting there.",
        ),
        (
            [replace(KEEPING_UP, members=0)],
            "Nothing is waiting, but nobody is consuming for denials.",
        ),
    ],
)
def test_the_sentence_on_top_says_what_matters_most(stages: list[Stage], says: str) -> None:
    assert sentence(stages) == says
