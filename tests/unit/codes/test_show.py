"""What `claimloop codes show` says of a code."""

from datetime import date
from types import SimpleNamespace

import pytest

from services.cli import codes
from services.codes.library import library

DAY = date(2026, 11, 22)
POLICIES = b"""policy,kind,jurisdiction,procedure,diagnosis,covered,starts_on,ends_on
A1,LCD,JL,G0121,Z12.11,yes,,
A1,LCD,JK,G0121,Z12.11,yes,,
A2,LCD,JL,G0122,I10,no,,
"""


@pytest.fixture
def tables(tmp_path, monkeypatch):
    version = library.version_of("coverage", date(2026, 1, 1), POLICIES)
    library.build(tmp_path, version, POLICIES)
    made = library.Library(tmp_path, [version])
    told = SimpleNamespace(home=tmp_path, clock=SimpleNamespace(today=lambda: DAY))
    monkeypatch.setattr(codes, "_open", lambda kind="": (told, None))
    monkeypatch.setattr("services.db.stores.codes.at_hand", lambda engine, folder: made)


def test_a_procedure_alone_shows_its_policies_in_every_jurisdiction(tables, capsys):
    assert codes.show("coverage", "G0121") == 0

    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == ["G0121|JK", "G0121|JL"]
    assert all("policy A1" in line for line in told)


def test_a_pair_shows_itself_and_what_is_not_there_says_so(tables, capsys):
    assert codes.show("coverage", "G0122|JL") == 0
    assert "policy A2" in capsys.readouterr().out
    assert codes.show("coverage", "G01") == 1
    assert "G01 is not in coverage@2026-01-01" in capsys.readouterr().out
