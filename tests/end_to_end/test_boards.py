"""A board from the cable to the store: flashed over mpremote, enrolled, updated, rolled back, its power cut at will."""

import random
import subprocess
import time

import pytest

from firmware.net.journal import ANSWER, REQUEST, records
from tests.end_to_end.board_store import BoardStore
from tools import power_cuts, release
from tools.flash import MPREMOTE

HANGS = "import time\nwhile True:\n    time.sleep(1)\n"
FALLS = "raise RuntimeError('planted')\n"
CUTS = 20  # `python -m tools.power_cuts` makes as many as one likes


@pytest.fixture
def store(tmp_path):
    one = BoardStore(tmp_path)
    yield one
    one.close()


def mpremote(store, *words: str) -> str:
    command = [str(MPREMOTE), "connect", store.board.port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def replaced(store, name: str, source: str):
    """An image that is nothing but this source."""
    image = store.folder / "images" / name
    image.mkdir(parents=True)
    (image / "tapwell.py").write_text(source)
    return image


def test_mpremote_lists_the_files_of_a_flashed_board(store):
    store.start("reader")
    listed = mpremote(store, "ls", "+", "ls", ":data", "+", "ls", ":lib", "+", "romfs", "query")
    for name in ("main.py", "data/", "slot0/", "update/", "terminal.json", "starter.mpy", "ROMFS image size"):
        assert name in listed, listed


def test_an_update_is_rolled_out(store):
    board = store.start("reader")
    store.offer(5, store.image("five"), least=3)
    assert board.wait_line("update=loading") == "update=loading number=5"
    assert board.wait_line("slot=", 60) == "slot=1 trial=1 number=0"
    assert board.wait_line("update=confirmed", 30) == "update=confirmed number=5"
    heard = store.gateway.count("update_ask")
    assert store.gateway.wait("update_ask", heard + 1)["number"] == 5
    board.cut()
    board.start()
    assert board.wait_line("slot=") == "slot=1 trial=0 number=5"
    board.wait_line("mqtt=up")
    store.offer(6, store.image("six"))
    assert board.wait_line("update=confirmed", 60) == "update=confirmed number=6"


@pytest.mark.parametrize("name, source", [("hangs", HANGS), ("falls", FALLS)], ids=["hangs", "falls"])
def test_an_image_that_does_not_get_well_is_rolled_back(store, name, source):
    board = store.start("reader")
    journal = store.gateway.wait("hello")["j"]
    store.offer(5, replaced(store, name, source))
    board.wait_line("update=switch", 60)
    board.hurry = 3
    for _ in range(3):
        assert board.wait_line("slot=", 30) == "slot=1 trial=1 number=0"
    assert board.wait_line("slot=", 30) == "slot=0 trial=0 number=0"
    board.hurry = 1
    board.wait_line("mqtt=up", 30)
    heard = store.gateway.count("update_ask")
    told = store.gateway.wait("update_ask", heard + 1)
    assert (told["number"], told["failed"], told["why"]) == (0, 5, "trial")
    assert store.gateway.wait("hello")["j"] == journal
    asked = store.gateway.count("update_part")
    time.sleep(2.5)
    assert store.gateway.count("update_part") == asked, "it loads again what it gave up"


def test_an_image_that_reaches_no_gateway_is_rolled_back(store):
    board = store.start("reader", pace_s=(1, 0, 2))
    store.offer(5, store.image("five"))
    board.wait_line("update=switch", 60)
    store.gateway.silent.add("hello")
    for _ in range(3):
        board.wait_line("slot=1 trial=1", 30)
        board.wait_line("update=unwell", 30)
    assert board.wait_line("slot=", 30) == "slot=0 trial=0 number=0"
    store.gateway.silent.clear()
    heard = store.gateway.count("update_ask")
    assert store.gateway.wait("update_ask", heard + 1, 30)["failed"] == 5


def test_what_is_not_genuine_or_not_for_this_board_is_refused(store):
    board = store.start("reader")
    image = replaced(store, "tiny", FALLS)
    table = (
        # number file           old             new           refused
        (5, "image.romfs", b"planted", b"grafted", "hash"),
        (6, "manifest", b"number 6", b"number 9", "signature"),
        (10, "manifest", b"boards host", b"boards none host", "signature"),
    )
    for number, file, old, new, reason in table:
        folder = release.make(store.folder / "bench", "reader", "rom", number, store.key, 0, image)
        raw = (folder / file).read_bytes()
        (folder / file).write_bytes(raw.replace(old, new))
        store.put(folder)
        said = board.wait_line("update=refused", 60)
        assert reason in said, (number, said)
    assert "slot=1" not in "".join(board.lines)


def test_an_older_release_than_the_counter_allows_is_refused(store):
    board = store.start("reader")
    five = store.offer(5, store.image("five"), least=5)
    board.wait_line("update=confirmed", 60)
    (five / "manifest").unlink()
    store.offer(4, replaced(store, "four", FALLS))
    assert board.wait_line("update=refused", 30).startswith("update=refused number=4 older")


def test_a_basket_is_sold_before_the_switch(store):
    board = store.start("pos")
    store.run(store.bench.display.wait_text("Mill Road", 15))
    store.press("7", "ok")
    store.run(store.bench.display.wait_text("PIN", 15))
    store.press("1", "2", "3", "4", "ok")
    store.run(store.bench.display.wait_text("Kim", 15))
    store.do(store.bench.scanner.scan, "690")
    store.gateway.wait("set_line")
    store.offer(5, store.image("five"))
    board.wait_line("update=ready", 60)
    time.sleep(2)
    assert "update=switch number=5" not in board.lines
    store.run(store.bench.display.wait_text("1.00", 15))
    store.press("cash", "2", "0", "0", "cash")
    store.run(store.bench.display.wait_text("Paid", 15))
    store.press("back")
    board.wait_line("update=switch", 15)
    board.wait_line("update=confirmed", 60)
    mpremote(store, "cp", "-r", ":data/journal", str(store.folder))
    kinds = [kind for kind, _lane, sequence, _name, _frame in records(str(store.folder / "journal")) if sequence]
    assert kinds == [REQUEST, ANSWER]


def test_an_update_is_loaded_and_tried_through_cuts_of_power(store):
    board = store.start("reader")
    chance = random.Random(5)
    store.offer(5, store.image("five"))
    for _ in range(6):
        time.sleep(chance.uniform(0.3, 2.5))
        board.cut()
        board.start()
    board.wait_line("mqtt=up", 30)
    heard = store.gateway.count("update_ask")
    deadline = time.monotonic() + 60
    while store.gateway.wait("update_ask", heard + 1, 60)["number"] != 5 and time.monotonic() < deadline:
        heard = store.gateway.count("update_ask")
    assert store.gateway.wait("update_ask")["number"] == 5


def test_nothing_is_lost_by_cuts_of_power(tmp_path):
    done = power_cuts.run(tmp_path, CUTS, random.Random(7))
    assert (done.cuts, done.lost, done.dead) == (CUTS, 0, 0) and done.torn and done.updates and done.sales, done
