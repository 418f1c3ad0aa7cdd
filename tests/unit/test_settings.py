"""Where a process is told what from."""

import json
from pathlib import Path

import pytest

from services.settings import Settings


def home(folder: Path, **values: object) -> Path:
    """A home whose run file says so."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(values))
    return folder


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder whose own home has a run file."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLAIMLOOP_HOME", "CLAIMLOOP_SEED", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    home(tmp_path / ".claimloop", seed=3, database_url="postgresql://here")


def test_the_home_of_the_folder_is_read_where_none_is_named() -> None:
    assert Settings().seed == 3


def test_of_a_home_that_is_named_only_its_own_run_file_is_read(tmp_path: Path) -> None:
    assert Settings(home=home(tmp_path / "other", seed=5)).seed == 5
    assert Settings(home=tmp_path / "empty").database_url.get_secret_value() == ""


def test_the_environment_names_a_home_and_is_stronger_than_its_run_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMLOOP_HOME", str(home(tmp_path / "other", seed=5)))
    assert Settings().seed == 5
    monkeypatch.setenv("CLAIMLOOP_SEED", "9")
    assert Settings().seed == 9
