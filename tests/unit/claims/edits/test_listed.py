"""`claimloop edits`: every edit is listed with its source; one says its rule and its example."""

import json

import pytest

from services.claims.edits import ALL_BY_ID, EDITS
from services.cli import CannotRun, edits


def test_every_edit_is_listed_once_with_its_source(capsys):
    edits.list_(json_=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert sorted(row["id"] for row in rows) == sorted(edit.id for edit in EDITS)
    assert all(row["source"] for row in rows)
    assert {row["severity"] for row in rows} <= {"hold", "warn", "info", "off"}


def test_a_family_is_listed_alone(capsys):
    edits.list_(family="ncci")
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].startswith("ncci (")
    assert any("guardrail" in line for line in lines)


def test_an_edit_says_its_rule_its_example_its_guardrail_and_where_it_applies(capsys):
    edits.show("ptp_medicare_practitioner_never")
    said = capsys.readouterr().out

    for part in ("source: CMS", "Example:", "Nobody may override it", "plan medicare"):
        assert part in said


def test_every_edit_works_an_example():
    assert [edit.id for edit in ALL_BY_ID.values() if "Example: " not in edit.words] == []


def test_an_unknown_name_is_one_line():
    with pytest.raises(CannotRun, match="no edit is called nothing"):
        edits.show("nothing")
    with pytest.raises(CannotRun, match="no family is called nothing"):
        edits.list_(family="nothing")
