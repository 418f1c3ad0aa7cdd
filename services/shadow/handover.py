"""Corrections as files for the host: a CSV for people, 837 files for its billing system.

Nothing here is sent. The files are written into a folder the caller names, readable by the caller
alone; the host sends them, or types the CSV.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Bill
from services.phi.keys import SiteKey
from services.shadow import patch
from services.shadow.corrections import Correction
from services.shadow.hostclaim import HostClaim, Raw
from services.x12.errors import X12Error
from services.x12.segments import Delimiters
from services.x12.writer import Element, Writer

COLUMNS = (
    "account", "payer", "payer_claim_number", "becomes", "frequency", "category", "field",
    "before", "after", "coder", "corrected_on", "refused",
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_NUMBER = 20
CLAIMS_A_SET = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """What was made of corrections.

    Attributes:
        files: File name -> bytes.
        done: Corrections in them.
        refused: Account number of the host, and why it is in none.
    """

    files: Mapping[str, bytes]
    done: Sequence[Correction]
    refused: Sequence[tuple[str, str]]


def as_csv(found: Iterable[Correction]) -> bytes:
    """Return one row for each changed field; a cell no spreadsheet takes for a formula."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for one in found:
        head = (
            one.claim.number, one.submitted.payer_id, one.payer_claim_number, one.becomes,
            one.frequency, one.category,
        )
        tail = (
            one.coded.coder_id, f"{one.coded.occurred_at:%Y-%m-%d}", "; ".join(one.refusals)
        )
        for field, before, after in changes(one):
            rows.writerow(map(harmless, (*head, field, before, after, *tail)))
    return out.getvalue().encode()


def refusals_csv(refused: Iterable[tuple[str, str]]) -> bytes:
    """Return which accounts are in no 837 file, and why."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("account", "refused"))
    rows.writerows(tuple(map(harmless, row)) for row in refused)
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not run.

    >>> harmless("=1+1"), harmless("E11.9")
    ("'=1+1", 'E11.9')
    """
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def changes(one: Correction) -> Iterator[tuple[str, str, str]]:
    """Yield (field, before, after) of what a correction changes."""
    old, new = one.submitted.bill, one.coded.bill
    if one.coded.reason == "void":
        yield "claim", "", "void"
    yield from _diagnoses(old, new)
    kept = {line.line_id: line for line in one.lines}
    for position, before in enumerate(old.lines, 1):
        after = kept.get(before.line_id)
        if after is None:
            yield f"line {position}", before.code, "removed"
            continue
        for field, was, is_ in (
            ("code", before.code, after.code),
            ("modifiers", " ".join(before.modifiers), " ".join(after.modifiers)),
            ("units", str(before.units), str(after.units)),
            ("diagnosis pointers", _spaced(before.pointers), _spaced(after.pointers)),
            ("place of service", before.place_of_service, after.place_of_service),
            ("charge", f"{before.charge_cents / 100:.2f}", f"{after.charge_cents / 100:.2f}"),
        ):
            if was != is_:
                yield f"line {position} {field}", was, is_


def _spaced(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _diagnoses(old: Bill, new: Bill) -> Iterator[tuple[str, str, str]]:
    for position in range(max(len(old.diagnoses), len(new.diagnoses))):
        was = old.diagnoses[position].code if position < len(old.diagnoses) else ""
        is_ = new.diagnoses[position].code if position < len(new.diagnoses) else ""
        if was != is_:
            yield f"diagnosis {position + 1}", was, is_


def as_x12(found: Sequence[Correction], site: SiteKey, suffix: str, now: datetime) -> Written:
    """Return 837 files, one for each guide, sender and receiver.

    Args:
        found: Corrections.
        site: Finds lines again.
        suffix: Appended to the host's CLM01; empty keeps it as it is.
        now: Of the envelope.
    """
    refused: list[tuple[str, str]] = []
    groups: dict[tuple[str, ...], list[tuple[Correction, patch.Patched]]] = {}
    for one in found:
        number = one.claim.number + suffix
        why = list(one.refusals)
        if len(number) > LONGEST_NUMBER and suffix:
            why.append(f"CLM01 with the suffix is longer than {LONGEST_NUMBER}")
        if why:
            refused.append((one.claim.number, "; ".join(why)))
            continue
        claim = one.claim
        key = (claim.guide, claim.component, claim.repetition, *claim.parties)
        groups.setdefault(key, []).append((one, patch.patched(one, number, site)))
    files, done = {}, []
    for at, claims in enumerate(groups.values(), 1):
        control = int(f"{now:%y%j%H%M}") % 1_000_000_000
        try:
            content = _interchange([(c.claim, p) for c, p in claims], control, now)
        except X12Error as error:
            refused += [(one.claim.number, str(error)) for one, _ in claims]
            continue
        kind = claims[0][0].claim.kind
        files[f"corrections-{kind}-{control:09d}-{at:02d}.x12"] = content
        done += [one for one, _ in claims]
    return Written(files, done, refused)


def _interchange(
    claims: Sequence[tuple[HostClaim, patch.Patched]], control: int, now: datetime
) -> bytes:
    head = claims[0][0]
    out = Writer(Delimiters(component=head.component, repetition=head.repetition))
    qualifier, sender, to_qualifier, receiver, usage, group, to_group = head.parties
    day, minute = f"{now:%Y%m%d}", f"{now:%H%M}"
    out.isa(
        "00", " " * 10, "00", " " * 10, qualifier, sender.ljust(15), to_qualifier,
        receiver.ljust(15), day[2:], minute, "", "00501", f"{control:09d}", "0", usage,
    )
    out.add("GS", "HC", group, to_group, day, minute, str(control), "X", head.guide)
    sets = [claims[at : at + CLAIMS_A_SET] for at in range(0, len(claims), CLAIMS_A_SET)]
    for number, some in enumerate(sets, 1):
        _set(out, some, number, control, now)
    out.add("GE", str(len(sets)), str(control))
    out.add("IEA", "1", f"{control:09d}")
    return out.getvalue()


def _set(
    out: Writer, claims: Sequence[tuple[HostClaim, patch.Patched]], number: int, control: int,
    now: datetime,
) -> None:
    first = claims[0][0]
    before = out.count
    out.add("ST", "837", f"{number:04d}", first.guide)
    for raw in first.header:
        if raw[0] == "BHT":
            raw = ("BHT", "0019", "00", f"{control}{number:04d}", f"{now:%Y%m%d}", f"{now:%H%M}",
                   "CH")
        _add(out, raw, first.component)
    level, billing_level, billing = 0, 0, None
    for claim, body in claims:
        if claim.billing != billing:
            level, billing = level + 1, claim.billing
            billing_level = level
            out.add("HL", str(level), "", "20", "1")
            _all(out, claim.billing, claim.component)
        level += 1
        out.add("HL", str(level), str(billing_level), "22", "1" if claim.patient else "0")
        _all(out, claim.subscriber, claim.component)
        if claim.patient:
            level += 1
            out.add("HL", str(level), str(level - 1), "23", "0")
            _all(out, claim.patient, claim.component)
        _all(out, body.claim, claim.component)
        for line in body.lines:
            _all(out, line, claim.component)
    out.add("SE", str(out.count - before + 1), f"{number:04d}")


def _all(out: Writer, raws: Iterable[Raw], component: str) -> None:
    for raw in raws:
        _add(out, raw, component)


def _add(out: Writer, raw: Raw, component: str) -> None:
    elements: list[Element] = [
        tuple(element.split(component)) if component in element else element for element in raw
    ]
    out.add(*elements)
