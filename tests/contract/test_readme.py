"""What the README says of topics and commands is so."""

import re
from pathlib import Path

from schemas import topics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


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
