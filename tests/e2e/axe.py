"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def barriers(page: Page, *rules: str) -> str:
    """Return what axe finds, by all rules or some, in words; empty for nothing."""
    options = {"runOnly": {"type": "rule", "values": rules}} if rules else None
    found = Axe().run(page, options=options)
    return found.generate_report() if found.violations_count else ""
