"""The project's own sample: small, whole, without words that are not ours."""

import gzip
from collections.abc import Iterator
from typing import Any

import orjson

from services.intake import sample

CPT = "http://www.ama-assn.org/go/cpt"


def resources() -> Iterator[dict[str, Any]]:
    for path in sorted(sample.FOLDER.glob("*.ndjson.gz")):
        with gzip.open(path) as file:
            yield from map(orjson.loads, file)


def codeables(content: object) -> Iterator[dict[str, Any]]:
    """Yield every object with codings, however deep."""
    if isinstance(content, dict):
        if isinstance(content.get("coding"), list):
            yield content
        for value in content.values():
            yield from codeables(value)
    elif isinstance(content, list):
        for value in content:
            yield from codeables(value)


def test_no_cpt_coding_has_words() -> None:
    coded = [
        one for content in resources() for one in codeables(content)
        if any(c.get("system") == CPT for c in one["coding"])
    ]
    assert len(coded) > 50
    for one in coded:
        assert set(one) == {"coding"}
        assert all(set(c) == {"system", "code"} for c in one["coding"])


def test_procedures_have_no_words_at_all() -> None:
    for content in resources():
        if content["resourceType"] in ("Procedure", "DiagnosticReport"):
            assert set(content["code"]) == {"coding"}
            assert "display" not in str(content["code"])


def test_it_is_smaller_than_three_megabytes() -> None:
    assert sum(path.stat().st_size for path in sample.FOLDER.iterdir()) < 3_000_000
