"""Answers on their way out: when they leave, how often, and in which state.

An answer may leave late, come twice (the same bytes, or the same sets under another control
number), or leave with a slip of the pen and be put right some days later. What is said in the end
is the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.payer.envelope import Head, renumbered
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.plan import Plan

_LATE = {"999": "late_999", "277CA": "late_277"}


@dataclass(frozen=True, slots=True)
class Letter:
    """An answer.

    Attributes:
        kind: TA1, 999, 277CA or 835.
        content: Its bytes.
        about: What it answers, the same whenever and however often it is made.
        file_id: The file it answers, if one.
        trace: TRN02 of an 835.
        paid_cents: BPR02 of an 835.
        slip: An 835 as it leaves first, with a slip in it; empty when there is none.
    """

    kind: str
    content: bytes
    about: tuple[str, ...]
    file_id: int | None = None
    trace: str = ""
    paid_cents: int = 0
    slip: bytes = b""


@dataclass(frozen=True, slots=True)
class Mailroom:
    """Gives answers to the journal, due when they are to leave."""

    journal: Journal
    habits: Habits

    def post(self, plan: Plan, head: Head, letter: Letter) -> int:
        """Keep an answer until it leaves, with its copies; return its id: of the right one."""
        about = (letter.kind, *letter.about)
        at, habit = self._leaves(plan, head.at, letter, about)
        if letter.slip:
            slip = replace(letter, content=letter.slip)
            wrong = self._keep(plan, head.number, slip, at, "unbalanced", None)
            number = self.journal.next_number(plan.payer_id)
            at += timedelta(days=self.habits.days("unbalanced", plan, *about))
            right = replace(letter, content=renumbered(letter.content, number))
            return self._keep(plan, number, right, at, "corrected", wrong)
        answer = self._keep(plan, head.number, letter, at, habit, None)
        for copy in ("copy_same", "copy_other"):
            if self.habits.has(copy, plan, *about):
                number = self.journal.next_number(plan.payer_id)
                again = at + timedelta(days=self.habits.days(copy, plan, *about))
                content = letter.content
                if copy == "copy_other":
                    content = renumbered(content, number)
                twin = replace(letter, content=content)
                self._keep(plan, number, twin, again, copy, answer)
        return answer

    def _leaves(
        self, plan: Plan, at: datetime, letter: Letter, about: tuple[str, ...]
    ) -> tuple[datetime, str]:
        habit = ""
        day = at.date().isoformat()
        if self.habits.has("slow_day", plan, day):
            at += timedelta(days=self.habits.days("slow_day", plan, day))
            habit = "slow_day"
        late = _LATE.get(letter.kind, "")
        if late and self.habits.has(late, plan, *about):
            at += timedelta(days=self.habits.days(late, plan, *about))
            habit = late
        return at, habit

    def _keep(
        self,
        plan: Plan,
        number: int,
        letter: Letter,
        at: datetime,
        habit: str,
        instead_of: int | None,
    ) -> int:
        return self.journal.answer(
            plan.payer_id,
            number,
            letter.kind,
            letter.content,
            stamp(at),
            file_id=letter.file_id,
            trace=letter.trace,
            paid_cents=letter.paid_cents,
            habit=habit,
            instead_of=instead_of,
        )


def stamp(at: datetime) -> str:
    """Return an instant as the journal writes it: sortable text, UTC."""
    return at.isoformat(timespec="microseconds")
