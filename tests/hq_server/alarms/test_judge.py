"""When alarms begin and end: every kind a row, judged by head office, told by gateways, closed by people."""

import pytest

from hq_server.alarms import changes, store
from hq_server.alarms.facts import Facts
from hq_server.alarms.judge import Judge
from hq_server.alarms.kinds import EVENTS, JUDGED, KINDS, TOLD
from hq_server.alarms.measures import MEASURES, coverage_low
from hq_server.backup.store import note_verified
from hq_server.fleet import endpoints as fleet_endpoints
from hq_server.fleet import store as fleet
from hq_server.fleet.peer import Gateway
from hq_server.fleet.schemas import Heartbeat, TerminalLife
from hq_server.web.language import catalogues
from tests.hq_server.conftest import program, visit

LIFE = "1" * 32
HOUR_S = 3600


class Watched:
    """A chain with a clock of its own, whose store 0001 sends heartbeats."""

    def __init__(self, hq):
        self.hq, self.judge, self.now_s, self.head = hq, Judge(), hq.now_s(), 0
        hq.now_s = lambda: self.now_s
        with hq.db.write() as connection:
            fleet.set_gateway(connection, "0002", status="waiting")
            note_verified(connection, {"id": "b" * 32, "made_at_s": self.now_s}, {})
        self.beat()

    def beat(self, head: int = 0, clock: int = 0, silent: bool = False, alarms=(), incarnation: str = LIFE) -> None:
        """A heartbeat; `silent`: the reader has not been heard since the last one."""
        self.head = max(self.head, head)
        heard = [("0001-pos1", True)] + ([] if silent else [("0001-reader1", True)])
        states = [TerminalLife(name, online=online, last_seen_s=self.now_s + clock) for name, online in heard]
        if silent:
            states.append(TerminalLife("0001-reader1", online=False))
        body = Heartbeat(
            head_seq=head or self.head, clock_s=self.now_s + clock, terminals=states, alarms=list(alarms),
            incarnation=incarnation,
        )
        fleet_endpoints._heartbeat(self.hq, Gateway("0001", LIFE, "enrolled"), body)

    def later(self, seconds: int, **beat) -> set[str]:
        """What is open after so long a time with a heartbeat each 30 s, all alike."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + 30)
            if beat:
                self.beat(**beat)
            self.judge.look(self.hq)
        return self.open()

    def open(self) -> set[str]:
        self.judge.look(self.hq)
        with self.hq.db.read() as connection:
            return {row.kind for row in store.open_alarms(connection)}


@pytest.fixture()
def watched(hq):
    return Watched(hq)


FINE = {"clock": 0}
TIMES = (
    # kind              what the store tells   for how long   then what, for how long
    ("store_silent", {}, 121, FINE, 30),
    ("store_behind", {"head": 201}, 121, {"head": 201}, 0),
    ("clock_apart", {"clock": -121}, 30, {"clock": -60}, 30),
    ("terminal_silent", {"silent": True}, 930, FINE, 30),
)


@pytest.mark.parametrize("kind, told, seconds, then, rest_s", TIMES, ids=[row[0] for row in TIMES])
def test_it_begins_late_and_ends_by_itself(watched, kind, told, seconds, then, rest_s):
    assert watched.open() == set()
    assert watched.later(seconds - 30, **told) == set(), "not yet"
    assert watched.later(60, **told) == {kind}
    if kind == "store_behind":
        with watched.hq.db.write() as connection:
            fleet.set_incarnation(connection, LIFE, cursor_seq=151)
    assert watched.later(max(rest_s, 30), **then) == set()
    with watched.hq.db.read() as connection:
        (row,) = store.ended_alarms(connection, 10)
        assert [step.what for step in store.steps_of(connection, row.id)] == ["raised", "ended"]
    assert row.closed_by == store.ITSELF


def test_a_closed_shop_is_no_silent_terminal(watched):
    with watched.hq.db.write() as connection:
        for name in ("0001-pos1", "0001-reader1"):
            fleet.set_terminal(connection, name, online=False, seen_at_s=watched.now_s - 5000)
        fleet.set_gateway(connection, "0001", heartbeat_at_s=watched.now_s)
    assert watched.open() == set()


def test_a_backup_that_is_too_old(watched):
    watched.now_s += 26 * HOUR_S + 1
    watched.beat()
    assert watched.open() == {"backup_old"}
    with watched.hq.db.write() as connection:
        note_verified(connection, {"id": "c" * 32, "made_at_s": watched.now_s}, {})
    assert watched.open() == set()


def test_a_certificate_near_its_end(watched):
    with watched.hq.db.write() as connection:
        fleet.add_certificate(connection, "77", "0001-pos1", "0001", "pem", 1, watched.now_s + 80 * 86400)
    assert watched.open() == {"certificate_ends"}
    with watched.hq.db.write() as connection:
        fleet.revoke_certificates(connection, ["0001-pos1"], "replaced", watched.now_s)
    assert watched.open() == set()


def test_cards_refused_for_lack_of_float(traded_copy):
    from hq_server.ingest.store import event

    hq = traded_copy
    with hq.db.write() as connection:
        connection.execute(event.update().values(received_at_s=hq.now_s()))
        connection.execute(event.update().where(event.c.kind == "refusal").values(reason="card_blocked"))
        assert {refused for _, refused in store.coverage(connection, hq.now_s()).values()} == {0}
        mine = (event.c.kind == "refusal", event.c.store == "0001")
        connection.execute(event.update().where(*mine).values(reason="insufficient_float"))
        paid, refused = store.coverage(connection, hq.now_s())["0001"]
        assert paid + refused >= 20 and 0.1 < refused / (paid + refused) < 0.5
    Judge().look(hq)
    with hq.db.read() as connection:
        (alarm,) = [row for row in store.open_alarms(connection) if row.kind == "coverage_low"]
    assert alarm.store == "0001" and alarm.detail == f"{refused} of {paid + refused} taps refused"


def test_a_handful_of_taps_says_nothing_of_coverage():
    nothing = Facts(0, [], [], [], {}, {}, 0, [], [], [], [])
    told = [nothing._replace(coverage={"0001": taps}) for taps in ((9, 10), (10, 10))]
    assert [coverage_low(facts)[("0001", "")][0] for facts in told] == [0, 50]


def test_what_a_gateway_tells_lasts_while_it_tells(watched):
    low = {"kind": "disk_low", "detail": "7 MB free"}
    watched.beat(alarms=[low, {"kind": "journal_filling", "terminal": "0001-pos1", "detail": "21 requests"}, "odd"])
    assert watched.open() == {"disk_low", "journal_filling", "odd"}
    watched.beat(alarms=[low])
    assert watched.open() == {"disk_low"}
    watched.beat()
    assert watched.open() == set()


def test_a_count_that_grew_is_raised_again_after_a_person_has_closed_it(watched):
    def told(times: int) -> set[str]:
        watched.beat(alarms=[{"kind": "bad_mac", "terminal": "0001-pos1", "detail": f"{times} times"}])
        return watched.open()

    assert told(3) == {"bad_mac"}
    with watched.hq.db.write() as connection:
        assert changes.look_at(connection, store.open_alarms(connection)[0].id, "Kim", watched.now_s)
    assert told(3) == set()
    assert told(4) == {"bad_mac"}


def test_a_second_machine_of_one_store(watched):
    watched.beat(head=50)
    watched.beat(head=7)
    assert watched.open() == {"twin_seen"}
    with watched.hq.db.write() as connection:
        changes.look_at(connection, store.open_alarms(connection)[0].id, "Kim", watched.now_s)
    watched.beat(head=7)
    assert watched.open() == set()
    watched.beat(head=8, incarnation="9" * 32)
    assert watched.open() == {"twin_seen"}


def test_a_gateway_that_is_enrolled_again_ends_what_fenced_it(watched):
    with watched.hq.db.write() as connection:
        fleet.set_gateway(connection, "0001", status="fenced")
        for kind in ("fenced", "chain_broken"):
            store.raise_alarm(connection, kind, "0001", "forked", watched.now_s)
    assert watched.open() == {"fenced", "chain_broken"}
    with watched.hq.db.write() as connection:
        fleet.set_gateway(connection, "0001", status="enrolled")
    assert watched.open() == set()


def test_who_looks_at_a_lasting_alarm_does_not_end_it(watched):
    watched.later(151)
    owner = program(watched.hq, "administrator")
    (alarm,) = owner.get("/api/v1/alarms").json()["alarms"]
    assert (alarm["kind"], alarm["severity"], alarm["do"]["zh"][:3]) == ("store_silent", "urgent", "请询问")
    told = owner.post(f"/api/v1/alarms/{alarm['id']}/close").json()
    assert told == {"id": alarm["id"], "seen_by": "key:checker", "open": True}
    (alarm,) = owner.get("/api/v1/alarms").json()["alarms"]
    assert alarm["seen_by"] == "key:checker"
    page = visit(watched.hq, "viewer").get("/alarms").text
    assert "does not answer" in page and "key:checker" in page
    assert owner.post(f"/api/v1/alarms/{1 << 70}/close").status_code == 404
    watched.later(30, **FINE)
    assert owner.get("/api/v1/alarms").json()["alarms"] == []
    (over,) = owner.get("/api/v1/alarms?over=true").json()["alarms"]
    assert over["closed_by"] == "itself"


def test_every_kind_has_its_measure_and_its_words():
    assert {kind.key for kind in JUDGED} == set(MEASURES)
    assert len(KINDS) == len(JUDGED) + len(TOLD) + len(EVENTS) + 2, "no key twice"
    for kind in KINDS.values():
        assert kind.ends <= kind.begins or kind.begins == 0
        for language in catalogues():
            assert all(kind.words(language)), (kind.key, language)
