"""The life of a rule: who may do what when, and what everybody else hears of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.events import RuleVersion
from services.claims import rules
from services.claims.edits import own
from services.claims.rules import Life, Refused

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
TODAY = AT.date()
ONE = RuleVersion(
    version=1, kind="own", words="A long visit needs a note of time: add it.", severity="hold",
    each="line", expression='line.code == "99215"', source="Compliance committee",
)


def after(life, act, content=None):
    versions = dict(life.versions)
    if content:
        versions[act.version] = replace(content, version=act.version)
    return Life(life.rule_id, versions, (*life.acts, act))


def drafted(life=None, content=ONE, by="ann"):
    life = life or Life("long-visit", {}, ())
    return after(life, rules.drafted(life, content, by, AT), content)


def published(life, on=TODAY):
    life = after(life, rules.reviewed(life, "bob", AT))
    return after(life, rules.published(life, "bob", AT, on))


def says(life, on=TODAY):
    event = life.event()
    entry = own.in_force(event, on) if event else None
    return entry and (entry.version, entry.severity)


def test_nobody_reviews_what_he_drafted():
    with pytest.raises(Refused, match="who drafted version 1 cannot review it"):
        rules.reviewed(drafted(), "ann", AT)


def test_nothing_is_published_before_another_person_reviewed_it():
    with pytest.raises(Refused, match="has not been reviewed by another person"):
        rules.published(drafted(), "bob", AT, TODAY)


def test_a_review_is_of_one_version():
    second = drafted(published(drafted()), replace(ONE, severity="warn"))

    with pytest.raises(Refused, match="version 2 has not been reviewed"):
        rules.published(second, "bob", AT, TODAY)


def test_a_rule_judges_from_its_day_and_never_backwards():
    life = published(drafted(), TODAY + timedelta(5))

    assert says(life) is None
    assert life.state(TODAY) == "scheduled"
    assert says(life, TODAY + timedelta(5)) == (1, "hold")
    with pytest.raises(Refused, match="is past"):
        published(drafted(), TODAY - timedelta(1))


def test_rollback_publishes_the_former_version():
    second = published(drafted(published(drafted()), replace(ONE, severity="warn")))
    assert says(second) == (2, "warn")

    back = after(second, rules.rolled_back(second, "bob", AT, TODAY))

    assert says(back) == (1, "hold")
    assert back.event().revision == 3
    with pytest.raises(Refused, match="no version was published before version 1"):
        rules.rolled_back(back, "bob", AT, TODAY)


def test_a_retired_rule_is_silent_from_its_day_and_a_new_version_wakes_it():
    life = published(drafted())
    gone = after(life, rules.retired(life, "bob", AT, TODAY + timedelta(1)))

    assert says(gone) == (1, "hold")
    assert says(gone, TODAY + timedelta(1)) is None
    assert gone.state(TODAY + timedelta(1)) == "retired"
    with pytest.raises(Refused, match="it is retired"):
        rules.retired(gone, "bob", AT, TODAY)
    again = published(drafted(gone, replace(ONE, severity="warn")), TODAY + timedelta(2))
    assert says(again, TODAY + timedelta(2)) == (2, "warn")


def test_the_list_says_which_version_judges_now_and_from_which_day_another():
    soon = date(2026, 4, 1)
    first = published(drafted())
    second = published(drafted(first, replace(ONE, severity="warn")), soon)
    back = after(second, rules.rolled_back(second, "bob", AT, TODAY))
    gone = after(back, rules.retired(back, "bob", AT, TODAY))
    leaving = after(first, rules.retired(first, "bob", AT, soon))

    assert [(life.state(TODAY), life.judging(TODAY)) for life in (
        drafted(), first, second, back, gone, leaving)] == [
        ("draft", "judges nothing"), ("published", "v1 judges"),
        ("scheduled", "v1 judges, v2 from 2026-04-01"), ("rolled_back", "v1 judges"),
        ("retired", "judges nothing"), ("published", "v1 judges, nothing from 2026-04-01"),
    ]
    assert (second.state(soon), back.state(soon)) == ("published", "rolled_back")


def test_each_event_of_a_rule_says_all_and_has_an_id_of_its_own():
    first = published(drafted())
    second = published(drafted(first, replace(ONE, severity="warn")), TODAY + timedelta(3))

    assert [e.version for e in second.event().timetable] == [1, 2]
    assert second.event().event_id != first.event().event_id
    assert says(second) == (1, "hold")


@pytest.mark.parametrize(("change", "says"), [
    ({"expression": "line.color == 1"}, "column 5: undefined field 'color'"),
    ({"expression": 'line.units > "1"'}, "found no matching overload"),
    ({"severity": "off"}, "severity must be hold, warn or info"),
    ({"words": "Wrong"}, "what is wrong, a colon, what would fix it"),
    ({"source": ""}, "names its source"),
    ({"team": "nobody"}, "team must be one of"),
    ({"kind": "adoption", "about": "excludes1", "team": "CODING"}, "for an own rule only"),
    ({"kind": "python"}, "kind must be one of"),
    ({"claim_type": "dental"}, "claim_type"),
    ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on is before"),
    ({"kind": "adoption", "about": "nothing"}, "no edit or family is called 'nothing'"),
    ({"kind": "adoption", "about": "family:ncci", "severity": "off"}, "is a guardrail"),
    ({"kind": "code_set", "about": "hcpcs"}, "must name a version of a code table"),
])
def test_a_draft_that_cannot_be_a_rule_is_refused_in_one_line(change, says):
    with pytest.raises(Refused, match=r"^long-visit: ") as refused:
        drafted(content=replace(ONE, **change))

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_guardrail_may_be_relaxed_for_a_plan_that_adopted_it_otherwise():
    relaxed = replace(ONE, kind="adoption", about="family:ncci", severity="off", plan="commercial")

    assert drafted(content=relaxed).latest == 1


def test_the_same_draft_again_is_no_new_version():
    with pytest.raises(Refused, match="version 1 says the same"):
        drafted(drafted())


def test_the_difference_of_two_versions_names_the_fields():
    assert rules.difference(ONE, replace(ONE, version=2, severity="warn")) == [
        ("severity", "hold", "warn")]
