"""Published rules change what is judged: own rules, adoption, from which day, for whom."""

from dataclasses import replace
from datetime import date

from schemas.events import Evidence, Override, Rule, RuleVersion
from services.claims import edits
from services.claims.edits import own
from tests.builders import TERMS, bill, coded, line, payer

TODAY = date(2026, 3, 10)
OWN = RuleVersion(
    version=1, kind="own", words="A long visit needs a note of time: add it.", severity="hold",
    each="line", expression='line.code == "99215"', source="Compliance committee",
    effective_on=date(2026, 3, 1),
)
VISIT = bill(lines=(line(1, code="99215"),))


def rule(*timetable, rule_id="long-visit"):
    return Rule(rule_id=rule_id, revision=len(timetable), timetable=timetable)


def found(case, *rules, today=TODAY):
    judged = edits.judge(case, today, TERMS, edits.STANDARD.with_rules(rules, today))
    return [(f.edit, f.severity, f.place) for f in judged.findings]


def test_an_own_rule_holds_the_claims_it_is_about_and_names_the_place():
    assert ("own:long-visit", "hold", "line 1") in found(coded(bill=VISIT), rule(OWN))
    assert found(coded(), rule(OWN)) == found(coded())


def test_what_an_own_rule_finds_names_its_team():
    rules = edits.STANDARD.with_rules([rule(replace(OWN, team="AUTH_UM"))], TODAY)
    findings = edits.judge(coded(bill=VISIT), TODAY, TERMS, rules).findings

    assert {f.team for f in findings if f.edit == "own:long-visit"} == {"AUTH_UM"}
    assert {f.team for f in findings if f.edit != "own:long-visit"} <= {""}


def test_a_rule_judges_from_its_day_on():
    early = edits.STANDARD.with_rules([rule(OWN)], date(2026, 2, 28))

    assert early is edits.STANDARD


def test_a_retired_rule_judges_no_more():
    gone = replace(OWN, retired=True, effective_on=date(2026, 3, 5))

    assert found(coded(bill=VISIT), rule(OWN, gone)) == found(coded(bill=VISIT))


def test_the_former_version_judges_until_the_day_of_the_next():
    softer = replace(OWN, version=2, severity="warn", effective_on=date(2026, 3, 10))

    day_before = found(coded(bill=VISIT), rule(OWN, softer), today=date(2026, 3, 9))
    assert ("own:long-visit", "hold", "line 1") in day_before
    assert ("own:long-visit", "warn", "line 1") in found(coded(bill=VISIT), rule(OWN, softer))


def test_a_rule_is_about_its_scope_alone():
    for_medicare = replace(OWN, plan="medicare")
    medicare = replace(VISIT, coverage=payer("MEDICARE"))

    assert "own:long-visit" not in {f[0] for f in found(coded(bill=VISIT), rule(for_medicare))}
    assert "own:long-visit" in {f[0] for f in found(coded(bill=medicare), rule(for_medicare))}


def test_an_edit_is_turned_off_where_the_hospital_says_so():
    bad = coded(coder_id="")
    [edit] = {f[0] for f in found(bad)} - {f[0] for f in found(coded())}
    off = RuleVersion(version=1, kind="adoption", about=edit, severity="off",
                      payer_id="BCBS", effective_on=date(2026, 3, 1))

    assert edit not in {f[0] for f in found(bad, rule(off, rule_id="off"))}
    elsewhere = replace(off, payer_id="MEDICARE")
    assert edit in {f[0] for f in found(bad, rule(elsewhere, rule_id="off"))}


def test_a_rule_that_errs_holds_the_claim():
    errs = replace(OWN, expression='lines[9].code == ""', each="claim")

    assert ("edit_failed", "hold", "claim") in found(coded(), rule(errs))


def test_the_version_names_the_rules_in_force():
    one = edits.STANDARD.with_rules([rule(OWN)], TODAY).version
    two = edits.STANDARD.with_rules([rule(replace(OWN, severity="warn"))], TODAY).version

    assert one.startswith(edits.EDIT_SET + "+")
    assert one != two
    assert own.in_force(rule(OWN), date(2026, 2, 1)) is None


TAKEN = Override(edit="own:long-visit", place="line 1", reason="documented", by="u1",
                 role="supervisor", evidence=(Evidence(note_id="n1", start=0, end=9),))


def judged(override):
    case = coded(bill=VISIT, overrides=(override,))
    return edits.judge(case, TODAY, TERMS, edits.STANDARD.with_rules([rule(OWN)], TODAY))


def test_an_overridden_finding_stays_as_information_that_says_so():
    judgement = judged(TAKEN)
    [finding] = [f for f in judgement.findings if f.edit == "own:long-visit"]

    assert (finding.severity, finding.overridden) == ("info", "documented")
    assert judgement.refused == ()


def test_an_override_without_right_reason_evidence_or_finding_is_refused_and_the_finding_stands():
    for change, why in (
        ({"role": "coder"}, "role"), ({"by": ""}, "role"), ({"reason": "because"}, "reason"),
        ({"evidence": ()}, "evidence"), ({"place": "line 2"}, "no_finding"),
    ):
        judgement = judged(replace(TAKEN, **change))

        assert [r.why for r in judgement.refused] == [why]
        assert edits.verdict(judgement.findings) == "held"


def test_what_a_payer_never_lets_pass_and_what_could_not_be_judged_no_one_overrides():
    errs = rule(replace(OWN, expression='lines[9].code == ""', each="claim"))
    ask = replace(TAKEN, edit="edit_failed", place="claim")
    case = coded(bill=VISIT, overrides=(ask,))

    judgement = edits.judge(case, TODAY, TERMS, edits.STANDARD.with_rules([errs], TODAY))

    assert [r.why for r in judgement.refused] == ["guardrail"]
    assert edits.verdict(judgement.findings) == "held"
    never = [edit.id for edit in edits.EDITS if edit.guardrail]
    assert any(name.startswith("ptp_medicare_practitioner_never") for name in never)
    assert all(edits.guardrail(name) for name in never)
