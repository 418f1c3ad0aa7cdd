"""W13: too much, too slow."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from litestar import Litestar
from sqlalchemy import Engine

from services.web import serve
from tests.integration.web import scene
from tests.integration.web.hostile import SignIn


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


# W13: too much, too slow


@pytest.fixture(scope="module")
def served(app: Litestar) -> Iterator[int]:
    """The pages on a real port, as they are served; a request has two seconds."""
    patient, serve.WHOLE_WITHIN_S = serve.WHOLE_WITHIN_S, 2.0
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = serve.server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    serve.WHOLE_WITHIN_S = patient


def _open(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def _send(port: int, *parts: bytes) -> bytes:
    """Send parts; return what comes back before the server hangs up or 15 s pass."""
    with _open(port) as one:
        try:
            for part in parts:
                one.sendall(part)
            return one.recv(65536)
        except (ConnectionError, BrokenPipeError):
            return b""


def _answers(port: int) -> bool:
    return b" 200 " in _send(port, b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n").split(b"\r\n")[0]


def test_w13_requests_that_do_not_come_to_an_end_are_hung_up_on_and_others_answered(
    served: int,
) -> None:
    halves = [_open(served) for _ in range(200)]
    try:
        for one in halves[:100]:
            one.sendall(b"GET /sign-in HTTP/1.1\r\nHost: x\r\nX-A: ")
        for one in halves[100:]:
            one.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=")
        assert _answers(served)
        deadline = time.monotonic() + 12
        for one in halves:
            one.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                while one.recv(4096):
                    pass
            except ConnectionError:
                pass
    finally:
        for one in halves:
            one.close()
    assert _answers(served)


def test_w13_a_body_of_100_mb_is_refused_without_being_read(served: int) -> None:
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"
        b"Content-Length: 104857600\r\n\r\n"
    )
    for kind in (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"):
        answer = _send(served, head % kind, b"name=" + b"a" * 200_000, b"a" * 200_000)
        assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0]
    assert _answers(served)


def test_w13_a_hundred_thousand_headers_are_refused(served: int) -> None:
    many = b"".join(b"X-%d: a\r\n" % n for n in range(100_000))
    answer = _send(served, b"GET /sign-in HTTP/1.1\r\nHost: x\r\n", many, b"\r\n")
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"431")
    assert _answers(served)


def test_w13_deep_json_many_fields_and_long_values_cost_nothing(
    somebody: SignIn, items: dict[str, str]
) -> None:
    anna = somebody("anna")
    started = time.monotonic()
    deep = b"[" * 100_000 + b"]" * 100_000
    token = {"X-CSRF-Token": anna.csrf}
    anna.client.post(f"/work/{items['denied']}/take", content=deep, headers={
        **token, "Content-Type": "application/json"})
    fields = "&".join(f"dx={n}" for n in range(20_000))
    anna.client.post(f"/work/{items['denied']}/correct", content=fields, headers={
        **token, "Content-Type": "application/x-www-form-urlencoded"})
    for value in ("a" * 6000, "(" * 6000, "a " * 3000, "é" * 2000, "0" * 6000 + "!"):
        for path in ("/work", "/codes", "/audit"):
            anna.client.get(path, params={"q": value, "after": value, "actor": value})
    assert anna.status("/work") == 200
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("request_", [
    b"GET / HTTP/9.9\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"A" * 40_000,
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_w13_what_is_no_request_of_ours_gets_a_plain_answer(served: int, request_: bytes) -> None:
    answer = _send(served, request_)
    assert answer == b"" or answer.split(b" ")[1][:1] in (b"3", b"4")
    assert _answers(served)
