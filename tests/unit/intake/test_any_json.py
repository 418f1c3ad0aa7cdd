"""Whatever stands in a field: a visit or a refusal, never an exception, and nothing in clear."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes import chargemaster, reference
from services.intake import load
from services.intake.build import Draft, Site
from services.intake.visit import Refusal
from services.phi.keys import SiteKey
from tests.unit.intake import exports

SITE = Site(SiteKey(bytes(32)), reference.load(), chargemaster.load(), timedelta(days=3))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(st.text(max_size=9), below, max_size=3),
    max_leaves=6,
)


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in some JSON."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for name, value in pairs:
        found.append((*path, name))
        if isinstance(value, dict | list):
            found += places(value, (*path, name))
    return found


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data(), JSON)
def test_any_value_in_any_field_is_read_or_refused(
    tmp_path: Path, data: st.DataObject, value: object
) -> None:
    content: dict[str, Any] = json.loads(json.dumps(exports.resources()))
    path = data.draw(st.sampled_from(places(content)))
    if len(path) > 1:
        at: Any = content
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value
    folder = exports.folder(tmp_path / "x", content)
    reader = load._open(folder)
    found = [reader] if isinstance(reader, Refusal) else list(load._built(reader, SITE))
    assert found
    assert all(isinstance(one, Draft | Refusal) for one in found)


def test_a_visit_of_an_unknown_payer_is_refused_with_its_line_and_kept(tmp_path: Path) -> None:
    content = exports.resources()
    content["Coverage"]["payor"] = [{"reference": "Organization/payer-ACME"}]
    reader = load._open(exports.folder(tmp_path / "x", content))
    assert not isinstance(reader, Refusal)
    (refused,) = load._built(reader, SITE)
    assert isinstance(refused, Refusal)
    assert (refused.file, refused.line, refused.field) == ("Encounter.ndjson", 1, "coverage.payor")
    assert json.loads(refused.content)["id"] == "e1"
