"""Simulated coders and billers: they work most items through the same pages as a person.

    sign in ─▶ list ─▶ open ─▶ decide from what the page shows ─▶ post, as a browser would

Which items are left for the person at the screen, and every other draw, derives from the seed and
the item's id, so two runs do the same whatever happens in between.
"""

import itertools
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from services.demo import biller, coder
from services.demo.answer import Correct, Say
from services.demo.people import SignIn
from services.worklist.bill import draw

log = structlog.get_logger()
CAME_BACK = ("held", "rejection", "denial")
VIEWS = {"coder": ("todo",), "biller": ("todo", "others", "waiting")}
"""Role -> the views it works."""
WORKED = 0.85
"""Share of items that the staff work; the others wait for the person at the screen."""
REST_S, AWAY_S, TIMEOUT_S = 0.5, 1.0, 30.0
CONFLICT, NOT_TAKEN = 409, 422


class Away(Exception):  # noqa: N818 - says what happened
    """The pages do not answer."""


class Colleague:
    """One signed-in person, speaking HTTP to the pages."""

    def __init__(self, base_url: str, who: SignIn) -> None:
        self.who = who
        self._base = base_url.rstrip("/")
        self._cookie = ""
        self._csrf = ""

    def get(self, path: str) -> Any:
        """Return a page's values.

        Raises:
            Away: there is no such page at the moment.
        """
        status, values = self._ask(path, None)
        if status >= 400:
            raise Away
        return values

    def post(self, path: str, fields: Sequence[tuple[str, str]]) -> int:
        """Post a form; return the status."""
        return self._ask(path, [*fields, ("csrf", self._csrf)])[0]

    def _ask(self, path: str, fields: Sequence[tuple[str, str]] | None) -> tuple[int, Any]:
        for _ in range(2):
            if not self._cookie:
                self._sign_in()
            status, body, _ = self._send(path, fields)
            if status >= 500:
                raise Away
            if status != 401:
                return status, json.loads(body) if body else None
            self._cookie = ""
        raise Away

    def _sign_in(self) -> None:
        fields = [("name", self.who.name), ("password", self.who.password)]
        status, _, headers = self._send("/sign-in", fields)
        self._cookie = str(headers.get("Set-Cookie", "")).partition(";")[0]
        if status >= 400 or not self._cookie:
            raise Away
        self._csrf = json.loads(self._send("/me", None)[1])["csrf"]

    def _send(self, path: str, fields: Sequence[tuple[str, str]] | None) -> tuple[int, bytes, Any]:
        body = None if fields is None else urllib.parse.urlencode(fields).encode()
        headers = {"Accept": "application/json", "Cookie": self._cookie}
        request = urllib.request.Request(self._base + path, body, headers)  # noqa: S310 - our own pages
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - our own pages
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read(), refused.headers
        except OSError:
            raise Away from None


class Staff:
    """Everybody but the person at the screen."""

    def __init__(self, base_url: str, seed: int, people: Iterable[SignIn]) -> None:
        self._seed = seed
        self._colleagues = [
            Colleague(base_url, who) for who in people if who.role in ("coder", "biller")
        ]
        self._done: set[tuple[str, str, int]] = set()
        self._left: set[tuple[str, str, str]] = set()
        self._passes = threading.Condition()
        self._begun = self._ended = 0
        self._moves_of_last = -1
        self.counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> Counter[str]:
        """Work until told to stop; return how often each outcome was."""
        while not stop.is_set():
            with self._passes:
                self._begun += 1
                mine = self._begun
            try:
                moves = self.work()
            except Away:
                moves = -1
            with self._passes:
                self._ended, self._moves_of_last = mine, moves
                self._passes.notify_all()
            if moves <= 0:
                stop.wait(REST_S if moves == 0 else AWAY_S)
        return self.counts

    def idle(self, within_s: float = 60.0) -> bool:
        """Return whether a pass that begins after this call finds nothing to do."""
        with self._passes:
            wanted = self._begun + 1
            if not self._passes.wait_for(lambda: self._ended >= wanted, within_s):
                return False
            return self._moves_of_last == 0

    def work(self) -> int:
        """Go once through everybody's list; return how many moves were made."""
        return sum(self._work(colleague) for colleague in self._colleagues)

    def _work(self, colleague: Colleague) -> int:
        return sum(self._go_through(colleague, view) for view in VIEWS[colleague.who.role])

    def _go_through(self, colleague: Colleague, view: str) -> int:
        moves, after = 0, ""
        while True:
            query = urllib.parse.urlencode({"view": view, "after": after})
            listed = colleague.get(f"/work?{query}")
            mine = [item for item in listed["items"] if self._is_for(colleague.who, item)]
            moves += sum(self._take(colleague, item) for item in mine)
            after = listed["next"]
            if not after:
                return moves

    def _is_for(self, who: SignIn, item: dict[str, Any]) -> bool:
        """Say whether an item is this person's: a coder's own; nobody's is the first coder's.

        What is no answer of edits or payers (a chart to be coded, money nobody can place) is left
        for the person at the screen.
        """
        if item["kind"] not in CAME_BACK:
            return False
        if item["state"] == "waiting" and item["waits_for"] != "approval":
            return False
        if who.role != "coder" or item["coder_id"] == who.name:
            return True
        coders = [one.who.name for one in self._colleagues if one.who.role == "coder"]
        return item["coder_id"] not in coders and who.name == coders[0]

    def _take(self, colleague: Colleague, item: dict[str, Any]) -> bool:
        rework_id, seen = item["rework_id"], item["row_version"]
        left = (colleague.who.name, rework_id, item["state"])
        if (colleague.who.name, rework_id, seen) in self._done or left in self._left:
            return False
        if draw.share(self._seed, "worked", rework_id) >= WORKED:
            return False
        if item["taken_by"] not in ("", colleague.who.name) or not self._takes(colleague, item):
            self._done.add((colleague.who.name, rework_id, seen))
            return False  # somebody else has it: it comes again when it changes
        values = colleague.get(f"/work/{rework_id}")
        page, wanted = values["page"], self._wanted(colleague, values)
        seen = page["item"]["row_version"]
        if wanted is None:
            self._left.add(left)
            self._put_back(colleague, rework_id, seen)
            return False
        status = colleague.post(*_form(page, seen, wanted))
        self._note(wanted, status)
        if status == CONFLICT:
            return True  # somebody was first: look again
        self._done.add((colleague.who.name, rework_id, seen))
        if status >= 400:
            self._put_back(colleague, rework_id, seen)
        return status < 400

    def _wanted(self, colleague: Colleague, values: dict[str, Any]) -> Correct | Say | None:
        """Return what to do with an item; none where others have to act first."""
        if colleague.who.role == "coder":
            return coder.work(values["page"], lambda words: _codes(colleague, words))
        return biller.work(values, self._seed)

    def _put_back(self, colleague: Colleague, rework_id: str, seen: int) -> None:
        colleague.post(f"/work/{rework_id}/put-back", [])
        name = colleague.who.name
        self._done |= {(name, rework_id, seen), (name, rework_id, seen + 1)}

    def _takes(self, colleague: Colleague, item: dict[str, Any]) -> bool:
        """Take an item, whose record is not shown to others; say whether it worked."""
        seen = [("seen", str(item["row_version"]))]
        return colleague.post(f"/work/{item['rework_id']}/take", seen) < 400

    def _note(self, wanted: Correct | Say, status: int) -> None:
        if status == CONFLICT:
            return
        move = "correct" if isinstance(wanted, Correct) else wanted.move
        self.counts[move if status < 400 else "refused"] += 1
        if status >= 400:
            log.warning("correction_not_taken", status=status, action=move)


def run(
    base_url: str, seed: int, people: Iterable[SignIn], stop: threading.Event
) -> Counter[str]:
    """Work everything that comes back, until told to stop; return counts by outcome."""
    return Staff(base_url, seed, people).run(stop)


def _codes(colleague: Colleague, words: str) -> list[tuple[str, str]]:
    found = colleague.get("/codes?" + urllib.parse.urlencode({"q": words}))
    return [(entry["code"], entry["words"]) for entry in found["found"]]


def _form(
    page: dict[str, Any], seen: int, wanted: Correct | Say
) -> tuple[str, list[tuple[str, str]]]:
    rework_id, fields = page["item"]["rework_id"], [("seen", str(seen))]
    if isinstance(wanted, Correct):
        return f"/work/{rework_id}/correct", fields + wanted.form()
    if wanted.move == "query":
        fields += [("template", "service"), *_indicators(page)]
    return f"/work/{rework_id}/{wanted.move}", [*fields, *wanted.fields]


def _indicators(page: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the first passage of the record as what raises a query."""
    passages = (
        f"{note['note_id']}:{one['start']}:{one['end']}"
        for note in page["notes"] for one in note["sentences"]
    )
    return [("evidence", passage) for passage in itertools.islice(passages, 1)]
