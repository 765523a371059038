"""Flash journal of money requests and the sealed answers to them: what a terminal can testify.

Files `<journal number>-<segment>.twj`, appended to and never changed. A record is
    length of the body (2 bytes, big endian), CRC-32 of the body (4 bytes), body
    body = kind (1 byte: Q request, V void, A answer, S state), lane (1 byte), sequence (4 bytes),
           length of the name (1 byte), name of the message, the frame as it was sent or received
The journal number is random and made with the first file, so a wiped flash never uses a request id twice.

Each segment begins with S (what the terminal must know of the segments before: last sequence by lane, testimony lost,
number of starts) and a copy of every request that is still unanswered; so a start reads the newest segment only, and a
torn tail is closed by beginning a new one. Bound: `segments_max` files of SEGMENT_BYTES, made out of the flash's size;
when it is reached the oldest file goes, and what of it head office has not booked yet is counted in `lost`. Unanswered
requests are never dropped: at most one for each lane exists, and when flash takes no more, request() raises Full.
"""

import os
from binascii import crc32, hexlify

from firmware.net.slots import make_folder, sync
from protocol.ids import LANES

SEGMENT_BYTES = 16384
SEGMENTS_MIN = 4
SEGMENTS_MAX = 256  # 4 MB: weeks of a busy till, and a listing that still fits the heap
PAIR_BYTES = 1100  # a request and its answer, as measured; for the figure of days that is printed
SUFFIX = ".twj"

REQUEST, VOID, ANSWER, STATE = 81, 86, 65, 83  # "Q", "V", "A", "S"


class Full(Exception):
    """Flash takes no more: no request may be made before there is room again."""


class Journal:
    """`last[lane]`, `open[lane]` = (sequence, message, frame, voided) of what has no answer yet, `booked[lane]`.

    `segments` are the numbers of its files, oldest first. `told` = (message, frame) of the last answer before this
    start, None if there was none.
    """

    def __init__(self, folder: str, segments_max: int):
        make_folder(folder)
        self.folder = folder
        self.segments_max = segments_max
        self.last = [0] * LANES
        self.booked = [0] * LANES
        self.open = {}
        self.told = None
        self.lost = 0
        self.starts = 0
        self._file = None
        self._size = 0
        names = segments(folder)
        self.number = names[0][:8] if names else hexlify(os.urandom(4)).decode()
        self.segments = [int(name[9:17]) for name in names]
        torn = bool(names) and self._recover()
        self.starts += 1
        try:
            self._begin(torn or not names)
        except OSError:
            self._file = None  # the first request tries again, and says Full

    # ---- what a lane writes

    def request(self, lane: int, sequence: int, message: str, frame: bytes) -> None:
        """A request, before it is sent. Raises Full."""
        self._record(REQUEST, lane, sequence, message, frame)
        self.last[lane] = sequence
        self.open[lane] = (sequence, message, frame, False)

    def void(self, lane: int, sequence: int, frame: bytes) -> None:
        """From now on nobody may be told that this request was approved. Raises Full."""
        self._record(VOID, lane, sequence, "void", frame)
        request = self.open[lane]
        self.open[lane] = (sequence, request[1], request[2], True)

    def answer(self, lane: int, sequence: int, message: str, frame: bytes) -> None:
        """The sealed answer, before it is shown. Raises Full."""
        self._record(ANSWER, lane, sequence, message, frame)
        del self.open[lane]

    def note_booked(self, booked: list) -> None:
        """Head office has booked up to these sequences: they may go when room is wanted."""
        for lane in range(min(len(booked), LANES)):
            self.booked[lane] = max(self.booked[lane], booked[lane])

    # ---- files

    def _begin(self, anew: bool) -> None:
        if anew:
            self._roll()
        else:
            self._file = open(self.path(self.segments[-1]), "ab")
            self._append(STATE, 0, 0, "", self._state())

    def _record(self, kind: int, lane: int, sequence: int, message: str, frame: bytes) -> None:
        try:
            if self._file is None or self._size > SEGMENT_BYTES:
                self._roll()
            self._append(kind, lane, sequence, message, frame)
        except (OSError, MemoryError):
            self._file = None  # half a record may lie at its end: go on in a new segment
            raise Full("flash")

    def _append(self, kind: int, lane: int, sequence: int, message: str, frame: bytes) -> None:
        # In two pieces: a heap in use may have no piece for the whole record, and the frame is one already.
        head = bytes((kind, lane)) + sequence.to_bytes(4, "big") + bytes((len(message),)) + message.encode()
        size = len(head) + len(frame)
        self._file.write(size.to_bytes(2, "big") + crc32(frame, crc32(head)).to_bytes(4, "big") + head)
        self._file.write(frame)
        self._file.flush()
        sync()
        self._size += 6 + size

    def _roll(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._make_room()
        number = self.segments[-1] + 1 if self.segments else 1
        file = open(self.path(number), "wb")
        self.segments.append(number)
        self._file = file
        self._size = 0
        self._append(STATE, 0, 0, "", self._state())
        for lane in self.open:
            sequence, message, frame, voided = self.open[lane]
            self._append(REQUEST, lane, sequence, message, frame)
            if voided:
                self._append(VOID, lane, sequence, "void", b"")

    def _make_room(self) -> None:
        while len(self.segments) >= self.segments_max:
            path = self.path(self.segments[0])
            for kind, lane, sequence, _message, _frame in read(path):
                if kind == ANSWER and sequence > self.booked[lane]:
                    self.lost += 1
            os.remove(path)
            self.segments.pop(0)

    def _state(self) -> bytes:
        raw = self.lost.to_bytes(4, "big") + self.starts.to_bytes(4, "big")
        for lane in range(LANES):
            raw += self.last[lane].to_bytes(4, "big") + self.booked[lane].to_bytes(4, "big")
        return raw

    def _recover(self) -> bool:
        """Reads the newest segment; true when its tail is torn. A segment torn at its very first record is dropped."""
        path = self.path(self.segments[-1])
        first = True
        for kind, lane, sequence, message, frame in read(path):
            if first and kind != STATE:
                break
            first = False
            self._take(kind, lane, sequence, message, frame)
        if first:
            os.remove(path)
            self.segments.pop()
            return self._recover() if self.segments else True
        self._size = good_bytes(path)
        return self._size != os.stat(path)[6]

    def _take(self, kind: int, lane: int, sequence: int, message: str, frame: bytes) -> None:
        if kind == STATE:
            self.lost = int.from_bytes(frame[:4], "big")
            self.starts = int.from_bytes(frame[4:8], "big")
            for i in range(LANES):
                at = 8 + 8 * i
                self.last[i] = int.from_bytes(frame[at : at + 4], "big")
                self.booked[i] = int.from_bytes(frame[at + 4 : at + 8], "big")
        elif kind == REQUEST:
            self.last[lane] = sequence
            self.open[lane] = (sequence, message, frame, False)
        elif kind == VOID and lane in self.open:
            self.open[lane] = self.open[lane][:3] + (True,)
        elif kind == ANSWER:
            self.open.pop(lane, None)
            self.told = message, frame

    def path(self, number: int) -> str:
        """The file of a segment."""
        return "%s/%s-%08d%s" % (self.folder, self.number, number, SUFFIX)


def segments(folder: str) -> list:
    """Names of the journal's files, oldest first."""
    return sorted([name for name in os.listdir(folder) if name.endswith(SUFFIX)])


def segments_for(free_bytes: int) -> int:
    """How many segments may be kept in a flash of that many bytes, free ones and the journal's own: three quarters."""
    return max(SEGMENTS_MIN, min(SEGMENTS_MAX, free_bytes * 3 // 4 // SEGMENT_BYTES))


def read(path: str):
    """(kind, lane, sequence, message, frame) of every good record of one file; ends without a word at a torn tail."""
    with open(path, "rb") as file:
        while True:
            body = body_of(file)
            if body is None:
                return
            name = 7 + body[6]
            yield body[0], body[1], int.from_bytes(body[2:6], "big"), body[7:name].decode(), body[name:]


def records(folder: str):
    """Every record of a journal, oldest first, for a checker. A request may come twice, copied into a newer file."""
    for name in segments(folder):
        for record in read(folder + "/" + name):
            yield record


def good_bytes(path: str) -> int:
    """How far the records of a file are whole."""
    size = 0
    with open(path, "rb") as file:
        while True:
            body = body_of(file)
            if body is None:
                return size
            size += 6 + len(body)


def body_of(file) -> bytes | None:
    """The body of the record at which the file stands; None at its end or at a torn tail."""
    head = file.read(6)
    if len(head) < 6:
        return None
    size = int.from_bytes(head[:2], "big")
    body = file.read(size)
    if size < 7 or len(body) < size or crc32(body) != int.from_bytes(head[2:], "big"):
        return None
    name = body[7 : 7 + body[6]]
    return body if body[1] < LANES and len(name) == body[6] and max(name or b"-") < 128 else None
