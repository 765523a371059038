"""A running head office as those see it who keep it running: scraped by Prometheus, heard by webhook."""

import time
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from hq_server.metrics.table import METRICS
from tests.hq_server.alarms.receiver import Receiver
from tests.hq_server.little_gateway import DAY, line_to, signing_request
from tests.hq_server.releases.signed import image, manifest, modulus
from tests.hq_server.test_served import ADA, Served, hq_command


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


@pytest.fixture(scope="module")
def second(served):
    """The gateway of store 0002."""
    return served.gateway("0002", "2")


def test_a_release_goes_out_over_mutual_tls_in_parts(served, second):
    owner = hq_command(served.directory, "key", "add", "owner", "--role", "administrator")["key"]
    api = httpx.Client(base_url=served.pages + "/api/v1", headers={"authorization": "Bearer " + owner}, trust_env=False)
    assert api.put("/releases/key", json={"modulus": b64encode(modulus()).decode()}).status_code == 200
    files = [b64encode(image(5)).decode()]
    assert api.post("/releases", json={"manifest": b64encode(manifest(5)).decode(), "files": files}).status_code == 201
    code = api.post("/terminals", json={"terminal": "0002-reader1", "app": "reader"}).json()["code"]
    _, request = signing_request()
    line_to(served.url, second.ca_pem).post("/terminal/v1/enrol", json={"code": code, "csr_pem": request})
    update = {"kind": "rom", "number": 0}
    second.beat(terminals=[{"terminal": "0002-reader1", "online": True, "board": "host", "update": update}])
    rings = [{"name": "some", "stores": ["0002"]}]
    assert api.post("/rollouts", json={"release": "reader-rom-5", "rings": rings}).json() == {"rollout": 1}

    told = [body for body in second.fetch_all() if body["kind"] == "releases"][-1]["wanted"]
    assert [(one["terminal"], one["release"], one["number"]) for one in told] == [("0002-reader1", "reader-rom-5", 5)]
    path = "/gateway/v1/releases/reader-rom-5"
    raw = second.line.get(path + "/manifest").content
    assert sha256(raw).hexdigest() == told[0]["manifest"] and raw == manifest(5)
    parts, size = [], 60_000
    while part := second.line.get(path + "/files/1", params={"offset": len(b"".join(parts)), "size": size}).content:
        parts.append(part)
    assert b"".join(parts) == image(5) and len(parts) == 3
    assert second.line.get(path + "/files/2").status_code == 404
    assert line_to(served.url, second.ca_pem).get(path + "/manifest").status_code == 401


def test_what_a_gateway_tells_leaves_at_once(served, second):
    gateway, receiver = second, served.receiver
    low = {"kind": "disk_low", "detail": "7 MB free"}

    def told() -> list[str]:
        return [what for what, kind in receiver.told() if kind == "disk_low"]

    for alarms, wanted in (([low], ["raised"]), ([], ["raised", "ended"])):
        gateway.beat(alarms=alarms)
        until_s = time.monotonic() + 30
        while told() != wanted and time.monotonic() < until_s:
            time.sleep(0.05)
        assert told() == wanted
