"""The short form of the edits' bench: the whole set against Avro, in one run."""

from services.claims import edits
from tests.bench import edits as bench


def test_the_full_set_costs_less_than_eight_times_avro(tmp_path):
    """Wanted are four; a busy machine gets twice that here, the bench says what it is."""
    tables = bench.load(tmp_path, pairs=20_000, units=1_500)
    claims = bench.professional(60)

    avro, whole = bench.measure(claims, tables.terms, rounds=5)

    assert tables.rows["ptp_medicare_practitioner"] == 20_000
    assert whole < 8 * avro, f"{whole:.0f} µs against {avro:.0f} µs"


def test_twenty_rules_of_the_hospitals_own_cost_less_than_twelve_times_avro(tmp_path):
    """Alone on the machine they cost four times it, as the bench says."""
    tables = bench.load(tmp_path, pairs=2_000, units=100)
    claims = bench.professional(40)

    avro, _ = bench.measure(claims, tables.terms, rounds=3)
    added = bench.own_rules(claims, tables.terms, rounds=3)

    assert 0 < added < 12 * avro, f"{added:.0f} µs against {avro:.0f} µs"


def test_the_claims_of_the_bench_are_judged_and_not_held(tmp_path):
    tables = bench.load(tmp_path, pairs=2_000, units=100)
    found = [f for one in bench.professional(20)
             for f in edits.check(one, bench.TODAY, tables.terms, history=bench.BESIDE)]

    assert not {f.edit for f in found} & {"no_data", "edit_failed"}
    assert edits.verdict(found) != "held"
