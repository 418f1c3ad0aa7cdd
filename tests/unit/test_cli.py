"""What every command says when it is asked wrongly, or cannot reach the database: one line."""

import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services import cli
from services.db.engine import Unusable, connect
from services.settings import Settings

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")


def nobody():
    """Return a port at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys):
    """Run a command in a home where nothing is; return its exit status, its lines and stderr's."""
    monkeypatch.setenv("CLAIMLOOP_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["claimloop", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code, out.splitlines(), err.splitlines()

    return run


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    port = nobody()
    told = Settings(home=tmp_path, database_url=f"postgresql://me:secret@127.0.0.1:{port}/claims")

    with pytest.raises(cli.CannotRun) as why:
        cli.database(told, "test")

    assert str(why.value) == (f"the database at 127.0.0.1:{port} does not answer: "
                              "is it running? (`claimloop up`)")


def test_no_database_known_says_how_to_get_one(tmp_path):
    with pytest.raises(cli.CannotRun, match="start with `claimloop up`"):
        cli.database(Settings(home=tmp_path, database_url=""), "test")


@pytest.mark.parametrize("url", [
    "secret", "mysql://me:secret@here/claims", "postgresql://me:secret@here:port/claims",
    "postgresql://me:sec@ret@here/claims", "postgresql://me:secret@here/claims?colour=red",
], ids=["no address", "another database", "no port", "an @ in the password", "no option"])
def test_an_address_that_is_none_is_refused_without_repeating_it(url):
    with pytest.raises(Unusable, match=r"^DATABASE_URL ") as why:
        connect(url)

    assert "ret" not in str(why.value)


@pytest.mark.parametrize("words", [
    ["codes", "list"], ["codes", "show", "modifier", "25"], ["rules", "list"],
    ["rules", "recall", "--list"], ["user", "list"], ["exchange", "list"], ["intake"],
    ["waiting"], ["dead", "list"], ["audit"], ["audit-log", "show"], ["user", "totp", "eve"],
    ["remit", "00000000-0000-0000-0000-000000000000"],
], ids=" ".join)
def test_no_command_answers_with_a_traceback(words, asked, monkeypatch):
    unknown = asked(*words)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{nobody()}/claims")
    silent = asked(*words)

    assert unknown == (2, [], ["claimloop: no database is known: start with `claimloop up`,"
                               " or set DATABASE_URL"])
    assert silent[:2] == (2, [])
    assert [line.partition("does not answer")[1:] for line in silent[2]] == [
        ("does not answer", ": is it running? (`claimloop up`)")]


@pytest.mark.parametrize("words", [
    ["nothing"], ["x12", "check"], ["status", "--jsn"], ["demo", "--as-of", "soon"],
    ["x12", "check", "a", "b", "c"], ["user", "add", "eve", "--role", "nurse"],
    ["x12", "check", "a", "--snip", "0"], ["demo", "--encounters", "0"],
    ["logs", "web", "--lines", "-1"], ["intake", "--as-of", "0001-01-01"],
    ["restore", "nowhere/at-all.tar"], ["prepare"],
], ids=" ".join)
def test_what_is_asked_wrongly_is_one_line_and_no_verdict(words, asked):
    status, out, err = asked(*words)

    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith("claimloop: ")
    assert len(words) < 3 or not words[-2].startswith("--") or words[-2] in err[0], err


@pytest.mark.parametrize("words", [
    ["topics", "plan"], ["trace", "ENC"], ["worker", "validation"], ["gateway"], ["worklist"],
], ids=" ".join)
def test_a_broker_that_nobody_named_is_not_waited_for(words, asked):
    assert asked(*words) == (2, [], ["claimloop: no broker is known: start with `claimloop up`,"
                                     " or set KAFKA_BOOTSTRAP_SERVERS"])


def test_a_backup_of_an_address_that_is_none_does_not_repeat_it(asked, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "site.key").write_bytes(b"k" * 32)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:se@c:ret@here:5432/claims")
    status, out, err = asked("backup", "b.tar")

    assert (status, out, len(err)) == (2, [], 1)
    assert "ret" not in err[0]
    assert "DATABASE_URL" in err[0]


@pytest.mark.parametrize("held", ["{", "[1]", "\0"])
def test_a_damaged_run_file_is_named(held, asked, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "run.json").write_text(held)

    for words in (["status"], ["config", "show"], ["up"]):
        status, out, (line,) = asked(*words)
        assert (status, out) == (2, [])
        assert line.endswith("home/run.json is damaged: delete it, the next start writes another")


@pytest.mark.parametrize(("name", "value"), [
    ("CLAIMLOOP_LOG_LEVEL", "LOUD"), ("CLAIMLOOP_WEB_PORT", "99999"), ("CLAIMLOOP_SEED", "x"),
])
def test_a_setting_that_cannot_be_is_named(name, value, asked, monkeypatch):
    monkeypatch.setenv(name, value)

    status, _, (line,) = asked("web")

    assert status == 2
    assert line.startswith(f"claimloop: the setting {name} is wrong: ")


def test_the_pages_need_a_database(asked):
    assert asked("web")[2] == ["claimloop: no database is known: start with `claimloop up`,"
                               " or set DATABASE_URL"]


def test_a_full_disk_under_our_lines_is_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            (sys.executable, "-m", "services.cli", "rules", "fields"), cwd=ROOT, stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )

    assert (done.returncode, done.stderr) == (
        2, "claimloop: reading or writing failed: No space left on device\n")


def test_what_is_not_there_is_an_answer(asked):
    assert asked("edits", "show", "none")[0] == 1


def test_the_version_is_the_packages(asked):
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert asked("--version") == (0, [told], [])


def test_stopping_where_nothing_was_started_leaves_nothing(asked, tmp_path):
    assert asked("down") == (0, [], ["nothing runs"])
    assert not (tmp_path / "home").exists()


def _commands(app, before=()):
    for name in app:
        if not name.startswith("-"):
            yield (*before, name)
            yield from _commands(app[name], (*before, name))


def test_every_command_says_what_it_does(asked):
    asked("--help")  # registers every area
    found = list(_commands(cli.app))

    for words in found:
        status, out, err = asked(*words, "--help")
        assert (status, err, "Usage: claimloop" in out[0]) == (0, [], True), words
    assert ("rules", "publish") in found
