"""Files by SFTP end as files by drop folder do; what cannot be told is unknown and stays there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.settings import Settings
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench
from tests.unit.gateway import sftp_server
from tests.unit.gateway.sftp_server import Partner, until


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    with sftp_server.serving(tmp_path / "there") as one:
        yield one


@pytest.fixture
def bench(database: Settings, tmp_path: Path, partner: Partner) -> Iterator[Bench]:
    """A gateway that reaches BCBS by SFTP and everybody else by drop folder."""
    one = made.bench(database, tmp_path)
    far = sftp_server.remote(partner, tmp_path)
    far.local.root = one.root / "BCBS"
    far.make()
    folders = {**one.sender.folders, "BCBS": far}
    yield replace(
        one, sender=replace(one.sender, folders=folders),
        receiver=replace(one.receiver, folders=folders),
    )  # fmt: skip
    far.close()
    one.engine.dispose()


def look(bench: Bench) -> None:
    bench.sender.step()
    bench.receiver.step()


def states(bench: Bench) -> set[object]:
    return {state for (state,) in bench.rows("select state from gateway_claim")}


def test_a_claim_goes_out_and_its_answers_come_back(bench: Bench, partner: Partner) -> None:
    claims = [made.submitted(bench.engine, n) for n in range(1, 4)]
    bench.take(*claims)
    until(lambda: (look(bench), states(bench) == {"sent"})[1])
    ((content),) = partner.holds().values()
    sha = bench.one("select encode(sha256, 'hex') from interchange")
    assert made.hashlib.sha256(content).hexdigest() == sha
    (partner.root / "outbound" / "a.999").write_bytes(made.ack999(1, {"0001": "A"}))
    paid = [made.paid_claim(c.control_number, f"L{n}") for n, c in enumerate(claims, 1)]
    (partner.root / "outbound" / "a.835").write_bytes(made.remit835(paid, paid="300", control=2))
    until(lambda: (look(bench), states(bench) == {"adjudicated"})[1])
    assert bench.one("select sum(amount_cents) from posting where debit = 'cash'") == 30000
    until(lambda: (look(bench), not list((partner.root / "outbound").iterdir()))[1])
    assert len(list((partner.root / "done").iterdir())) == 2


def test_a_payer_that_is_away_holds_up_nobody_and_its_claims_gather(
    bench: Bench, partner: Partner
) -> None:
    partner.stop()
    bench.take(made.submitted(bench.engine, 1), made.submitted(bench.engine, 2, "EMPLOYER"))
    look(bench)
    look(bench)
    assert len(bench.sent("EMPLOYER")) == 1
    bench.take(made.submitted(bench.engine, 3), made.submitted(bench.engine, 4))
    for _ in range(20):
        look(bench)
    assert bench.rows("select payer_id, state, claims from interchange order by 1") == [
        ("BCBS", "sending", 1), ("EMPLOYER", "sent", 1),
    ]  # fmt: skip
    partner.start()
    until(lambda: (look(bench), states(bench) == {"sent"})[1])
    assert [c for (c,) in bench.rows("select claims from interchange order by control, 1")] == [
        1, 1, 2,
    ]  # fmt: skip


def test_what_cannot_be_told_is_unknown_until_an_answer_comes(
    bench: Bench, partner: Partner
) -> None:
    partner.faults["rename"] = "taken"
    bench.take(made.submitted(bench.engine, 1))
    until(lambda: (look(bench), states(bench) == {"unknown"})[1])
    kinds = "select kind, state from exchange_item"
    assert bench.rows(kinds) == [("delivery_unknown", "open")]
    for _ in range(20):
        look(bench)
    assert partner.holds() == {}
    assert states(bench) == {"unknown"}
    (partner.root / "outbound" / "a.999").write_bytes(made.ack999(1, {"0001": "A"}))
    until(lambda: (look(bench), states(bench) == {"received"})[1])
    until(lambda: (look(bench), bench.one("select state from interchange") == "sent")[1])
    assert bench.rows(kinds) == [("delivery_unknown", "closed")]
    assert partner.holds() == {}
    assert bench.one("select count(*) from interchange") == 1
    assert bench.one("select sum(amount_cents) from posting where debit = 'receivable'") == 15550


def test_a_person_who_asked_the_payer_ends_what_cannot_be_told(
    bench: Bench, partner: Partner
) -> None:
    partner.faults["rename"] = "taken"
    bench.take(made.submitted(bench.engine, 1))
    until(lambda: (look(bench), states(bench) == {"unknown"})[1])
    with bench.engine.begin() as conn:
        conn.execute(
            made.text(
                "update exchange_item set state = 'closed', closed_at = now(), closed_by = 'sup',"
                " closing = 'asked by telephone'"
            )
        )
    until(lambda: (look(bench), states(bench) == {"sent"})[1])
    assert partner.holds() == {}
    assert [e.hop for e in bench.said("claims.acknowledged")] == ["sent"]  # type: ignore[attr-defined]
