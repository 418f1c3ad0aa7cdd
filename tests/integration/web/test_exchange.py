"""The exchange page: what waits for a person, and a held file released by two."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from schemas.ids import derive
from services.gateway import items
from services.gateway.items import Item
from services.gateway.kinds import KINDS
from services.web.exchange import PAGE
from tests.integration.web import scene
from tests.integration.web.conftest import Person

SignIn = Callable[[str], Person]
FILE = derive("file", "held")
AT = datetime(2026, 6, 20, 9, tzinfo=UTC)


@pytest.fixture
def held(engine: Engine) -> str:
    """A held file and its item; and an overdue acknowledgement, an unmatched claim."""
    with engine.begin() as conn:
        for table in ("release_approval", "exchange_item", "inbound_file"):
            conn.execute(text(f"delete from {table}"))
        conn.execute(
            text(
                "insert into inbound_file (file_id, payer_id, name, sha256, copy, size, kind,"
                " content, state, reason, documents, unmatched, received_at) values"
                " (cast(:id as uuid), 'BCBS', 'a.835', :sha, 0, 1, '835', '', 'held', 'x', 1, 0,"
                " :at)"
            ),
            {"id": FILE, "sha": hashlib.sha256(b"x").digest(), "at": AT},
        )
        found = [
            Item(kind="remittance_held", subject="r1", payer_id="BCBS", amount_cents=123456,
                 reason="segment 4 BPR02: balance_transaction", file_id=FILE),
            Item(kind="acknowledgement_overdue", subject="i1/999", payer_id="MEDICAID",
                 reason="no 999"),
            Item(kind="claim_unmatched", subject="r2/1", payer_id="BCBS", amount_cents=10000,
                 reason="segment 12 CLP"),
        ]
        items.open_all(conn, found, AT)
        row = conn.execute(text("select item_id from exchange_item where kind = 'remittance_held'"))
        return str(row.scalar_one())


def test_open_items_are_listed_with_their_kind_amount_and_words(
    somebody: SignIn, held: str
) -> None:
    shown = somebody("olga").page("/exchange")
    assert {i["kind"] for i in shown["items"]} == {
        "remittance_held", "acknowledgement_overdue", "claim_unmatched"
    }
    assert shown["open"] == 3
    page = somebody("sue").client.get("/exchange?kind=remittance_held").text
    assert "$1,234.56" in page
    assert KINDS["claim_unmatched"].says not in page.split("</form>")[-1]
    assert "segment 4 BPR02" in page


@pytest.mark.parametrize("query", ["?kind=claim_unbalanced", "?state=closed", "?kind=nonsense'"])
def test_a_filter_never_fails_and_an_empty_list_says_so(
    somebody: SignIn, held: str, query: str
) -> None:
    answer = somebody("bert").client.get(f"/exchange{query}")
    assert answer.status_code == 200
    assert "Nothing" in answer.text or "nonsense" in query


def test_a_long_list_is_read_page_by_page_and_holds_each_item_once(
    somebody: SignIn, held: str, engine: Engine
) -> None:
    with engine.begin() as conn:
        items.open_all(conn, [
            Item(kind="claim_unmatched", subject=f"many/{n}", payer_id="BCBS", amount_cents=n,
                 reason="segment 12 CLP")
            for n in range(2 * PAGE)
        ], AT)
    olga = somebody("olga")
    seen, after = list[str](), ""
    while True:
        shown = olga.page(f"/exchange?after={after}")
        assert 0 < len(shown["items"]) <= PAGE
        seen += [one["item_id"] for one in shown["items"]]
        after = shown["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == shown["open"] == 2 * PAGE + 3
    assert "Next page" in olga.client.get("/exchange").text


def test_two_people_release_a_held_file_and_one_alone_does_not(
    somebody: SignIn, held: str, engine: Engine
) -> None:
    bert, sue = somebody("bert"), somebody("sue")
    for _ in range(2):
        assert bert.post(f"/exchange/{held}/release", {"reason": "paid short"}).status_code < 400
    with engine.connect() as conn:
        rows = conn.execute(text("select person, role from release_approval")).all()
    assert [tuple(r) for r in rows] == [("bert", "biller")]
    assert sue.post(f"/exchange/{held}/release", {"reason": "agreed"}).status_code < 400
    with engine.connect() as conn:
        rows = conn.execute(text("select person, role from release_approval order by 1")).all()
    assert [tuple(r) for r in rows] == [("bert", "biller"), ("sue", "supervisor")]
    page = sue.client.get(f"/exchange/{held}").text
    assert "agreed" in page


def test_who_may_not_release_and_a_release_without_reason_are_refused_in_words(
    somebody: SignIn, held: str, engine: Engine
) -> None:
    olga, bert = somebody("olga"), somebody("bert")
    assert olga.post(f"/exchange/{held}/release", {"reason": "x"}).status_code == 409
    answer = bert.post(f"/exchange/{held}/release", {"reason": " "})
    assert answer.status_code == 409
    assert "reason" in answer.json()["problem"]
    assert bert.post(f"/exchange/{held}/close", {"reason": "x"}).status_code == 409
    with engine.connect() as conn:
        assert conn.execute(text("select count(*) from release_approval")).scalar_one() == 0


def test_an_item_that_no_fact_closes_is_closed_with_a_name_and_a_reason(
    somebody: SignIn, held: str, engine: Engine
) -> None:
    bert = somebody("bert")
    (item,) = bert.page("/exchange?kind=claim_unmatched")["items"]
    assert bert.post(
        f"/exchange/{item['item_id']}/close", {"reason": "returned by check"}
    ).status_code < 400
    (closed,) = bert.page("/exchange?state=closed")["items"]
    assert (closed["closed_by"], closed["closing"]) == ("bert", "returned by check")
    assert closed["closed_at"].startswith(scene.CLOCK.now().date().isoformat())


def test_addresses_and_titles_name_no_patient_and_no_number_of_a_payer(
    somebody: SignIn, held: str
) -> None:
    page = somebody("sue").client.get("/exchange").text
    links = re.findall(r'href="(/exchange/[^"]+)"', page)
    assert links
    assert all(re.fullmatch(r"/exchange/[0-9a-f-]{36}", link) for link in links)
    assert re.search(r"<title>([^<]*)", page).group(1) == "Exchange · ClaimLoop"  # type: ignore[union-attr]
