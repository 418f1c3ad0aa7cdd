"""``claimloop user`` and ``claimloop audit-log`` at the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.db.engine import connect
from services.phi import audit, audit_chain, keys
from services.phi.audit_follower import Follower
from services.settings import Settings
from tests.conftest import SITE_KEY

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def home(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its site key."""
    folder = tmp_path_factory.mktemp("home")
    keys.create(folder / "site.key", SITE_KEY)
    return folder


def _run(
    database: Settings, home: Path, *words: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ, "CLAIMLOOP_HOME": str(home), "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.database_url.get_secret_value(),
    }
    return subprocess.run(
        (sys.executable, "-m", "services.cli", *words), env=env, input=typed, text=True,
        capture_output=True, timeout=120, check=False,
    )


def test_users_are_added_listed_given_an_authenticator_and_disabled(
    database: Settings, home: Path
) -> None:
    def user(*words: str, typed: str = "a long enough password\n") -> tuple[int, str]:
        done = _run(database, home, "user", *words, typed=typed)
        return done.returncode, done.stdout + done.stderr

    added = user("add", "ute", "--role", "specialist", "--team", "AUTH_UM", "--facility", "main")
    assert added == (0, "ute: added (specialist, main)\n")
    assert user("add", "ulf", "--role", "specialist")[0] == 2
    assert user("add", "pia", "--role", "physician", "--npi", "123")[0] == 2
    assert "at least 12" in user("add", "eve", "--role", "coder", typed="short\n")[1]
    assert user("add", " ", "--role", "coder") == (2, "claimloop: a user has a name\n")
    assert user("add", "ute", "--role", "coder", "--facility", "nowhere") == (
        2, "claimloop: nowhere is no facility: main, or * for all\n"
    )
    assert user("disable", "who")[0] == 1
    assert user("totp", "ute")[1].startswith("otpauth://totp/ClaimLoop:ute?secret=")
    assert user("disable", "ute") == (0, "ute: disabled\n")

    listed = json.loads(user("list", "--json")[1])
    assert [
        (one["name"], one["role"], one["team"], one["facilities"], one["disabled"],
         one["second_factor"]) for one in listed
    ] == [("ute", "specialist", "AUTH_UM", ["main"], True, True)]


def test_the_log_is_shown_and_verified_and_a_change_is_told_by_the_exit_status(
    database: Settings, home: Path
) -> None:
    engine = connect(database.database_url.get_secret_value(), pool=1)
    with engine.begin() as conn:
        audit.note(conn, "test.seen", "item", "x-1", actor="anna", facility_id="main")
    unanchored = _run(database, home, "audit-log", "verify")
    site = keys.read(home / "site.key")
    Follower(engine, site, home / audit_chain.FILE).look()

    whole = _run(database, home, "audit-log", "verify")
    as_json = _run(database, home, "audit-log", "verify", "--json")
    shown = _run(database, home, "audit-log", "show", "--actor", "anna", "--json")
    with engine.begin() as conn:
        conn.exec_driver_sql("alter table phi_access disable trigger refuse")
        conn.exec_driver_sql("update phi_access set actor = 'carl' where actor = 'anna'")
        conn.exec_driver_sql("alter table phi_access enable trigger refuse")
    broken = _run(database, home, "audit-log", "verify")
    engine.dispose()

    assert [one.returncode for one in (unanchored, whole, broken)] == [1, 0, 1]
    assert "no anchors" in unanchored.stdout
    assert "nothing wrong" in whole.stdout
    assert json.loads(as_json.stdout)["flaws"] == []
    assert "was changed" in broken.stdout
    assert [one["action"] for one in json.loads(shown.stdout)] == ["test.seen"]
