"""Head office as it is run: `tapwell hq init`, `run`, and gateways over real mutual TLS. Read this one first."""

import io
import json
import subprocess
import sys
import threading
import time
from contextlib import redirect_stdout

import httpx
import pytest

from hq_server.commands import app
from hq_server.facts.files import Folder
from tests.hq_server.little_gateway import DAY, LittleGateway, line_to, signing_request

ADA = "a1" * 16


def hq_command(directory, *arguments: str) -> dict:
    """One command of `tapwell hq`, its JSON; in this process, for an interpreter of its own takes a second to start."""
    said = io.StringIO()
    with redirect_stdout(said):
        app([*arguments, "--dir", str(directory), "--json"], standalone_mode=False)
    return json.loads(said.getvalue())


class Served:
    """A running head office with two stores."""

    def __init__(self, directory, files: dict[str, str] | None = None, settings: str = ""):
        self.directory = directory
        hq_command(directory, "init", "--name", "Harbour", "--gateway-port", "0", "--pages-port", "0")
        self.codes = {code: hq_command(directory, "store", "add", "--code", code)["code"] for code in ("0001", "0002")}
        hq_command(directory, "member", "add", "--account", ADA, "--display", "Ada", "--home", "0001")
        self.key = hq_command(directory, "key", "add", "checker")["key"]
        for name, text in (files or {}).items():
            (directory / name).write_text(text)
        with (directory / "hq.toml").open("a") as toml:
            toml.write(settings)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hq_server", "run", "--dir", str(directory)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.url, self.pages = [self.process.stdout.readline().split(": ")[1].strip() for _ in range(2)]

    def gateway(self, store: str, number: str) -> LittleGateway:
        made = LittleGateway(self.url, self.codes[store], number * 32, self.directory / store)
        made.fetch_all()
        return made

    def api(self, path: str, **query) -> dict:
        headers = {"authorization": "Bearer " + self.key}
        answer = httpx.get(self.pages + "/api/v1" + path, params=query, headers=headers, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = Served(tmp_path_factory.mktemp("served") / "hq")
    yield made
    made.process.terminate()
    assert made.process.wait(10) == 0


def test_a_tap_arrives_and_value_follows_the_member(served):
    first, second = served.gateway("0001", "1"), served.gateway("0002", "2")
    kinds = [body["kind"] for body in first.heard]
    assert kinds[0] == "rules" and "revocation" in kinds and kinds.count("right_grant") == 4
    assert [body["display"] for body in first.heard if body["kind"] == "member"] == ["Ada"]
    assert first.beat()["booked_seq"] == 0
    second.beat()

    first.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
    first.shop.sale(DAY, 2, {"4001": 2000}, ADA, stored_cents=258)
    assert first.deliver().json()["upto"] == first.shop.seq

    obedient = Obedient(first)
    asked = {"request": "f" * 32, "account": ADA, "want": {"principal": 30_00}}
    before_s = time.monotonic()
    told = second.line.post("/gateway/v1/float", json=asked).json()
    took_s = time.monotonic() - before_s
    granted = sum(one["amount"] for message in told["messages"] for one in json.loads(message["body"])["slices"])
    assert granted == 30_00 and took_s < 1.5, (told, took_s)
    again = second.line.post("/gateway/v1/float", json=asked).json()
    assert again["messages"] == told["messages"]
    other = second.line.post("/gateway/v1/float", json=asked | {"want": {"principal": 1}})
    assert (other.status_code, other.json()["reason"]) == (409, "id_conflict")
    obedient.stop()

    second.fetch_all()
    second.shop.sale(DAY, 3, {"4004": 1000}, ADA, stored_cents=890)
    assert second.deliver().status_code == 200
    first.deliver()
    member = served.api("/members/" + ADA)
    assert member["in_all"] == {"principal": 100_00 - 258 - 890, "bonus": 10_00, "points": member["in_all"]["points"]}
    books = served.api("/trial-balance")
    assert not any(books["by_unit"].values()) and books["negative"] == []
    sales = served.api("/events", kind="sale")["events"]
    assert [sale["total_cents"] for sale in sales] == [258, 890]
    states = {row["code"]: row["gateway"]["state"] for row in served.api("/stores")["stores"]}
    assert states == {"0001": "up", "0002": "up"}


def test_facts_follow_the_log_by_themselves(served):
    """A process beside head office takes it in; nobody asks for a report here."""
    newest = max(event["id"] for event in served.api("/events")["events"])
    until_s, folder = time.monotonic() + 60, Folder(served.directory / "facts")
    while folder.manifest().cursors.get("log", 0) < newest:
        assert time.monotonic() < until_s, folder.manifest()
        time.sleep(0.1)
    sales = served.api("/events", kind="sale")["events"]
    sold = served.api("/reports/sales_summary", **{"from": DAY, "to": DAY})
    assert sold["total"]["gross_amount"] == sum(sale["total_cents"] for sale in sales)


class Obedient:
    """Keeps a gateway fetching, obeying and delivering until stopped, as its uplink does."""

    def __init__(self, gateway: LittleGateway):
        self._gateway, self._stopping = gateway, False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._gateway.fetch(wait_s=1)
            if self._gateway.shop.lines:
                assert self._gateway.deliver().status_code == 200

    def stop(self) -> None:
        self._stopping = True
        self._thread.join()


def test_only_a_gateway_with_a_valid_certificate_is_heard(served):
    url, directory = served.url, served.directory
    ca_pem = httpx.get(url + "/gateway/v1/ca", verify=False, trust_env=False).json()["ca_pem"]
    nobody = line_to(url, ca_pem).get("/gateway/v1/messages")
    assert (nobody.status_code, nobody.json()["reason"]) == (401, "no_certificate")

    code = hq_command(directory, "terminal", "add", "0002-pos1", "--app", "pos")["code"]
    key, request = signing_request()
    told = line_to(url, ca_pem).post("/terminal/v1/enrol", json={"code": code, "csr_pem": request}).json()
    (directory / "pos.key").write_bytes(key)
    (directory / "pos.pem").write_text(told["certificate_pem"])
    terminal = line_to(url, ca_pem, directory / "pos.pem", directory / "pos.key").get("/gateway/v1/messages")
    assert (terminal.status_code, terminal.json()["reason"]) == (403, "not_allowed")
    used = line_to(url, ca_pem).post("/terminal/v1/enrol", json={"code": code, "csr_pem": request})
    assert (used.status_code, used.json()["reason"]) == (403, "bad_code")


def test_a_replaced_gateway_is_refused_and_its_float_waits(served):
    code = hq_command(served.directory, "store", "code", "0002")["code"]
    old = LittleGateway.__new__(LittleGateway)
    old.line = line_to(
        served.url,
        httpx.get(served.url + "/gateway/v1/ca", verify=False).json()["ca_pem"],
        served.directory / "0002" / "gateway.pem",
        served.directory / "0002" / "gateway.key",
    )
    served.codes["0002"] = code
    fresh = LittleGateway(served.url, code, "3" * 32, served.directory / "0002-again")
    refused = old.line.get("/gateway/v1/messages")
    assert (refused.status_code, refused.json()["reason"]) == (403, "revoked")
    letters = [body["letter"] for body in fresh.fetch_all() if body["kind"] == "terminal"]
    assert len(letters) == 1 and len(letters[0]) == 32
    books = served.api("/trial-balance")
    assert not any(books["by_unit"].values()) and books["negative"] == []


def test_a_message_leaves_at_once_and_another_process_is_noticed(served):
    gateway = LittleGateway(
        served.url, hq_command(served.directory, "store", "code", "0001")["code"], "4" * 32, served.directory / "0001-b"
    )
    gateway.fetch_all()
    told: list = []
    waiting = threading.Thread(target=lambda: told.append((gateway.fetch(wait_s=25), time.monotonic())))
    waiting.start()
    time.sleep(0.5)
    hq_command(served.directory, "member", "status", ADA, "frozen")
    done_s = time.monotonic()
    waiting.join()
    (bodies, at_s) = told[0]
    assert [(body["kind"], body["status"]) for body in bodies] == [("member", "frozen"), ("block", "frozen")]
    assert at_s - done_s < 20, "told when it was there, not when the request had waited long enough"


def test_garbage_is_refused_with_a_reason_and_counted(served):
    code = hq_command(served.directory, "store", "code", "0002")["code"]
    gateway = LittleGateway(served.url, code, "5" * 32, served.directory / "0002-c")
    for _ in range(2):
        answer = gateway.line.post("/gateway/v1/events", content=b"garbage\n" * 3)
        assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")
    large = gateway.line.post("/gateway/v1/events", content=b"x" * (9 * 1024 * 1024))
    assert (large.status_code, large.json()["reason"]) == (413, "oversized")
    for body in (b"", b"[]", b'{"request":"x","account":"y","want":{}}', b'{"want":' + b"[" * 2000):
        assert gateway.line.post("/gateway/v1/float", content=body).status_code == 400, body
    assert gateway.line.get("/gateway/v1/messages", params={"after": -1}).status_code == 422
    counts = {row["kind"]: row["count"] for row in served.api("/alarms")["alarms"] if row["store"] == "0002"}
    assert counts["batch_malformed"] == 2 and counts["batch_oversized"] == 1
    assert gateway.beat(clock_s=1)["status"] == "enrolled", "a clock of 1970 is an alarm, no more"
    gateway.fetch_all()
    assert gateway.deliver().status_code == 200
