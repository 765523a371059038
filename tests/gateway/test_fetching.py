"""Releases of head office at a store: fetched over a line that is cut, checked, offered to whom they are meant for."""

import shutil
from hashlib import sha256

import pytest

from gateway import health
from gateway.fetching import Fetcher, NotFetched
from gateway.releases import MANIFEST, Releases
from gateway.store.updates import Wanted
from protocol.release import signed, unsigned
from tests.gateway.stage import ready
from tests.gateway.test_releases import put

PART = 1000
IMAGES = {5: b"five " * 900, 6: b"six " * 900}


def manifest(number: int) -> bytes:
    image = IMAGES[number]
    rows = [(len(image), sha256(image).hexdigest(), "image.romfs"), (5, sha256(b"hello").hexdigest(), "more/note")]
    return signed(unsigned("reader", "rom", ["host"], "1", number, 0, rows), "00")


def wanted(number: int, terminal: str = "0001-pos1") -> Wanted:
    return Wanted(terminal, f"reader-rom-{number}", number, sha256(manifest(number)).hexdigest())


class Cut(Exception):
    """The line went away."""


class Office:
    """Has the releases; the line holds for so many questions."""

    def __init__(self, lasts: int = 1000):
        self.lasts, self.parts, self.planted = lasts, 0, {}

    def _asked(self) -> None:
        self.lasts -= 1
        if self.lasts < 0:
            raise Cut

    def release_manifest(self, name: str) -> bytes:
        self._asked()
        return self.planted.get("manifest", manifest(int(name.rpartition("-")[2])))

    def release_part(self, name: str, file: int, offset: int) -> bytes:
        self._asked()
        self.parts += 1
        body = IMAGES[int(name.rpartition("-")[2])] if file == 1 else b"hello"
        return self.planted.get("part", body[offset : offset + PART])


def test_a_cut_line_goes_on_where_it_ended(tmp_path):
    office, cuts = Office(), 0
    while True:
        office.lasts = 2
        try:
            Fetcher(tmp_path, office).keep([wanted(5)])
            break
        except Cut:
            cuts += 1
            assert not (tmp_path / "reader-rom-5").exists(), "nobody is offered half of it"
    assert cuts == 3 and office.parts == 6, "no byte twice"
    assert (tmp_path / "reader-rom-5" / "image.romfs").read_bytes() == IMAGES[5]
    assert (tmp_path / "reader-rom-5" / "more" / "note").read_bytes() == b"hello"
    assert Releases(None, tmp_path).wanted(wanted(5).digest, "reader", "rom", "host") is not None


def test_what_nobody_is_to_run_is_taken_away(tmp_path):
    fetcher = Fetcher(tmp_path, Office())
    fetcher.keep([wanted(5), wanted(6, "0001-pos2")])
    (tmp_path / ".reader-rom-9").mkdir()
    fetcher.keep([wanted(6), Wanted("0001-pos2", "", 0, "")])
    assert [path.name for path in tmp_path.iterdir()] == ["reader-rom-6"]
    fetcher.keep([])
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_what_was_announced_is_not_kept(tmp_path):
    office = Office()
    for planted in ({"manifest": manifest(6)}, {"part": b"grafted"}, {"part": b""}):
        office.planted = planted
        with pytest.raises(NotFetched):
            Fetcher(tmp_path, office).keep([wanted(5)])
        assert Releases(None, tmp_path).wanted(wanted(5).digest, "reader", "rom", "host") is None
    office.planted = {}
    Fetcher(tmp_path, office).keep([wanted(5)])
    assert (tmp_path / "reader-rom-5" / MANIFEST).exists()


def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path):
    Fetcher(tmp_path / "in", Office()).keep([Wanted("0001-pos1", "../reader-rom-5", 5, wanted(5).digest)])
    assert list(tmp_path.iterdir()) == []


ASKED = {"app": "reader", "kind": "rom", "board": "host", "number": 3, "least": 0, "failed": 0, "why": ""}


def tell(stage, *wishes: Wanted) -> None:
    told = [{"terminal": one[0], "release": one[1], "number": one[2], "manifest": one[3]} for one in wishes]
    stage.tell("releases", wanted=told)


def test_head_office_says_who_is_offered_what(tmp_path):
    stage, till = ready()
    put(tmp_path / "own", 9)
    stage.shop.releases = Releases(tmp_path / "own", tmp_path / "fetched")
    assert till.ask("update_ask", **ASKED)[1]["number"] == 9, "it has said nothing"
    tell(stage, wanted(5))
    assert till.ask("update_ask", **ASKED)[1]["number"] == 0, "it is not here yet"
    Fetcher(tmp_path / "fetched", Office()).keep([wanted(5)])
    assert till.ask("update_ask", **ASKED)[1]["number"] == 5
    tell(stage, Wanted(till.name, "", 0, ""))
    assert till.ask("update_ask", **ASKED)[1]["number"] == 0, "it wants none"
    tell(stage, wanted(5, "0001-pos2"))
    assert till.ask("update_ask", **ASKED)[1]["number"] == 9, "another terminal's is not for this one"
    shutil.rmtree(tmp_path / "own")
    assert till.ask("update_ask", **ASKED)[1]["number"] == 0


def test_the_heartbeat_tells_how_far_a_terminal_is(tmp_path):
    stage, till = ready()
    stage.shop.releases = Releases(None, tmp_path)
    tell(stage, wanted(5))
    Fetcher(tmp_path, Office()).keep([wanted(5)])
    till.ask("update_ask", **ASKED)

    def load(file: int, offset: int) -> dict:
        till.ask("update_part", app="reader", kind="rom", number=5, file=file, offset=offset, size=1024)
        return health.terminal_states(stage.db)[0]["update"]

    assert (load(1, 0)["loading"], load(1, 0)["loaded"]) == (5, 1024)
    assert load(1, 4096)["loaded"] == 4500, "its end"
    assert load(2, 0)["loaded"] == 4505
    till.ask("update_ask", **{**ASKED, "failed": 5, "why": "trial"})
    said = health.terminal_states(stage.db)[0]["update"]
    assert said == {"kind": "rom", "number": 3, "failed": 5, "why": "trial", "loading": 5, "loaded": 4505}
