"""What every command says when it cannot reach the database."""

import socket
import sys

import pytest

from services import cli
from services.settings import Settings


def nobody():
    """Return a port at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked")
@pytest.mark.parametrize("asked", [
    ["codes", "list"], ["codes", "show", "modifier", "25"], ["rules", "list"],
    ["rules", "recall", "--list"], ["user", "list"], ["exchange", "list"],
])
def test_no_command_answers_with_a_traceback(asked, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CLAIMLOOP_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{nobody()}/claims")
    monkeypatch.setattr(sys, "argv", ["claimloop", *asked])

    with pytest.raises(SystemExit) as left:
        cli.main()

    assert left.value.code == 2
    assert "does not answer: is it running?" in capsys.readouterr().err
