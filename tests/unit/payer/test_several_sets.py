"""A file of several sets is answered set by set, each closed before the next is opened."""

from datetime import UTC, datetime

from services.payer.envelope import Head, group, interchange

HEAD = Head(
    sender_qualifier="30", sender="P", receiver_qualifier="ZZ", receiver="H", group_sender="P",
    group_receiver="H", usage="T", number=7, at=datetime(2026, 7, 1, tzinfo=UTC),
)  # fmt: skip


def test_a_set_is_closed_before_the_next_is_opened():
    rows = [group(HEAD, "HN", "005010X214")]
    for number in ("0001", "0002"):
        rows += [("ST", "277", number, "005010X214"), ("BHT", "0085", "08")]

    answer = interchange(HEAD, rows).decode().replace("\n", "")

    names = [segment.partition("*")[0] for segment in answer.split("~") if segment]
    assert names == ["ISA", "GS", "ST", "BHT", "SE", "ST", "BHT", "SE", "GE", "IEA"]
    assert "SE*3*0001~" in answer
    assert "GE*2*7~" in answer
