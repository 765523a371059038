"""Sale process, broker, uplink and head office as real processes: what happens when the line is cut."""

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import commands
from gateway.config import Config, write
from gateway.uplink import Uplink
from tests.gateway.head_office import HqServer
from tests.gateway.shopfloor import Shopfloor, free_port, until
from tests.gateway.stage import ALICE


@pytest.fixture
def store(tmp_path):
    floor = Shopfloor(tmp_path, hq_port=free_port())
    floor.authority.issue(tmp_path / "tls", "hq", "hq", ("localhost", "127.0.0.1"))
    floor.office = HqServer(floor.stage.hq, tmp_path / "tls", floor.hq_port)
    floor.start()
    log = open(tmp_path / "uplink.log", "ab")
    command = [sys.executable, "-m", "gateway", "uplink", "--dir", str(tmp_path)]
    uplink = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
    yield floor
    uplink.terminate()
    floor.stop()
    uplink.wait(10)
    floor.office.stop()


@pytest.fixture
def till(store):
    till = store.terminal().connect()
    till.hello()
    till.sign_on()
    return till


def sell(till, n: int, **tenders) -> tuple[str, dict]:
    till.scan(n, ["100"])
    return till.request("pay", **till.pay(n, n, **(tenders or {"cash_cents": 1000})))


def status(store) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{store.config.status_port}/status.json") as answer:
        return json.load(answer)


def all_booked(store) -> bool:
    return len(store.office.booked) == store.stage.shop.head().seq


def hq_is_up(store) -> bool:
    try:
        return status(store)["hq_up"]
    except OSError:
        return False


def test_events_reach_head_office_once_and_in_order_with_the_line_cut_in_the_middle(store, till):
    assert sell(till, 1)[1]["offline"] is True
    store.office.start()
    until(lambda: all_booked(store), "events did not arrive")
    store.office.stop()
    for n in (2, 3):
        assert sell(till, n)[0] == "receipt"
    store.office.start()
    until(lambda: all_booked(store), "events did not arrive after the cut")
    assert [event["seq"] for event in store.office.booked] == list(range(1, len(store.office.booked) + 1))
    assert [event["receipt"] for event in store.office.booked if event["kind"] == "sale"] == [1, 2, 3]
    until(lambda: till.hello()["booked"] == [3], "the terminal was not told that head office has booked")


def test_a_message_of_head_office_arrives(store, till):
    store.office.start()
    until(lambda: hq_is_up(store), "head office stayed away")
    store.office.tell("block", card="0001:04A1B2C3D4E5F6")
    blocked = "SELECT status FROM cards WHERE card = '0001:04A1B2C3D4E5F6'"
    until(lambda: store.stage.db.execute(blocked).fetchone() == ("blocked",), "the block did not arrive")


def test_float_that_is_short_comes_while_the_customer_waits(store, till):
    store.office.start()
    store.office.pool[ALICE] = 5000
    until(lambda: hq_is_up(store), "head office stayed away")
    time.sleep(0.3)
    message, told = sell(till, 1, stored_cents=1000, account=ALICE, tap=till.tap())
    assert (message, told["principal_cents"], told["offline"]) == ("receipt", 1000, False)
    until(lambda: all_booked(store), "events did not arrive")
    kinds = [event["kind"] for event in store.office.booked]
    assert kinds.index("grant_taken") < kinds.index("sale")


def test_the_status_page_says_how_it_is_in_two_languages(store, till):
    sell(till, 1)
    store.office.start()
    until(lambda: hq_is_up(store), "head office stayed away")
    told = status(store)
    assert (told["store"], told["receipts"], told["terminals"][0]["terminal"]) == ("0001", 1, "0001-pos1")
    for language, words in (("en", "Head office answers"), ("zh", "总部已连接")):
        address = f"http://127.0.0.1:{store.config.status_port}/?language={language}"
        with urllib.request.urlopen(address) as page:
            assert words in page.read().decode()
    assert store.office.heartbeats[-1]["terminals"][0]["online"] is True


class Heard:
    """Stands where the broker is: keeps what the uplink says, or cannot take it."""

    def __init__(self, takes: bool):
        self.takes, self.said = takes, []

    def publish(self, message: str, payload: bytes) -> bool:
        self.said.append((message, json.loads(payload)))
        return self.takes


@pytest.mark.parametrize("takes", [True, False], ids=["broker there", "broker away"])
def test_what_a_person_says_by_a_command_is_passed_on_once_and_in_order(tmp_path, takes):
    Config(tmp_path, "0001", "https://localhost").said.mkdir()
    write(Config(tmp_path, "0001", "https://localhost"))
    for words in (["set-aside", "0001-pos2"], ["raise-budget"]):
        assert CliRunner().invoke(commands.app, [*words, "--dir", str(tmp_path)]).exit_code == 0
    broker = Heard(takes)
    line = Uplink(lambda: sqlite3.connect(":memory:"), None, lambda hear: broker, tmp_path / "said")
    line._stopping.set()
    line._pass_on_said(None)
    line._pass_on_said(None)
    told = [("operator", {"set_aside": "0001-pos2"}), ("operator", {"raise_budget": True})]
    assert broker.said == (told if takes else told[:1] * 2)
    assert len(list((tmp_path / "said").glob("*.json"))) == (0 if takes else 2)
