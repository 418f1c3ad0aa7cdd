"""Take the pictures of `services/worklist/README.md` from a demo that has come to rest.

    claimloop demo                                    # prints the address of the pages
    python -m tests.e2e.gallery http://127.0.0.1:PORT

Small PNGs of at most 256 colours, in light and some in dark.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from services.demo.people import PASSWORD
from tests.e2e.hands import press

FOLDER = Path(__file__).parents[2] / "services" / "worklist" / "screenshots"
WIDTH, HEIGHT, COLOURS = 1280, 800, 256
CODERS = tuple(f"coder-{n}" for n in range(1, 6))
MOST_BYTES = 3_000_000


@dataclass
class Gallery:
    """Takes pictures of one demo."""

    browser: Browser
    address: str

    @contextmanager
    def signed_in(self, name: str, scheme: Any = "light") -> Iterator[Page]:
        """Bring somebody to the pages."""
        context = self.browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(self.address)
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("header.bar")
        yield page
        context.close()

    def values(self, page: Page, path: str) -> Any:
        """Return the values of a page."""
        answer = page.request.get(self.address + path, headers={"Accept": "application/json"})
        return json.loads(answer.text())

    def take(self, page: Page, name: str, path: str = "", height: int = HEIGHT) -> None:
        """Picture a page as it stands, or another."""
        if path:
            page.goto(self.address + path)
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.wait_for_load_state("networkidle")
        taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        small = taken.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(FOLDER / f"{name}.png", optimize=True)

    def first(self, page: Page, *queries: str) -> str:
        """Return the address of the first item of the first list that has any."""
        for query in queries:
            for item in self.values(page, f"/work?{query}")["items"]:
                if item["taken_by"] in ("", item["assigned_to"]):
                    return f"/work/{item['rework_id']}"
        return ""


def _lists(gallery: Gallery) -> None:
    for scheme in ("light", "dark"):
        with gallery.signed_in("supervisor", scheme) as page:
            gallery.take(page, f"list-{scheme}", "/work")
    with gallery.signed_in("supervisor") as page:
        page.goto(f"{gallery.address}/work")
        press(page, "f")
        gallery.take(page, "filter")
        page.goto(f"{gallery.address}/work")
        press(page, "j", "x", "j", "j", "X")
        gallery.take(page, "many")
        for name in ("board", "figures", "audit", "lag", "exchange"):
            gallery.take(page, name, f"/{name}")


def _coding(gallery: Gallery) -> None:
    """Picture an item in a coder's hands: before it is taken, edited, searched."""
    for coder in CODERS:
        with gallery.signed_in(coder) as page:
            path = gallery.first(page, "view=todo&kind=denial", "view=todo")
            if not path:
                continue
            _edit(gallery, page, path)
        with gallery.signed_in(coder, "dark") as page:
            gallery.take(page, "item-dark", path, 1000)
            press(page, "B")
        return


def _edit(gallery: Gallery, page: Page, path: str) -> None:
    page.goto(gallery.address + path)
    if page.locator("[data-key=t]").count():
        gallery.take(page, "masked")
        press(page, "t")
    page.wait_for_selector(".chart-note")
    page.wait_for_selector("#live .effect")
    gallery.take(page, "item", height=1000)
    press(page, "?")
    gallery.take(page, "keys")
    press(page, "Escape", "e", "Control+a")
    page.keyboard.type("heart failure dias")
    page.wait_for_selector("[role=option]")
    gallery.take(page, "search", height=1000)
    press(page, "Escape", "Escape")
    gallery.take(page, "lessons", "/lessons")


def _deciding(gallery: Gallery) -> None:
    """Picture decisions, what was sent and answered, and why one sees it."""
    with gallery.signed_in("biller") as page:
        path = gallery.first(page, "view=todo&kind=denial", "view=todo", "view=waiting")
        page.goto(gallery.address + path)
        if page.locator("[data-key=t]").count():
            press(page, "t")
        page.wait_for_selector(".chart-note")
        if page.locator("[data-key=l]").count():
            press(page, "l")
        page.locator(".decide").scroll_into_view_if_needed()
        gallery.take(page, "decide", height=1000)
        page.goto(gallery.address + gallery.first(page, "view=closed&fate=paid", "view=closed"))
        page.set_viewport_size({"width": WIDTH, "height": 1000})
        page.locator("#sent-title").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#sent-title').scrollIntoView()")
        gallery.take(page, "why", height=1000)


def _asking(gallery: Gallery) -> None:
    """Picture a query as its physician sees it."""
    with gallery.signed_in("supervisor") as page:
        asked = gallery.values(page, "/queries")["queries"]
    if not asked:
        return
    name = f"dr.{asked[0]['physician'].split()[-1].lower()}"
    with gallery.signed_in(name) as page:
        gallery.take(page, "query", f"/queries/{asked[0]['query_id']}")


PICTURES: tuple[Callable[[Gallery], None], ...] = (_lists, _coding, _deciding, _asking)


def main(address: str) -> None:
    """Take all of them."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for picture in PICTURES:
            picture(Gallery(browser, address))
        browser.close()
    size = sum(one.stat().st_size for one in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size / 1000:.0f} kB")
    assert size < MOST_BYTES, "too large to commit"


if __name__ == "__main__":
    main(sys.argv[1])
