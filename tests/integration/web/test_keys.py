"""Every button shows its key, and keys mean the same on every page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.web import answers
from tests.integration.web import scene
from tests.integration.web.conftest import Person

_BUTTON = re.compile(r'data-key="([^"]+)"[^>]*>(?:<[^>]+>)*([A-Z][^<]*?) ?<kbd>([^<]+)</kbd>')
_ANY = re.compile(r"<(?:button|a (?=class=\"button))([^>]*)>(.*?)</(?:button|a)>", re.DOTALL)
NO_KEY = ('role="option"', 'class="tip"')
"""What is gone to and not done: the sum behind a score."""
SAME = {"Take next": "n", "Take it": "t", "Refresh": ".", "Next page": "&gt;", "Older": "&gt;"}


@pytest.mark.parametrize("name", ["anna", "bert", "hugo", "sue", "aude"])
def test_a_key_does_one_thing_wherever_its_button_stands(
    somebody: Callable[[str], Person], engine: Engine, name: str
) -> None:
    with engine.begin() as conn:
        item = scene.play(conn, scene.denied(conn, f"keys of {name}"))
    person = somebody(name)
    found = [
        (says, key, shown) for path in ("/work", f"/work/{item}", "/audit", "/lessons", "/queries")
        for key, says, shown in _BUTTON.findall(person.client.get(path).text)
    ]
    assert ("Take next", "n", "n") in found or name in ("sue", "aude")
    assert [one for one in found if one[0] in SAME and one[1:] != (SAME[one[0]],) * 2] == []
    assert [one for one in found if one[1] in "nt" and SAME.get(one[0]) != one[1]] == []


@pytest.mark.parametrize(
    "template", sorted(answers.TEMPLATES.glob("*.html")), ids=lambda one: one.stem
)
def test_every_button_shows_its_key(template: Path) -> None:
    silent = [
        " ".join(inside.split()) for attributes, inside in _ANY.findall(template.read_text())
        if "<kbd>" not in inside and not any(one in attributes for one in NO_KEY)
    ]
    assert silent == []
