"""I5: at most one outstanding submission for an encounter and payer; the chain is linear."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from services.audit.facts import Facts, Sent
from services.audit.result import Doubts, Result

ORIGINAL = "1"
LONGEST_CONTROL_NUMBER = 20


class Outstanding:
    """Looks at every chain of submissions."""

    def __init__(self) -> None:
        self._doubts = Doubts()
        self._submissions = 0
        self._open = 0
        self._chains = 0
        self._numbers: Counter[str] = Counter()

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for encounter_id, one in facts.items():
            chains: dict[str, list[Sent]] = defaultdict(list)
            for sent in one.sent.values():
                if sent.submitted:
                    chains[sent.payer_id].append(sent)
                    self._numbers[sent.control_number] += 1
            for chain in chains.values():
                self._chain(encounter_id, sorted(chain, key=lambda s: s.version))

    def _chain(self, encounter_id: str, chain: list[Sent]) -> None:
        self._chains += 1
        self._submissions += len(chain)
        unsettled = [s for s in chain if not s.settled]
        self._open += len(unsettled)
        if len(unsettled) > 1:
            self._doubts.add("two submissions are outstanding at one payer", encounter_id)
        if len({s.version for s in chain}) < len(chain):
            self._doubts.add("one version of the coding was submitted twice", encounter_id)
        before: list[Sent] = []
        for sent in chain:
            for why in _flaws(sent, before):
                self._doubts.add(why, sent.control_number)
            before.append(sent)

    def result(self) -> Result:
        """Return what was found."""
        self._doubts.add_all(
            "a control number was given twice", (n for n, c in self._numbers.items() if c > 1)
        )
        return Result(
            "I5",
            "at most one submission is outstanding for an encounter and payer; chains are linear",
            {"submissions": self._submissions, "chains": self._chains, "outstanding": self._open},
            self._doubts.violations(),
        )


def _flaws(sent: Sent, before: list[Sent]) -> list[str]:
    found = []
    if not 0 < len(sent.control_number) <= LONGEST_CONTROL_NUMBER:
        found.append("a control number is empty or longer than CLM01 takes")
    if sent.predecessor != (before[-1].control_number if before else ""):
        found.append("a submission does not follow the one before it")
    held = [s for s in before if s.made and not s.made[-1].unprocessable]
    if sent.frequency == ORIGINAL:
        if sent.payer_claim_number:
            found.append("an original names a payer claim number")
        if held:
            found.append("a second original went out though the payer decided the first")
    elif not sent.payer_claim_number:
        found.append("a replacement names no payer claim number")
    elif not any(s.made for s in before):
        found.append("a replacement went out though nothing was decided")
    return found
