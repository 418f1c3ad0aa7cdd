"""Whatever point the gateway dies at, the next one sends each file once and posts each once."""

from collections.abc import Callable

import pytest

from services.gateway import receive, send
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench


class Death(BaseException):
    """Stands for SIGKILL at a point; the real one is met in the fault suite."""


def dying_at(point: str) -> Callable[[str], None]:
    def crash(name: str) -> None:
        if name == point:
            raise Death(point)

    return crash


@pytest.mark.parametrize(
    "point", ["gateway.spooled", "gateway.before_rename", "gateway.after_rename"]
)
@pytest.mark.parametrize("taken_meanwhile", [False, True])
def test_a_file_is_delivered_once_with_the_same_bytes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, point: str, taken_meanwhile: bool
) -> None:
    bench.take(*(made.submitted(bench.engine, n) for n in range(3)))
    with monkeypatch.context() as patch:
        patch.setattr(send, "crashpoint", dying_at(point))
        with pytest.raises(Death):
            bench.sender.step()
    frozen = bytes(bench.one("select sha256 from interchange"))  # type: ignore[call-overload]
    delivered = bench.sent("BCBS")
    if taken_meanwhile:
        for path in delivered:  # the payer was quick
            assert made.digest(path) == frozen.hex()
            path.unlink()
    bench.sender.step()
    bench.sender.step()
    if not (taken_meanwhile and delivered):
        (path,) = bench.sent("BCBS")
        assert made.digest(path) == frozen.hex()
    else:
        assert bench.sent("BCBS") == []
    assert bench.rows("select state, claims from interchange") == [("sent", 3)]
    assert [e.hop for e in bench.said("claims.acknowledged")] == ["sent"] * 3  # type: ignore[attr-defined]
    assert bench.one("select count(*) from gateway_claim where state = 'sent'") == 3


def test_nothing_open_is_delivered_while_the_gateway_is_closed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.take(made.submitted(bench.engine, 1))
    with monkeypatch.context() as patch:
        patch.setattr(send, "crashpoint", dying_at("gateway.before_rename"))
        with pytest.raises(Death):
            bench.sender.step()
    bench.sender.closed.touch()
    bench.sender.step()
    assert bench.sent("BCBS") == []
    assert bench.one("select state from interchange") == "sending"


def test_a_posted_file_that_was_not_filed_is_only_moved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = made.submitted(bench.engine, 1)
    bench.take(claim)
    bench.sender.step()
    content = made.remit835([made.paid_claim(claim.control_number, "L1")], paid="100")
    with monkeypatch.context() as patch:
        patch.setattr(receive, "crashpoint", dying_at("gateway.posted"))
        with pytest.raises(Death):
            bench.answer("BCBS", "a.835", content)
    assert len(list((bench.root / "BCBS" / "from_payer").iterdir())) == 1
    bench.receiver.step()
    bench.receiver.step()
    assert bench.rows("select state, copy, filed_as is not null from inbound_file") == [
        ("posted", 0, True)
    ]
    assert len(bench.said("claims.adjudicated")) == 1
    assert bench.one("select count(*) from remittance") == 1
    assert len(list((bench.root / "BCBS" / "archive").iterdir())) == 1


def test_an_answer_may_come_before_sending_was_noted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = made.submitted(bench.engine, 1)
    bench.take(claim)
    with monkeypatch.context() as patch:
        patch.setattr(send, "crashpoint", dying_at("gateway.after_rename"))
        with pytest.raises(Death):
            bench.sender.step()
    bench.answer("BCBS", "a.277", made.status277({claim.control_number: "ICN1"}))
    bench.sender.step()
    assert bench.one("select state from gateway_claim") == "pending"
    assert {e.hop for e in bench.said("claims.acknowledged")} == {"sent", "277CA"}  # type: ignore[attr-defined]


def test_two_gateways_at_once_post_a_file_once(bench: Bench) -> None:
    import threading

    claim = made.submitted(bench.engine, 1)
    bench.take(claim)
    bench.sender.step()
    content = made.remit835([made.paid_claim(claim.control_number, "L1")], paid="100")
    folder = bench.root / "BCBS" / "from_payer"
    (folder / "a.835").write_bytes(content)
    (folder / "b.835").write_bytes(content)
    bench.receiver.step()
    threads = [threading.Thread(target=bench.receiver.step) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.receiver.step()
    bench.receiver.step()
    assert len(bench.said("claims.adjudicated")) == 1
    assert bench.one("select count(*) from inbound_file where state = 'posted'") == 1
    assert list(folder.iterdir()) == []
