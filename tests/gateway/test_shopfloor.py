"""The sale path through a real Mosquitto: what must hold between processes."""

import json
import queue
import socket
import time
from dataclasses import replace

import pytest

from gateway import bootstrap
from protocol import datagram, topics
from tests.gateway.authority import Authority
from tests.gateway.shopfloor import Shopfloor
from tests.gateway.stage import ALICE, CARD, INCARNATION, JOURNAL, LINK_KEY, STORE, WITNESS_KEY
from tools.samples import pos


@pytest.fixture(params=["batched", "paho"])
def floor(tmp_path, request):
    floor = Shopfloor(tmp_path, adapter=request.param).start()
    yield floor
    floor.stop()


@pytest.fixture
def till(floor):
    till = floor.terminal().connect()
    till.hello()
    till.sign_on()
    return till


def sale(till, n: int, basket: int, **tenders) -> tuple[str, bytes]:
    """The frame of a sale of one tea."""
    till.scan(basket, ["100"])
    return till.frame("pay", **till.pay(n, basket, **(tenders or {"cash_cents": 1000})))


def slice_of(cents: int) -> list[dict]:
    """A grant's one slice of paid-in value."""
    terms = {"origin": "0002", "kind": "top_up", "expires": "", "opened_s": 1}
    return [{"asset": "principal", "lot": "0a" * 8, "amount": cents} | terms]


def test_a_sale_is_approved_and_its_repeat_gets_the_same_bytes(till):
    frame = sale(till, 1, 1)
    first = till.raw(*frame)
    assert till.open(*first)[0] == "receipt"
    assert till.raw(*frame) == first


def test_stored_value_is_spent_from_a_float_that_head_office_grants(floor, till):
    uplink = floor.terminal("uplink").connect()
    slices = slice_of(1500)
    grant = floor.stage.hq.message("grant", grant="0f" * 16, incarnation=INCARNATION, account=ALICE, slices=slices)
    uplink.uplink_says("hq", grant)
    assert uplink.inbox.get(timeout=5)[0] == topics.down("0001-uplink", "head")
    tap = till.tap()
    message, values = till.open(*till.raw(*sale(till, 1, 1, stored_cents=1000, account=ALICE, tap=tap)))
    assert (message, values["principal_cents"], values["here"]["principal"]) == ("receipt", 1000, 500)


def test_a_short_float_waits_for_head_office_and_is_decided_when_the_grant_is_there(floor, till):
    uplink = floor.terminal("uplink").connect()
    uplink.uplink_says("line", {"up": True})
    till.publish(*sale(till, 1, 1, stored_cents=1000, account=ALICE, tap=till.tap()))
    wanted = None
    while wanted is None:
        topic, payload = uplink.inbox.get(timeout=5)
        wanted = json.loads(payload) if topic.endswith("/want") else None
    assert (wanted["account"], wanted["want"]) == (ALICE, {"principal": 1000})
    told = {"grant": "0f" * 16, "incarnation": INCARNATION, "account": ALICE, "slices": slice_of(1000)}
    uplink.uplink_says("hq", floor.stage.hq.message("grant", **told))
    assert till.open(*till.next())[0] == "receipt"


def test_a_short_float_is_refused_after_the_wait_when_nothing_comes(floor, till):
    floor.terminal("uplink").connect().uplink_says("line", {"up": True})
    started_s = time.monotonic()
    message, values = till.open(*till.raw(*sale(till, 1, 1, stored_cents=1000, account=ALICE, tap=till.tap())))
    assert (message, values["reason"]) == ("refused", "insufficient_float")
    assert time.monotonic() - started_s > 0.35


def test_kill_9_between_requests_loses_nothing(floor, till):
    receipts = []
    for n in range(1, 5):
        frame = sale(till, n, n)
        till.publish(*frame)
        if n % 2:
            floor.kill_sale()
            floor.start_sale()
            till.publish(*frame)  # the terminal repeats what was not answered
        first = till.next(15)
        receipts.append(till.open(*first)[1]["receipt"])
        time.sleep(0.3)
        assert set(till.rest()) <= {first}
    assert receipts == [1, 2, 3, 4]


def test_the_store_goes_on_when_its_broker_starts_again(floor, till):
    floor.broker.terminate()
    floor.broker.wait()
    floor.start_broker()
    assert till.state.get(timeout=10).startswith("lost")
    assert till.state.get(timeout=10) == "Success"
    till.client.subscribe(topics.all_down(till.name), 1)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        till.publish(*till.frame("time_ask", nonce="00" * 8))
        try:
            assert till.open(*till.next(1))[0] == "time_tell"
            return
        except queue.Empty:
            continue
    raise AssertionError("the sale process did not come back: " + floor.log())


def test_the_time_is_told_by_udp_to_whoever_holds_the_key(floor, till):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(3)
        asking.connect(("127.0.0.1", floor.config.broker_port))
        asking.send(b"nonsense")
        asking.send(datagram.pack(*till.frame("time_ask", nonce="5a" * 8)))
        message, values = till.open(*datagram.unpack(asking.recv(512)))
    assert (message, values["nonce"]) == ("time_tell", "5a" * 8)


def test_what_is_no_frame_is_refused_counted_and_logged_once(floor, till):
    for _ in range(3):
        assert till.send(topics.up(till.name, "hello"), b"\xff\x00garbage" * 20)[0][1]["reason"] == "malformed"
        assert till.send(topics.up(till.name, "hello"), b"x" * 5000)[0][1]["reason"] == "oversized"
        topic, frame = till.frame("time_ask", nonce="00" * 8)
        assert till.send(topic, frame.replace(b'"00000', b'"10000'))[0][1]["reason"] == "bad_mac"
    counts = dict(floor.stage.db.execute("SELECT reason, count FROM refused WHERE client = '0001-pos1'").fetchall())
    assert counts == {"malformed": 3, "oversized": 3, "bad_mac": 3}
    assert floor.log().count("0001-pos1: bad_mac") == 1
    assert till.send(*till.frame("time_ask", nonce="00" * 8))[0][0] == "time_tell"


def test_a_terminal_cannot_publish_or_read_under_another_name(floor, till):
    floor.issue("pos2")
    other = floor.terminal("pos2").connect()
    heard = floor.stage.db.execute("SELECT COUNT(*) FROM refused").fetchone()
    other.client.subscribe("tapwell/0001-pos1/down/#", 1)
    other.publish(*till.frame("time_ask", nonce="00" * 8))
    with pytest.raises(queue.Empty):
        till.next(1)
    assert till.send(*till.frame("time_ask", nonce="11" * 8))[0][1]["nonce"] == "11" * 8
    assert other.inbox.empty()
    assert floor.stage.db.execute("SELECT COUNT(*) FROM refused").fetchone() == heard


def test_a_foreign_certificate_stays_outside(floor):
    Authority("Somebody else").issue(floor.directory / "tls", "foreign", "0001-pos1")
    assert floor.terminal("pos1", "foreign").refused_at_the_door()


def test_a_revoked_certificate_is_shut_out_and_what_is_inside_falls_silent(floor, till):
    floor.authority.revoked.append(floor.serials["pos1"])
    uplink = floor.terminal("uplink").connect()
    told = {"serials": ["01"], "crl_pem": floor.authority.crl_pem()}
    uplink.uplink_says("hq", floor.stage.hq.message("revocation", **told))
    time.sleep(1)
    till.publish(*till.frame("time_ask", nonce="00" * 8))
    with pytest.raises(queue.Empty):
        till.next(1)
    assert floor.terminal().refused_at_the_door()


@pytest.mark.parametrize("wrong_s", [0, 1_700_000_000 + 20 * 365 * 86400])
def test_a_wrong_clock_stops_no_sale_and_moves_no_money(tmp_path, wrong_s):
    floor = Shopfloor(tmp_path, fake_time=str(wrong_s)).start()
    try:
        till = floor.terminal().connect()
        assert till.hello()["at_s"] == wrong_s
        till.sign_on()
        floor.stage.shop.clock.at_s = wrong_s
        message, values = till.open(*till.raw(*sale(till, 1, 1)))
        assert (message, values["cash_cents"]) == ("receipt", 1000)
        tap = till.tap(ALICE, CARD)
        told = {"j": JOURNAL, "l": 1, "n": 1, "operator": "7", "shift": 1, "at_s": 0, "account": ALICE, "tap": tap}
        assert till.request("top_up", **told, amount_cents=500, tender="cash")[0] == "topped_up"
        spent = till.open(*till.raw(*sale(till, 2, 2, stored_cents=500, cash_cents=500, account=ALICE, tap=tap)))
        assert (spent[0], spent[1]["here"]["principal"]) == ("receipt", 0)
    finally:
        floor.stop()


def test_a_broker_behind_websockets(tmp_path):
    floor = Shopfloor(tmp_path, adapter="paho-websockets").start()
    till = floor.terminal().connect()
    till.hello()
    till.sign_on()
    topic, frame = till.raw(*sale(till, 1, 1))
    assert till.open(topic, frame)[0] == "receipt"
    floor.kill_sale()
    floor.start_sale()
    assert till.raw(*till.frame("pay", **till.pay(1, 1, cash_cents=1000)))[1] == frame
    floor.stop()


def test_a_till_of_somebody_elses_making_sells(floor, tmp_path):
    """The integrators' sample knows nothing of this project but what the documents say."""
    folder, tls = tmp_path / "till", floor.config.tls
    folder.mkdir()
    for name, kept in (("ca.pem", "ca.pem"), ("terminal.pem", "pos1.pem"), ("terminal.key", "pos1.key")):
        (folder / name).write_bytes((tls / kept).read_bytes())
    place = {"gateway_host": "localhost", "gateway_port": floor.config.broker_port, "terminal": f"{STORE}-pos1"}
    keys = {"key_number": 1, "link_key": LINK_KEY.hex(), "witness_key": WITNESS_KEY.hex()}
    (folder / "terminal.json").write_text(json.dumps(place | keys))
    for number in (1, 2):
        till = pos.Till(folder)
        receipt = till.sell("100")
        assert (receipt["n"], receipt["receipt"], receipt["cash_cents"]) == (number, number, 1000)
        till.close()
    till = pos.Till(folder)
    with pytest.raises(SystemExit, match="unknown_goods"):
        till.sell("7")
    till.close()


def test_an_adapter_that_does_not_exist_is_named(tmp_path):
    floor = Shopfloor(tmp_path)
    with pytest.raises(ValueError, match="broker_adapter 'carrier pigeon'; there are batched, paho, paho-websockets"):
        bootstrap.wire(replace(floor.config, broker_adapter="carrier pigeon"))
    floor.stop()
