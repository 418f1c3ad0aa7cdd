"""Where what came back goes: team, coder, action; by CARC, RARC, guardrail and authorship."""

from datetime import timedelta

import pytest

from schemas.events import NO_DAY, Adjustment, Finding, Status
from services.claims import adjustments, data, denials, edits, routing
from services.claims.denials import Case
from services.codes import carc, rarc
from tests.builders import (
    CODER,
    SERVED_ON,
    TERMS,
    acknowledged,
    adjudicated,
    bill,
    denied,
    dx,
    line,
    payer,
    policy,
    submitted,
    validated,
)

OTHER = "coder-2"


def item_of(code, *remarks, content=None, group="CO", **over):
    claim = submitted(bill=content or bill(diagnoses=(dx("E11.9", OTHER), dx("I10"))))
    event = adjudicated(claim, denied(claim, code, *remarks, group=group), **over)
    [item] = denials.adjudicated(Case(), event, TERMS)[1]
    return item


def goes(code, *remarks, **over):
    item = item_of(code, *remarks, **over)
    return item.category, item.team, item.coder_id, item.action


CASES = {
    "a diagnosis goes to who coded the diagnosis": (
        ("11",), ("CODING", "CODING", OTHER, "FIX_REPLACE")),
    "a modifier goes to who coded the line": (
        ("4", "N822"), ("CODING", "CODING", CODER, "FIX_REPLACE")),
    "a bundled line is looked at, never just unbundled": (
        ("97", "M15"), ("BUNDLING", "CODING", CODER, "TRIAGE")),
    "units are looked at": (("151", "N362"), ("UNITS", "CODING", CODER, "TRIAGE")),
    "medical necessity is looked at by who coded the diagnosis": (
        ("50", "N115"), ("MED_NEC", "CODING", OTHER, "TRIAGE")),
    "16 goes where its remark says: a diagnosis": (
        ("16", "M76"), ("CODING", "CODING", OTHER, "FIX_REPLACE")),
    "16 goes where its remark says: registration": (
        ("16", "N382"), ("REGISTRATION", "PATIENT_ACCESS", "", "FIX_REPLACE")),
    "16 goes where its remark says: enrolment": (
        ("16", "N290"), ("PROVIDER", "ENROLLMENT", "", "ENROLL_FIX")),
    "16 alone goes to billing": (("16",), ("BILLING_DATA", "BILLING", "", "FIX_REPLACE")),
    "16 with an unknown remark goes to billing": (
        ("16", "N999"), ("BILLING_DATA", "BILLING", "", "FIX_REPLACE")),
    "a remark does not decide for 11": (
        ("11", "N382"), ("CODING", "CODING", OTHER, "FIX_REPLACE")),
    "never to the coder, whatever the remark": (
        ("252", "M76"), ("CODING", "BILLING", "", "FIX_REPLACE")),
    "an add-on without its primary goes to who coded it": (
        ("107",), ("CODING", "CODING", CODER, "FIX_REPLACE")),
    "authorisation": (("197",), ("AUTH", "AUTH_UM", "", "RETRO_AUTH")),
    "a duplicate is verified by billing": (("18",), ("DUPLICATE", "BILLING", "", "VERIFY_DUP")),
    "a code nobody knows": (("X99",), ("OTHER", "BILLING", "", "TRIAGE")),
}


@pytest.mark.parametrize(("codes", "expected"), CASES.values(), ids=CASES)
def test_it_goes_to(codes, expected):
    assert goes(*codes) == expected


def test_a_chargemaster_code_goes_to_charge_integrity():
    content = bill(lines=(line(assigned_by="chargemaster", source="chargemaster"),))

    assert goes("181", content=content)[1:3] == ("CHARGE_INTEGRITY", "")
    assert goes("107", content=content)[1:3] == ("CHARGE_INTEGRITY", "")


def test_a_providers_diagnosis_asks_the_record_and_not_the_coder():
    content = bill(diagnoses=(dx("E11.9", "prov-1", "provider"),), lines=(line(),))

    assert goes("11", content=content)[1:] == ("CDI", "", "TRIAGE")


def test_an_accepted_suggestion_is_the_coders_own():
    content = bill(diagnoses=(dx("E11.9", OTHER, "suggestion"),), lines=(line(),))

    assert goes("11", content=content)[2] == OTHER


def test_a_modifier_missing_on_a_chargemaster_line_is_the_versions_coders():
    content = bill(lines=(line(assigned_by="chargemaster", source="chargemaster"),))

    assert goes("4", "N822", content=content)[1:3] == ("CODING", CODER)


def test_ma130_means_a_new_claim_and_no_appeal():
    item = item_of("16", "MA130", "M76")

    assert (item.team, item.coder_id, item.action, item.appealable) == (
        "CODING", OTHER, "FIX_NEW", False)
    assert item.due_rule == "filing"
    assert item.due_on == SERVED_ON + timedelta(policy("BCBS").filing_days)


def test_a_patient_the_payer_does_not_know_means_a_new_claim():
    item = item_of("31", status="4")

    assert (item.team, item.action, item.appealable) == ("PATIENT_ACCESS", "FIX_NEW", False)


def test_a_payer_that_takes_no_replacement_gets_a_reopening():
    item = item_of("11", content=bill(coverage=payer("MEDICARE")))

    assert (item.team, item.action, item.appealable) == ("CODING", "REOPEN", True)
    assert item.due_rule == "appeal"


def test_a_payer_that_takes_only_an_appeal_of_a_medical_review_gets_that():
    stay = bill(claim_type="institutional", coverage=payer("MEDICARE_A"))

    assert goes("50", content=stay)[3] == "APPEAL_CLIN"
    assert goes("4", content=stay)[3] == "FIX_REPLACE"
    assert goes("50", content=bill(coverage=payer("BCBS")))[3] == "TRIAGE"


def test_nothing_of_a_rejected_void_is_the_coders():
    void = submitted(frequency="8")
    event = acknowledged(void, accepted=False, statuses=(Status(category="A7", code="255"),))

    [item] = denials.acknowledged(Case(), event, TERMS)[1]

    assert (item.team, item.coder_id) == ("BILLING", "")


def test_a_patient_is_billed_only_under_group_pr_and_never_under_medicaid():
    medicaid = bill(coverage=payer("MEDICAID"))

    assert goes("204", group="PR")[3] == "PATIENT_BILL"
    assert goes("204", group="CO")[3] == "WO_REVIEW"
    assert goes("204", group="PR", content=medicaid)[3] == "WO_REVIEW"


def test_it_is_due_at_the_nearer_of_correction_and_appeal():
    item, terms = item_of("11"), policy("BCBS")

    assert terms.appeal_days < terms.corrected_days
    assert item.due_rule == "appeal"
    assert (item.due_on - SERVED_ON).days == 18 + terms.appeal_days


def test_the_largest_amount_comes_first_and_ties_keep_the_tables_order():
    claim = submitted()

    def reasons(*cas):
        lines = denied(claim, "11")[:1]
        lines = (type(lines[0])(**{
            **{f: getattr(lines[0], f) for f in lines[0].__slots__},
            "adjustments": tuple(Adjustment(group="CO", carc=c, amount_cents=a) for c, a in cas),
        }),)
        [item] = denials.adjudicated(Case(), adjudicated(claim, lines), TERMS)[1]
        return [r.carc for r in item.reasons]

    assert reasons(("11", 5_000), ("197", 10_000)) == ["197", "11"]
    assert reasons(("197", 7_500), ("11", 7_500)) == ["11", "197"]


REJECTIONS = {
    "a diagnosis": ("255", ("CODING", "CODING", CODER)),
    "an unknown subscriber": ("33", ("REGISTRATION", "PATIENT_ACCESS", "")),
    "an NPI": ("562", ("PROVIDER", "ENROLLMENT", "")),
    "a status nobody knows": ("9999", ("BILLING_DATA", "BILLING", "")),
}


@pytest.mark.parametrize(("code", "expected"), REJECTIONS.values(), ids=REJECTIONS)
def test_a_rejection_goes_to(code, expected):
    event = acknowledged(submitted(), accepted=False, statuses=(Status(category="A7", code=code),))

    [item] = denials.acknowledged(Case(), event, TERMS)[1]

    assert (item.category, item.team, item.coder_id) == expected
    assert (item.action, item.reasons[0].category, item.reasons[0].carc) == ("FIX_NEW", "A7", code)


def test_a_refused_file_goes_to_billing():
    event = acknowledged(submitted(), "999", accepted=False, statuses=())

    [item] = denials.acknowledged(Case(), event, TERMS)[1]

    assert (item.team, item.reasons[0].text[:3]) == ("BILLING", "999")


def test_every_edit_has_a_row_that_names_a_team():
    named = {edit.id for edit in (*edits.EDITS, edits.FAILED, edits.NO_DATA)}
    rows = data.rows("edit_routing.csv")

    assert {row["edit"] for row in rows} == named
    assert {row["team"] for row in rows} <= routing.TEAMS


def test_a_rule_of_the_hospitals_own_goes_to_the_coder_and_what_nobody_knows_to_billing():
    own = routing.held(Finding(edit="own:long-visit", place="line 1"), "coder-7", "L1", 1)
    unknown = routing.held(Finding(edit="nobody"), "coder-7", "", 1)

    assert (own.team, own.coder_id) == ("CODING", "coder-7")
    assert (unknown.team, unknown.coder_id) == ("BILLING", "")


def test_an_own_rule_that_names_a_team_goes_there_and_to_no_coder():
    held = Finding(edit="own:long-visit", place="line 1", severity="hold", team="AUTH_UM")
    found = routing.held(held, "coder-7", "L1", 1)

    assert (found.team, found.category, found.coder_id) == ("AUTH_UM", "AUTH", "")


def test_the_item_of_a_held_claim_belongs_to_the_team_of_the_rule():
    finding = Finding(edit="own:roster", severity="hold", place="claim", team="ENROLLMENT")
    [item] = denials.validated(Case(), validated(verdict="held", findings=(finding,)), TERMS)[1]

    assert (item.team, item.category, item.action) == ("ENROLLMENT", "PROVIDER", "FIX_NEW")


def test_every_table_names_known_teams_and_codes():
    tables = ("carc_routing.csv", "rarc_routing.csv", "status_routing.csv")

    assert {row["team"] for name in tables for row in data.rows(name)} <= routing.TEAMS
    assert {row["about"] for name in tables for row in data.rows(name)} <= {
        "", "diagnosis", "procedure", "modifier", "units"}
    assert all(carc.is_valid(row["carc"]) for row in data.rows("carc_routing.csv"))
    assert all(rarc.is_valid(row["rarc"]) for row in data.rows("rarc_routing.csv"))


def test_the_never_coder_list_and_the_table_agree():
    never = {row["carc"] for row in data.rows("never_coder.csv")}
    coders = {row["carc"] for row in data.rows("carc_routing.csv") if row["team"] == "CODING"}

    assert not never & coders


def test_tables_hold_from_their_first_to_their_last_day(monkeypatch):
    row = {"carc": "11", "claim_type": "", "payer_id": "", "denial": "no", "category": "INFO",
           "team": "POSTING", "action": "POST_INFO", "about": "", "starts_on": "2026-03-20",
           "ends_on": "2026-03-21"}
    monkeypatch.setattr(data, "rows", lambda name: (row,))
    adjustments.row.cache_clear()
    try:
        treated = [
            adjustments.row("11", "professional", "BCBS", SERVED_ON + timedelta(n)).denial
            for n in (17, 18, 19, 20)
        ]
    finally:
        adjustments.row.cache_clear()

    assert treated == ["yes", "no", "no", "yes"]


def test_what_lacks_a_payer_or_a_date_is_urgent_and_never_endless():
    finding = Finding(edit="payer_unknown", severity="hold", place="claim", text="Wrong: fix it.")
    nobody = bill(coverage=type(bill().coverage)(payer_id="NOBODY"))
    shortest = min(p.filing_days for rows in TERMS.policies.values() for p in rows)

    def due(content):
        event = validated(verdict="held", findings=(finding,), bill=content)
        [item] = denials.validated(Case(), event, TERMS)[1]
        return item.due_on, item.team

    assert due(nobody) == (SERVED_ON + timedelta(shortest), "PATIENT_ACCESS")
    assert due(bill(starts_on=NO_DAY))[0] == validated().occurred_at.date()
