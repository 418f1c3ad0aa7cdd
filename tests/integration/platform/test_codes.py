"""Code tables: loaded in one transaction, kept for ever, found by day; refused if malformed."""

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from schemas import codec
from services.codes.library.layout import Malformed
from services.db import bulk
from services.db.engine import connect
from services.db.stores import codes
from services.db.tables.coding import CODING
from services.worklist.desk import code_changes
from tests.builders import AT, bill, coded, dx, line

OLD = b"code,starts_on,ends_on,words\nG0001,,,ours\nG0002,,,ours\n"
NEW = b"code,starts_on,ends_on,words\nG0001,,,ours\nG0003,,,ours\n"


@pytest.fixture(scope="module")
def engine(database):
    engine = connect(database.database_url.get_secret_value())
    yield engine
    engine.dispose()


def test_every_version_is_kept_and_the_day_decides(engine, tmp_path):
    first, _ = codes.load(engine, "hcpcs", OLD, date(2026, 1, 1), "january.csv", AT)
    second, rows = codes.load(engine, "hcpcs", NEW, date(2026, 4, 1), "april.csv", AT)

    library = codes.at_hand(engine, tmp_path)

    assert rows == 2
    assert library.in_force("hcpcs", date(2026, 3, 31)) == first
    assert library.in_force("hcpcs", date(2026, 4, 1)) == second
    assert library.rows("hcpcs", "G0002", date(2026, 3, 31))
    assert library.rows("hcpcs", "G0002", date(2026, 4, 1)) == []
    assert library.rows("hcpcs", "G0002", date(2025, 12, 31)) is None
    assert codes.content(engine, first) == OLD


def test_the_same_file_is_known_and_a_second_file_of_a_day_takes_its_place(engine, tmp_path):
    day = date(2026, 7, 1)
    codes.load(engine, "modifier", OLD, day, "one.csv", AT)
    assert codes.load(engine, "modifier", OLD, day, "one.csv", AT)[1] == 0
    corrected, _ = codes.load(engine, "modifier", NEW, day, "two.csv", AT)

    assert codes.at_hand(engine, tmp_path).in_force("modifier", day) == corrected
    assert [one.in_force for one in codes.loaded(engine) if one.version.kind == "modifier"] == [
        False, True]


def test_a_malformed_file_leaves_nothing(engine):
    before = len(codes.loaded(engine))

    with pytest.raises(Malformed, match="line 2, starts_on: must be a date"):
        codes.load(engine, "hcpcs", b"code,starts_on\nG0001,yesterday\n", date(2026, 1, 1), "x", AT)
    assert len(codes.loaded(engine)) == before


def test_the_command_loads_lists_compares_and_shows(instance, tmp_path):
    def run(*arguments):
        return subprocess.run(
            (sys.executable, "-m", "services.cli", "codes", *arguments), text=True,
            capture_output=True, env={**os.environ, "CLAIMLOOP_HOME": str(instance.home)},
        )

    (tmp_path / "a.csv").write_bytes(OLD)
    (tmp_path / "b.csv").write_bytes(NEW)
    (tmp_path / "bad.csv").write_bytes(b"code\n\n")
    a = json.loads(run("load", "place", str(tmp_path / "a.csv"), "--effective", "2026-01-01",
                       "--json").stdout)
    b = json.loads(run("load", "place", str(tmp_path / "b.csv"), "--effective", "2026-02-01",
                       "--json").stdout)
    bad = run("load", "place", str(tmp_path / "bad.csv"), "--effective", "2026-01-01")
    unknown = run("load", "nonsense", str(tmp_path / "a.csv"), "--effective", "2026-01-01")

    assert run("diff", a["version"], b["version"]).stdout.splitlines() == [
        "+ G0003", "- G0002", "1 came, 1 went, 0 changed"]
    assert run("show", "place", "G0003", "--on", "2026-02-01").returncode == 0
    assert run("show", "place", "G0003", "--on", "2026-01-31").returncode == 1
    assert "is not on it" in run("show", "place", "G0003", "--on", "2025-12-31").stdout
    assert "Office" in run("show", "place", "11", "--on", "2025-12-31").stdout
    assert "no data" in run("show", "cpt", "99213", "--on", "2025-12-31").stdout
    assert "most units 1, indicator 2 (mue" in run(
        "show", "mue_medicare_hospital", "G0438", "--on", "2025-12-31").stdout
    assert (bad.returncode, len(bad.stderr.splitlines())) == (1, 1)
    assert (unknown.returncode, len(unknown.stderr.splitlines())) == (2, 1)
    listed = run("list").stdout
    assert "no data" in listed
    assert "packaged" in next(row for row in listed.splitlines() if row.startswith("icd10cm"))


def test_a_coder_hears_what_changed_in_codes_he_assigned_since_a_day(engine, tmp_path):
    content = bill(
        diagnoses=(dx("G35"), dx("M72.2", assigned_by="coder-2")),
        lines=(line(1), line(2, code="G0002", assigned_by="coder-1")),
    )
    one = coded(bill=content)
    with engine.begin() as conn:
        bulk.insert(conn, CODING, [{
            "encounter_id": one.encounter_id, "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT.replace(year=2025, month=9),
            "event": codec.encode(one)}])
    tables = codes.at_hand(engine, tmp_path)

    def told(coder, since, today=date(2025, 10, 2)):
        with engine.connect() as conn:
            found = code_changes.told(conn, tables, coder, today, since)
        return [(change.use.code, change.use.times, change.what) for change in found]

    assert told("coder-1", date(2025, 9, 1)) == [("G35", 1, "subdivided")]
    assert told("coder-1", date(2025, 10, 1)) == told("coder-2", date(2025, 9, 1)) == []
