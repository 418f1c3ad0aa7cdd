"""Billing articles in the layout of CMS's Medicare Coverage Database."""

import csv
import io
from zipfile import ZipFile

import pytest

from services.claims import data
from services.cli import CannotRun
from services.cli import codes as cli
from services.codes.library import coverage
from services.codes.library.articles import HEADER, pairs, read
from services.codes.library.layout import Malformed

AREAS = {"PA": "JL", "NJ": "JL", "NY": "JK", "OH": "J15"}
TABLES = {
    "article": "article_id,article_version,title,article_eff_date,article_end_date,status,"
               "display_id,description\n"
               "100,3,Ours,2025-10-01 00:00:00,,A,A100,<p>prose</p>\n"
               "200,1,Groups,2025-10-01 00:00:00,2026-12-31 00:00:00,A,A200,\n"
               "300,1,Retired,2020-10-01 00:00:00,2024-12-31 00:00:00,R,A300,\n"
               "400,1,Footnote,2025-10-01 00:00:00,,A,A400,\n"
               "500,1,Refused,2025-10-01 00:00:00,,A,A500,\n",
    "article_x_hcpc_code": "article_id,article_version,hcpc_code_id,hcpc_code_group\n"
                           "100,3,G0121,1\n100,3,XX000,1\n200,1,G0105,1\n200,1,G0106,2\n"
                           "200,1,G0328,3\n400,1,G0105,1\n500,1,G0105,1\n",
    "article_x_icd10_covered": "article_id,article_version,icd10_code_id,icd10_covered_group,"
                               "asterisk\n"
                               "100,3,Z12.11,1,\n100,3,K50.90,1,\n100,3,XX000,1,\n200,1,Z12.11,1,\n"
                               "200,1,Z80.0,2,\n400,1,Z12.11,1,*\n",
    "article_x_icd10_noncovered": "article_id,article_version,icd10_code_id,"
                                  "icd10_noncovered_group\n100,3,I10,1\n200,1,Z12.11,1\n"
                                  "200,1,I10,1\n200,1,I10,2\n200,1,R10.9,2\n"
                                  "500,1,I10,1\n500,1,R10.9,2\n",
    "article_x_contractor": "article_id,article_version,contractor_id,contractor_type_id,"
                            "contractor_version\n"
                            "100,3,7,9,1\n200,1,7,9,1\n400,1,7,9,1\n500,1,7,9,1\n100,2,8,9,1\n",
    "contractor_jurisdiction": "contractor_id,contractor_type_id,contractor_version,state_id,"
                               "term_date\n"
                               "7,9,1,1,\n7,9,1,2,\n7,9,1,3,\n7,9,2,4,\n8,9,1,4,\n"
                               "7,9,1,4,2024-12-31 00:00:00\n",
    "state_lookup": "state_id,state_abbrev,description\n1,PA,\n2,NJ,\n3,QN,\n4,OH,\n",
}


def archive(**other):
    inner, outer = io.BytesIO(), io.BytesIO()
    with ZipFile(inner, "w") as tables:
        for name, text in (TABLES | other).items():
            if text is not None:
                tables.writestr(f"{name}.csv", text)
    with ZipFile(outer, "w") as both:
        both.writestr("read_me.txt", "words")
        both.writestr("current_article_csv.zip", inner.getvalue())
    outer.seek(0)
    return outer


def test_an_article_of_one_group_becomes_rows_by_jurisdiction_that_the_table_takes():
    (one,), faults = read(archive(), ["A100"], AREAS)
    rows = list(one.rows())

    assert faults == []
    assert rows[:3] == [
        ("A100", "LCD", "JK", "G0121", "K50.90", "yes", "2025-10-01", "", ""),
        ("A100", "LCD", "JK", "G0121", "Z12.11", "yes", "2025-10-01", "", ""),
        ("A100", "LCD", "JK", "G0121", "I10", "no", "2025-10-01", "", ""),
    ]
    assert {row[2] for row in rows} == {"JK", "JL"}
    text = [",".join(row) for row in (HEADER, *rows)]
    assert ("G0121|JL", ("A100", "LCD", "Z1211", True, "2025-10-01", "", "")) in list(
        coverage.policies(text))


@pytest.mark.parametrize(("name", "says"), [
    ("A300", "A300 is not among the current ones"),
    ("A400", "A400 has diagnoses with a footnote"),
    ("A500", "A500 has no diagnosis that is for one of its procedures"),
    ("A999", "A999 is not among the current ones"),
])
def test_what_a_table_cannot_judge_is_refused_with_its_reason(name, says):
    found, (fault,) = read(archive(), ["A100", name], AREAS)

    assert fault.startswith(says)
    assert [one.name for one in found] == ["A100"]


def groups(*rows):
    """A reader's table of pairs."""
    return pairs(["article,procedures,diagnoses,covered", *rows])


def listed(paired=None):
    """What A200 says of each procedure in one jurisdiction, and whether its groups are paired."""
    (one,), faults = read(archive(), ["A200"], AREAS, paired)
    assert faults == []
    return {
        code: ({(row[4], row[5]) for row in one.rows() if row[3] == code},
               {row[8] for row in one.rows() if row[3] == code})
        for code in ("G0105", "G0106", "G0328")
    }, one.note()


def test_of_an_article_with_several_groups_any_covered_diagnosis_supports_any_procedure():
    every = {("Z12.11", "yes"), ("Z80.0", "yes"), ("I10", "no")}
    found, note = listed()

    assert found == dict.fromkeys(("G0105", "G0106", "G0328"), (every, {"unpaired"}))
    assert note.startswith("does not say which of its diagnoses (groups 1, 2 covered and 1, 2 not "
                           "covered) are for its procedures of group 1, 2, 3")


def test_what_a_reader_tells_of_the_groups_pairs_them_the_rest_stays_unpaired():
    found, note = listed(groups("A200,1,1,yes", "A200,1,2,no", "A200,G0106,2,yes", "A999,1,1,yes"))

    assert found["G0105"] == ({("Z12.11", "yes"), ("I10", "no"), ("R10.9", "no")}, {""})
    assert found["G0106"] == ({("Z80.0", "yes")}, {""})
    assert found["G0328"][1] == {"unpaired"}
    assert "procedures of group 3: any" in note


def test_what_is_told_of_a_procedure_adds_to_what_is_told_of_its_group():
    found, _ = listed(groups("A200,1,1,yes", "A200,G0105,2,no"))

    assert found["G0105"] == ({("Z12.11", "yes"), ("I10", "no"), ("R10.9", "no")}, {""})


def test_a_list_and_none_for_the_same_procedures_is_refused():
    with pytest.raises(Malformed, match="a list is named, and none"):
        groups("A200,1,2,yes", "A200,1,,")


def test_a_group_of_procedures_that_no_list_is_for_is_left_out():
    found, note = listed(groups("A200,1,1,yes", "A200,2,2,yes", "A200,3,,"))

    assert found["G0328"] == (set(), set())
    assert note == ""


@pytest.mark.parametrize(("row", "says"), [
    ("A200,4,1,yes", "A200 has no procedures 4, which the table of pairs names"),
    ("A200,1,3,yes", "A200 has no group 3 of diagnoses covered"),
    ("A200,1,3,no", "A200 has no group 3 of diagnoses not covered"),
])
def test_a_pair_of_what_the_article_has_not_is_refused(row, says):
    _, (fault,) = read(archive(), ["A200"], AREAS, groups(row))

    assert fault.startswith(says)


@pytest.mark.parametrize(("row", "says"), [
    ("A200,1,1,perhaps", "line 2, covered: must be yes or no"),
    ("A200,1,1", "line 2, covered: must be yes or no"),
    ("A200,,1,yes", "line 2, procedures: is missing"),
])
def test_a_malformed_table_of_pairs_is_refused(row, says):
    with pytest.raises(Malformed, match=says):
        groups(row)


def test_a_table_that_says_something_else_of_its_groups_is_refused():
    with pytest.raises(Malformed, match="line 2, groups: must be unpaired or empty"):
        list(coverage.policies([",".join(HEADER), "A1,LCD,JL,G0121,Z12.11,yes,,,perhaps"]))


@pytest.mark.parametrize(("other", "says"), [
    ({"state_lookup": None}, "line 1, state_lookup.csv: is not in the archive"),
    ({"article_x_hcpc_code": "article_id,article_version,code\n"},
     "line 1, hcpc_code_id: is not a column of article_x_hcpc_code.csv"),
    ({"article": TABLES["article"].replace("2025-10-01 00", "soon", 1)},
     "line 2, article_eff_date: must be a date"),
])
def test_another_layout_is_refused(other, says):
    with pytest.raises(Malformed, match=says):
        read(archive(**other), ["A100"], AREAS)


def test_what_is_no_archive_is_refused():
    with pytest.raises(Malformed, match=r"must be CMS's current_article\.zip"):
        read(io.BytesIO(b"words"), ["A100"], AREAS)


def test_the_command_writes_the_table_or_says_why_not(tmp_path, capsys):
    file = tmp_path / "current_article.zip"
    file.write_bytes(archive().getvalue())

    assert cli.articles(file, "A100") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["jurisdiction"] for row in rows} == {
        row["jurisdiction"] for row in data.rows("jurisdictions.csv")
        if row["state"] in ("PA", "NJ", "NY")}
    assert cli.articles(file, "A100", "A400") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "claimloop: A400 has diagnoses with a footnote" in told.err


def test_the_command_says_which_groups_are_not_paired_until_a_table_tells_it(tmp_path, capsys):
    file, table = tmp_path / "current_article.zip", tmp_path / "groups.csv"
    file.write_bytes(archive().getvalue())
    table.write_text("article,procedures,diagnoses,covered\nA200,1,1,yes\nA200,2,2,yes\nA200,3,,\n")

    assert cli.articles(file, "A200") == 0
    told = capsys.readouterr()
    assert {row["groups"] for row in csv.DictReader(io.StringIO(told.out))} == {"unpaired"}
    assert "claimloop: A200 does not say which of its diagnoses" in told.err
    assert cli.articles(file, "A200", groups=table) == 0
    told = capsys.readouterr()
    assert {row["groups"] for row in csv.DictReader(io.StringIO(told.out))} == {""}
    assert told.err == ""


def test_the_command_names_the_file_that_it_cannot_read(tmp_path):
    file = tmp_path / "current_article.zip"
    file.write_bytes(archive().getvalue())

    with pytest.raises(CannotRun, match=r"groups\.csv: No such file"):
        cli.articles(file, "A200", groups=tmp_path / "groups.csv")
