"""With a schema registry, its ids are on the wire; without one, the committed ids."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from schemas import avro, codec, events
from services.kafka import registry
from services.settings import Settings


class Registry(BaseHTTPRequestHandler):
    """As much of Confluent's API as is asked of it: subjects, versions, look-up by schema."""

    ids: dict[tuple[str, str], int]

    def do_PUT(self):
        self._answer({"compatibility": self._body()["compatibility"]})

    def do_POST(self):
        parts = self.path.strip("/").split("/")
        known = (parts[1], self._body()["schema"])
        if parts[-1] == "versions":
            self.ids.setdefault(known, 1000 + len(self.ids))
        if known in self.ids:
            self._answer({"id": self.ids[known]})
        else:
            self.send_error(404)

    def _body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, value):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def told():
    handler = type("Fresh", (Registry,), {"ids": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Settings(schema_registry_url=f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    codec.use({})


CODED = events.Coded(event_id="1", encounter_id="E1")


def test_the_registrys_ids_are_written_and_read(told):
    assert registry.register(told) == len({e["topic"] for e in avro.registry().values()})

    registry.adopt(told)

    value = codec.encode(CODED)
    assert codec.HEADER.unpack_from(value)[1] >= 1000
    assert codec.decode("claims.coded", value) == CODED


def test_an_id_the_registry_never_gave_is_an_unknown_schema(told):
    committed = codec.encode(CODED)
    registry.register(told)
    registry.adopt(told)

    with pytest.raises(codec.InvalidEvent, match="unknown_schema"):
        codec.decode("claims.coded", committed)


def test_a_registry_without_our_schemas_is_one_clear_line(told):
    with pytest.raises(registry.RegistryError, match="register the schemas"):
        registry.adopt(told)


def test_no_registry_leaves_the_committed_ids():
    registry.adopt(Settings(schema_registry_url=""))

    assert codec.HEADER.unpack_from(codec.encode(CODED))[1] in map(int, avro.registry())


def test_a_registry_that_does_not_answer_is_one_clear_line():
    with pytest.raises(registry.RegistryError, match="does not answer"):
        registry.adopt(Settings(schema_registry_url="http://127.0.0.1:1"))
