"""A second, small reader of TA1, 999 and 277CA, and what is told of them held against their bytes.

    TA1 answers an ISA13, a 999 the sets of a GS06, a 277CA claims by our CLM01 (TRN02)

Of one file, one hop and one claim there is one event, and a refusal wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from services.audit import plain
from services.audit.cut import Cut
from services.audit.facts import Facts
from services.audit.plain import Part
from services.audit.result import Doubts
from services.phi.keys import SiteKey
from services.phi.vault import unseal_bytes

PURPOSE = "inbound"
TAKEN = ("A", "E")
REFUSING = ("A3", "A6", "A7", "A8")
Said = dict[tuple[str, str], bool]
"""(hop, control number) -> accepted."""


@dataclass(slots=True)
class Group:
    """A 999: GS06 it answers, its verdict, the verdict on each set it names."""

    control: str
    code: str = ""
    sets: dict[str, str] = field(default_factory=dict)

    def verdict(self, set_control: str) -> str:
        """Return the code for a set; empty where nothing is said of it."""
        if set_control in self.sets:
            return self.sets[set_control]
        return "" if self.code == "P" else self.code


@dataclass(slots=True)
class Acks:
    """What a file says: ISA13 -> code, groups, control number -> accepted."""

    interchanges: dict[int, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    claims: dict[str, bool] = field(default_factory=dict)


def read(content: bytes) -> Acks:
    """Return what a file says of interchanges, groups and claims.

    Raises:
        plain.Unreadable: no interchange header.
    """
    found = Acks()
    level = number = ""
    for part in plain.segments(content):
        name = part[0]
        if name == "TA1":
            found.interchanges[int(part[1])] = part[4]
        elif name in ("AK1", "AK2", "IK5", "AK9"):
            _group(found, part)
        elif name in ("ST", "HL"):
            level, number = part[3] if name == "HL" else "", ""
        elif name == "TRN" and level == "PT":
            number = part[2]
            found.claims.setdefault(number, True)
        elif name == "STC" and number:
            found.claims[number] &= not _refuses(part)
    return found


def _group(found: Acks, part: Part) -> None:
    name = part[0]
    if name == "AK1":
        found.groups.append(Group(part[2]))
    elif name == "AK2":
        found.groups[-1].sets[part[2]] = ""
    elif name == "IK5":
        found.groups[-1].sets[list(found.groups[-1].sets)[-1]] = part[1]
    else:
        found.groups[-1].code = part[1]


def _refuses(part: Part) -> bool:
    categories = {part.components(at)[0] for at in (1, 10, 11)}
    return part[3] == "U" or bool(categories & set(REFUSING))


class Heard:
    """Gathers what was told of acknowledgements, by the file that said it."""

    def __init__(self, cut: Cut, site: SiteKey) -> None:
        self._cut, self._site = cut, site
        self._by_file: dict[str, Said] = defaultdict(dict)
        self.files = 0

    def visit(self, facts: Mapping[str, Facts]) -> None:
        """Take in the encounters of one partition."""
        for one in facts.values():
            for sent in one.sent.values():
                for (hop, file_id), accepted in sent.heard.items():
                    self._by_file[file_id][hop, sent.control_number] = accepted

    def compare(self, doubts: Doubts) -> None:
        """Hold every stored acknowledgement against the events about it."""
        cut = self._cut
        for row in _stored(cut):
            about = f"{row.payer_id}|{bytes(row.sha256).hex()}"
            told = self._by_file.pop(row.file_id, {})
            try:
                acks = read(unseal_bytes(self._site, PURPOSE, bytes(row.content), about))
            except (InvalidTag, plain.Unreadable, ValueError, IndexError):
                doubts.add("a posted acknowledgement cannot be read again", row.file_id)
                continue
            self.files += 1
            meant = _meant(cut, row.payer_id, acks)
            if any(meant.get(key) != accepted for key, accepted in told.items()):
                doubts.add("an acknowledgement was told otherwise than its file says", row.file_id)
            if cut.idle and meant.keys() - told.keys():
                doubts.add("an acknowledgement of a claim was not told", row.file_id)
        doubts.add_all("an acknowledgement was told that no stored file holds", self._by_file)


def _stored(cut: Cut) -> Iterator[Any]:
    yield from cut.conn.execution_options(yield_per=20).execute(
        text(
            "select cast(file_id as text) as file_id, payer_id, sha256, content from inbound_file"
            " where state = 'posted' and kind in ('TA1', '999', '277CA', 'mixed')"
            " and content is not null"
        )
    )


def _meant(cut: Cut, payer_id: str, acks: Acks) -> Said:
    """Return what a file says of each claim of ours."""
    found: Said = {}
    for control, code in acks.interchanges.items():
        for row in _in(cut, payer_id, "control", control):
            found["TA1", row.control_number] = code in TAKEN
    for group in acks.groups:
        for row in _in(cut, payer_id, "group_control", int(group.control)):
            code = group.verdict(row.set_control)
            if code:
                key = "999", row.control_number
                found[key] = found.get(key, True) and code in TAKEN
    ours = _ours(cut, payer_id, acks.claims)
    return found | {("277CA", n): accepted for n, accepted in acks.claims.items() if n in ours}


def _in(cut: Cut, payer_id: str, column: str, control: int) -> Iterable[Any]:
    return cut.conn.execute(
        text(
            "select g.control_number, g.set_control from gateway_claim g"  # noqa: S608 - two names
            " join interchange i using (interchange_id)"
            f" where i.payer_id = :payer and i.{column} = :control"
        ),
        {"payer": payer_id, "control": control},
    ).all()


def _ours(cut: Cut, payer_id: str, numbers: Iterable[str]) -> set[str]:
    rows = cut.conn.execute(
        text(
            "select control_number from gateway_claim"
            " where payer_id = :payer and control_number = any(:numbers)"
        ),
        {"payer": payer_id, "numbers": list(numbers)},
    )
    return set(rows.scalars())
