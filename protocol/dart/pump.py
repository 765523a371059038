"""The pump's half of the line: answers frames for its address, acts on no block twice, repeats what was not heard.

    pump = Pump(0x50, heard, news)
    out = pump.received(frame)      a frame of line.Decoder, for whatever address; b"": it says nothing

heard(body) is called once for each new block; news() -> the transactions of the next block, b"" for none: it is asked
when the controller listens and nothing is unheard. What a pump does with them is not the line's business.
"""

from protocol.dart.line import ACK, ACKPOLL, BAD, DATA, EOT, NAK, POLL, encode, next_block


class Pump:
    """One address on the line."""

    def __init__(self, address: int, heard, news):
        self.address = address
        self._heard = heard
        self._news = news
        self.reset()

    def reset(self) -> None:
        """As after power-up: block numbers from 0, nothing unheard, no block known."""
        self._block = 0
        self._unheard = b""
        self._last = (0, b"")

    @property
    def waits(self) -> bool:
        """What it said last has not been acknowledged."""
        return bool(self._unheard)

    def received(self, frame: tuple) -> bytes:
        """What goes back now. An ACK is answered too, by what comes next or EOT: controllers wait for it."""
        address, kind, block, body = frame
        if address != self.address:
            return b""
        if kind == BAD:
            return encode(address, NAK, block)
        if kind == DATA:
            self._take(block, body)
            return encode(address, ACK, block)
        if kind in (ACK, ACKPOLL):
            self._acknowledged(block)
        return self._next() if kind in (POLL, NAK, ACK, ACKPOLL) else b""

    def _take(self, block: int, body: bytes) -> None:
        """Block 0 is always new: it begins the numbers anew, and controllers are in use that number nothing."""
        if block == 0 or (block, body) != self._last:
            self._last = (block, body)
            self._heard(body)

    def _acknowledged(self, block: int) -> None:
        """A controller that numbers nothing acknowledges everything as block 0."""
        if self._unheard and block in (self._block, 0):
            self._unheard = b""
            self._block = next_block(self._block)

    def _next(self) -> bytes:
        self._unheard = self._unheard or self._news()
        if not self._unheard:
            return encode(self.address, EOT)
        return encode(self.address, DATA, self._block, self._unheard)
