"""What goes wrong at a reader, on command: field lost, torn card, slow, babble, dead."""

BABBLE = bytes([0x00, 0xFF, 0x55, 0x00, 0x00, 0xFF, 0x05, 0xFB, 0xD5, 0x41])  # ends like half a frame


class Faults:
    """Switches read by the chip; each stays until it is switched back, a tear happens once."""

    def __init__(self) -> None:
        self.field_lost = False  # the antenna is dead: no card is found, a listed one is silent
        self.dead = False  # the chip says nothing at all
        self.babble = False  # garbage before each answer
        self.slow_s = 0.0  # every answer comes that much later
        self._tear_in = 0
        self._tear_how = "before"
        self._tear_at: int | None = None

    def tear(self, exchange: int = 1, executed: bool = False) -> None:
        """Pull the card away at the n-th exchange from now: before the card did it, or before it could say so."""
        self._tear_in, self._tear_how = exchange, "after" if executed else "before"

    def tear_at_byte(self, byte: int, exchange: int = 1) -> None:
        """Pull the card away when so many bytes of the n-th exchange from now have gone through the air."""
        self.tear(exchange)
        self._tear_at = byte

    def how_torn(self, how: str, sent_bytes: int) -> str:
        """Before or after the card did it, where a byte was named: it acts on a command that it has whole."""
        if not how or self._tear_at is None:
            return how
        at, self._tear_at = self._tear_at, None
        return "before" if at < sent_bytes else "after"

    def tear_now(self) -> str:
        """ "" or "before" or "after", asked once per exchange."""
        if self._tear_in == 0:
            return ""
        self._tear_in -= 1
        return self._tear_how if self._tear_in == 0 else ""

    def noise(self) -> bytes:
        return BABBLE if self.babble else b""
