"""A running head office as those see it who keep it running: scraped by Prometheus, heard by webhook."""

import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from hq_server.metrics.table import METRICS
from tests.hq_server.alarms.receiver import Receiver
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
    receiver = Receiver()
    hook = f'[alarms]\nwebhook = "{receiver.url}"\nwebhook_secret_file = "hook.secret"\n'
    made = Served(tmp_path_factory.mktemp("operations") / "hq", {"hook.secret": "between us"}, hook)
    made.receiver = receiver
    yield made
    made.process.terminate()
    assert made.process.wait(10) == 0
    receiver.close()


def test_a_running_head_office_is_scraped(served):
    gateway = served.gateway("0001", "1")
    gateway.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
    assert gateway.deliver().status_code == 200
    gateway.beat(version="7")
    told = scraped(httpx.get(served.pages + "/metrics", trust_env=False).raise_for_status().text)
    assert told["tapwell_store_up"][("0001",)] == 1
    assert told["tapwell_store_booked_events_total"][("0001",)] == gateway.shop.seq
    assert told["tapwell_store_unbooked_events"][("0001",)] == 0
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


def test_what_a_gateway_tells_leaves_at_once(served):
    gateway, receiver = served.gateway("0002", "2"), served.receiver
    low = {"kind": "disk_low", "detail": "7 MB free"}
    for alarms, told in (([low], ["raised"]), ([], ["raised", "ended"])):
        gateway.beat(alarms=alarms)
        until_s = time.monotonic() + 30
        while [what for what, _ in receiver.told()] != told and time.monotonic() < until_s:
            time.sleep(0.05)
        assert receiver.told() == [(what, "disk_low") for what in told]
