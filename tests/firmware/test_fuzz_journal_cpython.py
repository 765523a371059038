"""A journal whose flash says anything: a start never fails, no sequence is used again, and it writes on."""

import random
import tempfile
from pathlib import Path

from firmware.net import journal
from firmware.net.journal import ANSWER, Full, Journal
from tests.mutator import SEED, survives, tries

FRAME = b'{"v":1,"j":"5f3a09c1","l":0,"n":1}' + bytes(40)


def segment() -> bytes:
    """One file as a terminal leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        made = Journal(folder + "/journal", 4)
        for sequence in range(1, 6):
            for lane in (0, 1):
                made.request(lane, sequence, "pay", FRAME)
                if sequence % 2:
                    made.void(lane, sequence, FRAME)
                if (sequence, lane) != (5, 1):
                    made.answer(lane, sequence, "receipt", FRAME)
        made.note_booked([3, 2])
        return Path(made.path(made.segments[-1])).read_bytes()


def summed(raw: bytes) -> bytes:
    """The same records with sums that fit: what lies behind the sum is reached."""
    out, at = b"", 0
    while at + 6 <= len(raw):
        size = int.from_bytes(raw[at : at + 2], "big")
        body = raw[at + 6 : at + 6 + size]
        out += raw[at : at + 2] + journal.crc32(body).to_bytes(4, "big") + body
        at += 6 + size
    return out


def started(raw: bytes) -> None:
    """A start on a flash whose newest file says this, then a sale."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        (Path(folder) / "0a0b0c0d-00000001.twj").write_bytes(raw)
        made = Journal(folder, 4)
        assert all(0 <= lane < journal.LANES for lane in made.open)
        known = {lane: made.last[lane] for lane in range(2)}
        for lane in (0, 1):
            if lane not in made.open:
                made.request(lane, made.last[lane] + 1, "pay", FRAME)
        again = Journal(folder, 4)
        assert all(again.last[lane] >= known[lane] for lane in (0, 1))
        assert [record[0] for record in journal.records(folder)].count(ANSWER) >= 0


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def test_a_start_takes_any_flash():
    sample = segment()
    assert summed(sample) == sample
    dice = random.Random(SEED)
    for raw in tries([sample, sample[: len(sample) // 2]], "journal"):
        survives(started, dice.choice((raw, summed(raw))), Full)


def test_a_record_of_a_lane_that_does_not_exist_ends_the_segment():
    """Found by the tries above: the terminal did not start."""
    whole = segment()
    body = bytes((journal.REQUEST, 77)) + bytes(4) + b"\x03pay" + FRAME
    started(whole + len(body).to_bytes(2, "big") + journal.crc32(body).to_bytes(4, "big") + body)
