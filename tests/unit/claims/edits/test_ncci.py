"""NCCI: what CMS's policy manual says of pairs, units and add-on codes, on tables in its layout."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Coverage, Institutional
from services.claims import edits
from services.claims.terms import Terms
from services.codes.library import library
from tests.builders import PARTIES, bill, coded, control_number, line

DAY = date(2026, 3, 2)
PAIRS = """A notice above the header, as CMS writes it
Column 1\tColumn 2\t* = in existence\tEffective\tDeletion\tModifier
\t\tprior to 1996\tDate\tDate\t0=not allowed
G0001\tG0002\t\t20100101\t*\t0
G0001\tG0003\t\t20100101\t*\t1
G0001\tG0004\t\t20100101\t20251231\t1
G0001\tG0005\t\t20100101\t*\t9
"""
UNITS = """HCPCS/CPT Code,Units,Indicator,Rationale
G0001,2,1 Line Edit,own
G0002,1,2 Date of Service Edit: Policy,own
G0003,4,3 Date of Service Edit: Clinical,own
"""
ADD_ONS = """Add-on Code,Type,Primary Code,Effective,Deletion
G0500,1,G0105,20170101,
G0501,2,,20170101,
G0502,3,G0105,20170101,20251231
"""


HOSPITAL = {
    "claim_type": "institutional", "encounter_class": "emergency",
    "institutional": Institutional(facility_type="13"),
}
TABLES = {  # table -> who is paid by it, and the kind of claim
    "medicare_practitioner": ("MEDICARE", "medicare", {}),
    "medicare_hospital": ("MEDICARE_A", "medicare", HOSPITAL),
    "medicaid_practitioner": ("MEDICAID", "medicaid", {}),
    "medicaid_hospital": ("MEDICAID", "medicaid", HOSPITAL),
}


@pytest.fixture(scope="module")
def terms(tmp_path_factory):
    """Terms with Medicare's tables for practitioners alone."""
    return terms_with(tmp_path_factory.mktemp("tables"), ["medicare_practitioner"])


def terms_with(folder, names):
    versions = []
    tables = [(f"{kind}_{name}", text) for name in names
              for kind, text in (("ptp", PAIRS), ("mue", UNITS))]
    for kind, text in (*tables, ("add_on", ADD_ONS)):
        version = library.version_of(kind, date(2010, 1, 1), text.encode())
        library.build(folder, version, text.encode())
        versions.append(version)
    return Terms(
        PARTIES.payers, PARTIES.policies, control_number, library.Library(folder, versions))


def found(terms, *codes, plan="medicare", payer_id="MEDICARE", on=DAY, **over):
    """Return what NCCI finds in lines given as codes, or as (code, modifiers, units)."""
    lines = []
    for number, one in enumerate(codes, 1):
        code, modifiers, units = one if isinstance(one, tuple) else (one, (), 1)
        lines.append(line(number, code=code, modifiers=modifiers, units=units, served_on=on))
    case = coded(bill=bill(
        coverage=Coverage(payer_id=payer_id, plan=plan), starts_on=on, ends_on=on,
        lines=tuple(lines), **over,
    ))
    ours = tuple(edit for edit in edits.EDITS if edit.family == "ncci")
    return [(f.edit, f.place) for f in edits.check(case, DAY, terms, ours)]


NEVER, UNLESS = "ptp_medicare_practitioner_never", "ptp_medicare_practitioner_unless_distinct"


def test_a_pair_with_indicator_0_is_found_on_its_column_2_line_whatever_the_modifier(terms):
    assert found(terms, "G0001", "G0002") == [(NEVER, "line 2")]
    assert found(terms, "G0002", "G0001") == [(NEVER, "line 1")]
    assert found(terms, "G0001", ("G0002", ("59",), 1)) == [(NEVER, "line 2")]


def test_a_pair_with_indicator_1_passes_with_a_modifier_that_tells_it_apart(terms):
    assert found(terms, "G0001", "G0003") == [(UNLESS, "line 2")]
    for modifier in ("59", "XS", "LT", "25", "91"):
        assert found(terms, "G0001", ("G0003", (modifier,), 1)) == []
    assert found(terms, "G0001", ("G0003", ("GA",), 1)) == [(UNLESS, "line 2")]


def test_59_counts_on_either_column_since_july_2019(terms):
    last, first = date(2019, 6, 30), date(2019, 7, 1)
    on_column_1 = (("G0001", ("59",), 1), "G0003")

    assert found(terms, *on_column_1, on=last) == [(UNLESS, "line 2")]
    assert found(terms, *on_column_1, on=first) == []
    assert found(terms, "G0001", ("G0003", ("59",), 1), on=last) == []


def test_a_pair_holds_until_its_deletion_date_and_indicator_9_never(terms):
    assert found(terms, "G0001", "G0004", on=date(2025, 12, 31)) == [(UNLESS, "line 2")]
    assert found(terms, "G0001", "G0004") == []
    assert found(terms, "G0001", "G0005") == []


def test_services_of_two_days_are_no_pair(terms):
    case = coded(bill=bill(
        coverage=Coverage(payer_id="MEDICARE", plan="medicare"), ends_on=date(2026, 3, 3),
        lines=(line(1, code="G0001"), line(2, code="G0003", served_on=date(2026, 3, 3))),
    ))
    assert [f.edit for f in edits.check(case, date(2026, 3, 9), terms) if "ptp" in f.edit] == []


def test_units_are_judged_by_line_or_by_day_as_the_indicator_says(terms):
    assert found(terms, ("G0001", (), 3)) == [("mue_medicare_practitioner_line", "line 1")]
    assert found(terms, ("G0001", (), 2), ("G0001", ("76",), 2)) == []
    assert found(terms, "G0002", ("G0002", ("76",), 1)) == [
        ("mue_medicare_practitioner_absolute", "line 2")]
    assert found(terms, ("G0003", (), 2), ("G0003", ("76",), 3)) == [
        ("mue_medicare_practitioner_day", "line 2")]
    assert found(terms, ("G0003", (), 4)) == []


def test_an_add_on_code_stands_beside_its_primary(terms):
    alone = [("add_on_alone", "line 1")]
    assert found(terms, "G0500") == alone
    assert found(terms, "G0500", "G0105") == []
    assert found(terms, "G0500", "G0121") == alone
    assert found(terms, "G0501") == alone
    assert found(terms, "G0501", "G0121") == []
    assert found(terms, "G0502", on=DAY) == [], "the row ended in 2025"


def test_a_payer_that_did_not_adopt_a_table_is_not_judged_by_it(terms):
    assert found(terms, "G0001", "G0002", plan="self", payer_id="BCBS") == []


def test_a_medicaid_claim_is_judged_by_the_medicaid_tables_and_says_when_they_are_missing(terms):
    said = found(terms, "G0001", "G0002", plan="medicaid", payer_id="MEDICAID")

    assert said == [("no_data", "claim"), ("no_data", "claim")]


def test_what_no_one_may_override_says_why():
    guarded = {edit.id for edit in edits.EDITS if edit.guardrail}

    assert NEVER in guarded
    assert "mue_medicare_practitioner_absolute" in guarded
    assert UNLESS not in guarded


def test_a_seed_holds_no_cpt_code():
    for version, content in library.seeds():
        rows = library.KINDS[version.kind].parse(content.decode().splitlines())
        codes = {code for key, values in rows for code in key.split("|")}
        assert all(code[0].isalpha() for code in codes if len(code) == 5), version.name


def test_the_place_of_a_finding_follows_the_order_of_the_lines(terms):
    reverse = replace(coded(), bill=bill(
        coverage=Coverage(payer_id="MEDICARE", plan="medicare"),
        lines=(line(1, code="G0003"), line(2, code="G0001"))))
    assert [(f.edit, f.place) for f in edits.check(reverse, date(2026, 3, 9), terms)
            if f.edit == UNLESS] == [(UNLESS, "line 1")]


@pytest.mark.parametrize("table", TABLES)
def test_each_payer_and_kind_of_claim_has_its_own_tables(tmp_path, table):
    payer_id, plan, kind = TABLES[table]
    terms = terms_with(tmp_path, [table])

    def ours(*codes):
        told = found(terms, *codes, plan=plan, payer_id=payer_id, **kind)
        return [edit for edit, _ in told]

    assert ours("G0001", "G0002") == [f"ptp_{table}_never"]
    assert ours("G0001", "G0003") == [f"ptp_{table}_unless_distinct"]
    assert ours(("G0001", (), 3)) == [f"mue_{table}_line"]
    assert ours(("G0002", (), 2)) == [f"mue_{table}_absolute"]
    assert ours(("G0003", (), 5)) == [f"mue_{table}_day"]
    assert ours(("G0003", (), 4)) == []


def test_services_of_a_stay_are_not_judged(tmp_path):
    terms = terms_with(tmp_path, ["medicare_hospital"])
    stay = HOSPITAL | {
        "encounter_class": "inpatient", "institutional": Institutional(facility_type="11")}
    billed = ("G0001", "G0002", ("G0003", (), 5), "G0500")

    assert len(found(terms, *billed, payer_id="MEDICARE_A", **HOSPITAL)) == 4
    assert found(terms, *billed, payer_id="MEDICARE_A", **stay) == []
