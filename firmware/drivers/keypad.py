"""TCA8418 key matrix on I2C (Texas Instruments SCPS215): names of keys as they are pressed."""

ADDRESS = 0x34
# row by row as the keys lie, wired to ROW0-3 and COL0-5; hardware/boards/keypad.py has the same table, a test says so
KEYS = (
    ("1", "2", "3", "f1", "up", "cash"),
    ("4", "5", "6", "f2", "down", "card"),
    ("7", "8", "9", "f3", "menu", "points"),
    (".", "0", "back", "f4", "", "ok"),
)
CFG, INT_STAT, KEY_COUNT, KEY_EVENT, KP_GPIO1, KP_GPIO2 = 0x01, 0x02, 0x03, 0x04, 0x1D, 0x1E
KEY_INTERRUPT = 0x01
PRESSED = 0x80
COLUMNS_PER_ROW = 10  # key number = row * 10 + column + 1, table 1


class Keypad:
    """`ready` is the interrupt pin (low: keys wait) or None, where the chip is asked each time."""

    def __init__(self, i2c, ready):
        self._i2c = i2c
        self._ready = ready

    def start(self) -> None:
        """Rows and columns join the matrix. Raises OSError when the chip is not there."""
        self._i2c.writeto(ADDRESS, bytes((KP_GPIO1, (1 << len(KEYS)) - 1)))
        self._i2c.writeto(ADDRESS, bytes((KP_GPIO2, (1 << len(KEYS[0])) - 1)))
        self._i2c.writeto(ADDRESS, bytes((CFG, KEY_INTERRUPT)))

    def read(self) -> list:
        """Names of the keys pressed since, in order. Raises OSError."""
        if self._ready is not None and self._ready():
            return []
        names = []
        for _ in range(self._register(KEY_COUNT) & 15):
            name = key_name(self._register(KEY_EVENT))
            if name:
                names.append(name)
        if names or self._ready is not None:
            self._i2c.writeto(ADDRESS, bytes((INT_STAT, 1)))
        return names

    def _register(self, register: int) -> int:
        self._i2c.writeto(ADDRESS, bytes((register,)))
        return self._i2c.readfrom(ADDRESS, 1)[0]


def key_name(event: int) -> str:
    """The key that an event tells to be pressed; '' for a key let go or a place without a key."""
    row, column = divmod((event & 0x7F) - 1, COLUMNS_PER_ROW)
    if not event & PRESSED or not 0 <= row < len(KEYS) or column >= len(KEYS[0]):
        return ""
    return KEYS[row][column]
