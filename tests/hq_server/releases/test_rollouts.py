"""A release from its upload to the last ring: who is told what, who halts it, how it goes back."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hq_server.alarms.store import open_alarms
from hq_server.errors import HqError
from hq_server.fleet import endpoints as fleet_endpoints
from hq_server.fleet.peer import Gateway
from hq_server.fleet.schemas import Heartbeat, TerminalLife, TerminalUpdate
from hq_server.outbox.store import messages_after
from hq_server.releases import changes, rolling, store
from hq_server.releases.schemas import NewRollout, Ring
from hq_server.releases.telling import rollout_told
from tests.hq_server.conftest import program, visit
from tests.hq_server.releases.signed import image, manifest, modulus

LIFE = {"0001": "1" * 32, "0002": "2" * 32}
RINGS = [Ring("canary", terminals=["0001-reader1"]), Ring("rest", all=True)]


class Office:
    """Head office with releases 4 and 5, and gateways that tell of their readers."""

    def __init__(self, hq):
        self.hq, self.now_s = hq, hq.now_s()
        hq.now_s = lambda: self.now_s
        with hq.db.write() as connection:
            changes.set_key(connection, modulus(), "test", self.now_s)
            for number in (4, 5):
                changes.add_release(connection, manifest(number), [image(number)], "test", self.now_s)
        for code in LIFE:
            self.beat(code, number=4)

    def beat(self, code: str, online: bool = True, **said) -> None:
        """A heartbeat of a store: its reader says what it runs."""
        update = TerminalUpdate(kind="rom", **said)
        seen_s = self.now_s if online else 1
        reader = TerminalLife(f"{code}-reader1", "reader", online, seen_s, board="host", update=update)
        till = TerminalLife(f"{code}-pos1", "pos", True, self.now_s)
        body = Heartbeat(terminals=[reader, till], clock_s=self.now_s, incarnation=LIFE[code])
        fleet_endpoints._heartbeat(self.hq, Gateway(code, LIFE[code], "enrolled"), body)

    def roll_out(self, release: str = "reader-rom-5", rings=None, **more) -> int:
        with self.hq.db.write() as connection:
            new = NewRollout(release, rings or RINGS, **more)
            return changes.roll_out(connection, self.hq.post, new, "test", self.now_s)

    def act(self, number: int, action: str) -> str:
        with self.hq.db.write() as connection:
            return changes.act(connection, self.hq.post, number, action, self.now_s)

    def look(self, number: int = 1) -> tuple[str, int, dict[str, str]]:
        """(status, ring, terminal -> state) after head office has looked at its rollouts."""
        rolling.roll_on(self.hq)
        with self.hq.db.read() as connection:
            told = rollout_told(connection, store.rollout_row(connection, number), self.now_s)
        return told["status"], told["ring"], {one["terminal"][:4]: one["state"] for one in told["terminals"]}

    def wanted(self, code: str) -> list[tuple[str, int]]:
        """What the store's gateway was told last."""
        with self.hq.db.read() as connection:
            bodies = [json.loads(row.body) for row in messages_after(connection, LIFE[code], 0, 1000)]
        told = [body["wanted"] for body in bodies if body["kind"] == "releases"]
        return [(one["terminal"], one["number"]) for one in told[-1]] if told else []


@pytest.fixture()
def office(hq):
    return Office(hq)


def test_ring_after_ring(office):
    office.roll_out(soak_s=600)
    assert office.look() == ("running", 0, {"0001": "waiting"})
    assert office.wanted("0001") == [("0001-reader1", 5)] and office.wanted("0002") == []
    office.beat("0001", number=4, loading=5, loaded=65536)
    assert office.look()[2] == {"0001": "loading"}
    office.beat("0001", number=4, loading=5, loaded=150_000)
    assert office.look()[2] == {"0001": "trial"}
    office.beat("0001", number=5, loading=5, loaded=150_000)
    assert office.look() == ("running", 0, {"0001": "runs"})
    office.now_s += 600
    for code, number in (("0001", 5), ("0002", 4)):
        office.beat(code, number=number)
    assert office.look() == ("running", 1, {"0001": "runs", "0002": "waiting"})
    assert office.wanted("0002") == [("0002-reader1", 5)]
    office.beat("0002", number=5)
    office.look()
    office.now_s += 600
    office.beat("0001", number=5)
    office.beat("0002", number=5)
    assert office.look() == ("done", 1, {"0001": "runs", "0002": "runs"})


def test_a_terminal_that_goes_back_halts_it_and_people_decide(office):
    office.roll_out(soak_s=0, rings=[Ring("all", all=True)])
    office.beat("0001", number=4, failed=5, why="trial")
    assert office.look() == ("halted", 0, {"0001": "rolled_back", "0002": "waiting"})
    with office.hq.db.read() as connection:
        (alarm,) = [row for row in open_alarms(connection) if row.kind == "rollout_halted"]
    assert "0001-reader1 rolled_back" in alarm.detail
    assert office.wanted("0002") == [("0002-reader1", 4)], "nobody else is offered it"
    assert office.act(1, "resume") == "running"
    assert office.wanted("0002") == [("0002-reader1", 5)]
    assert office.look()[0] == "running", "what a person has seen is forgiven"
    office.beat("0002", number=4, failed=5, why="trial")
    assert office.look()[0] == "halted"


def test_paused_and_rolled_back_by_a_person(office):
    office.roll_out(rings=[Ring("all", all=True)])
    office.beat("0001", number=5)
    assert office.act(1, "pause") == "paused"
    assert office.wanted("0001") == [("0001-reader1", 5)], "what runs it keeps it"
    assert office.wanted("0002") == [("0002-reader1", 4)]
    assert office.act(1, "roll_back") == "rolled_back"
    assert office.wanted("0001") == [("0001-reader1", 4)]
    with pytest.raises(HqError, match="rollout_rolled_back"):
        office.act(1, "resume")


def test_no_way_back_below_what_boards_take(office):
    with office.hq.db.write() as connection:
        changes.add_release(connection, manifest(6, least=6), [image(6)], "test", 1)
    number = office.roll_out("reader-rom-6", rings=[Ring("all", all=True)])
    office.beat("0001", number=6)
    with pytest.raises(HqError, match="no_way_back.*0001-reader1"):
        office.act(number, "roll_back")


def test_the_next_release_takes_the_place_of_a_halted_one(office):
    with office.hq.db.write() as connection:
        changes.add_release(connection, manifest(6), [image(6)], "test", 1)
    office.roll_out()
    with pytest.raises(HqError, match="rollout_runs"):
        office.roll_out("reader-rom-6")
    office.beat("0001", number=4, failed=5, why="trial")
    assert office.look()[0] == "halted"
    assert office.roll_out("reader-rom-6") == 2
    assert office.look(1) == ("replaced", 0, {"0001": "later"})
    assert office.wanted("0001") == [("0001-reader1", 6)]


def test_what_boards_would_refuse_is_not_taken_in(hq):
    stranger = rsa.generate_private_key(65537, 3072)
    table = (
        # manifest              files          reason
        (manifest(5), [image(4)], "bad_release: hash"),
        (manifest(5), [], "bad_release: hash"),
        (manifest(5, by=stranger), [image(5)], "bad_release: signature"),
        (manifest(5).replace(b"number 5", b"number 9"), [image(5)], "bad_release: signature"),
        (b"nonsense", [image(5)], "bad_release: format"),
    )
    with hq.db.write() as connection:
        with pytest.raises(HqError, match="no_release_key"):
            changes.add_release(connection, manifest(5), [image(5)], "test", 1)
        changes.set_key(connection, modulus(), "test", 1)
        for raw, files, reason in table:
            with pytest.raises(HqError, match=reason):
                changes.add_release(connection, raw, files, "test", 1)
        assert changes.add_release(connection, manifest(5), [image(4), image(5)], "test", 1) == "reader-rom-5"
        with pytest.raises(HqError, match="release_exists"):
            changes.add_release(connection, manifest(5), [image(5)], "test", 1)


def test_programs_do_the_same_and_only_with_the_right(office):
    def coded(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    owner, looker = program(office.hq, "administrator"), program(office.hq, "viewer", "looker")
    body = {"manifest": coded(manifest(7)), "files": [coded(image(7))]}
    assert looker.post("/api/v1/releases", json=body).status_code == 403
    assert owner.post("/api/v1/releases", json=body).json() == {"release": "reader-rom-7"}
    assert [one["id"] for one in looker.get("/api/v1/releases").json()["releases"]][0].startswith("reader-rom-")
    rings = [{"name": "all", "all": True}]
    assert owner.post("/api/v1/rollouts", json={"release": "reader-rom-7", "rings": []}).status_code == 400
    nobody = [{"name": "some", "terminals": ["0009-pos1"]}]
    refused = owner.post("/api/v1/rollouts", json={"release": "reader-rom-7", "rings": nobody})
    assert refused.json() == {"reason": "bad_rings", "detail": "unknown: 0009-pos1"}
    assert owner.post("/api/v1/rollouts", json={"release": "reader-rom-7", "rings": rings}).json() == {"rollout": 1}
    assert looker.post("/api/v1/rollouts/1/pause").status_code == 403
    assert owner.post("/api/v1/rollouts/1/pause").json() == {"rollout": 1, "status": "paused"}
    assert owner.post("/api/v1/rollouts/1/explode").status_code == 404
    told = looker.get("/api/v1/rollouts/1").json()
    assert told["actions"] == ["resume", "roll_back"] and told["counts"] == {"waiting": 2}
    lines = owner.get("/api/openapi.json").json()["paths"]
    assert "/api/v1/rollouts/{number}/{action}" in lines
    page = visit(office.hq, "administrator").get("/audit").text
    assert "reader-rom-7" in page
