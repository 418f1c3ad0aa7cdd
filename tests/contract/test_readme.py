"""What the READMEs say of topics, commands, settings and files is so."""

import importlib
import pkgutil
import re
from pathlib import Path

import cyclopts
import pytest

from schemas import topics
from services import cli
from services.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
READMES = [
    ROOT / "README.md",
    *(
        file
        for top in ("schemas", "streams", "services", "deploy", "tests")
        for file in sorted((ROOT / top).rglob("README.md"))
    ),
]


def _folder(file: Path) -> str:
    return str(file.parent.relative_to(ROOT))


def _command_line() -> cyclopts.App:
    for area in pkgutil.iter_modules(cli.__path__):
        if area.name != "__main__":
            importlib.import_module(f"{cli.__name__}.{area.name}")
    return cli.app


APP = _command_line()


def test_the_table_of_topics_is_the_contracts():
    rows = re.findall(r"^\| `(claims\.\w+)` \| .+? \| `(\w+)` \| (\w+) \|$", README, re.MULTILINE)

    assert rows == [(t.name, t.key, t.writer) for t in topics.EVENTS]


def test_every_path_the_readme_links_is_there():
    links = re.findall(r"\]\(([\w./-]+)\)", README)

    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_make_target_the_readme_names_is_there():
    makefile = (ROOT / "Makefile").read_text()

    for target in set(re.findall(r"`?make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_top_level_folder_has_a_readme():
    for folder in ("schemas", "streams", "services", "deploy", "tests"):
        assert (ROOT / folder / "README.md").is_file(), folder


@pytest.mark.parametrize("file", READMES, ids=_folder)
def test_every_command_a_readme_names_is_there(file):
    named = re.findall(r"(?<=claimloop )([a-z][a-z0-9-]*)(?: ([a-z|-]{3,}))?", file.read_text())

    for area, commands in named:
        assert area in APP, area
        below = [one for one in APP[area] if not one.startswith("-")]
        for command in commands.split("|") if below and not APP[area].default_command else ():
            assert command in ("", *below), f"{area} {command}"


@pytest.mark.parametrize("file", READMES, ids=_folder)
def test_every_setting_a_readme_names_is_there(file):
    named = set(re.findall(r"`CLAIMLOOP_([A-Z_]+)", file.read_text()))  # and of fault tests, one

    assert named - {"CRASH_PLAN"} <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("file", READMES, ids=_folder)
def test_every_module_a_readme_lists_is_there(file):
    cells = re.findall(r"^\|([^|]*)\|([^|]*)\|", file.read_text(), re.MULTILINE)
    named = {one for row in cells for cell in row for one in re.findall(r"`([\w/]+\.py)`", cell)}

    assert not [one for one in named if not (ROOT / one).exists() and not [*file.parent.rglob(one)]]


def test_a_flag_has_one_name():
    APP.parse_args(["demo", "--no-wait"], exit_on_error=False)
    with pytest.raises(cyclopts.UnknownOptionError):
        APP.parse_args(["demo", "--no-no-wait"], exit_on_error=False, print_error=False)
