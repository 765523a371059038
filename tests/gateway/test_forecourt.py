"""The forecourt page before the real desk: what it shows, who may do what, and that nothing is done twice."""

import io
import json
import re
import sqlite3
import ssl
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import openpyxl
import pytest

from gateway.web import forecourt, forecourt_texts, sessions, view
from gateway.web.commands import COMMANDS, checked
from gateway.web.page import Page
from tests.gateway.authority import Authority
from tests.gateway.forecourt_stage import PUMP, Station
from tests.gateway.shopfloor import free_port
from tests.gateway.stage import STORE

WEB = Path(forecourt.__file__).parent
AGREED = {"second": "9", "second_pin": "9999"}


@pytest.fixture
def station(tmp_path):
    return Station(tmp_path)


@pytest.fixture
def tablet(station):
    """Kim is signed in and the shift is open."""
    tablet = station.tablet()
    assert tablet.signs_in() == "ok"
    assert tablet.do("shift_open", cash_cents=5000) == "ok"
    return tablet


def nozzle(tablet, n: int) -> dict:
    return next(one for one in tablet.state()["nozzles"] if one["n"] == n)


# ---- what it is made of


def test_the_page_asks_nothing_from_elsewhere_and_runs_no_script_but_its_own(station):
    tablet = station.tablet()
    page = tablet.get()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    files = [page.body.decode()] + [tablet.get("/forecourt/" + name).body.decode() for name in forecourt.STATIC]
    assert all(files)
    assert [
        found for text in files for found in re.findall(r"https?://|@import|\sstyle=|<script>|\son\w+=\"", text)
    ] == []


def test_every_word_of_the_page_is_there_in_both_languages(station):
    english, chinese = forecourt_texts.TEXTS["en"], forecourt_texts.TEXTS["zh"]
    assert english.keys() == chinese.keys()
    script = (WEB / "static" / "forecourt.js").read_text()
    sheets = "".join(path.read_text() for path in (WEB / "templates").glob("f*.html"))
    used = set(re.findall(r"\bT\.(\w+)", script)) | set(re.findall(r"\bt\.(\w+)", sheets)) - {"get"}
    used |= (
        set(view.MAY) | {"down", "telling", "voiding", "suspense"} | {does for may in view.MAY.values() for does in may}
    )
    used |= {"advice_" + word for word in ("wake_terminal", "wake_pump", "wait", "close")}
    used |= {"gateway_" + word for word in ("away", "closed", "damaged", "fenced")}
    assert used <= english.keys()
    for language, word in (("en", "Forecourt"), ("zh", "加油现场")):
        assert f"<h1>{word}" in station.tablet(language=language).get().body.decode()


# ---- who may


def test_signing_in_and_what_others_see(station):
    tablet = station.tablet()
    station.pump.begins(1, 4000)
    anonymous = tablet.state()
    assert [(one["kind"], one["who"]) for one in anonymous["nozzles"]] == [("member", ""), ("", "")]
    assert (anonymous["me"], anonymous["sales"], anonymous["unpaid"], anonymous["csrf"]) == (None, [], [], "")
    assert tablet.signs_in("7", "0000") == "wrong_pin"
    assert tablet.signs_in() == "ok"
    assert (
        "HttpOnly" in tablet.answer.headers["Set-Cookie"] and "SameSite=Strict" in tablet.answer.headers["Set-Cookie"]
    )
    assert "token" not in tablet.told
    known = tablet.state()
    assert (known["me"]["name"], known["nozzles"][0]["who"], known["nozzles"][0]["held_cents"]) == (
        "Kim",
        "Alice L.",
        4000,
    )
    assert tablet.do("sign_off") == "ok" and tablet.state()["me"] is None


def test_no_other_page_may_send_commands(station, tablet):
    table = (
        ({}, "ok"),
        ({"origin": "http://evil.example"}, "forbidden"),
        ({"origin": ""}, "forbidden"),
        ({"x-csrf": "another"}, "forbidden"),
        ({"x-csrf": ""}, "forbidden"),
        ({"content-type": "text/plain"}, "forbidden"),
        ({"host": "evil.example", "origin": "http://evil.example"}, "forbidden"),
        ({"host": "tablet.example:8090", "origin": "http://tablet.example:8090"}, "ok"),
        ({"cookie": ""}, "not_signed_on"),
        ({"cookie": "tapwell_forecourt=guessed"}, "not_signed_on"),
    )
    for n, (headers, reason) in enumerate(table):
        before, command = len(station.orders), {"id": "%032x" % (n + 0xA0), "do": "stop", "terminal": PUMP, "nozzle": 1}
        assert tablet.sends(command, **headers) == reason, headers
        assert len(station.orders) - before == (reason == "ok"), headers


def test_another_name_for_this_machine_reads_nothing(station):
    assert station.tablet().get("/forecourt/state", host="evil.example").status == 403


def test_a_pin_does_not_cross_the_network_in_the_open(station):
    assert station.tablet(client="192.0.2.7").signs_in() == "plain_line"
    tablet = station.tablet(client="192.0.2.7", secure=True)
    assert tablet.signs_in() == "ok" and "Secure" in tablet.answer.headers["Set-Cookie"]


def test_tries_are_counted_per_device_and_per_number(station):
    tablet = station.tablet()
    assert [tablet.signs_in("7", "0000") for _ in range(6)] == ["wrong_pin"] * 5 + ["pin_locked"]
    for _ in range(sessions.TRIES_MAX - 6):
        assert tablet.signs_in("8", "0000") == "wrong_pin"
    assert tablet.signs_in("9") == "too_many_tries"
    assert station.tablet(client="127.0.0.2").signs_in("9") == "ok"
    station.now_s += sessions.TRIES_S
    assert tablet.signs_in("9") == "ok"


def test_a_session_ends_when_nobody_does_anything(station, tablet):
    station.now_s += sessions.IDLE_S - 1
    assert tablet.do("stop", terminal=PUMP, nozzle=1) == "ok"
    station.now_s += sessions.IDLE_S - 1
    assert tablet.state()["me"]  # watching is nothing that anybody does
    station.now_s += 2
    assert tablet.state()["me"] is None and tablet.do("stop", terminal=PUMP, nozzle=1) == "not_signed_on"


def test_a_sale_process_that_started_anew_asks_for_the_pin_again(station, tablet):
    station.stage.start()
    station.pump.hello()
    assert tablet.do("stop", terminal=PUMP, nozzle=1) == "not_signed_on"
    assert tablet.state()["me"] is None and tablet.signs_in() == "ok"


BAD = (
    b"", b"[]", b"null", b"{", b"[" * 5000, b'{"do":"stop"}', b'{"id":1,"do":"stop_all"}', "\u9ed1".encode("gb18030"),
    b'{"id":"A0000000000000000000000000000000","do":"stop_all"}',
    b'{"id":"%s","do":"look"}' % (b"a" * 32), b'{"id":"%s","do":"stop_all","token":"x"}' % (b"a" * 32),
    b'{"id":"%s","do":"stop","terminal":"x","nozzle":0}' % (b"a" * 32),
    b'{"id":"%s","do":"stop","terminal":"x","nozzle":true}' % (b"a" * 32),
    b'{"id":"%s","do":"stop","terminal":"x\\n","nozzle":1}' % (b"a" * 32),
    b'{"id":"%s","do":"settle_cash","fill":1,"cents":-1}' % (b"a" * 32),
    b'{"id":"%s","do":"shift_close","counted_cents":1,"tests":[{"terminal":"x","nozzle":1}]}' % (b"a" * 32),
)  # fmt: skip


def test_what_is_no_command_never_reaches_the_sale_process(station, tablet):
    asked = len(station.asked)
    assert [body for body in BAD if tablet.sends(None, raw=body or b" ") != "malformed"] == []
    assert len(station.asked) == asked


def test_every_command_of_the_page_is_known_with_its_fields():
    script = (WEB / "static" / "forecourt.js").read_text()
    sent = set(re.findall(r'\["(\w+)", \{', script)) | set(re.findall(r'sendNow\("(\w+)"', script)) | {"resume_all"}
    assert sent | {"stop", "suspend", "resume"} == COMMANDS.keys()
    assert checked({"id": "a" * 32, "do": "start", "terminal": PUMP, "nozzle": 1, "cents": 0, "ml": 0})


class Line:
    """Head office is away."""

    up, closed = False, ""


def served(station, config) -> Page:
    page = Page(config, station.reader, Line(), station.console)
    page.port = config.status_port
    threading.Thread(target=page.run, daemon=True).start()
    return page


def test_the_page_is_served_live(station):
    """Over HTTP: the page, one state of the stream, its end with the server; no path leads out of its files."""
    page = served(station, replace(station.config, status_port=free_port()))
    address = f"http://127.0.0.1:{page.port}/forecourt"
    try:
        with urllib.request.urlopen(address + "/stream", timeout=10) as stream:
            assert json.loads(stream.readline().removeprefix(b"data: "))["nozzles"][0]["code"] == "305"
        for path in ("/../page.py", "/static/forecourt.js", "/%2e%2e/page.py"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(address + path, timeout=10)
        with urllib.request.urlopen(address.removesuffix("/forecourt"), timeout=10) as status:
            assert 'href="/forecourt?language=en"' in status.read().decode()
        much = HTTPConnection("127.0.0.1", page.port, timeout=10)
        much.putrequest("POST", "/forecourt/do")
        much.putheader("Content-Length", str(forecourt.BODY_MAX + 1))
        much.endheaders()
        assert much.getresponse().status == 413
        much.close()
    finally:
        page.stop()


def test_the_page_is_served_encrypted(station, tmp_path):
    (tmp_path / "tls").mkdir()
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    authority.issue(tmp_path / "tls", "broker", "broker", ("localhost", "127.0.0.1"))
    page = served(station, replace(station.config, status_port=free_port(), status_tls=True))
    try:
        trusts = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        address = f"https://127.0.0.1:{page.port}/forecourt"
        with urllib.request.urlopen(address, timeout=10, context=trusts) as answer:
            assert answer.status == 200
        command = {"id": "a" * 32, "do": "sign_on", "operator": "7", "pin": "1234"}
        headers = {"Origin": f"https://127.0.0.1:{page.port}", "Content-Type": "application/json"}
        request = urllib.request.Request(address + "/do", json.dumps(command).encode(), headers)
        with urllib.request.urlopen(request, timeout=10, context=trusts) as answer:
            assert answer.headers["Set-Cookie"].endswith("; Secure")
    finally:
        page.stop()


# ---- what it does


def test_an_emergency_stop_needs_no_pin_and_its_release_does(station):
    tablet = station.tablet()
    assert tablet.do("stop_all") == "ok"
    assert [(one["nozzle"], one["do"]) for one in station.orders] == [(0, "stop")]
    station.pump.tells(1, alarm="stop_all")
    assert nozzle(tablet, 1)["stopped_all"] and nozzle(tablet, 1)["may"] == []
    assert tablet.do("resume_all") == "not_signed_on"
    assert tablet.signs_in() == "ok" and tablet.do("resume_all") == "ok"
    assert station.orders[-1]["do"] == "resume"


def test_a_postpaid_fill_paid_in_cash_once(station, tablet):
    assert nozzle(tablet, 1)["may"] == ["start"]
    assert tablet.do("start", "c" * 32, terminal=PUMP, nozzle=1, cents=5000, ml=0) == "ok"
    assert tablet.do("start", "c" * 32, terminal=PUMP, nozzle=1, cents=5000, ml=0) == "ok"
    order = station.orders[0]
    assert (order["operator"], order["cents"], order["ask"]) == ("7", 5000, "c" * 8)
    assert [one["ask"] for one in station.orders] == ["c" * 8] * len(station.orders)  # a terminal does it once
    station.pump.begins(1, 0, order)
    station.pump.flows(1, 20_000)
    shown = nozzle(tablet, 1)
    assert (shown["who"], shown["cents"], shown["held_cents"], shown["may"]) == ("Kim", 3000, 5000, ["suspend", "stop"])
    number = station.pump.ends(1, member=False)["fill"]
    (waiting,) = tablet.state()["unpaid"]
    assert (waiting["fill"], waiting["cents"], waiting["ml"], waiting["who"]) == (number, 3000, 20_000, "Kim")
    assert tablet.do("settle_cash", fill=number, cents=2999) == "total_mismatch"
    assert tablet.do("settle_cash", "d" * 32, fill=number, cents=3000) == "ok"
    receipt = tablet.told["receipt"]
    assert tablet.do("settle_cash", "d" * 32, fill=number, cents=3000) == "ok" and tablet.told["receipt"] == receipt
    assert tablet.do("settle_cash", fill=number, cents=3000) == "fill_paid"
    told = tablet.state()
    assert told["unpaid"] == []
    assert (told["sales"][0]["receipt"], told["sales"][0]["tenders"]) == (receipt, [["cash", 3000]])


def test_a_fill_that_nobody_pays_is_given_up_by_two(station, tablet):
    assert tablet.do("start", terminal=PUMP, nozzle=1, cents=5000, ml=0) == "ok"
    number = station.pump.fills(1, 10_000, station.orders[-1])["fill"]
    assert tablet.do("drive_off", fill=number, second="7", second_pin="1234") == "second_person"
    assert tablet.do("drive_off", fill=number, second="9", second_pin="0000") == "second_person"
    assert tablet.do("drive_off", fill=number, **AGREED) == "ok"
    assert (tablet.state()["unpaid"], tablet.state()["sales"][0]["kind"]) == ([], "drive_off")


def test_a_sale_in_suspense_shows_its_evidence_and_is_closed_by_two(station, tablet):
    station.pump.begins(1, 4000)
    station.pump.flows(1, 12_000)
    station.pump.says(1, "unknown")
    station.pump.tells(1, state="suspense")
    (held,) = tablet.state()["waiting"]
    assert (held["who"], held["held_cents"], held["advice"]) == ("Alice L.", 4000, "wake_pump")
    assert (held["before_ml"], held["now_ml"], held["flowed_ml"], held["last_ml"]) == (1_000_000, None, None, 12_000)
    assert nozzle(tablet, 1)["who"] == "Alice L."
    station.pump.tells(1, state="telling")
    (heard,) = tablet.state()["waiting"]
    assert (heard["now_ml"], heard["flowed_ml"], heard["flowed_cents"]) == (1_012_000, 12_000, 1800)
    assert (heard["last_ml"], heard["advice"]) == (None, "wait")
    assert held["since_s"] == station.stage.clock.at_s
    station.waits(view.SPEAKS_S)
    assert tablet.state()["waiting"][0]["advice"] == "wake_terminal" and tablet.signs_in() == "ok"
    assert (
        tablet.do("close_hold", hold=held["hold"], ml=12_000, cents=0, second="7", second_pin="1234") == "second_person"
    )
    assert tablet.do("close_hold", hold=held["hold"], ml=12_000, cents=0, **AGREED) == "ok"
    assert tablet.state()["waiting"] == [] and tablet.state()["sales"][0]["cents"] == 1800


def test_a_silent_terminal_and_a_silent_sale_process_are_said(station, tablet):
    assert tablet.state()["gateway"] == "up" and nozzle(tablet, 1)["online"]
    station.deaf = True
    station.waits(11)
    assert tablet.state()["gateway"] == "up"  # somebody has just begun to watch: it is given a moment
    station.waits(4)
    assert tablet.state()["gateway"] == "away"
    station.waits(view.SPEAKS_S)
    assert not nozzle(tablet, 1)["online"] and nozzle(tablet, 1)["may"] == []
    station.line = (True, "disk is full")
    assert (tablet.state()["gateway"], tablet.state()["hq_up"]) == ("closed", True)
    station.reader = lambda: sqlite3.connect(station.config.directory)  # no file that can be opened
    assert tablet.state()["gateway"] == "damaged"


def test_a_nozzle_whose_pump_serves_another_is_not_to_be_started(station, tablet):
    assert nozzle(tablet, 2)["may"] == ["start"]
    station.pump.tells(2, busy=1)
    assert (nozzle(tablet, 2)["may"], nozzle(tablet, 2)["busy"]) == ([], 1)
    del station.pump.rows[2]["busy"]
    station.pump.tells()
    assert (nozzle(tablet, 2)["may"], nozzle(tablet, 2)["busy"]) == (["start"], 0)


def test_no_answer_is_said_and_asking_again_does_it_once(station, tablet):
    number = station.pump.fills(1, 10_000, _started(station, tablet))["fill"]
    said, station.deaf = len(station.asked), True
    assert tablet.do("settle_cash", "f" * 32, fill=number, cents=1500) == "no_answer"
    station.stage.uplink("console", station.asked[said])  # it was done all the same: only its answer was lost
    station.deaf = False
    assert tablet.do("settle_cash", "f" * 32, fill=number, cents=1500) == "ok"
    assert [one["receipt"] for one in station.stage.events() if one["kind"] == "sale"] == [tablet.told["receipt"]]


def _started(station, tablet) -> dict:
    assert tablet.do("start", terminal=PUMP, nozzle=1, cents=5000, ml=0) == "ok"
    return station.orders[-1]


# ---- the shift


def test_a_shift_is_closed_with_every_litre_and_cent(station, tablet):
    pump = station.pump
    pump.fills(1, 20_000)  # Alice: 30.00
    number = pump.fills(2, 10_000, _started(station, tablet))["fill"]
    assert tablet.do("settle_cash", fill=number, cents=1500) == "ok"
    lost = pump.fills(2, 4_000, _started(station, tablet))["fill"]
    assert tablet.do("drive_off", fill=lost, **AGREED) == "ok"
    left = pump.fills(1, 2_000, _started(station, tablet))["fill"]
    pump.flows(2, 5_000)  # into a can and back: nobody has booked it
    tests = [{"terminal": PUMP, "nozzle": 2, "ml": 5_000}]
    assert tablet.do("shift_close", counted_cents=6400, tests=tests) == "ok"
    number, told = tablet.told["fuel_shift"], station.stage.events()[-1]
    assert (told["kind"], told["fuel_shift"]) == ("fuel_shift_closed", number)
    litres = [[one[name] // 1000 for name in ("totals_ml", "sold_ml", "unpaid_ml", "lost_ml", "test_ml", "gap_ml")]
              for one in told["nozzles"]]  # fmt: skip
    assert litres == [[22, 20, 2, 0, 0, 0], [19, 10, 0, 4, 5, 0]]
    money = told["money"]
    assert (money["delivered_cents"], money["lost_cents"], money["unpaid_now_cents"]) == (5400, 600, 300)
    assert (money["tenders"], money["difference_cents"]) == ({"principal": 3000, "cash": 1500, "till": 0}, 0)
    assert (told["cash"]["expected_cents"], told["cash"]["over_cents"]) == (6500, -100)
    assert [one["fill"] for one in tablet.state()["unpaid"]] == [left]
    page = tablet.get(f"/forecourt/shifts/{number}").body.decode()
    sheet = tablet.get(f"/forecourt/shifts/{number}.csv").body.decode("utf-8-sig")
    assert "Kim" in page and "-1.00" in page and "22.000" in page
    assert "pump1 · 2,Super,1000.000,1019.000,19.000,10.000,0.000,4.000,5.000,0.000,2,15.00" in sheet
    book = openpyxl.load_workbook(io.BytesIO(tablet.get(f"/forecourt/shifts/{number}.xlsx").body))
    nozzles, gaps, money, drawer = book.worksheets
    assert [cell.value for cell in nozzles[3]] == ["pump1 · 2", "Super", 1000, 1019, 19, 10, 0, 4, 5, 0, 2, 15]
    assert [cell.value for cell in nozzles[4]][:5] == ["All", None, None, None, "=SUM(E2:E3)"]
    assert (gaps.max_row, money["B3"].value, drawer["B6"].value) == (1 + len(told["gaps"]), 54, -1)
    assert tablet.get("/forecourt/shifts/99").status == tablet.get("/forecourt/shifts/x").status == 404


def test_a_shift_ends_for_everybody_at_the_forecourt(station, tablet):
    assert tablet.do("shift_open", cash_cents=0) == "shift_open"
    other = station.tablet()
    assert other.signs_in("9") == "ok"
    assert tablet.do("shift_close", counted_cents=5000, tests=[]) == "ok"
    assert other.do("start", terminal=PUMP, nozzle=1, cents=0, ml=0) == "not_signed_on"
    assert tablet.get("/forecourt/shifts/1").status == 200 and station.tablet().get("/forecourt/shifts/1").status == 303
    assert tablet.do("shift_close", counted_cents=0, tests=[]) == "no_shift"
    kinds = station.stage.kinds()
    assert kinds.count("shift_closed") == 2 and kinds.count("fuel_shift_closed") == 1


def test_what_is_unpaid_goes_into_the_next_shift(station, tablet):
    number = station.pump.fills(1, 10_000, _started(station, tablet))["fill"]
    assert tablet.do("shift_close", counted_cents=5000, tests=[]) == "ok"
    assert tablet.signs_in() == "ok" and tablet.do("shift_open", cash_cents=0) == "ok"
    assert tablet.do("settle_cash", fill=number, cents=1500) == "ok"
    assert tablet.do("shift_close", counted_cents=1500, tests=[]) == "ok"
    money = station.stage.events()[-1]["money"]
    assert (money["unpaid_before_cents"], money["delivered_cents"], money["unpaid_now_cents"]) == (1500, 0, 0)
    assert (money["tenders"]["cash"], money["difference_cents"], tablet.told["cash"]["over_cents"]) == (1500, 0, 0)


def test_a_fill_in_a_basket_is_the_tills_and_counts_as_paid_there(station, tablet):
    number = station.pump.fills(1, 10_000, _started(station, tablet))["fill"]
    till = station.stage.till
    till.hello()
    shift = till.sign_on()
    till.scan(1, [f".{number}"], shift=shift)
    assert tablet.state()["unpaid"][0]["locked"] and tablet.do("settle_cash", fill=number, cents=1500) == "fill_locked"
    message, told = till.request("pay", **till.pay(1, cash_cents=1500, shift=shift))
    assert message == "receipt", told
    assert tablet.state()["unpaid"] == [] and tablet.state()["sales"][0]["tenders"] == [["cash", 1500]]
    assert tablet.do("shift_close", counted_cents=5000, tests=[]) == "ok"
    money = station.stage.events()[-1]["money"]
    assert (money["tenders"], money["difference_cents"]) == ({"cash": 0, "till": 1500}, 0)
    assert tablet.told["cash"]["over_cents"] == 0  # the till's drawer has it, not the forecourt's


def test_a_nozzle_that_is_busy_at_the_close_belongs_to_the_next_shift(station, tablet):
    station.pump.begins(1, 4000)
    station.pump.flows(1, 10_000)
    assert tablet.do("shift_close", counted_cents=5000, tests=[]) == "ok"
    assert station.stage.events()[-1]["nozzles"][0]["totals_ml"] == 0
    assert tablet.signs_in() == "ok" and tablet.do("shift_open", cash_cents=0) == "ok"
    station.pump.flows(1, 5_000)
    station.pump.ends(1)
    assert tablet.do("shift_close", counted_cents=0, tests=[]) == "ok"
    told = station.stage.events()[-1]
    line = told["nozzles"][0]
    assert (line["totals_ml"], line["sold_ml"], line["gap_ml"], told["gaps"]) == (15_000, 15_000, 0, [])


def test_head_office_reads_what_a_shift_tells(station, tablet):
    """The line is far below what head office takes, and has no entries of its own."""
    station.pump.fills(1, 20_000)
    assert tablet.do("shift_close", counted_cents=0, tests=[]) == "ok"
    told = station.stage.events()[-1]
    assert told["entries"] == [] and told["operator"] == "7" and len(told["nozzles"]) == 2
    assert all(one["terminal"].startswith(STORE) for one in told["nozzles"])
