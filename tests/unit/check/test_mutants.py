"""Random single faults: where we and the validators differ, the kind of difference is known."""

from services.check import Finding
from tests.unit.check import verdicts
from tests.unit.check.mutants import Mutant

SEED, COUNT = 20261122, 60


def explained(mutant: Mutant, found: list[Finding], ours: bool, theirs: bool) -> bool:
    """Say whether a difference with pyx12 is one of the README's kinds."""
    rules = {one.rule for one in found if one.snip <= 2}
    if theirs:  # pyx12 accepts: a loop that begins again before it is complete, HL04, REF*6R
        return bool(rules) and rules <= {
            "required", "line_number", "hl_children", "line_control_repeated", "status_category",
        }
    return any(one.rule == "place_of_service" for one in found)  # we look it up on the date


def test_we_and_pyx12_differ_only_in_known_ways() -> None:
    for mutant, found, (ours, pyx12, _) in verdicts.campaign(SEED, COUNT):
        if ours != pyx12:
            assert explained(mutant, found, ours, pyx12), (mutant, found)


def test_what_x12sdk_refuses_we_refuse() -> None:
    for mutant, found, (_, _, x12sdk) in verdicts.campaign(SEED + 1, COUNT):
        assert found or x12sdk is not False, mutant
