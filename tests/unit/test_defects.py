"""Seeded defects rot unseen: a patch must fit the code, and the tests it names must exist."""

import subprocess

import pytest

from tests.defects.__main__ import ROOT, Defect, defects


@pytest.mark.parametrize("defect", defects(), ids=lambda defect: defect.patch.stem)
def test_a_seeded_defect_fits_the_code_and_names_tests_that_exist(defect: Defect) -> None:
    fits = subprocess.run(
        ("git", "apply", "--check", "--recount", "-C1", str(defect.patch)),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert fits.returncode == 0, fits.stderr
    assert defect.tests
    for name in defect.tests:
        file, _, test = name.partition("::")
        text = (ROOT / file).read_text()
        assert not test or f"def {test.partition('[')[0]}(" in text, name
