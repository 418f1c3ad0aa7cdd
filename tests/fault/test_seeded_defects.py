"""The seeded defects still fit the code, and the quickest of them is caught."""

from pathlib import Path

from tests.defects import __main__ as seeded


def test_every_seeded_defect_applies_and_names_tests_that_exist(tmp_path: Path):
    found = seeded.defects()
    assert len(found) >= 6
    for defect in found:
        folder = tmp_path / defect.patch.stem
        folder.mkdir()
        seeded.copy(folder)
        assert seeded.apply(defect, folder) == "", defect.patch.stem
        assert defect.tests
        for name in defect.tests:
            file, _, test = name.partition("::")
            assert test in (folder / file).read_text()


def test_money_that_is_not_posted_is_caught():
    (defect,) = (d for d in seeded.defects() if d.patch.stem == "provider_adjustments_skipped")
    caught, what = seeded.run(defect)
    assert caught, what
