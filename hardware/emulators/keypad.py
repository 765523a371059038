"""A TCA8418 keypad controller on I2C (TI data sheet SCPS215): event FIFO of ten, interrupt bits, key matrix.

Keys have names here; which name lies where is hardware/boards/keypad.py.
"""

from collections import deque

from hardware.boards.keypad import ADDRESS, KEYS
from hardware.emulators.bus import I2cPort

CFG, INT_STAT, KEY_LCK_EC, KEY_EVENT_A, KEY_EVENT_J = 0x01, 0x02, 0x03, 0x04, 0x0D
KP_GPIO1, KP_GPIO2, KP_GPIO3 = 0x1D, 0x1E, 0x1F
CFG_AUTO_INCREMENT, CFG_OVERFLOW_MODE, CFG_KEY_INTERRUPT = 0x80, 0x20, 0x01
K_INT, OVERFLOW_INT = 0x01, 0x08
FIFO_EVENTS = 10
COLUMNS_PER_ROW = 10  # key number = row * 10 + column + 1, table 1
LAST_REGISTER = 0x2E


class Tca8418:
    """The chip: registers by address; the first byte written sets the register pointer."""

    address = ADDRESS

    def __init__(self) -> None:
        self._registers = bytearray(LAST_REGISTER + 1)
        self._fifo: deque[int] = deque()
        self._pointer = 0

    @property
    def interrupt(self) -> bool:
        """Whether the INT pin is pulled low."""
        return bool(self._registers[INT_STAT] & K_INT and self._registers[CFG] & CFG_KEY_INTERRUPT)

    @property
    def waiting(self) -> int:
        """Key events in the FIFO."""
        return len(self._fifo)

    def write(self, data: bytes) -> bool:
        if not data:
            return True
        self._pointer = data[0]
        for value in data[1:]:
            self._write_register(self._pointer, value)
            self._advance()
        return True

    def read(self, size: int) -> bytes:
        out = bytearray()
        for _ in range(size):
            out.append(self._read_register(self._pointer))
            self._advance()
        return bytes(out)

    def _advance(self) -> None:
        if self._registers[CFG] & CFG_AUTO_INCREMENT:
            self._pointer = (self._pointer + 1) & 0xFF

    def _write_register(self, register: int, value: int) -> None:
        if register == INT_STAT:  # ones clear
            self._registers[INT_STAT] &= ~value
            if self._fifo:  # the interrupt comes back while events wait
                self._registers[INT_STAT] |= K_INT
        elif register == CFG or KEY_EVENT_J < register <= LAST_REGISTER:
            self._registers[register] = value

    def _read_register(self, register: int) -> int:
        if register == KEY_LCK_EC:
            return len(self._fifo)
        if register == KEY_EVENT_A:  # reading takes the event out
            return self._fifo.popleft() if self._fifo else 0
        if KEY_EVENT_A < register <= KEY_EVENT_J:
            place = register - KEY_EVENT_A
            return self._fifo[place] if place < len(self._fifo) else 0
        return self._registers[register] if register <= LAST_REGISTER else 0

    def _scans(self, row: int, column: int) -> bool:
        """Rows and columns join the matrix only when KP_GPIO says so; at reset they are plain inputs."""
        columns = self._registers[KP_GPIO2] | self._registers[KP_GPIO3] << 8
        return bool(self._registers[KP_GPIO1] >> row & 1 and columns >> column & 1)

    def contact(self, row: int, column: int, pressed: bool) -> None:
        """A contact closes or opens; a full FIFO loses the newest event, or the oldest in overflow mode."""
        if not self._scans(row, column):
            return
        if len(self._fifo) == FIFO_EVENTS:
            self._registers[INT_STAT] |= OVERFLOW_INT
            if not self._registers[CFG] & CFG_OVERFLOW_MODE:
                return
            self._fifo.popleft()
        self._fifo.append((0x80 if pressed else 0) | (row * COLUMNS_PER_ROW + column + 1))
        self._registers[INT_STAT] |= K_INT


class Keypad:
    """The keys of a terminal on their I2C port."""

    def __init__(self) -> None:
        self.chip = Tca8418()
        self.bus = I2cPort([self.chip])

    async def listen(self) -> int:
        return await self.bus.listen()

    async def close(self) -> None:
        await self.bus.close()

    @property
    def waiting(self) -> int:
        """Events that the terminal has not fetched yet; at ten a further key is lost."""
        return self.chip.waiting

    def press(self, name: str) -> None:
        """Down and up again; raises KeyError for a key that is not there."""
        row, column = PLACES[name]
        self.chip.contact(row, column, True)
        self.chip.contact(row, column, False)


PLACES = {name: (row, column) for row, line in enumerate(KEYS) for column, name in enumerate(line) if name}
