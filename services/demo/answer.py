"""What simulated staff do with an item: a correction to be typed into its form, or a move."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Say:
    """A move without a change of codes, and what its form asks for."""

    move: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Line:
    """A line being corrected."""

    line_id: str
    code: str
    modifiers: list[str]
    units: int
    pointers: list[int]
    place: str
    removed: bool = False


@dataclass(slots=True)
class Correct:
    """A correction being made: what goes into the form."""

    diagnoses: list[str]
    lines: list[Line]
    passages: dict[str, None] = field(default_factory=dict)
    present: list[str] | None = None

    def form(self) -> list[tuple[str, str]]:
        """Return the fields of the form."""
        fields = [("dx", code) for code in self.diagnoses]
        fields += [("poa", said) for said in self.present or ()]
        for line in self.lines:
            fields += [
                ("line_id", line.line_id), (f"code.{line.line_id}", line.code),
                (f"modifiers.{line.line_id}", " ".join(line.modifiers)),
                (f"units.{line.line_id}", str(line.units)),
                (f"pointers.{line.line_id}", " ".join(map(str, line.pointers))),
                (f"pos.{line.line_id}", line.place),
                (f"remove.{line.line_id}", "1" if line.removed else ""),
            ]
        return fields + [("evidence", passage) for passage in self.passages]
