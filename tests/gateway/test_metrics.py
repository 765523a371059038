"""Figures of a store for Prometheus, read by Prometheus' own parser from the process that serves them."""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway import health, metrics
from gateway.config import write
from gateway.web.alarms import ALARMS
from gateway.web.texts import TEXTS
from tests.gateway.shopfloor import Shopfloor, free_port, until

TOKEN = "open sesame"


@pytest.fixture
def floor(tmp_path):
    floor = Shopfloor(tmp_path, hq_port=free_port())
    (tmp_path / "metrics.token").write_text(TOKEN + "\n")
    floor.config = type(floor.config)(**{**vars(floor.config), "metrics_token_file": "metrics.token"})
    write(floor.config)
    floor.start()
    command = [sys.executable, "-m", "gateway", "uplink", "--dir", str(tmp_path)]
    with open(tmp_path / "uplink.log", "ab") as log:
        uplink = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
    yield floor
    uplink.terminate()
    floor.stop()
    uplink.wait(10)


def scrape(floor, token: str = TOKEN) -> dict[str, dict[tuple, float]]:
    """Sample name -> labels' values in order of their names -> number."""
    url = f"http://127.0.0.1:{floor.config.status_port}/metrics"
    asked = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(asked) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = [sample for family in families for sample in family.samples]
    found: dict[str, dict[tuple, float]] = {sample.name: {} for sample in samples}
    for sample in samples:
        found[sample.name][tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def answers(floor) -> bool:
    try:
        return bool(scrape(floor))
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False


def test_a_running_store_is_scraped(floor):
    until(lambda: answers(floor), "the page did not come")
    till = floor.terminal().connect()
    till.hello()
    till.sign_on()
    till.scan(1, ["100"])
    assert till.request("pay", **till.pay(1, 1, cash_cents=1000))[0] == "receipt"
    told = scrape(floor)
    assert told["tapwell_gateway_receipts_total"] == {(): 1}
    assert told["tapwell_gateway_events_total"][()] == floor.stage.shop.head().seq
    assert told["tapwell_gateway_terminal_online"] == {("pos", "0001-pos1"): 1}
    assert (told["tapwell_gateway_selling"][()], told["tapwell_gateway_hq_up"][()]) == (1, 0)
    assert told["tapwell_gateway_disk_free_bytes"][()] > 0 and told["process_resident_memory_bytes"][()] > 0
    assert {name for name in told if name.startswith("tapwell_")} <= {metric.name for metric in metrics.METRICS}
    with pytest.raises(urllib.error.HTTPError, match="403"):
        scrape(floor, "openness")


def test_who_may_read():
    table = (
        # token     what is sent                               from         allowed
        ("", {}, "127.0.0.1", True),
        ("", {}, "192.0.2.7", False),
        ("", {"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", False),
        (TOKEN, {}, "127.0.0.1", False),
        (TOKEN, {"Authorization": "Bearer " + TOKEN}, "192.0.2.7", True),
        (TOKEN, {"Authorization": TOKEN}, "127.0.0.1", False),
    )
    for token, sent, client, allowed in table:
        assert metrics.allowed(token, sent, client) is allowed, (token, sent, client)


def test_names_follow_the_conventions():
    for metric in metrics.METRICS:
        assert (metric.type == metrics.COUNTER) == metric.name.endswith("_total"), metric.name
        assert metric.name.startswith("tapwell_gateway_") and metric.meaning.endswith(".")


def test_every_alarm_of_a_store_says_what_to_do_in_every_language():
    source = Path(health.__file__).read_text()
    told = set(re.findall(r'"kind": "(\w+)"', source)) | set(re.findall(r'"(store_\w+)" if', source))
    told |= set(re.findall(r'else "(store_\w+)"', source)) | set(health.CRYING)
    for language in TEXTS:
        assert set(ALARMS[language]) == told, language
