"""Every access is a row, every row is in a chain, and whatever is done to them is found."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from services.phi import audit, audit_chain, audit_read, audit_verify
from services.phi.audit_follower import Follower
from services.web.sessions import COOKIE
from tests.integration.web import scene
from tests.integration.web.conftest import Person

SignIn = Callable[[str], Person]
TWO = ("main", "north")
_names = (f"a{n}" for n in itertools.count())


@pytest.fixture
def item(engine: Engine) -> str:
    """An item at the facility main."""
    with engine.begin() as conn:
        return scene.play(conn, scene.denied(conn, next(_names)))


def _last(engine: Engine, **wanted: str) -> audit_read.Access:
    with engine.connect() as conn:
        return audit_read.rows(conn, size=1, **wanted)[0]  # type: ignore[arg-type]


def _take(person: Person, item: str) -> None:
    seen = person.page(f"/work/{item}")["page"]["item"]["row_version"]
    assert person.post(f"/work/{item}/take", {"seen": seen}).status_code < 400


def test_opening_a_record_is_one_row_with_who_what_where_and_on_what_ground(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    anna = somebody("anna")
    _take(anna, item)
    anna.page(f"/work/{item}")

    row = _last(engine, object_id=item, action="item.read")

    assert (row.actor, row.role, row.facility_id) == ("anna", "coder", "main")
    assert (row.purpose, row.outcome) == ("assigned", "done")
    assert len(row.session) == 16
    assert row.request_id


def test_seeing_an_item_masked_is_a_row_too(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    somebody("bea").page(f"/work/{item}")

    row = _last(engine, object_id=item, actor="bea")

    assert (row.action, row.purpose, row.facility_id) == ("item.seen", "masked", "main")


def test_what_is_not_ones_own_is_noted_as_refused(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    assert somebody("nora").status(f"/work/{item}") == 404
    row = _last(engine, actor="nora", object_id=item)
    assert (row.action, row.outcome) == ("work.read", "refused")

    assert somebody("olga").status(f"/work/{item}") == 403
    assert _last(engine, actor="olga", object_id=item).outcome == "refused"


def test_a_typed_path_is_not_kept(engine: Engine, somebody: SignIn) -> None:
    assert somebody("anna").status("/work/Ostrander-Marigold") == 404
    assert _last(engine, actor="anna").object_id == ""


def test_signing_in_failing_to_and_out_are_noted_without_an_unknown_name(
    engine: Engine, somebody: SignIn
) -> None:
    nobody = somebody("")
    nobody.client.post("/sign-in", data={"name": "My Passw0rd!", "password": "x"})
    row = _last(engine, action="sign_in")
    assert (row.actor, row.outcome) == ("unknown", "refused")

    anna = somebody("anna")
    assert _last(engine, action="sign_in").actor == "anna"
    anna.post("/sign-out", {})
    assert _last(engine, action="sign_out").actor == "anna"


def test_what_an_administrator_does_is_noted_with_whom(engine: Engine, somebody: SignIn) -> None:
    assert somebody("adam").post("/users/sam/sign-out", {}).status_code < 400
    row = _last(engine, action="user.sign_out")
    assert (row.actor, row.object_type, row.purpose) == ("adam", "user", "administration")


def test_a_read_that_cannot_be_noted_fails(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    sue = somebody("sue")
    assert sue.status(f"/work/{item}") == 200
    with engine.begin() as conn:
        conn.execute(text("revoke insert on phi_access from claimloop_web"))
    try:
        answer = sue.client.get(f"/work/{item}")
    finally:
        with engine.begin() as conn:
            conn.execute(text("grant insert on phi_access to claimloop_web"))
    assert answer.status_code == 500
    assert "Ostrander" not in answer.text


def test_a_row_and_its_act_stand_or_fall_together(engine: Engine) -> None:
    def act() -> None:
        with engine.begin() as conn:
            audit.note(conn, "test.undone", actor="somebody")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    with engine.connect() as conn:
        assert audit_read.rows(conn, action="test.undone") == []


def test_rows_hold_no_name_no_note_and_no_reason(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    reason = "The patient Ostrander calls and asks"
    assert somebody("carl").post(
        f"/work/{item}/break-glass", {"reason": reason}
    ).status_code < 400
    with engine.connect() as conn:
        everything = repr(conn.execute(text("select * from phi_access")).all())
    assert "Ostrander" not in everything
    assert "calls" not in everything


@pytest.mark.parametrize(("name", "seen"), [("aude", {"main", "north", ""}), ("nina", {"north"})])
def test_an_auditor_sees_the_whole_log_and_a_supervisor_their_facilitys(
    engine: Engine, somebody: SignIn, name: str, seen: set[str]
) -> None:
    with engine.begin() as conn:
        for facility in (*TWO, ""):
            audit.note(conn, "test", actor="somebody", facility_id=facility)
    rows = somebody(name).page("/audit?actor=somebody")["rows"]
    assert {row["facility_id"] for row in rows} == seen


def test_who_works_sees_what_they_did_themselves_and_nobody_elses(
    engine: Engine, somebody: SignIn, item: str
) -> None:
    somebody("sue").status(f"/work/{item}")
    carl = somebody("carl")
    _take(carl, item)
    shown = carl.page("/audit?actor=sue")
    assert {row["actor"] for row in shown["rows"]} == {"carl"}
    assert item in {row["object_id"] for row in shown["rows"]}
    assert 'name="actor"' not in carl.client.get("/audit").text
    assert 'name="actor"' in somebody("sue").client.get("/audit").text


# --- the chain -------------------------------------------------------------------------------


@pytest.fixture
def chained(engine: Engine, tmp_path: Path) -> Iterator[Connection]:
    """Two facilities' chains of five rows each, anchored; in a transaction without triggers."""
    with engine.begin() as conn:
        for _ in range(5):
            for facility in TWO:
                audit.note(conn, "test", "item", "x", actor="somebody", facility_id=facility)
    while audit_chain.follow(engine):
        pass
    with engine.connect() as conn:
        audit_chain.anchor(_anchors(tmp_path), scene.SITE, audit_chain.heads(conn))
        conn.rollback()
        conn.execute(text("set local session_replication_role = replica"))
        yield conn
        conn.rollback()


def _anchors(folder: Path) -> Path:
    return folder / audit_chain.FILE


def _flaws(conn: Connection, folder: Path) -> list[str]:
    verdict = audit_verify.verify(conn, _anchors(folder), scene.SITE)
    return [f"{flaw.facility_id} {flaw.says}" for flaw in verdict.flaws]


def test_a_log_as_it_was_written_has_nothing_wrong(chained: Connection, tmp_path: Path) -> None:
    verdict = audit_verify.verify(chained, _anchors(tmp_path), scene.SITE)
    assert verdict.flaws == []
    assert verdict.rows >= 10
    assert verdict.pending == 0


SECOND = "(select seq from phi_access_chain where facility_id = 'main' and position = 2)"
THIRD = "(select seq from phi_access_chain where facility_id = 'main' and position = 3)"
ABROAD = "(select seq from phi_access_chain where facility_id = 'north' and position = 2)"


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (f"update phi_access set actor = 'somebody else' where seq = {SECOND}", "was changed"),
        (f"update phi_access set at = at + interval '1 ms' where seq = {SECOND}", "was changed"),
        (f"delete from phi_access where seq = {SECOND}", "was removed"),
        ("delete from phi_access_chain where facility_id = 'main' and position = 2",
         "links are missing"),
        ("delete from phi_access_chain where facility_id = 'main' and position > 3;"
         "delete from phi_access a where facility_id = 'main' and not exists"
         " (select from phi_access_chain c where c.seq = a.seq)", "was anchored and is gone"),
        ("update phi_access_chain set position = case position when 2 then 3 else 2 end + 1000"
         " where facility_id = 'main' and position in (2, 3);"
         "update phi_access_chain set position = position - 1000 where position > 1000",
         "does not name the link before it"),
        ("insert into phi_access (actor, role, session, action, object_type, object_id,"
         " facility_id, purpose, outcome, request_id, details_hash)"
         " values ('x', '', '', 'x', '', '', 'main', '', 'done', '', '')", "is in no chain"),
        (f"update phi_access_chain c set seq = -c.seq where seq in ({SECOND}, {ABROAD});"
         "update phi_access_chain c set seq = (select -d.seq from phi_access_chain d"
         " where d.seq < 0 and d.facility_id <> c.facility_id) where seq < 0", "was changed"),
        ("update phi_access_chain set facility_id = case facility_id when 'main' then 'north'"
         " else 'main' end || '?' where facility_id in ('main', 'north');"
         "update phi_access_chain set facility_id = trim(trailing '?' from facility_id)",
         "is another facility's"),
        ("delete from phi_access_chain where facility_id = 'north';"
         "delete from phi_access where facility_id = 'north'", "was anchored and is gone"),
    ],
    ids=["edit", "time", "delete", "unlink", "tail", "reorder", "insert", "swap of rows",
         "swap of facilities", "a whole facility"],
)
def test_tampering_is_found(
    chained: Connection, tmp_path: Path, tampering: str, found: str
) -> None:
    for statement in tampering.split(";"):
        chained.execute(text(statement))
    assert any(found in flaw for flaw in _flaws(chained, tmp_path))


def test_a_chain_rewritten_and_hashed_anew_by_the_databases_owner_does_not_fit_its_anchor(
    chained: Connection, tmp_path: Path
) -> None:
    chained.execute(text(f"update phi_access set actor = 'x' where seq = {THIRD}"))
    before = audit_chain.FIRST
    rows = chained.execute(text(
        "select a.*, c.position from phi_access_chain c join phi_access a on a.seq = c.seq"
        " where c.facility_id = 'main' order by c.position"
    )).all()
    for row in rows:
        link = audit_chain.linked(before, row)
        chained.execute(
            text(
                "update phi_access_chain set prev_hash = :before, row_hash = :link"
                " where facility_id = 'main' and position = :position"
            ),
            {"before": before, "link": link, "position": row.position},
        )
        before = link
    assert any("is not what was anchored" in flaw for flaw in _flaws(chained, tmp_path))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: [], "no anchors"),
        (lambda lines: lines[1:], "the line before it is another"),
        (lambda lines: [lines[0].replace(b'"main":[', b'"main":[1'), *lines[1:]],
         "its signature is not ours"),
        (lambda lines: [lines[1], lines[0]], "the line before it is another"),
    ],
    ids=["gone", "cut", "edited", "reordered"],
)
def test_tampering_with_the_anchors_is_found(
    chained: Connection, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], found: str
) -> None:
    path = _anchors(tmp_path)
    audit_chain.anchor(path, scene.SITE, audit_chain.heads(chained))
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())))
    assert any(found in flaw for flaw in _flaws(chained, tmp_path))


def test_after_a_restore_the_log_goes_on_and_says_that_something_is_not_in_it(
    chained: Connection, tmp_path: Path
) -> None:
    for statement in (
        "delete from phi_access_chain where facility_id = 'main' and position > 3",
        "delete from phi_access a where facility_id = 'main' and not exists"
        " (select from phi_access_chain c where c.seq = a.seq)",
    ):
        chained.execute(text(statement))
    assert any("was anchored and is gone" in flaw for flaw in _flaws(chained, tmp_path))

    ends = audit_chain.heads(chained)
    audit_chain.anchor(_anchors(tmp_path), scene.SITE, ends, restored=True)

    verdict = audit_verify.verify(chained, _anchors(tmp_path), scene.SITE)
    assert (verdict.flaws, verdict.restores) == ([], 1)


def test_the_follower_chains_what_is_pending_and_anchors_once_a_minute(
    engine: Engine, tmp_path: Path
) -> None:
    seconds = 0.0
    follower = Follower(engine, scene.SITE, _anchors(tmp_path), lambda: seconds)
    while follower.look():
        pass
    assert len(audit_chain.read(_anchors(tmp_path))) == 1
    with engine.begin() as conn:
        audit.note(conn, "test", actor="somebody", facility_id="main")

    assert follower.look() == 1
    assert len(audit_chain.read(_anchors(tmp_path))) == 1
    seconds = 60.0
    follower.look()

    assert len(audit_chain.read(_anchors(tmp_path))) == 2
    with engine.connect() as conn:
        assert audit_verify.verify(conn, _anchors(tmp_path), scene.SITE).flaws == []


def test_a_row_of_a_transaction_that_ends_late_is_chained_too(engine: Engine) -> None:
    with engine.connect() as late, late.begin():
        audit.note(late, "test.late", actor="somebody", facility_id="main")
        with engine.begin() as conn:
            audit.note(conn, "test.soon", actor="somebody", facility_id="main")
        audit_chain.follow(engine)
    assert audit_chain.follow(engine) == 1


def test_a_row_names_somebody(engine: Engine) -> None:
    def write() -> None:
        with engine.begin() as conn:
            audit.note(conn, "test")

    with pytest.raises(SQLAlchemyError):
        write()


def test_no_cookie_and_no_session_id_stands_in_the_log(
    engine: Engine, somebody: SignIn
) -> None:
    cookie = somebody("anna").client.cookies[COOKIE]
    with engine.connect() as conn:
        assert cookie not in repr(conn.execute(text("select * from phi_access")).all())


@pytest.mark.parametrize(
    ("who", "path", "fields", "action"),
    [
        ("anna", "/work/{item}/take", {"seen": ""}, "item.take"),
        ("anna", "/work/{item}/put-back", {}, "item.put_back"),
        ("anna", "/work/{item}/note", {"text": "Asked the payer.", "words": "x"}, "note.write"),
        ("sue", "/work/{item}", None, "item.read"),
        ("sue", "/work/export?view=todo", {}, "export"),
        ("sue", "/queries", None, "query.list"),
        ("anna", "/lessons", None, "lesson.list"),
        ("sue", "/audit", None, "audit.read"),
        ("carl", "/work/{item}/break-glass", {"reason": "A call about it"}, "break_glass"),
    ],
)
def test_reads_and_writes_of_protected_data_leave_a_row(
    engine: Engine, somebody: SignIn, who: str, path: str, fields: dict[str, str] | None,
    action: str, request: pytest.FixtureRequest,
) -> None:
    item = request.getfixturevalue("item") if "{item}" in path else ""
    person, address = somebody(who), path.replace("{item}", item)
    if action in ("item.put_back", "note.write"):
        _take(person, item)
    with engine.connect() as conn:
        before = conn.execute(text("select max(seq) from phi_access")).scalar_one()
    if fields is None:
        assert person.status(address) == 200
    else:
        page = person.page(f"/work/{item}") if item else {"page": {"item": {"row_version": 0}}}
        seen = {"seen": page["page"]["item"]["row_version"]} if "seen" in fields else {}
        assert person.post(address, {**fields, **seen}).status_code < 400
    with engine.connect() as conn:
        told = audit_read.rows(conn, actor=who, action=action, object_id=item, size=1)
    assert told
    assert told[0].seq > before
