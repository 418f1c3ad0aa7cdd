"""The style rules that no linter checks."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    f
    for top in ("streams", "schemas", "services")
    for f in (ROOT / top).rglob("*.py")
    if "migrations" not in f.parts
)
PROCESSORS = ("validation", "assembly", "denials", "accuracy")
LONG = {
    "schemas/events.py": "the contract in one place: fields and their docs, no code",
    "streams/worker.py": "the one Faust file",
}
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".csv", ".lock", ".txt", ".sh", ".html", ".css"}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", FILES, ids=name)
def test_files_and_functions_stay_short(file):
    source = file.read_text()
    limit = 80 if file.parent.name == "streams" and file.stem in PROCESSORS else 400

    assert source.count("\n") <= limit or name(file) in LONG
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{name(file)}: {node.name}"


def test_no_module_is_named_for_what_it_is_not():
    banned = {"utils", "util", "helpers", "common", "misc", "base", "manager"}

    assert not [name(f) for f in FILES if f.stem in banned]


def test_nothing_committed_names_a_machine_or_a_registry():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    pattern = re.compile(
        r"(?<![\w}])/(?:root|home/[a-z]+)/|/work/(?:main|shared)|//[a-z0-9.-]*(?:pypi|pythonhosted|npmjs|repo\d*\.maven|debian)"
    )
    found = []
    for path in tracked:
        file = ROOT / path
        if file.suffix in TEXTS and file.is_file() and file != Path(__file__):
            found += [
                f"{path}: {line.strip()[:80]}"
                for line in file.read_text(errors="replace").splitlines()
                if pattern.search(line)
            ]
    assert not found


def test_no_test_borrows_from_another():
    borrowed = re.compile(r"^(?:from|import) tests\.(?:\w+\.)*test_\w+", re.MULTILINE)

    assert not [name(f) for f in (ROOT / "tests").rglob("*.py") if borrowed.search(f.read_text())]
