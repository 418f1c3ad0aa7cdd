"""Take the pictures of the README from a demo that has come to rest.

    python -m tests.e2e.screenshots http://127.0.0.1:PORT
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "services" / "web" / "screenshots"
PASSWORD = "claimloop-demo"
SIZE = {"width": 1280, "height": 900}


def main(address: str) -> None:
    """Sign in as each role and picture its page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )

        def sign_in(name: str) -> Page:
            page = browser.new_context(viewport=SIZE).new_page()
            page.goto(address)
            page.fill("input[name=name]", name)
            page.fill("input[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector("header.bar")
            return page

        coder = sign_in("coder-1")
        coder.screenshot(path=FOLDER / "list.png")
        denied = coder.locator("tr:has-text('Denied') a[data-row]")
        (denied if denied.count() else coder.locator("a[data-row]")).first.click()
        coder.wait_for_selector("#fate")
        coder.set_viewport_size({"width": 1280, "height": 1400})
        coder.screenshot(path=FOLDER / "item.png")
        ops = sign_in("ops")
        ops.wait_for_selector("table")
        ops.screenshot(path=FOLDER / "lag.png")
        ops.goto(f"{address}/exchange")
        ops.wait_for_selector("main")
        ops.screenshot(path=FOLDER / "exchange.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
