"""What the payer makes of bytes: right ones, wrong ones, any."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payer.desk import Desk, Receipt
from services.payer.habits import Habits
from services.payer.journal import Journal
from services.payer.reading import read
from services.payer.tables import load
from tests.unit.payer.made import Made, Service, interchange

GOOD = interchange([Made(), Made("C2", lines=[Service(), Service("93000", "95.5")], g1="A1")])


def test_a_claim_is_read_with_what_stands_above_it() -> None:
    found = read(interchange([Made("C9", frequency="7", f8="PAYER1", g1="AUTH", pwk=True)]))
    assert found is not None
    assert (found.sender, found.receiver, found.control) == ("CLAIMLOOP1", "BCBS", "000000001")
    (group,) = found.groups
    (one,) = group.sets
    (claim,) = one.claims
    assert (one.control, one.reference, one.submitter) == ("0001", "B1", "CLAIMLOOP1")
    assert (claim.control_number, claim.frequency, claim.payer_claim_number) == (
        "C9",
        "7",
        "PAYER1",
    )
    assert (claim.total_cents, claim.diagnoses) == (20_000, ("E119", "I10"))
    assert (claim.authorization, claim.attachment) == ("AUTH", True)
    assert (claim.member_id, claim.born, claim.sex) == ("12345678901", "19780412", "M")
    assert (claim.billing_npi, claim.rendering_npi) == ("1234567893", "1234567893")
    (line,) = claim.lines
    assert (line.code, line.units, line.charge_cents, line.pointers) == ("99213", 1, 20_000, (1,))
    assert (line.place, line.served_on, line.line_id) == ("11", "20260610", "L1")
    assert not one.suspect


def test_the_hash_of_a_set_is_that_of_its_bytes_from_st_to_se() -> None:
    found = read(GOOD)
    assert found is not None
    body = GOOD[GOOD.index(b"ST*837") : GOOD.index(b"GE*1")].rstrip(b"\n")
    assert found.groups[0].sets[0].sha256 == hashlib.sha256(body).hexdigest()


def test_other_delimiters_are_read_alike() -> None:
    table = bytes.maketrans(b"*:~", b"|>\n")
    plain, other = read(GOOD), read(GOOD.replace(b"\n", b"").translate(table))
    assert plain is not None
    assert other is not None
    assert plain.groups[0].sets[0].claims == other.groups[0].sets[0].claims


def test_another_payers_data_in_a_claim_is_not_ours() -> None:
    other = b"SBR*S*18*******CI~\nREF*F8*THEIRS~\nREF*G1*THEIRS~\nLX*1~"
    found = read(interchange([Made()]).replace(b"LX*1~", other))
    assert found is not None
    (claim,) = found.groups[0].sets[0].claims
    assert (claim.payer_claim_number, claim.authorization) == ("", "")


def test_an_amount_that_is_none_makes_the_set_suspect() -> None:
    found = read(GOOD.replace(b"*95.5*", b"*95.555*"))
    assert found is not None
    assert found.groups[0].sets[0].suspect
    assert found.groups[0].sets[0].claims[1].flaws == ("charge",)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    folder: Path = tmp_path_factory.mktemp("payer")
    desk = Desk(Journal(folder / "journal.sqlite"), Habits(load(), b"payer 1"))
    at = datetime(2026, 7, 1, tzinfo=UTC)
    return lambda content: desk.take(load().plans["BCBS"], Receipt("a", "1-a", content, at))


OUTCOMES = {"accepted", "partly", "refused_999", "refused_ta1", "duplicate", "unreadable"}


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    cut=st.integers(0, len(GOOD)),
    drop=st.integers(0, 30),
    put=st.binary(max_size=6) | st.sampled_from([b"~", b"*", b"SE*1*1~", b"HL*9**22~", b"ISA*"]),
    control=st.integers(2, 999_999_999),
)
def test_any_bytes_have_an_outcome(
    take: Callable[[bytes], str], cut: int, drop: int, put: bytes, control: int
) -> None:
    numbered = GOOD.replace(b"000000001", b"%09d" % control)
    assert take(numbered[:cut] + put + numbered[cut + drop :]) in OUTCOMES
