"""What a person does at a keyboard: nothing here touches a mouse."""

from playwright.sync_api import Page

MOST_STEPS = 120


def press(page: Page, *keys: str) -> None:
    """Press keys one after another, each once the page listens to them: scripts are deferred."""
    for key in keys:
        page.wait_for_load_state()
        page.keyboard.press(key)


def open_item(page: Page, rework_id: str) -> None:
    """Go down the list by j until the item, open it, and take it if nobody has."""
    wanted = f"i-{rework_id}"
    page.wait_for_selector(f"#{wanted}")
    for _ in range(MOST_STEPS):
        press(page, "j")
        if page.evaluate("document.activeElement.id") == wanted:
            press(page, "Enter")
            page.wait_for_selector("#fate")
            page.wait_for_load_state()
            return
    raise AssertionError("the item is not in the list")


def find(page: Page, number: str, rework_id: str) -> None:
    """Search the work list for a number and open the item that is found."""
    press(page, "/")
    page.wait_for_selector("input[name=q]:focus")
    page.keyboard.type(number)
    press(page, "Enter")
    page.wait_for_url("**q=**")
    open_item(page, rework_id)


def take(page: Page) -> None:
    """Take the item whose page is open: its record is not shown before."""
    press(page, "t")
    page.wait_for_selector(".chart-note")
    page.wait_for_load_state()


def mark_passage(page: Page, containing: str) -> None:
    """Step through the passages by j and mark one."""
    for _ in range(MOST_STEPS):
        press(page, "j")
        label = page.evaluate("document.activeElement.closest('label')?.innerText || ''")
        if containing in label:
            press(page, "Space")
            return
    raise AssertionError("no such passage")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(MOST_STEPS):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        press(page, "Tab")
    raise AssertionError(f"Tab does not come to {selector}")
