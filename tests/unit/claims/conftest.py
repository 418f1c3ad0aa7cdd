"""Records which edits the cases of this folder were seen to find and to pass."""

from collections import defaultdict
from pathlib import Path

import pytest

from services.claims import edits

HERE = Path(__file__).parent
LAST = "test_every_edit_was_seen_to_find_and_to_pass"
SEEN: dict[str, set[str]] = defaultdict(set)
FOUND, PASSED = "found", "passed"


def pytest_configure(config):
    ask = edits._ask

    def recorded(edit, severity, case):
        findings = list(ask(edit, severity, case))
        if edits._at_hand(edit, case):
            SEEN[FOUND if any(f.edit == edit.id for f in findings) else PASSED].add(edit.id)
        return iter(findings)

    edits._ask = recorded


def pytest_collection_modifyitems(config, items):
    """Run the count of examples last, and only where every file of the folder runs."""
    files = set(HERE.rglob("test_*.py"))
    whole = files <= {item.path for item in items} and not config.getoption("keyword")
    items.sort(key=lambda item: item.name == LAST)
    for item in items:
        if item.name == LAST and not whole:
            item.add_marker(pytest.mark.skip(reason="needs all tests of tests/unit/claims"))
