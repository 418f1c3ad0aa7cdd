"""The cursor of a list: the last row's place in the order, written and read back."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.db import keyset
from services.db.keyset import Order

ID = UUID("00000000-0000-4000-8000-000000000001")
ORDER = Order((
    ("rank", "bigint"), ("due_on", "date"), ("at", "timestamptz"), ("name", "text"), ("id", "uuid"),
))
AT = datetime(2026, 7, 1, 9, 30, 0, 5, tzinfo=UTC)


def _row(**columns: Any) -> Any:
    return SimpleNamespace(_mapping=columns)


@pytest.mark.parametrize("name", ["anna", "", "a~b", "100 %7E", "Zoë ", "x" * 60])
def test_a_cursor_is_read_back_as_the_place_it_was_written_from(name: str) -> None:
    row = _row(rank=-5, due_on=date(2026, 7, 2), at=AT, name=name, id=ID)

    found = keyset.place(ORDER, keyset.cursor(ORDER, row))

    assert list(found.values()) == [-5, date(2026, 7, 2), AT, name, ID]


@pytest.mark.parametrize("given", [
    "", "~", "~~~~", "1~2026-07-02~nonsense~x~" + str(ID), f"{2**63}~2026-07-02~{AT}~x~{ID}",
    f"1~2026-07-02~{AT}~a%00b~{ID}", f"1~2026-07-02~{AT}~%FF~{ID}", "1~" * 4000,
    f"1~2026-07-02~{AT}~x~{ID}~y",
])
def test_what_is_no_cursor_of_a_list_begins_at_its_first_page(given: str) -> None:
    assert keyset.place(ORDER, given) == {}


def test_a_page_has_a_next_one_where_a_row_more_was_read() -> None:
    order = Order((("name", "text"),))
    rows: list[Any] = [_row(name=name) for name in "abc"]

    assert keyset.cut(order, rows, 2) == keyset.Page(rows[:2], "b")
    assert keyset.cut(order, rows[:2], 2) == keyset.Page(rows[:2], "")
    assert keyset.cut(order, [], 2) == keyset.Page([], "")
