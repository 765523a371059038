"""The controller's half of a DART line: who is asked when, what is repeated, what is given up. No clock, no port.

    master = Master((0x50, 0x51), owner)
    out = master.due(now_ms)              bytes to send now, or None: then wait_ms(now_ms) may pass first
    master.received(data, now_ms)         whatever the line brings
    master.send(address, body)            one block; its end comes as owner.taken or owner.failed

Owner, called with the address first: said(address, number, data) for each transaction · quiet(address): it has no more
to say · taken(address): the block was acknowledged · failed(address): it was not, and nobody knows whether it was acted
upon · silent(address) and back(address). Times are ticks of protocol.clock, which wrap.
"""

from protocol.clock import TICKS_PERIOD, ticks_diff
from protocol.dart.line import ACK, ACKPOLL, BAD, DATA, EOT, NAK, POLL, Decoder, encode, next_block
from protocol.dart.transactions import RETURN_STATUS, command, split

REPLY_MS = 120  # papers say 25, real pumps take 10 to 50; those who waited 25 lost answers
BYTE_US = 1146  # 11 bits at 9600 baud
GAP_MS = 5  # the line turns round
PAUSE_MS = 40  # a frame that has begun and does not go on is over
EXCHANGE_MS = 250  # whoever talks longer than this babbles: 60 bytes, the longest block, take 70
CYCLE_MS = 100  # a pump that has nothing to say is asked again
TRIES = 5  # of a block, always under the same number: a pump acts on it once
IN_A_ROW = 2  # blocks of one pump; while it fills it has more to say after each, and the others wait
MISSED = 6  # frames without an answer until a pump counts as silent
BACK_OFF_MS = (250, 2000)  # a silent pump is asked less and less often, so that it costs the others little
STATUS_ASKED = command(RETURN_STATUS)

FREE, POLLED, HEARD, ACKED, SENT = 0, 1, 2, 3, 4
NOTHING = -1  # in place of a kind: time is over


class Link:
    """What the line knows of one pump."""

    last: tuple = ()  # the block heard last
    poll_ms: int | None = None  # when it is asked again; None: as soon as may be

    def __init__(self, place: int, address: int):
        self.address = address
        self.place = place
        self.block = 0
        self.fresh = self.counts = False
        self.body = b""
        self.tries = 0
        self.missed = 0


class Master:
    """reply_ms and the like: other values of the constants above."""

    _until_ms: int | None = None  # nothing is sent before, or the answer is waited for

    def __init__(self, addresses, owner, reply_ms=REPLY_MS, gap_ms=GAP_MS, cycle_ms=CYCLE_MS, tries=TRIES):
        self.links = [Link(place, address) for place, address in enumerate(addresses)]
        self.decoder = Decoder()
        self._owner = owner
        self._reply_ms = reply_ms
        self._gap_ms = gap_ms
        self._cycle_ms = cycle_ms
        self._tries = tries
        self._state = FREE
        self._link = self.links[0]
        self._end_ms = 0
        self._echo = b""
        self._held = b""
        self._ordered = False
        self._row = 0

    def send(self, address: int, body: bytes) -> None:
        """One block at a time for each pump. Raises ValueError while another is on its way."""
        link = self._of(address)
        if link.body:
            raise ValueError("a block for %02X is on its way" % address)
        link.body, link.tries = body, 0

    def _of(self, address: int) -> Link:
        for link in self.links:
            if link.address == address:
                return link
        raise ValueError("no pump %02X" % address)

    def due(self, now_ms: int):
        """What to send now, or None."""
        if self._until_ms is not None and ticks_diff(now_ms, self._until_ms) < 0:
            return None
        if self._state == HEARD:
            return self._say(ACKED, encode(self._link.address, ACK, self._link.last[0]), now_ms)
        if self._state != FREE:
            self._happens(NOTHING, now_ms)
        link = self._next(now_ms)
        if link is None:
            return None
        self._link, self._row = link, 0
        if self._ordered:
            return self._say(SENT, self._block(link), now_ms)
        return self._say(POLLED, encode(link.address, POLL), now_ms)

    def wait_ms(self, now_ms: int) -> int:
        """Nothing is due sooner, unless something is received or sent. Asked often: it makes nothing on the heap."""
        rest_ms = 0 if self._until_ms is None else max(0, ticks_diff(self._until_ms, now_ms))
        if self._state != FREE:
            return rest_ms
        least_ms = self._cycle_ms
        for link in self.links:
            least_ms = 0 if link.body else min(least_ms, self._wait_ms(link, now_ms))
            if not least_ms:
                break
        return max(rest_ms, least_ms)

    def _wait_ms(self, link: Link, now_ms: int) -> int:
        return 0 if link.poll_ms is None else max(0, ticks_diff(link.poll_ms, now_ms))

    def _next(self, now_ms: int):
        """Orders before polls, but never twice in a row while a poll is due; in turn otherwise."""
        order = poll = None
        for link in self.links:
            due = not self._wait_ms(link, now_ms)
            if not link.body:
                poll = self._sooner(poll, link) if due else poll
            elif due or link.missed < MISSED:
                order = self._sooner(order, link)
        self._ordered = order is not None and (poll is None or not self._ordered)
        return order if self._ordered else poll

    def _sooner(self, found, link: Link):
        """The first in turn behind the one that was served last."""
        if found is None or (found.place <= self._link.place < link.place):
            return link
        return found

    def _block(self, link: Link) -> bytes:
        """Numbers begin with a question: a pump takes each block 0 for a new one, and may be asked a question twice."""
        body = link.body if link.block else STATUS_ASKED
        return encode(link.address, DATA, link.block, body)

    def _say(self, state: int, frame: bytes, now_ms: int) -> bytes:
        self.decoder.reset()
        self._state, self._echo, self._held = state, frame, b""
        self._wait(now_ms, len(frame) * BYTE_US // 1000 + 1 + self._reply_ms)
        self._end_ms = (now_ms + EXCHANGE_MS) % TICKS_PERIOD
        return frame

    def _wait(self, now_ms: int, ms: int) -> None:
        self._until_ms = (now_ms + ms) % TICKS_PERIOD

    def received(self, data: bytes, now_ms: int) -> None:
        """Bytes of the line, with or without our own in front of them."""
        if self._state not in (POLLED, ACKED, SENT):
            return
        if ticks_diff(self._end_ms, now_ms) > PAUSE_MS and self.wait_ms(now_ms) < PAUSE_MS:
            self._wait(now_ms, PAUSE_MS)
        for address, kind, block, body in self.decoder.feed(self._without_echo(data)):
            self._frame(address, kind, block, body, now_ms)

    def _without_echo(self, data: bytes) -> bytes:
        """Adapters on two wires give back what they send: no pump ever answers with the very bytes it was sent."""
        if not self._echo:
            return data
        self._held += data
        if len(self._held) < len(self._echo) and self._echo.startswith(self._held):
            return b""
        held, echo = self._held, self._echo
        self._held = self._echo = b""
        return held[len(echo) :] if held.startswith(echo) else held

    def _frame(self, address: int, kind: int, block: int, body: bytes, now_ms: int) -> None:
        link = self._link
        if address != link.address or self._state not in (POLLED, ACKED, SENT):
            return
        if kind in (ACK, ACKPOLL, NAK) and not self._meant(link, block):
            return
        if kind == DATA:
            link.fresh = (block, body) != link.last or not block
            link.last = (block, body)
        self._happens(kind, now_ms)

    def _meant(self, link: Link, block: int) -> bool:
        """Some pumps acknowledge everything as block 0; one that has shown that it counts is held to it."""
        link.counts = link.counts or block > 0
        return block == link.block or (block == 0 and not link.counts)

    def _happens(self, kind: int, now_ms: int) -> None:
        for state, comes, becomes, what in TABLE:
            if state == self._state and comes == kind:
                self._state = becomes
                self._wait(now_ms, self._gap_ms)
                what(self, self._link, now_ms)
                return

    def _lives(self, link: Link) -> None:
        if link.missed >= MISSED:
            self._owner.back(link.address)
        link.missed = 0

    def _hear(self, link: Link, now_ms: int) -> None:
        """A block it repeats, because our ACK was lost, is only acknowledged."""
        self._lives(link)
        if link.fresh:
            for number, data in split(link.last[1]) or ():
                self._owner.said(link.address, number, data)
        self._row += 1
        if self._row > IN_A_ROW:  # heard but not acknowledged: it says it again when it is its turn
            self._state = FREE
            self._later(link, now_ms, self._gap_ms)
            self._owner.quiet(link.address)

    def _quiet(self, link: Link, now_ms: int) -> None:
        self._lives(link)
        self._later(link, now_ms, self._cycle_ms)
        self._owner.quiet(link.address)

    def _spoilt(self, link: Link, now_ms: int) -> None:
        """It will say it again, or it says nothing after an ACK."""
        self._later(link, now_ms, self._gap_ms)

    def _missed(self, link: Link, now_ms: int) -> None:
        link.missed += 1
        if link.missed == MISSED:
            self._owner.silent(link.address)
        rest, most = BACK_OFF_MS
        beyond = link.missed - MISSED
        self._later(link, now_ms, self._gap_ms if beyond < 0 else min(most, rest << min(beyond, 8)))

    def _later(self, link: Link, now_ms: int, ms: int) -> None:
        link.poll_ms = (now_ms + ms) % TICKS_PERIOD

    def _taken(self, link: Link, now_ms: int) -> None:
        self._lives(link)
        link.poll_ms = None
        link.tries = 0
        asked, link.block = link.block == 0, next_block(link.block)
        if asked and link.body != STATUS_ASKED:
            return
        link.body = b""
        self._owner.taken(link.address)

    def _refused(self, link: Link, now_ms: int) -> None:
        self._lives(link)
        self._again(link)

    def _unheard(self, link: Link, now_ms: int) -> None:
        self._missed(link, now_ms)
        self._again(link)

    def _again(self, link: Link) -> None:
        """Under the same number. When that has been tried enough, numbers begin anew and the owner has to look."""
        link.tries += 1
        if link.tries < self._tries and link.missed < MISSED:
            return
        link.body, link.block, link.tries = b"", 0, 0
        self._owner.failed(link.address)


# state of the line, what comes -> state, what is done. What is not listed is let pass: it came late or is noise.
TABLE = (
    (POLLED, DATA, HEARD, Master._hear),
    (POLLED, EOT, FREE, Master._quiet),
    (POLLED, BAD, FREE, Master._spoilt),
    (POLLED, NOTHING, FREE, Master._missed),
    (ACKED, DATA, HEARD, Master._hear),
    (ACKED, EOT, FREE, Master._quiet),
    (ACKED, BAD, FREE, Master._spoilt),
    (ACKED, NOTHING, FREE, Master._spoilt),
    (SENT, ACK, FREE, Master._taken),
    (SENT, ACKPOLL, FREE, Master._taken),
    (SENT, NAK, FREE, Master._refused),
    (SENT, NOTHING, FREE, Master._unheard),
)
