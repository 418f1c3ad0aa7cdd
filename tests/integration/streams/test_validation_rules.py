"""Validation on a database: rules are kept with what they judge; refused overrides are counted."""

from dataclasses import replace
from datetime import date

from sqlalchemy import text

from schemas import ids
from schemas.events import Evidence, Override, Rule, RuleVersion
from services.claims import edits
from tests.builders import bill, coded, line

LONG = RuleVersion(
    version=1, kind="own", words="A long visit needs a note of time: add it.", severity="hold",
    each="line", expression='line.code == "99215"', source="Compliance committee",
    effective_on=date(2026, 3, 1),
)
VISIT = bill(lines=(line(1, code="99215"),))
TAKEN = Override(edit="own:long-visit", place="line 1", reason="documented", by="u1",
                 role="supervisor", evidence=(Evidence(note_id="n1", start=0, end=9),))


def rule(revision, *timetable):
    return Rule(event_id=ids.derive("rule", "long-visit", revision), rule_id="long-visit",
                revision=revision, timetable=timetable)


def visit(encounter_id, **over):
    return coded(encounter_id=encounter_id, bill=VISIT, **over)


def names(event):
    return {finding.edit for finding in event.findings}


def test_a_published_rule_judges_from_the_next_batch_on_and_is_named(run):
    [before] = run("validation", [visit("a")])
    assert run("validation", [rule(1, LONG)]) == []
    [after] = run("validation", [visit("b")])

    assert "own:long-visit" not in names(before)
    assert "own:long-visit" in names(after)
    assert after.verdict == "held"
    assert before.edit_set == edits.EDIT_SET
    assert after.edit_set.startswith(edits.EDIT_SET + "+")


def test_an_older_event_of_a_rule_changes_nothing(run):
    retired = replace(LONG, retired=True)
    run("validation", [rule(2, LONG, retired), rule(1, LONG)])
    [off] = run("validation", [visit("z")])
    assert "own:long-visit" not in names(off)
    run("validation", [rule(3, LONG, retired, replace(LONG, version=2))])
    [result] = run("validation", [visit("a")])

    assert "own:long-visit" in names(result)


def test_a_replay_of_a_version_says_what_it_said_before_the_rule(run):
    [first] = run("validation", [visit("a")])
    run("validation", [rule(1, LONG)])
    [again] = run("validation", [visit("a")])

    assert again == first


def test_a_refused_override_is_counted_once_and_the_claim_stays(run, engine):
    run("validation", [rule(1, LONG)])
    by_coder = visit("a", overrides=(replace(TAKEN, role="coder"),))
    other = visit("a", version=2, overrides=(replace(TAKEN, evidence=()),))
    granted = visit("b", overrides=(TAKEN,))

    results = run("validation", [by_coder, other, granted])
    run("validation", [by_coder])

    assert [r.verdict for r in results][:2] == ["held", "held"]
    assert [f.overridden for f in results[2].findings if f.edit == "own:long-visit"] == [
        "documented"]
    with engine.connect() as conn:
        counted = text("select why, count(*) from override_refusal group by 1 order by 1")
        rows = conn.execute(counted)
        assert [tuple(row) for row in rows] == [("evidence", 1), ("role", 1)]


def test_a_code_set_rule_has_the_tables_opened_again_once(run, engine):
    from services.codes.library import library
    from services.db.stores.validation import Reader

    opened = []

    def tables():
        opened.append(1)
        return library.NOTHING

    reader = Reader(tables)
    with engine.connect() as conn:
        assert reader.read(conn).library is None
    named = RuleVersion(version=1, kind="code_set", about="hcpcs@2026-01-01@0123456789ab",
                        source="CMS", effective_on=date(2026, 3, 1))
    run("validation", [rule(1, named)])
    for _ in range(2):
        with engine.connect() as conn:
            rules = reader.read(conn)

    assert rules.library is library.NOTHING
    assert opened == [1]
    assert rules.on(date(2026, 3, 10)).version == edits.EDIT_SET
