"""The receipt printer: what comes out on paper, and what it says about itself."""

import pytest

from hardware.emulators.printer import CENTRE, EscPos, PrintedLine, Printer


def printed(data: bytes) -> EscPos:
    printer = EscPos()
    for byte in data:  # one byte at a time: a command may be cut anywhere
        printer.feed(bytes([byte]))
    return printer


def test_a_receipt():
    chip = printed(
        b"\x1b@\x1ba\x01\x1bE\x01\x1d!\x11Tapwell\n\x1ba\x00\x1bE\x00\x1d!\x00"
        + "加油卡  8.00\n".encode("gb18030")
        + b"thanks\x1dV\x00"
    )
    assert chip.receipts() == [[
        PrintedLine("Tapwell", CENTRE, True, True, True), PrintedLine("加油卡  8.00"), PrintedLine("thanks"),
    ]]  # fmt: skip
    assert chip.cuts == 1


def test_receipts_are_apart_and_the_open_one_counts():
    printer = Printer()
    printer.chip.feed(b"one\n\x1dVA\x10two\n\x1bd\x01")
    assert printer.receipts() == ["one", "two\n"]


def test_qr_codes_are_kept_not_drawn():
    store = b"\x1d(k\x07\x00\x31\x50\x30R-17"
    chip = printed(b"\x1d(k\x03\x00\x31\x43\x06" + store + b"\x1d(k\x03\x00\x31\x51\x30after\n")
    assert chip.codes == ["R-17"] and chip.receipts()[0][0].text == "after"


def test_a_picture_is_a_line():
    chip = printed(b"\x1dv0\x00\x02\x00\x03\x00" + b"\x80\x01" * 3 + b"x\n")
    assert chip.receipts()[0] == [PrintedLine("", rows=(0x8001,) * 3, dots=16), PrintedLine("x")]


@pytest.mark.parametrize("paper, online, answers", [
    (True, True, "12 12 12 12"), (False, True, "1a 32 12 72"), (True, False, "1a 12 12 12"),
])  # fmt: skip
def test_status(paper: bool, online: bool, answers: str):
    chip = EscPos()
    chip.paper, chip.online = paper, online
    got = b"".join(chip.feed(bytes([0x10, 0x04, n])) for n in (1, 2, 3, 4))
    assert got == bytes.fromhex(answers)
