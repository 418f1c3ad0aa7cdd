"""By SFTP a file arrives once under its name, whatever is cut; a slow payer holds up nobody."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from services.gateway.channel import Away
from services.gateway.sftp import Remote
from tests.unit.gateway.sftp_server import FAST, Partner, remote, serving, until

NAME, BYTES = "P000000007.837", b"ISA*" + b"x" * 700_000


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    with serving(tmp_path / "there") as one:
        yield one


@pytest.fixture
def ours(partner: Partner, tmp_path: Path) -> Iterator[Remote]:
    one = remote(partner, tmp_path)
    yield one
    one.close()


def delivered(ours: Remote, name: str = NAME) -> Callable[[], bool]:
    return lambda: ours.deliver(name) == "delivered"


def rounds(ours: Remote, count: int) -> None:
    """Let some rounds end."""
    end = ours.rounds + count
    until(lambda: (ours.deliver(NAME), ours.rounds >= end)[1])


def test_a_file_arrives_whole_under_its_name(partner: Partner, ours: Remote) -> None:
    ours.spool(NAME, BYTES)
    assert ours.deliver(NAME) == "waiting"
    until(delivered(ours))
    assert partner.holds() == {NAME: BYTES}
    puts = [name for operation, name in partner.operations if operation == "put"]
    assert puts == [f".{NAME}.part"]


def test_what_goes_well_is_never_unknown(partner: Partner, ours: Remote) -> None:
    ours.spool(NAME, BYTES)
    told = set()
    until(lambda: (told.add(ours.deliver(NAME)), "delivered" in told)[1])
    assert told == {"waiting", "delivered"}


@pytest.mark.parametrize("point", ["put", "write", "lstat", "rename"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_in_any_phase_ends_in_one_file(
    partner: Partner, ours: Remote, point: str, when: str
) -> None:
    partner.faults[point] = when
    ours.spool(NAME, BYTES)
    until(delivered(ours))
    assert partner.holds() == {NAME: BYTES}
    assert point not in partner.faults


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_died_in_between_goes_on_from_what_lies_there(
    partner: Partner, ours: Remote, tmp_path: Path, when: str
) -> None:
    partner.faults["rename"] = when
    ours.spool(NAME, BYTES)
    until(lambda: (ours.deliver(NAME), ours.trouble)[1])
    ours.close()
    again = remote(partner, tmp_path)
    until(delivered(again))
    assert partner.holds() == {NAME: BYTES}
    again.close()


def test_what_the_payer_took_before_we_knew_is_unknown_and_never_sent_again(
    partner: Partner, ours: Remote
) -> None:
    partner.faults["rename"] = "taken"
    ours.spool(NAME, BYTES)
    until(lambda: (ours.deliver(NAME), "rename" not in partner.faults)[1])
    until(lambda: ours.deliver(NAME) == "unknown")
    asked = len([o for o, _ in partner.operations if o in ("put", "rename")])
    rounds(ours, 3)
    until(lambda: ours.deliver(NAME) == "unknown")
    assert partner.holds() == {}
    assert len([o for o, _ in partner.operations if o in ("put", "rename")]) == asked
    ours.settle(NAME)  # its answer came
    assert ours.deliver(NAME) == "delivered"


def test_an_unknown_file_does_not_hold_up_the_next(partner: Partner, ours: Remote) -> None:
    (ours.local.root / "begun" / NAME).write_bytes(BYTES)
    ours.spool("NEXT.837", b"next")
    until(delivered(ours, "NEXT.837"))
    until(lambda: ours.deliver(NAME) == "unknown")


def test_the_same_bytes_under_the_same_name_are_proof(partner: Partner, ours: Remote) -> None:
    (partner.root / "inbound" / NAME).write_bytes(BYTES)
    ours.spool(NAME, BYTES)
    until(delivered(ours))
    assert [o for o, _ in partner.operations if o in ("put", "rename")] == []


def test_another_file_under_our_name_is_not_overwritten(partner: Partner, ours: Remote) -> None:
    (partner.root / "inbound" / NAME).write_bytes(b"y" * len(BYTES))
    ours.spool(NAME, BYTES)
    until(lambda: (ours.deliver(NAME), ours.trouble == "name_taken")[1])
    assert partner.holds() == {NAME: b"y" * len(BYTES)}


def test_a_server_that_refuses_is_asked_again(partner: Partner, ours: Remote) -> None:
    partner.faults["rename"] = "refuse"
    ours.spool(NAME, BYTES)
    until(lambda: (ours.deliver(NAME), ours.trouble == "refused")[1])
    until(lambda: ours.deliver(NAME) == "unknown")  # it says no, but it was asked
    del partner.faults["rename"]
    until(delivered(ours))
    assert partner.holds() == {NAME: BYTES}


def test_a_server_that_is_down_is_waited_for(partner: Partner, ours: Remote) -> None:
    partner.stop()
    ours.spool(NAME, BYTES)
    until(lambda: (ours.deliver(NAME), ours.trouble == "away")[1])
    assert ours.deliver(NAME) == "waiting"
    partner.start()
    until(delivered(ours))
    assert partner.holds() == {NAME: BYTES}


def test_a_wrong_host_key_gets_nothing(partner: Partner, ours: Remote, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint()
    (tmp_path / "other").mkdir()
    suspicious = remote(partner, tmp_path / "other", host_key=other)
    suspicious.spool(NAME, BYTES)
    until(lambda: (suspicious.deliver(NAME), suspicious.trouble == "host_key")[1])
    assert suspicious.deliver(NAME) == "waiting"
    assert partner.operations == []
    suspicious.close()


def test_a_key_that_others_can_read_is_not_used(partner: Partner, ours: Remote) -> None:
    (ours.keys / "partner").chmod(0o644)
    ours.stable()
    until(lambda: (ours.stable(), ours.trouble == "key_file_open_to_others")[1])
    assert partner.logins == 0


def test_a_key_the_server_does_not_know_is_said(partner: Partner, ours: Remote) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    (ours.keys / "partner").write_bytes(stranger.export_private_key())
    until(lambda: (ours.stable(), ours.trouble == "login")[1])


def test_a_server_that_hangs_holds_up_nobody(partner: Partner, tmp_path: Path) -> None:
    slow = remote(partner, tmp_path, replace(FAST, request_s=0.3))
    partner.faults["write"] = "hang"
    slow.spool(NAME, BYTES)
    began = time.monotonic()
    for _ in range(100):
        slow.deliver(NAME)
        slow.stable()
    assert time.monotonic() - began < 1.0  # a call never waits
    until(lambda: (slow.deliver(NAME), slow.trouble == "slow")[1])
    until(delivered(slow))
    assert partner.holds() == {NAME: BYTES}
    slow.close()


def test_an_answer_is_fetched_once_and_moved_as_the_partner_wants(
    partner: Partner, ours: Remote
) -> None:
    (partner.root / "outbound" / "a.835").write_bytes(BYTES)
    until(lambda: "a.835" in ours.stable())
    until(lambda: (partner.root / "done" / "a.835").exists())
    assert ours.read("a.835") == BYTES
    assert list((partner.root / "outbound").iterdir()) == []
    assert len([o for o, _ in partner.operations if o == "get"]) == 1


def test_unfinished_hidden_and_other_things_are_left_where_they_are(
    partner: Partner, ours: Remote
) -> None:
    there = partner.root / "outbound"
    for name in ("a.tmp", "a.part", "a.filepart", ".a"):
        (there / name).write_bytes(b"x")
    (there / "link").symlink_to(partner.root / "inbound")
    (there / "folder").mkdir()
    (there / "whole.835").write_bytes(b"x")
    until(lambda: ours.stable() == ["whole.835"])
    rounds_before = ours.rounds
    until(lambda: (ours.stable(), ours.rounds > rounds_before + 2)[1])
    assert ours.stable() == ["whole.835"]
    assert {p.name for p in there.iterdir()} == {
        "a.tmp", "a.part", "a.filepart", ".a", "link", "folder",
    }  # fmt: skip


def test_a_file_that_still_grows_is_not_fetched(partner: Partner, tmp_path: Path) -> None:
    patient = remote(partner, tmp_path, replace(FAST, settled_s=0.5))
    growing = partner.root / "outbound" / "a.835"
    for step in range(1, 8):
        growing.write_bytes(b"x" * step)
        seen = patient.rounds
        until(lambda: (patient.stable(), patient.rounds > seen)[1])  # noqa: B023 - used at once
    assert patient.stable() == []
    until(lambda: patient.stable() == ["a.835"])
    assert patient.read("a.835") == b"x" * 7
    patient.close()


@pytest.mark.parametrize("point", ["list", "get", "move"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_while_fetching_loses_nothing(
    partner: Partner, ours: Remote, point: str, when: str
) -> None:
    (partner.root / "outbound" / "a.835").write_bytes(BYTES)
    partner.faults[point] = when
    until(lambda: "a.835" in ours.stable())
    until(lambda: (ours.stable(), (partner.root / "done" / "a.835").exists())[1])
    assert ours.read("a.835") == BYTES
    assert point not in partner.faults


def test_an_answer_that_cannot_be_moved_is_not_fetched_again(
    partner: Partner, ours: Remote
) -> None:
    partner.faults["move"] = "refuse"
    (partner.root / "outbound" / "a.835").write_bytes(BYTES)
    until(lambda: "a.835" in ours.stable())
    ours.file_away("a.835", "quarantine", "taken.x12")
    seen = ours.rounds
    until(lambda: (ours.stable(), ours.rounds > seen + 3)[1])
    assert ours.stable() == []
    assert len([o for o, _ in partner.operations if o == "get"]) == 1
    assert ours.trouble == "refused"


def test_the_same_name_delivered_twice_is_kept_twice(partner: Partner, ours: Remote) -> None:
    for content in (b"first", b"again"):
        (partner.root / "outbound" / "a.835").write_bytes(content)
        until(lambda: "a.835" in ours.stable())
        until(lambda: (ours.stable(), not list((partner.root / "outbound").iterdir()))[1])
        assert ours.read("a.835") == content
        ours.archive("a.835", f"{content.decode()}.sealed", b"sealed")
    assert len(list((partner.root / "done").iterdir())) == 2
    assert {p.name for p in (ours.local.root / "archive").iterdir()} == {
        "first.sealed", "again.sealed",
    }  # fmt: skip


def test_after_a_restore_what_lies_at_the_payer_is_known(partner: Partner, ours: Remote) -> None:
    (partner.root / "inbound" / "one.837").write_bytes(b"one")
    (ours.local.root / "begun" / "two.837").write_bytes(b"two")
    assert sorted(ours.lying()) == [b"one", b"two"]
    partner.stop()
    with pytest.raises(Away, match="away"):
        list(ours.lying())
    partner.start()
