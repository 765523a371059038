"""The NXP PN532 NFC reader on its HSU (UART) side, byte for byte as its user manual UM0701-02 has it.

No I/O and no clock of its own: `feed(bytes) -> bytes`, and `poll()` for what comes later (a card that appears while
the chip waits, slow answers). Numbers in comments are sections of UM0701-02.
"""

import time
from collections.abc import Callable

from hardware.emulators import pn532_frame as frame
from hardware.emulators.isodep import CardLink, ContactlessCard, Field
from hardware.emulators.pn532_faults import Faults

OK, TIMEOUT, WRONG_PARAMETER, WRONG_CONTEXT = 0x00, 0x01, 0x10, 0x27
MORE = 0x40
TARGETS_MAX = 2
CHIP_DATA_BYTES_MAX = 262  # what one InDataExchange carries, 7.3.8
CHAIN_BYTES_MAX = 4096  # ours, not the chip's: more than any APDU; a longer chain is refused
FOREVER = 0xFF
AUTOMATIC_RATS = 0x10  # SetParameters, 7.2.9
WAKE_ON_HSU = 0x10  # PowerDown, 7.2.11
EDGES_TO_WAKE = 5  # rising edges on RX, 8.3.2
FIRMWARE = bytes([0x32, 0x01, 0x06, 0x07])  # PN532, version 1.6, ISO 14443 A + B + ISO 18092
WAIT = b"later"  # returned by a command in place of its answer: no card yet, ask again when one is placed


class Pn532:
    """One chip with its antenna. `quirk_active`: a card left active misses the next listing."""

    def __init__(self, quirk_active: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self.field = Field()
        self.faults = Faults()
        self.quirk_active = quirk_active
        self.listing_s = 0.0  # time one listing takes; 0 answers within feed()
        self.exchange_s = 0.0  # time one exchange with a card takes
        self.air_s: Callable[[int, int], float] | None = None  # ... or how long it takes for bytes sent and received
        self.exchanges = 0  # counted since power-up, for tests
        self._clock = clock
        self._reader = frame.FrameReader()
        self._edges = 0
        self._awake = False
        self._wakes_on_hsu = True
        self._late: tuple[float, bytes] | None = None
        self._last = b""
        self._waiting: Callable[[], bytes] | None = None
        self._duration_s = 0.0
        self._reset_state()

    def _reset_state(self) -> None:
        self._sam_configured = False
        self._field_on = False
        self._parameters = 0x14
        self._retries = bytes([0xFF, 0x01, 0xFF])  # 7.3.1 item 05, chip defaults
        self._targets: list[CardLink | None] = [None] * TARGETS_MAX
        self._collected = b""
        self._outgoing = b""
        self._registers: dict[int, int] = {}
        self._last_error = OK

    # ---- the world around the chip

    def place(self, card: ContactlessCard) -> bytes:
        """Lay a card on the antenna; returns what the chip says now (an infinite listing ends)."""
        self.field.place(card)
        return self.poll()

    def remove(self, card: ContactlessCard | None = None) -> None:
        self.field.remove(card)

    def now_s(self) -> float:
        return self._clock()

    def due_s(self) -> float | None:
        """Clock time at which poll() has something to send, or None."""
        return self._late[0] if self._late else None

    def poll(self) -> bytes:
        """Bytes that have become due."""
        if self._waiting is not None:
            answer = self._waiting()
            if answer != WAIT:
                self._waiting = None
                return self._send(answer)
        if self._late is not None and self._clock() >= self._late[0]:
            data, self._late = self._late[1], None
            return data
        return b""

    # ---- the serial line

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the host; returns what the chip sends at once."""
        if self.faults.dead:
            return b""
        if not self._awake:
            data = self._wake(data)
        out = b""
        for kind, body in self._reader.feed(data):
            out += self._received(kind, body)
        return out

    def _wake(self, data: bytes) -> bytes:
        """Count rising edges; the bytes that woke the chip are lost, the rest is read."""
        for i, byte in enumerate(data):
            self._edges += rising_edges(byte)
            if self._edges >= EDGES_TO_WAKE and self._wakes_on_hsu:
                self._awake, self._edges = True, 0
                self._reader.clear()
                return data[i + 1 :]
        return b""

    def _received(self, kind: str, body: bytes) -> bytes:
        if kind == "nack":
            return self._last
        if kind == "ack":  # the host aborts what runs, or confirms what it got
            self._late, self._waiting = None, None
            return b""
        self._late, self._waiting = None, None
        if len(body) < 2 or body[0] != frame.HOST_TO_CHIP:
            return frame.ACK + frame.ERROR
        return self.faults.noise() + frame.ACK + self._run(body[1], body[2:])

    def _run(self, code: int, data: bytes) -> bytes:
        command = COMMANDS.get(code)
        if command is None:
            return frame.ERROR
        self._duration_s = 0.0
        try:
            answer = command(self, data)
        except IndexError:  # a parameter is missing: syntax error, 6.2.1.5
            return frame.ERROR
        if answer == WAIT:
            self._waiting = lambda: self._tagged(code, command(self, data))
            return b""
        return self._send(self._tagged(code, answer))

    def _tagged(self, code: int, answer: bytes | None) -> bytes:
        if answer == WAIT:
            return WAIT
        if answer is None:
            return frame.ERROR
        return frame.encode(frame.CHIP_TO_HOST, bytes([code + 1]) + answer)

    def _send(self, encoded: bytes) -> bytes:
        self._last = encoded
        wait_s = self._duration_s + self.faults.slow_s
        if wait_s <= 0:
            return encoded
        self._late = (self._clock() + wait_s, encoded)
        return b""

    # ---- commands about the chip

    def _diagnose(self, data: bytes) -> bytes | None:
        test = data[0]
        if test == 0x00:  # communication line: echo
            return data
        if test == 0x06:  # attention request: is the listed card still there?
            link = self._target(1)
            return bytes([OK if link is not None and not self.faults.field_lost else TIMEOUT])
        return bytes([OK]) if test in (0x01, 0x02, 0x04, 0x07) else None

    def _get_firmware_version(self, data: bytes) -> bytes:
        return FIRMWARE

    def _get_general_status(self, data: bytes) -> bytes:
        listed = b"".join(bytes([i + 1, 0, 0, 0]) for i, link in enumerate(self._targets) if link is not None)
        return bytes([self._last_error, self._field_on, len(listed) // 4]) + listed + b"\x00"

    def _read_register(self, data: bytes) -> bytes:
        pairs = [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]
        return bytes(self._registers.get(address, 0) for address in pairs)

    def _write_register(self, data: bytes) -> bytes:
        for i in range(0, len(data), 3):
            self._registers[data[i] << 8 | data[i + 1]] = data[i + 2]
        return b""

    def _read_gpio(self, data: bytes) -> bytes:
        return bytes([0x3F, 0x07, 0x00])

    def _write_gpio(self, data: bytes) -> bytes:
        return b"" if len(data) == 2 else data[2:]

    def _set_baud_rate(self, data: bytes) -> bytes | None:
        return b"" if data[0] <= 8 else None  # a rate means nothing on a socket or pty

    def _set_parameters(self, data: bytes) -> bytes:
        self._parameters = data[0]
        return b""

    def _sam_configuration(self, data: bytes) -> bytes | None:
        if not 1 <= data[0] <= 4:
            return None
        self._sam_configured = True
        return b""

    def _power_down(self, data: bytes) -> bytes:
        self._awake, self._edges, self._wakes_on_hsu = False, 0, bool(data[0] & WAKE_ON_HSU)
        self._switch_field(False)
        return bytes([OK])

    def _rf_configuration(self, data: bytes) -> bytes | None:
        sizes = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}
        if len(data) - 1 != sizes.get(data[0]):
            return None
        if data[0] == 0x01:
            self._switch_field(bool(data[1] & 1))
        if data[0] == 0x05:
            self._retries = data[1:]
        return b""

    def _switch_field(self, on: bool) -> None:
        self._field_on = on
        if not on:
            self.field.power_off()
            self._targets = [None] * TARGETS_MAX

    # ---- commands about cards

    def _list_passive_target(self, data: bytes) -> bytes | None:
        wanted, kind = data[0], data[1]
        if not 1 <= wanted <= TARGETS_MAX or kind > 4:
            return None
        self._duration_s = self.listing_s
        found = self._list_type_a(wanted) if kind == 0 else []
        if not found and self._retries[2] == FOREVER:
            found = self._list_type_a(wanted) if kind == 0 else []  # a card that missed once is found by asking on
            if not found:
                return WAIT
        return bytes([len(found)]) + b"".join(found)

    def _list_type_a(self, wanted: int) -> list[bytes]:
        self._targets = [None] * TARGETS_MAX
        self._collected = self._outgoing = b""
        self._field_on = True
        if not self._sam_configured or self.faults.field_lost:
            return []
        found = []
        for link in self.field.links[:TARGETS_MAX]:
            if len(found) < wanted and link.wake(self.quirk_active):
                self._targets[len(found)] = link
                found.append(bytes([len(found) + 1]) + self._describe(link))
        return found

    def _describe(self, link: CardLink) -> bytes:
        card = link.card
        described = card.atqa + bytes([card.sak, len(card.air_uid)]) + card.air_uid
        if self._parameters & AUTOMATIC_RATS and card.ats:
            described += link.activate() or b""
        return described

    def _auto_poll(self, data: bytes) -> bytes | None:
        """InAutoPoll, 7.3.13: only the types that hold ISO 14443 A are ever found."""
        times, types = data[0], data[2:]
        if not types:
            return None
        found: list[bytes] = []
        for kind in types:
            if kind in (0x00, 0x10, 0x20):
                found = self._list_type_a(1)
                if found:
                    return bytes([1, kind, len(found[0])]) + found[0]
        return WAIT if times == FOREVER else b"\x00"

    def _target(self, number: int) -> CardLink | None:
        """The listed card of that number, if it still lies there."""
        link = self._targets[number - 1] if 1 <= number <= TARGETS_MAX else None
        return link if link in self.field.links else None

    def _data_exchange(self, data: bytes) -> bytes:
        number, more, payload = data[0] & 0x3F, data[0] & MORE, data[1:]
        if not 1 <= number <= TARGETS_MAX or self._targets[number - 1] is None:
            return self._status(WRONG_CONTEXT)
        if self._outgoing and not payload:
            return self._next_part()
        self._outgoing = b""
        if len(self._collected) + len(payload) > CHAIN_BYTES_MAX:
            self._collected = b""
            return self._status(WRONG_PARAMETER)
        self._collected += payload
        if more:
            return self._status(OK)
        apdu, self._collected = self._collected, b""
        answer = self._exchange(number, lambda link: link.exchange(apdu), len(apdu))
        if answer is None:
            return self._status(TIMEOUT)
        self._outgoing = answer
        return self._next_part()

    def _next_part(self) -> bytes:
        part, self._outgoing = self._outgoing[:CHIP_DATA_BYTES_MAX], self._outgoing[CHIP_DATA_BYTES_MAX:]
        return self._status(MORE if self._outgoing else OK) + part

    def _communicate_thru(self, data: bytes) -> bytes:
        self._duration_s = self.exchange_s
        for number in range(1, TARGETS_MAX + 1):
            if self._targets[number - 1] is not None:
                answer = self._exchange(number, lambda link: link.raw(data), len(data))
                return self._status(TIMEOUT) if answer is None else self._status(OK) + answer
        return self._status(TIMEOUT)

    def _exchange(self, number: int, talk: Callable[[CardLink], bytes | None], sent_bytes: int) -> bytes | None:
        """One exchange with a listed card, through whatever fault is set. None = the card was not heard."""
        self.exchanges += 1
        self._duration_s = self.exchange_s
        link = self._target(number)
        if link is None or self.faults.field_lost:
            if link is not None:
                link.deselect()
            return None
        torn = self.faults.how_torn(self.faults.tear_now(), sent_bytes)
        answer = None if torn == "before" else talk(link)
        if self.air_s is not None:
            self._duration_s = self.air_s(sent_bytes, len(answer or b""))
        if torn:
            self.field.remove(link.card)
            return None
        return answer

    def _status(self, status: int) -> bytes:
        self._last_error = status & 0x3F
        return bytes([status])

    def _in_select(self, data: bytes) -> bytes:
        return self._status(OK if self._target(data[0]) is not None else WRONG_CONTEXT)

    def _in_deselect(self, data: bytes) -> bytes:
        return self._let_go(data[0], forget=False)

    def _in_release(self, data: bytes) -> bytes:
        return self._let_go(data[0], forget=True)

    def _let_go(self, number: int, forget: bool) -> bytes:
        """Deselect one target, or all with number 0; releasing nothing is no error."""
        for i, link in enumerate(self._targets):
            if link is not None and number in (0, i + 1):
                link.deselect()
                if forget:
                    self._targets[i] = None
        return self._status(OK)

    def _in_atr(self, data: bytes) -> bytes:
        return self._status(TIMEOUT)  # no ISO 18092 peer is modelled

    def _in_psl(self, data: bytes) -> bytes:
        known = self._target(data[0]) is not None and data[1] <= 2 and data[2] <= 2
        return self._status(OK if known else WRONG_CONTEXT)


def rising_edges(byte: int) -> int:
    """Rising edges on an idle-high line while one byte passes: start bit 0, eight bits from the lowest, stop bit 1."""
    levels = [0] + [byte >> i & 1 for i in range(8)] + [1]
    return sum(1 for before, after in zip(levels, levels[1:], strict=False) if after > before)


COMMANDS: dict[int, Callable[[Pn532, bytes], bytes | None]] = {
    0x00: Pn532._diagnose,
    0x02: Pn532._get_firmware_version,
    0x04: Pn532._get_general_status,
    0x06: Pn532._read_register,
    0x08: Pn532._write_register,
    0x0C: Pn532._read_gpio,
    0x0E: Pn532._write_gpio,
    0x10: Pn532._set_baud_rate,
    0x12: Pn532._set_parameters,
    0x14: Pn532._sam_configuration,
    0x16: Pn532._power_down,
    0x32: Pn532._rf_configuration,
    0x40: Pn532._data_exchange,
    0x42: Pn532._communicate_thru,
    0x44: Pn532._in_deselect,
    0x46: Pn532._in_atr,
    0x4A: Pn532._list_passive_target,
    0x4E: Pn532._in_psl,
    0x50: Pn532._in_atr,
    0x52: Pn532._in_release,
    0x54: Pn532._in_select,
    0x56: Pn532._in_atr,
    0x60: Pn532._auto_poll,
}
