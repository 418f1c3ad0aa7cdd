"""What a page loads: our own files and vendored ones whose sums are kept."""

import hashlib
import re

from services.web import answers

VENDOR = answers.STATIC / "vendor"
_LOADED = re.compile(r"<(?:script|link|img|source|iframe)\b[^>]*?(?:src|href)=\"([^\"]+)\"")


def test_each_vendored_script_is_the_one_whose_sum_is_kept() -> None:
    kept = dict(
        reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")
    }
    assert there
    assert there == kept


def test_pages_load_nothing_from_elsewhere_and_nothing_that_is_not_there() -> None:
    loaded = {
        path for template in answers.TEMPLATES.glob("*.html")
        for path in _LOADED.findall(template.read_text())
    }
    assert {"/static/claimloop.js", "/static/claimloop.css"} <= loaded
    gone = {
        path for path in loaded
        if not path.startswith("/static/")
        or not (answers.STATIC / path.removeprefix("/static/")).is_file()
    }
    assert gone == set()
    sheets = "".join(path.read_text() for path in answers.STATIC.glob("*.css"))
    named = re.findall(r"url\(\s*[\"']?([^\"')]+)", sheets)
    assert {one for one in named if not (answers.STATIC / one).is_file()} == set()
    assert "@import" not in sheets
