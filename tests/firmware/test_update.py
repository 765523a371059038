"""Signed updates: which manifest is believed, which slot starts, how a download goes on after any cut."""

import asyncio
import os
import sys

from firmware.update import fetch, slots
from protocol import release
from protocol.release import Unfit
from tests.firmware import releases as golden
from tests.firmware.scratch import scratch

ROOT = scratch("update")
BLOCK = 4096


def fresh() -> str:
    slots.remove_tree(ROOT)
    for folder in ("", "/update", "/slot0", "/slot1"):
        slots.make_folder(ROOT + folder)
    with open(ROOT + "/update/key", "wb") as file:
        file.write(golden.MODULUS)
    return ROOT


def reason_of(call, *values) -> str:
    """Why it is unfit; 'fits' if it is not."""
    try:
        call(*values)
    except Unfit as unfit:
        return unfit.reason
    return "fits"


def test_a_release_that_another_program_signed_is_taken():
    found = release.opened(golden.FILES, golden.MODULUS)
    assert (found.app, found.kind, found.boards) == ("reader", "files", ["pico2w", "host"])
    assert (found.version, found.number, found.least, found.size()) == ("0.2.0", 12, 10, 3011)
    assert [path for _, _, path in found.files] == ["tapwell.mpy", "firmware/text/font.bin"]


def test_what_is_not_signed_is_not_read():
    good = golden.ROM
    flipped = golden.ROM_SIGN[:9] + ("0" if golden.ROM_SIGN[9] != "0" else "1") + golden.ROM_SIGN[10:]
    other = bytes(golden.MODULUS[:-1]) + bytes((golden.MODULUS[-1] ^ 2,))
    table = (
        # manifest                                                key              reason
        (good, golden.MODULUS, "fits"),
        (good.replace(b"number 13", b"number 99"), golden.MODULUS, "signature"),
        (good.replace(b"least 10\n", b""), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, flipped), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, golden.SIGN_SHA512), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, golden.FILES_SIGN), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, golden.ROM_SIGN[2:]), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, "00" * 384), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, "ff" * 384), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, "no hex"), golden.MODULUS, "signature"),
        (release.signed(golden.ROM_BODY, ""), golden.MODULUS, "signature"),
        (good, other, "signature"),
        (good, golden.MODULUS[:256], "signature"),
        (golden.ROM_BODY, golden.MODULUS, "format"),
        (good[:-30], golden.MODULUS, "signature"),
        (b"", golden.MODULUS, "format"),
        (b"x" * 9000, golden.MODULUS, "format"),
    )
    for raw, key, wanted in table:
        assert reason_of(release.opened, raw, key) == wanted, (raw[:60], wanted)


def test_a_signed_manifest_may_still_be_no_manifest():
    digest = "0" * 64
    good = "tapwell 1\napp pos\nkind rom\nboards host\nversion 1\nnumber 3\nleast 2\nfile 1 %s a\n" % digest
    table = (
        ("", "", "fits"),
        ("tapwell 1", "tapwell 2", "format"),
        ("kind rom", "kind tar", "format"),
        ("number 3", "number three", "format"),
        ("number 3", "number 0", "format"),
        ("least 2", "least 4", "format"),
        ("least 2", "least -1", "format"),
        ("app pos\n", "", "format"),
        ("app pos\n", "app pos\nmore 1\n", "format"),
        ("file 1 %s a" % digest, "file 1 %s /etc/a" % digest, "format"),
        ("file 1 %s a" % digest, "file 1 %s ../../a" % digest, "format"),
        ("file 1 %s a" % digest, "file -1 %s a" % digest, "format"),
        ("file 1 %s a" % digest, "file 1 0000 a", "format"),
        ("file 1 %s a\n" % digest, "", "format"),
        ("file 1 %s a\n" % digest, "file 1 %s a\n" % digest * 65, "format"),
    )
    for old, new, wanted in table:
        body = (good.replace(old, new) if old else good).encode()
        assert reason_of(release.read, release.signed(body, "00")) == wanted, new


def test_who_a_genuine_release_is_for():
    found = release.opened(golden.ROM, golden.MODULUS)
    table = (
        # number app       board     least kind     room    result
        (13, "reader", "pico2w", 0, "rom", 99999, "fits"),
        (13, "reader", "host", 13, "rom", 40000, "fits"),
        (14, "reader", "host", 0, "rom", 99999, "format"),
        (13, "pos", "host", 0, "rom", 99999, "app"),
        (13, "reader", "picow", 0, "rom", 99999, "board"),
        (13, "reader", "host", 14, "rom", 99999, "older"),
        (13, "reader", "host", 0, "files", 99999, "kind"),
        (13, "reader", "host", 0, "rom", 39999, "room"),
    )
    for number, app, board, least, kind, room, wanted in table:
        assert reason_of(fetch.fits, found, number, app, board, least, kind, room) == wanted


def lives(script: str) -> str:
    """'current trial number least failed why' after these words, each of them after a new start of the record."""
    folder = fresh() + "/update"
    for word in script.split(" "):
        state = slots.State(folder)
        if word == "start":
            state.choose()
        elif word == "well":
            state.confirm()
        elif word == "fall":
            state.fell(True)
        elif word == "fall_alone":
            state.fell(False)
        elif word == "runs":
            state.well()
        elif word:
            number, least = word.split("/")
            state.begin(int(number), int(least))
    state = slots.State(folder)
    values = (state.current, state.trial, state.number, state.least, state.failed, state.why)
    slots.remove_tree(ROOT)
    return "%d %d %d %d %d %s" % values


def test_lives_of_a_board():
    table = (
        # what happens                                    current trial number least failed why
        ("", "0 -1 0 0 0 "),
        ("start start start start start", "0 -1 0 0 0 "),
        ("5/3", "0 1 0 0 0 "),
        ("5/3 start", "0 1 0 0 0 "),
        ("5/3 start well", "1 -1 5 3 0 "),
        ("5/3 start start start well", "1 -1 5 3 0 "),
        ("5/3 start start start start", "0 -1 0 0 5 trial"),
        ("5/3 start well 6/2 start well", "0 -1 6 3 0 "),
        ("5/3 start well 6/6 start start start start", "1 -1 5 3 6 trial"),
        ("5/3 start fall start fall start fall start", "0 -1 0 0 5 trial"),
        ("start fall start fall", "0 -1 0 0 0 "),
        ("start fall start fall start fall", "1 -1 0 0 0 "),
        ("start fall start fall runs start fall", "0 -1 0 0 0 "),
        ("start fall_alone start fall_alone start fall_alone start fall_alone", "0 -1 0 0 0 "),
    )
    for script, wanted in table:
        assert lives(script) == wanted, script


class Shelf:
    """What fetch wants of a keeper; serves a release from memory and breaks off after so many parts."""

    def __init__(self, files: list, part: int = 512):
        self.root, self.app, self.board = ROOT, "reader", "host"
        self.state = slots.State(ROOT + "/update")
        self.files = files
        self.patience = -1
        self.asked = 0
        self.size = part

    async def part(self, number: int, file: int, offset: int, size: int) -> bytes:
        self.patience -= 1
        if self.patience == 0:
            raise Cut()
        self.asked += 1
        return self.files[file][offset : offset + min(size, self.size)]


class Cut(Exception):
    """The line or the power."""


class Stock:
    """The module vfs of a MicroPython as it is handed out: without ROMFS."""


class Memory:
    """The module vfs of a board with two ROMFS partitions of 64 KB."""

    partitions = 2

    def __init__(self):
        self.roms = [bytearray(65536), bytearray(65536)]
        self.erased = 0

    def rom_ioctl(self, what: int, number: int = 0, offset: int = 0, more=0):
        rom = self.roms[number]
        if what == 3:
            rom[offset : offset + more] = b"\xff" * more
            self.erased += 1
        elif what == 4:
            assert offset % 256 == 0 and len(more) % 256 == 0, "not on a page"
            assert bytes(rom[offset : offset + len(more)]) in (b"\xff" * len(more), bytes(more)), "not erased"
            rom[offset : offset + len(more)] = more
        return memoryview(rom) if what == 2 else self.partitions


def load(shelf, places, number: int, raw: bytes) -> str:
    """'whole', 'cut', or why not."""
    try:
        asyncio.run(fetch.fetch(shelf, places, number, len(raw)))
    except Cut:
        return "cut"
    except Unfit as unfit:
        return unfit.reason
    return "whole" if slots.is_whole(ROOT, 1) else "lost"


def content(path: str) -> bytes:
    with open(ROOT + path, "rb") as file:
        return file.read()


def test_files_are_loaded_into_the_other_slot():
    fresh()
    shelf = Shelf([golden.FILES, golden.IMAGE, golden.FONT])
    assert load(shelf, slots.Folders(ROOT), 12, golden.FILES) == "whole"
    assert content("/slot1/firmware/text/font.bin") == golden.FONT and content("/slot1/manifest") == golden.FILES
    assert not slots.is_whole(ROOT, 0) and slots.State(ROOT + "/update").trial == -1
    slots.remove_tree(ROOT)


def test_a_download_goes_on_after_cuts_at_every_part():
    for raw, number, files in ((golden.FILES, 12, [golden.IMAGE, golden.FONT]), (golden.ROM, 13, [golden.ROM_IMAGE])):
        fresh()
        memory = Memory()
        asked = cuts = 0
        patience = 3
        while True:
            shelf = Shelf([raw] + files)
            shelf.patience = patience = patience * 5 // 4 + 1
            places = slots.Folders(ROOT) if number == 12 else slots.Roms(ROOT, memory)
            end = load(shelf, places, number, raw)
            asked += shelf.asked
            if end == "whole":
                break
            assert end == "cut" and not slots.is_whole(ROOT, 1)
            cuts += 1
        assert cuts > 2 and (number == 12 or bytes(memory.roms[1][:40000]) == golden.ROM_IMAGE)
        assert asked < 3 * (sum([len(file) for file in files]) // 512 + 20), "it began anew each time"
    slots.remove_tree(ROOT)


def test_what_a_gateway_may_do_wrong():
    table = (
        # manifest      files                                            result
        (golden.FILES, [golden.IMAGE, golden.FONT[:-1]], "cut_short"),
        (golden.FILES, [golden.IMAGE[:-1] + b"!", golden.FONT], "hash"),
        (golden.FILES, [golden.IMAGE, bytes(3000)], "hash"),
        (golden.FILES[:-400], [golden.IMAGE, golden.FONT], "signature"),
        (golden.ROM, [golden.ROM_IMAGE], "format"),
        (b"", [golden.IMAGE], "format"),
    )
    for raw, files, wanted in table:
        fresh()
        assert load(Shelf([raw] + files), slots.Folders(ROOT), 12, raw) == wanted
        assert not slots.is_whole(ROOT, 1)
        # and the right one is still taken afterwards
        assert load(Shelf([golden.FILES, golden.IMAGE, golden.FONT]), slots.Folders(ROOT), 12, golden.FILES) == "whole"
    slots.remove_tree(ROOT)


def test_what_slots_a_board_has():
    for partitions, kind in ((2, "rom"), (1, "one"), (0, "files")):
        board = Memory()
        board.partitions = partitions
        kept = sys.modules.get("vfs")
        sys.modules["vfs"] = Stock() if not partitions else board
        try:
            assert slots.places(ROOT).kind == kind
        finally:
            if kept is None:
                del sys.modules["vfs"]
            else:
                sys.modules["vfs"] = kept


def test_another_release_empties_the_slot_first():
    fresh()
    assert load(Shelf([golden.FILES, golden.IMAGE, golden.FONT]), slots.Folders(ROOT), 12, golden.FILES) == "whole"
    fetch.prepare(ROOT, 1, golden.ROM)
    assert not slots.is_whole(ROOT, 1) and sorted(os.listdir(ROOT + "/slot1")) == ["loading"]
    slots.remove_tree(ROOT)


def test_a_whole_slot_is_not_loaded_again():
    fresh()
    assert load(Shelf([golden.FILES, golden.IMAGE, golden.FONT]), slots.Folders(ROOT), 12, golden.FILES) == "whole"
    shelf = Shelf([golden.FILES, golden.IMAGE, golden.FONT])
    assert load(shelf, slots.Folders(ROOT), 12, golden.FILES) == "whole" and shelf.asked <= 4
    slots.remove_tree(ROOT)
