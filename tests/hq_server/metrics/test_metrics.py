"""Figures for Prometheus, read by Prometheus' own parser from head office as it is run."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from hq_server.app import create_app
from hq_server.metrics.table import COUNTER, METRICS, READ
from tests.hq_server.little_gateway import DAY
from tests.hq_server.test_served import ADA, Served


def scraped(text: str) -> dict[str, dict[tuple, float]]:
    """Sample name -> labels' values in order of their names -> number."""
    found: dict[str, dict[tuple, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            assert labels not in found.setdefault(sample.name, {}), f"{sample.name} {labels} twice"
            found[sample.name][labels] = sample.value
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = Served(tmp_path_factory.mktemp("metrics") / "hq")
    yield made
    made.process.terminate()
    assert made.process.wait(10) == 0


def test_a_running_head_office_is_scraped(served):
    gateway = served.gateway("0001", "1")
    gateway.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
    assert gateway.deliver().status_code == 200
    gateway.beat(version="7")
    told = scraped(httpx.get(served.pages + "/metrics", trust_env=False).raise_for_status().text)
    assert told["tapwell_store_up"] == {("0001",): 1}
    assert told["tapwell_store_booked_events_total"][("0001",)] == gateway.shop.seq
    assert told["tapwell_store_unbooked_events"] == {("0001",): 0}
    assert told["tapwell_store_info"][("0001", "0001", "7")] == 1  # name, store, version
    events = ("gateways", "/gateway/v1/events", "200")
    assert told["tapwell_hq_requests_total"][events] == 1
    assert told["tapwell_hq_request_duration_seconds_count"][events[:2]] == 1
    assert told["process_resident_memory_bytes"][()] > 1_000_000
    assert 0 <= told["tapwell_backup_age_seconds"][()] < 3600
    assert {name for name in told if name.startswith("tapwell_")} <= set(METRICS) | {
        f"tapwell_hq_request_duration_seconds_{part}" for part in ("bucket", "sum", "count", "created")
    } | {"tapwell_hq_requests_created"}


def test_strangers_do_not_make_labels(served):
    for path in ("/wp-login.php", "/cgi-bin/x"):
        httpx.get(served.pages + path, trust_env=False)
    told = scraped(httpx.get(served.pages + "/metrics", trust_env=False).text)
    assert not [labels for labels in told["tapwell_hq_requests_total"] if any("wp-" in value for value in labels)]


def test_who_may_read(hq):
    here = TestClient(create_app(hq), base_url="http://localhost", client=("127.0.0.1", 5000))
    away = TestClient(create_app(hq), base_url="http://localhost", client=("192.0.2.7", 5000))
    assert here.get("/metrics").status_code == 200
    assert away.get("/metrics").status_code == 403
    assert here.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403, "a proxy's guest"
    object.__setattr__(hq.config, "metrics_token", "open sesame")
    assert here.get("/metrics").status_code == 403
    assert away.get("/metrics", headers={"authorization": "Bearer open sesame"}).status_code == 200
    assert away.get("/metrics", headers={"authorization": "Bearer openness"}).status_code == 403


def test_names_follow_the_conventions():
    for metric in METRICS.values():
        assert (metric.type == COUNTER) == metric.name.endswith("_total"), metric.name
        assert metric.meaning.endswith(".") and not metric.name.endswith(("_ms", "_minutes", "_percent"))
    assert len({metric.name for metric in READ}) == len(READ)


def test_every_row_of_the_table_is_told_once(traded_hq):
    page = TestClient(create_app(traded_hq), base_url="http://localhost", client=("127.0.0.1", 1)).get("/metrics").text
    kinds = [line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))
    assert {metric.name for metric in READ} <= set(kinds) | {kind + "_total" for kind in kinds}
