"""Every fault of the list is found by its rule; every rule is data and can be broken."""

import csv
from pathlib import Path

import pytest

from services.check import check, rules
from services.check.findings import FILE
from tests.unit.check import bases, faults, validators, verdicts

README = Path(__file__).parents[3] / "services" / "check" / "README.md"
# No guide read here leaves a segment in its map unused; the cap has a test of its own.
ELSEWHERE = {"segment_not_used", "limit_findings"}


@pytest.mark.parametrize("kind", bases.KINDS)
def test_a_good_file_is_accepted_by_all_who_know_its_kind(kind: str) -> None:
    content = bases.written(bases.base(kind))
    assert list(check([content])) == []
    assert validators.pyx12_accepts(content)
    assert validators.x12sdk_accepts(content, kind) is not False
    assert validators.oxedi_accepts(content, kind) is not False


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda f: f"{f.kind}: {f.name}")
def test_a_single_fault_is_found_by_its_rule(fault: faults.Fault) -> None:
    content = bases.written(fault.applied(bases.base(fault.kind)))
    assert fault.rule in {one.rule for one in check([content])}


def test_every_rule_of_the_table_can_be_broken() -> None:
    with FILE.open(newline="") as stream:
        table = [row["rule"] for row in csv.DictReader(stream)]
    assert len(table) == len(set(table))
    broken = {fault.rule for fault in faults.FAULTS}
    also = {  # found beside the rule a fault is listed by
        one.rule for fault in faults.FAULTS
        for one in check([bases.written(fault.applied(bases.base(fault.kind)))])
    }
    assert set(table) - broken - also - ELSEWHERE == set()


def test_every_rule_has_its_snip_type_and_words() -> None:
    for name, rule in rules().items():
        assert 1 <= rule.snip <= 7, name
        assert rule.text, name
        assert rule.source or name == "limit_findings", name


def test_the_table_of_differences_in_the_readme_is_what_the_validators_say() -> None:
    missing = [row for row in verdicts.rows() if row not in README.read_text()]
    assert missing == []


def test_a_finding_holds_nothing_of_the_content() -> None:
    content = bases.written(bases.base("837P")).replace(b"1EG4TE5MK73", b"SECRET\x7f")
    content += bases.written(bases.base("835")).replace(b"*155.5*", b"*SECRET*")
    assert "SECRET" not in repr([one.as_dict() for one in check([content])])


def test_no_more_is_listed_than_wanted() -> None:
    segments = bases.base("835")
    segments[20:20] = [["CAS", "CO", "999", "0"]] * 50
    found = list(check([bases.written(bases.recounted(segments))], most=10))
    assert (len(found), found[-1].rule) == (11, "limit_findings")
