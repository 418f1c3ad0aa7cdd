"""What the gateway does to a partner's folders, and what it never opens."""

import os
from pathlib import Path

import pytest

from services.gateway.folders import LARGEST, Folders, NotAFile


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    one = Folders(tmp_path / "BCBS")
    one.make()
    return one


def test_a_spooled_file_is_delivered_by_one_rename(folders: Folders) -> None:
    folders.spool("a.837", b"ISA")
    assert [p.name for p in (folders.root / "spool").iterdir()] == ["a.837"]
    folders.deliver("a.837")
    assert (folders.root / "to_payer" / "a.837").read_bytes() == b"ISA"
    assert not list((folders.root / "spool").iterdir())


def test_a_file_that_is_gone_from_the_spool_counts_as_delivered(folders: Folders) -> None:
    folders.spool("a.837", b"ISA")
    folders.deliver("a.837")
    (folders.root / "to_payer" / "a.837").unlink()
    folders.deliver("a.837")
    assert not list((folders.root / "to_payer").iterdir())


def test_spooling_again_leaves_one_file_with_the_bytes(folders: Folders) -> None:
    (folders.root / "spool" / ".a.837.part").write_bytes(b"half of an earlier try")
    folders.spool("a.837", b"ISA")
    folders.spool("a.837", b"ISA")
    assert [p.name for p in (folders.root / "spool").iterdir()] == ["a.837"]


def test_a_file_is_taken_when_two_looks_see_the_same(folders: Folders) -> None:
    path = folders.root / "from_payer" / "a.835"
    path.write_bytes(b"1")
    assert folders.stable() == []
    path.write_bytes(b"12")
    assert folders.stable() == []
    assert folders.stable() == ["a.835"]
    assert folders.read("a.835") == b"12"


@pytest.mark.parametrize("kind", ["symlink", "fifo", "dangling"])
def test_what_is_no_regular_file_is_not_read(folders: Folders, tmp_path: Path, kind: str) -> None:
    path = folders.root / "from_payer" / "a.835"
    (tmp_path / "secret").write_bytes(b"secret")
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / ("secret" if kind == "symlink" else "none"))
    with pytest.raises(NotAFile):
        folders.read("a.835")


def test_a_file_that_is_too_large_is_not_read(folders: Folders) -> None:
    path = folders.root / "from_payer" / "a.835"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(NotAFile, match="limit_file"):
        folders.read("a.835")


def test_an_answer_is_filed_under_a_name_of_ours_and_may_be_gone(folders: Folders) -> None:
    (folders.root / "from_payer" / "-rf x").write_bytes(b"1")
    folders.file_away("-rf x", "quarantine", "835-0123.x12")
    folders.file_away("-rf x", "quarantine", "835-0123.x12")
    assert [p.name for p in (folders.root / "quarantine").iterdir()] == ["835-0123.x12"]


def test_the_archive_holds_sealed_bytes_only_and_may_be_written_again(folders: Folders) -> None:
    (folders.root / "from_payer" / "a.835").write_bytes(b"clear")
    folders.archive("a.835", "835-0123.x12.sealed", b"sealed")
    folders.archive("a.835", "835-0123.x12.sealed", b"sealed")
    assert [p.read_bytes() for p in (folders.root / "archive").iterdir()] == [b"sealed"]
    assert not list((folders.root / "from_payer").iterdir())
