"""Every process says whether it lives, works, and how much."""

import urllib.error
import urllib.request
from pathlib import Path

from services.ops import http, metrics
from services.settings import Settings


def _get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""


def test_a_process_is_found_by_its_port_file_until_it_closes(tmp_path: Path) -> None:
    health = http.serve(Settings(home=tmp_path), "validation", lambda: True)
    assert http.ports(tmp_path)["validation"]["port"] == health.port
    assert _get(health.port, "/live")[0] == 200
    health.close()
    assert http.ports(tmp_path) == {}


def test_not_being_able_to_say_is_not_being_ready(tmp_path: Path) -> None:
    health = http.serve(Settings(home=tmp_path), "denials", lambda: 1 / 0 > 0)
    assert _get(health.port, "/ready")[0] == 503
    assert _get(health.port, "/elsewhere")[0] == 404
    health.close()


def test_a_batch_is_counted_under_its_stage(tmp_path: Path) -> None:
    health = http.serve(Settings(home=tmp_path), "accuracy", lambda: True)
    metrics.batch("accuracy")(7, 3)
    text = _get(health.port, "/metrics")[1]
    assert 'claims_stage_records_total{outcome="in",stage="accuracy"} 7.0' in text
    health.close()


def test_no_metric_has_a_label_for_an_id() -> None:
    allowed = {
        "consumergroup", "topic", "partition", "group", "stage", "outcome", "category", "producer",
        "why", "kind", "within", "role", "rule",
    }
    assert {label for one in metrics.TABLE for label in one.labels} <= allowed
