"""`tapwell flash` on virtual boards: what is copied, what is not copied again, what it says when it cannot."""

import os
import re
from pathlib import Path

import pytest

from tests.tools.test_terminal import HeadOffice
from tools import flash, processes, release
from tools.virtual_board import VirtualBoard

FOUND = flash.Board("rp2", (1, 29), (6, 3), 900_000, ())


@pytest.fixture(scope="module")
def hq(tmp_path_factory):
    made = HeadOffice(tmp_path_factory.mktemp("flash"))
    yield made
    made.process.stop()


def said_by(capsys, *words: object) -> tuple[int, str]:
    """(exit code, what it printed)."""
    code = flash.main([str(word) for word in words])
    return code, capsys.readouterr().out


def test_what_does_not_differ_is_not_copied_again(tmp_path, capsys):
    release.new_key(tmp_path / "keys")
    words = ("--virtual", tmp_path / "board", "--app", "reader", "--release-key", tmp_path / "keys/release.key")
    code, said = said_by(capsys, *words)
    assert code == 0 and "ROMFS: 2" in said and "/lib/starter.mpy" in said and "/update/key" in said
    code, said = said_by(capsys, *words)
    assert code == 0 and "ROMFS: nothing differs" in said and "files: nothing differs" in said
    code, said = said_by(capsys, "--virtual", tmp_path / "board", "--app", "pos")
    assert code == 0 and re.search(r"ROMFS: [1-9]\d+ bytes", said) and "files: nothing differs" in said


def test_a_stock_board_gets_files(tmp_path):
    board = VirtualBoard(tmp_path / "board", rom=False).start()
    try:
        copied: list[str] = []
        cable = flash.flash(board.port, "reader", say=copied.append)
        assert "0 ROMFS partitions" in copied[0] and any("/slot0/tapwell.mpy" in line for line in copied)
        assert "tapwell.mpy" in cable.value("__import__('os').listdir('/slot0')")
        cable.close()
        again: list[str] = []
        flash.flash(board.port, "reader", say=again.append).close()
        assert again[1:] == ["files: nothing differs"]
    finally:
        board.stop()


def test_a_board_without_room_says_so(tmp_path):
    board = VirtualBoard(tmp_path / "board", rom=False, flash_bytes=256 * 1024).start()
    try:
        with pytest.raises(flash.NotFlashed, match="no room: .* KB of flash are free, .* KB are needed"):
            flash.flash(board.port, "reader", say=lambda text: None)
    finally:
        board.stop()


def test_no_board_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(flash, "READY_S", 0.1)
    code, said = said_by(capsys, "--port", "/dev/pts/99999", "--app", "reader")
    assert code == 1 and "not flashed: no board with MicroPython on /dev/pts/99999" in said


@pytest.mark.parametrize(
    "found, board, app, said",
    [
        (FOUND, "pico2w", "reader", ""),
        (FOUND, "esp32s3", "reader", "this is a board of the port 'rp2', esp32s3 has 'esp32'"),
        (FOUND._replace(version=(1, 22)), "pico2w", "reader", "MicroPython 1.22 .* needs 1.29 or newer"),
        (FOUND._replace(abi=(6, 1)), "pico2w", "reader", r"\.mpy 6\.1"),
        (FOUND, "picow", "pos", "pos does not fit picow"),
    ],
)
def test_which_board_takes_which_app(found, board, app, said):
    if not said:
        return flash.fits(found, board, app)
    with pytest.raises(flash.NotFlashed, match=said):
        flash.fits(found, board, app)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--app", "reader"), "one of the arguments --port --virtual is required"),
        (("--port", "/dev/ttyACM0", "--app", "reader"), "--board: which board is it"),
        (("--virtual", "x", "--app", "reader", "--code", "1"), "enrolment needs --hq, --ca-fingerprint"),
        (("--virtual", "x", "--app", "toaster"), "invalid choice"),
    ],
)
def test_a_wrong_word_is_said_before_anything_is_touched(words, said, capsys):
    with pytest.raises(SystemExit):
        flash.main(list(words))
    assert said in capsys.readouterr().err


def test_a_board_is_enrolled_over_the_cable(hq, tmp_path, capsys):
    shared = Path("/dev/shm")
    before = set(os.listdir(shared)) if shared.is_dir() else set()
    words = ["--virtual", tmp_path / "board", "--app", "reader", "--hq", hq.url, "--ca-fingerprint", hq.fingerprint]
    words += ["--gateway-host", "192.0.2.1", "--code", hq.code("0001-reader7", "reader")]
    code, said = said_by(capsys, *words)
    assert code == 0 and "0001-reader7 is enrolled; its keys are on the board and nowhere else" in said
    assert not {name for name in set(os.listdir(shared)) - before if name.startswith("tapwell")}
    board = VirtualBoard(tmp_path / "board").start()
    try:
        cable = flash.Cable(board.port)
        cable.reset(run=False)
        told = cable.value("__import__('json').load(open('/data/terminal.json'))")
        assert (told["terminal"], told["app"], told["gateway_host"]) == ("0001-reader7", "reader", "192.0.2.1")
        names = cable.value("__import__('os').listdir('/data')")
        assert {"ca.der", "terminal.der", "terminal.key", "terminal.json"} <= set(names)
        cable.close()
    finally:
        board.stop()
    again, said = said_by(capsys, *words)
    assert again == 1 and "not enrolled: head office says 403" in said


def test_head_office_away_leaves_the_board_as_it_was(tmp_path, capsys):
    (port,) = processes.free_ports(1)
    words = ["--virtual", tmp_path / "board", "--app", "reader", "--hq", f"https://127.0.0.1:{port}", "--code", "1"]
    code, said = said_by(capsys, *words, "--ca-fingerprint", "0" * 64, "--gateway-host", "192.0.2.1")
    assert code == 1 and "head office was not reached" in said
