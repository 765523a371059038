"""The flash journal: what a start finds again after a cut at any byte, what is dropped, what never is."""

import os

from firmware.net import journal
from firmware.net.journal import ANSWER, REQUEST, VOID, Journal, records, segments
from tests.firmware.scratch import scratch

FOLDER = scratch("journal")
FRAME = b'{"v":1,"filler":"' + b"x" * 400 + b'"}'


def fresh() -> str:
    empty(FOLDER)
    return FOLDER


def empty(folder: str) -> None:
    try:
        for name in os.listdir(folder):
            os.remove(folder + "/" + name)
    except OSError:
        pass


def sell(book: Journal, count: int) -> None:
    for _ in range(count):
        sequence = book.last[0] + 1
        book.request(0, sequence, "pay", FRAME)
        book.answer(0, sequence, "receipt", FRAME)


def test_a_new_flash_has_a_new_number():
    first = Journal(fresh(), 8).number
    assert len(first) == 8 and Journal(FOLDER, 8).number == first
    assert Journal(fresh(), 8).number != first
    empty(FOLDER)


def test_a_start_finds_what_was_open():
    book = Journal(fresh(), 8)
    sell(book, 3)
    book.request(0, 4, "pay", FRAME)
    book.request(2, 1, "top_up", FRAME)
    book.void(2, 1, b"void")
    book = Journal(FOLDER, 8)
    assert book.last[0] == 4 and book.last[2] == 1 and book.starts == 2
    assert book.open == {0: (4, "pay", FRAME, False), 2: (1, "top_up", FRAME, True)}
    book.answer(2, 1, "void_answer", FRAME)
    assert list(Journal(FOLDER, 8).open) == [0]
    empty(FOLDER)


def test_torn_tail_at_any_byte():
    book = Journal(fresh(), 8)
    sell(book, 2)
    name = FOLDER + "/" + segments(FOLDER)[0]
    whole = journal.good_bytes(name)
    book.request(0, 3, "pay", FRAME)
    with open(name, "rb") as file:
        raw = file.read()
    for cut in (1, 5, 6, 7, 100, len(raw) - whole - 1):
        empty(FOLDER)
        with open(name, "wb") as file:
            file.write(raw[: whole + cut])
        book = Journal(FOLDER, 8)
        assert book.last[0] == 2 and not book.open, cut
        sell(book, 1)
        assert Journal(FOLDER, 8).last[0] == 3, cut
    empty(FOLDER)


def test_flipped_bit_ends_the_segment():
    book = Journal(fresh(), 8)
    sell(book, 2)
    name = FOLDER + "/" + segments(FOLDER)[0]
    with open(name, "rb") as file:
        raw = bytearray(file.read())
    raw[-10] ^= 4
    with open(name, "wb") as file:
        file.write(raw)
    book = Journal(FOLDER, 8)
    assert book.open[0][0] == 2 and book.last[0] == 2
    empty(FOLDER)


def test_segment_torn_at_its_first_record():
    book = Journal(fresh(), 8)
    sell(book, 2)
    with open("%s/%s-00000002.twj" % (FOLDER, book.number), "wb") as file:
        file.write(b"\x00\x90")
    assert Journal(FOLDER, 8).last[0] == 2
    empty(FOLDER)


def test_oldest_answered_go_and_are_counted():
    book = Journal(fresh(), 4)
    book.request(1, 1, "top_up", FRAME)
    sell(book, 100)
    assert book.lost > 0 and len(segments(FOLDER)) == 4
    assert book.open[1][0] == 1
    again = Journal(FOLDER, 4)
    assert again.open[1] == (1, "top_up", FRAME, False) and again.last[0] == 100 and again.lost == book.lost
    kept = [record for record in records(FOLDER) if record[0] == ANSWER]
    assert len(kept) + book.lost == 100
    empty(FOLDER)


def test_what_is_booked_goes_without_a_loss():
    book = Journal(fresh(), 4)
    for _ in range(10):
        sell(book, 10)
        book.note_booked([book.last[0]])
    assert book.lost == 0 and len(segments(FOLDER)) == 4
    empty(FOLDER)


def test_no_room_is_full():
    book = Journal(fresh(), 4)
    book._file.close()
    book._file = Broken()
    try:
        book.request(0, 1, "pay", FRAME)
        assert False
    except journal.Full:
        assert 0 not in book.open and book.last[0] == 0
    empty(FOLDER)


class Broken:
    """A file on a flash that is full."""

    def write(self, data: bytes) -> int:
        raise OSError(28)

    def close(self) -> None:
        pass


def test_room_by_flash():
    # bytes free -> segments
    for free_bytes, wanted in ((0, 4), (100000, 4), (1 << 20, 48), (8 << 20, 256), (1 << 34, 256)):
        assert journal.segments_for(free_bytes) == wanted


def test_records_tell_the_kinds():
    book = Journal(fresh(), 8)
    book.request(0, 1, "pay", b"{}")
    book.void(0, 1, b"v")
    book.answer(0, 1, "void_answer", b"a")
    found = [(kind, sequence, message, frame) for kind, _, sequence, message, frame in records(FOLDER)][1:]
    assert found == [(REQUEST, 1, "pay", b"{}"), (VOID, 1, "void", b"v"), (ANSWER, 1, "void_answer", b"a")]
    empty(FOLDER)
