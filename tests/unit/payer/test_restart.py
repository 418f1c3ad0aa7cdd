"""The payer dies and comes back: nothing is taken twice, nothing answered twice."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.payer import remits
from tests.unit.payer.conftest import Office, open_partner
from tests.unit.payer.made import Made, Service, interchange


def test_a_file_journaled_but_not_yet_moved_is_only_moved(office: Office) -> None:
    office.drop(interchange([Made()]))
    received = office.root / "home" / "payer" / "BCBS" / "received" / "000001-a.837"
    received.rename(office.root / "exchange" / "BCBS" / "to_payer" / "a.837")
    office.restart()
    office.partner.step()
    assert len(office.claims("claim_id")) == 1
    assert received.exists()


def test_an_interchange_that_comes_again_is_refused_as_a_duplicate(office: Office) -> None:
    office.drop(interchange([Made()]))
    office.drop(interchange([Made()]))
    office.drop(interchange([Made()]), name="other-name.837")
    office.days(14)
    assert len(office.claims("claim_id")) == 1
    assert sum("*R*025~" in text for text in office.answers("-TA1")) == 2
    assert len(office.answers("-999")) == 1


def test_an_answer_spooled_but_not_renamed_is_delivered(office: Office) -> None:
    office.drop(interchange([Made()]))
    office.days(2)
    folder = office.root / "exchange" / "BCBS" / "from_payer"
    (name,) = (p.name for p in folder.iterdir() if "-999" in p.name)
    (folder / name).rename(folder / f".{name}.part")
    _set_spooled(office, name)
    office.restart()
    assert (folder / name).exists()


def test_an_answer_the_provider_took_away_is_not_given_again(office: Office) -> None:
    office.drop(interchange([Made()]))
    office.days(2)
    folder = office.root / "exchange" / "BCBS" / "from_payer"
    (name,) = (p.name for p in folder.iterdir() if "-999" in p.name)
    (folder / name).unlink()
    _set_spooled(office, name)
    office.restart()
    office.days(2)
    assert not (folder / name).exists()


def test_two_payers_do_not_work_in_one_home(office: Office) -> None:
    with pytest.raises(BlockingIOError):
        open_partner(office.root, office.clock)


def _set_spooled(office: Office, name: str) -> None:
    with office.partner.journal.transaction():
        office.partner.journal.change(
            "update answer set state = 'spooled' where name = ?", [(name,)]
        )


_PROGRAM = """
import sys, threading
from datetime import datetime, UTC
from pathlib import Path
from typing import Any
from services.clock import Clock
from services.payer.partner import Partner
root = Path(sys.argv[1])
clock = Clock(datetime(2026, 7, 1, tzinfo=UTC), datetime.fromisoformat(sys.argv[2]), 86400 * 4)
partner = Partner(root / "exchange", root / "home", clock, 1, habits=sys.argv[3])
print("at work", flush=True)
partner.run(threading.Event())
"""


@pytest.mark.parametrize("habits", ["calm", "all"])
def test_kill_9_again_and_again_loses_nothing_and_says_nothing_twice(
    tmp_path: Path, habits: str
) -> None:
    folder = tmp_path / "exchange" / "BCBS" / "to_payer"
    folder.mkdir(parents=True)
    files = 24
    for n in range(files):
        claims = [
            Made(f"C{n}X{i}", member=f"{n * 100 + i:011d}", lines=[Service(line_id=f"L{n}.{i}")])
            for i in range(20)
        ]
        (folder / f"{n:02d}.837").write_bytes(interchange(claims, isa13=n + 1))
    started = _real_now()
    for attempt in range(8):
        process = _start(tmp_path, started, habits)
        time.sleep(0.02 + 0.08 * attempt)  # dies while it reads, journals, moves or answers
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    process = _start(tmp_path, started, habits)
    answers = tmp_path / "exchange" / "BCBS" / "from_payer"
    try:
        _wait_until_all_is_answered(tmp_path, files)
    finally:
        process.kill()
        process.wait()
    journal = _journal(tmp_path)
    said = [
        (claim.control, claim.number, claim.status)
        for name, habit in journal["habits"].items()
        if "-835" in name and habit not in ("copy_same", "copy_other", "unbalanced")
        for claim in remits.read((answers / name).read_text()).claims
    ]
    decided = [one for one in said if one[2] == "1" and not one[0].startswith("Z")]
    names = sorted(p.name for p in answers.iterdir() if not p.name.startswith("."))
    assert len({control for control, *_ in decided}) > 0.95 * files * 20
    if habits == "calm":
        assert len(decided) == len(set(decided)) == len({control for control, *_ in decided})
        kinds = [sum(kind in name for name in names) for kind in ("-999", "-277CA")]
        assert kinds == [files, files]
    assert _final(said) == journal["due"]
    assert not list(folder.iterdir())
    assert _digests(answers, names) == journal["sent"]


_OPEN = """
select (select count(*) from file) < ?
    or exists (select 1 from claim where outcome = 'accepted' and remittance is null)
    or exists (select 1 from due where remittance is null and kind <> 'collect' and not cancelled)
    or exists (select 1 from answer where state <> 'sent')
"""


def _wait_until_all_is_answered(root: Path, files: int) -> None:
    deadline = time.monotonic() + 60
    with sqlite3.connect(root / "home" / "payer" / "journal.sqlite") as journal:
        while journal.execute(_OPEN, (files,)).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _start(root: Path, started: str, habits: str) -> "subprocess.Popen[bytes]":
    """Start a payer and return once it works."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(root), started, habits],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"at work"):
            return process
    raise AssertionError("the payer did not start")


def _real_now() -> str:
    from services.clock import real_now

    return real_now().isoformat()


def _digests(answers: Path, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((answers / name).read_bytes()).hexdigest() for name in names}


def _journal(root: Path) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(root / "home" / "payer" / "journal.sqlite") as journal:
        sent = journal.execute("select name, sha256 from answer where state = 'sent'").fetchall()
        habits = journal.execute("select name, habit from answer").fetchall()
        due = journal.execute(
            "select payer_claim_number || kind, count(*) from due "
            "where kind <> 'collect' and cancelled = 0 group by 1"
        ).fetchall()
    return {"sent": dict(sent), "habits": dict(habits), "due": dict(due)}


def _final(said: list[tuple[str, str, str]]) -> dict[str, int]:
    """Return how often each number was decided and taken back."""
    kinds = {"22": "reversal"}
    return dict(Counter(f"{number}{kinds.get(status, 'decision')}" for _, number, status in said))
