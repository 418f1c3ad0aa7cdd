"""Denials on a real PostgreSQL: items are told once, changed in place, and survive."""

from sqlalchemy import Engine, text

from services.db.stores import denials as store
from tests.builders import acknowledged, adjudicated, denied, reversal, submitted, validated


def test_items_are_rows_that_follow_the_facts(run, engine: Engine):
    first = submitted()
    denial = adjudicated(first, denied(first, "11"))
    out = run("denials", [acknowledged(first), denial])
    out += run("denials", [reversal(denial), adjudicated(first, day=25, ordinal=2)])

    assert [(r.kind, r.status, r.revision) for r in out] == [
        ("denial", "open", 1), ("denial", "closed", 2)]
    with engine.begin() as conn:
        items = conn.execute(text("select kind, status, revision, team from rework_item")).all()
        case = store.load(conn, [validated()])["ENC1"]
        store.save(conn, {"ENC1": case})
        assert store.load(conn, [validated()])["ENC1"] == case
    assert [tuple(row) for row in items] == [("denial", "closed", 2, "CODING")]


def test_a_held_version_is_told_and_closed(run, engine: Engine):
    out = run("denials", [validated(1, "held"), validated(2)])

    assert [(r.kind, r.status, r.version) for r in out] == [
        ("held", "open", 1), ("held", "closed", 1)]
