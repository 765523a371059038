"""Open holds as head office sees them: told by heartbeats, shown with their age, an alarm while one hangs."""

import msgspec
import pytest

from hq_server.alarms.judge import Judge
from hq_server.alarms.store import open_alarms
from hq_server.fleet import endpoints as fleet_endpoints
from hq_server.fleet import store as fleet
from hq_server.fleet.peer import Gateway
from hq_server.fleet.schemas import Heartbeat, OpenHold, TerminalLife
from hq_server.fuel import open_holds
from tests.hq_server.conftest import NOW_S, visit
from tests.hq_server.small_chain import ACCOUNTS

ADA, CARD = ACCOUNTS[0], "0001:04A1B2C3D4E501"
AHEAD_S = 20  # of the store's clock
MEMBERS = OpenHold(
    "0001-pump1/5f3a09c1/0/1", "0001-pump1", 1, ADA, CARD, "305", 4_000, 52_630, "running", NOW_S - 60 + AHEAD_S
)
HANGS = msgspec.structs.replace(
    MEMBERS, hold="0001-pump1/5f3a09c1/1/1", nozzle=2, account="", card="", state="suspense",
    at_s=NOW_S - 3600 + AHEAD_S, suspended_s=NOW_S - 600 + AHEAD_S,
)  # fmt: skip


def beat(hq, *told: OpenHold, online: bool = True, now_s: int = NOW_S, holds: bool = True) -> None:
    hq.now_s = lambda: now_s
    life = [TerminalLife("0001-pump1", online=online, last_seen_s=now_s + AHEAD_S)]
    body = Heartbeat(clock_s=now_s + AHEAD_S, terminals=life, holds=list(told) if holds else None)
    fleet_endpoints._heartbeat(hq, Gateway("0001", "1" * 32, "enrolled"), body)


def shown(hq, code: str = "") -> list[tuple]:
    with hq.db.read() as connection:
        told = open_holds.told(connection, hq.now_s(), code)
    return [(one["nozzle"], one["shown"], hq.now_s() - (one["suspended_s"] or one["at_s"])) for one in told]


@pytest.fixture()
def chain(hq):
    with hq.db.write() as connection:
        fleet.add_terminal(connection, "0001-pump1", "0001", "pump")
    return hq


@pytest.mark.parametrize(
    "state, store_heard, terminal_heard, as_",
    [
        ("open", True, True, "open"),
        ("open", True, False, "open"),
        ("running", True, True, "running"),
        ("running", True, False, "unheard"),
        ("suspense", True, True, "totals"),
        ("suspense", True, False, "suspense"),
        ("running", False, True, "last_known"),
        ("suspense", False, False, "last_known"),
    ],
)
def test_how_it_stands(state, store_heard, terminal_heard, as_):
    assert open_holds.shown_state(state, store_heard, terminal_heard) == as_


def test_heartbeats_tell_what_is_open_and_what_is_no_more(chain):
    beat(chain, MEMBERS, HANGS)
    assert shown(chain) == [(2, "totals", 600), (1, "running", 60)]
    beat(chain, MEMBERS, HANGS, online=False, now_s=NOW_S + 10)
    assert shown(chain, "0001") == [(2, "suspense", 610), (1, "unheard", 70)]
    beat(chain, MEMBERS, now_s=NOW_S + 20)
    assert shown(chain) == [(1, "running", 80)] and shown(chain, "0002") == []
    beat(chain, holds=False, now_s=NOW_S + 30)  # a gateway that tells none: of an earlier version
    assert len(shown(chain)) == 1
    chain.now_s = lambda: NOW_S + 3600
    assert shown(chain)[0][1] == "last_known"
    beat(chain, now_s=NOW_S + 3600)
    assert shown(chain) == []


@pytest.mark.parametrize(
    "wrong", [{"hold": "0002-pump1/5f3a09c1/0/1"}, {"terminal": "0002-pump1"}, {"state": "lost"}, {"account": "ada"},
              {"hold": "0001-" + "1" * 92}],
)  # fmt: skip
def test_a_store_tells_of_its_own_nozzles_only(chain, wrong):
    beat(chain, msgspec.structs.replace(MEMBERS, **wrong), HANGS)
    assert [row[0] for row in shown(chain)] == [2]


def test_the_page_says_who_how_much_since_when_and_what_to_do(chain):
    browser = visit(chain, "administrator")
    assert "Nothing is open" in browser.get("/fuel/holds").text
    beat(chain, MEMBERS, HANGS, online=False)
    page = browser.get("/fuel/holds").text
    assert ADA in page and CARD in page and "40.00" in page and "52.63 l" in page
    assert "in suspense" in page and "two people at the store" in page and "Started by an attendant" in page
    assert "0001-pump1 · 2" in browser.get("/stores/0001").text
    assert "Nothing is open" in browser.get("/fuel/holds?store=0002").text
    told = browser.get("/api/v1/fuel/holds?store=0001").json()["holds"]
    assert [(one["nozzle"], one["shown"], one["heard_at_s"]) for one in told] == [
        (2, "suspense", NOW_S), (1, "unheard", NOW_S)
    ]  # fmt: skip
    assert browser.get("/fuel/holds?store=0009").status_code == 404
    chain.now_s = lambda: NOW_S + 300
    page = browser.get("/fuel/holds").text
    assert "as last heard" in page and "Not heard now: 0001" in page
    browser.headers["accept-language"] = "zh"
    assert "失联前的情况" in browser.get("/fuel/holds").text
    page = visit(chain, "viewer").get("/fuel/holds").text
    assert "0001-pump1" in page and CARD not in page and ADA not in page


def test_one_that_hangs_rings_until_it_is_closed(chain):
    def rung() -> set[str]:
        judge.look(chain)
        with chain.db.read() as connection:
            return {row.kind for row in open_alarms(connection, "0001") if row.kind == "fuel_in_suspense"}

    judge = Judge()
    beat(chain, MEMBERS, HANGS)
    assert rung() == set()  # ten minutes
    beat(chain, MEMBERS, HANGS, now_s=NOW_S + 400)
    assert rung() == {"fuel_in_suspense"}
    assert "/fuel/holds?store=0001" in visit(chain, "administrator").get("/alarms").text
    beat(chain, MEMBERS, now_s=NOW_S + 410)
    assert rung() == set()
