"""A whole pump small enough for a board's interpreter: one address with its hoses and display, and a line of several.

The test is the fuel: it calls lift, hang_up and give. Numbers are in the display's units.
"""

from protocol.dart import transactions as ta
from protocol.dart.line import Decoder
from protocol.dart.pump import Pump as Line
from protocol.dart.transactions import (
    AUTHORISED,
    COMPLETED,
    FILLING,
    IS_RESET,
    LIMIT,
    NOT_PROGRAMMED,
    OFF,
    SUSPENDED,
)

# (status, what happens) -> status. What is not listed changes nothing.
BECOMES = {
    (NOT_PROGRAMMED, "prices"): COMPLETED,
    (COMPLETED, "reset"): IS_RESET,
    (LIMIT, "reset"): IS_RESET,
    (IS_RESET, "reset"): IS_RESET,
    (IS_RESET, "authorise"): AUTHORISED,
    (IS_RESET, "off"): OFF,
    (COMPLETED, "off"): OFF,
    (OFF, "reset"): IS_RESET,
    (AUTHORISED, "reset"): IS_RESET,
    (AUTHORISED, "stop"): COMPLETED,
    (AUTHORISED, "power"): COMPLETED,
    (AUTHORISED, "out"): FILLING,
    (FILLING, "stop"): COMPLETED,
    (FILLING, "power"): COMPLETED,
    (FILLING, "in"): COMPLETED,
    (FILLING, "limit"): LIMIT,
    (FILLING, "suspend"): SUSPENDED,
    (SUSPENDED, "resume"): FILLING,
    (SUSPENDED, "stop"): COMPLETED,
    (SUSPENDED, "power"): COMPLETED,
    (SUSPENDED, "in"): COMPLETED,
    (LIMIT, "stop"): COMPLETED,
    (LIMIT, "in"): COMPLETED,
    (LIMIT, "power"): COMPLETED,
}
EVENTS = {
    ta.RESET: "reset",
    ta.AUTHORISE: "authorise",
    ta.STOP: "stop",
    ta.SWITCH_OFF: "off",
    ta.SUSPEND: "suspend",
    ta.RESUME: "resume",
}
TOTAL_SIZE = 10**10  # a totaliser of ten digits begins again at 0


class SmallPump:
    """`decimals` of volume, amount and price; `total_raw` stands on every hose's totaliser."""

    def __init__(self, address, hoses=1, decimals=(2, 2, 2), total_raw=0, programmed=True, identity=0):
        self.address = address
        self.decimals = decimals
        self.identity = identity
        self.status = IS_RESET if programmed else NOT_PROGRAMMED
        self.hose, self.out, self.on = 0, False, True
        self.volume_raw = self.amount_raw = self.price_raw = 0
        self.preset_volume_raw = self.preset_amount_raw = 0
        self.allowed = ()
        self.prices_raw = [0] * hoses
        self.totals_raw = [total_raw] * hoses
        self.amounts_raw = [0] * hoses
        self.fills = [0] * hoses
        self.authorisations = 0
        self.line = Line(address, self._heard, self._news)
        self._asked = []
        self._untold = {"status", "nozzle"}
        self._alarm = None

    def received(self, frame: tuple) -> bytes:
        """Without power the line is silent."""
        return self.line.received(frame) if self.on else b""

    # people and fuel

    def lift(self, hose: int) -> None:
        """Out of its holder. With one out already, the display stays with that one."""
        if self.out:
            return
        self.hose, self.out = hose, True
        self._untold.add("nozzle")
        self._begin()

    def hang_up(self) -> None:
        self.out = False
        self._untold.add("nozzle")
        self._happens("in")

    @property
    def flows(self) -> bool:
        """Whether fuel comes when the lever is pulled."""
        return self.on and self.out and self.status == FILLING

    def left_raw(self):
        """Volume that may still come before a preset; None: as much as one likes."""
        bounds = []
        if self.preset_volume_raw:
            bounds.append(self.preset_volume_raw)
        if self.preset_amount_raw and self.price_raw:
            bounds.append(self._volume_of(self.preset_amount_raw))
        return max(0, min(bounds) - self.volume_raw) if bounds else None

    def give(self, volume_raw: int) -> None:
        """So much has flowed, also where it should not have: counted it is always."""
        before_raw = self.amount_raw
        self.volume_raw += volume_raw
        self.amount_raw = self.amount_of(self.volume_raw)
        at = self.hose - 1
        self.totals_raw[at] = (self.totals_raw[at] + volume_raw) % TOTAL_SIZE
        self.amounts_raw[at] = (self.amounts_raw[at] + self.amount_raw - before_raw) % TOTAL_SIZE
        self._untold.add("filled")
        if self.left_raw() == 0:
            self._happens("limit")

    def amount_of(self, volume_raw: int) -> int:
        """Money for a volume, rounded half up."""
        over = self._over()
        scaled = volume_raw * self.price_raw
        return (2 * scaled + 10**over) // (2 * 10**over) if over >= 0 else scaled * 10**-over

    def alarm(self, code: int) -> None:
        """0: it is over."""
        self._alarm = code

    def power(self, on: bool) -> None:
        """Without power the line is silent; display and totalisers are kept, what it was told is not."""
        if on and not self.on:
            self.line.reset()
            self._asked = []
            self.preset_volume_raw = self.preset_amount_raw = 0
            self.allowed = ()
            self._happens("power")
            self.tell()
        self.on = on

    def tell(self) -> None:
        """At the next poll: status, nozzle and display."""
        self._untold.update(("status", "nozzle", "filled"))

    # what the controller says

    def _heard(self, body: bytes) -> None:
        for number, data in ta.split(body) or ():
            self._hear(number, data)

    def _hear(self, number: int, data: bytes) -> None:
        if number == ta.COMMAND and len(data) == 1:
            self._command(data[0])
        elif number == ta.NOZZLES:
            self.allowed = tuple(data)
        elif number in (ta.PRESET_VOLUME, ta.PRESET_AMOUNT) and len(data) == 4:
            self._preset(number, ta.number(data))
        elif number == ta.PRICES and data and len(data) % 3 == 0:
            self._prices([ta.number(data[at : at + 3]) for at in range(0, len(data), 3)])
        elif number == ta.TOTALS and len(data) == 1:
            self._tell_totals(data[0])
        elif number in (ta.SUSPEND_HOSE, ta.RESUME_HOSE) and len(data) == 1:
            self._happens("suspend" if number == ta.SUSPEND_HOSE else "resume")
            self._asked.append(ta.pack(number, data))

    def _command(self, what: int) -> None:
        told = {
            ta.RETURN_STATUS: (self._status, self._nozzle),
            ta.RETURN_PARAMETERS: (self._parameters,),
            ta.RETURN_IDENTITY: (self._identity,),
            ta.RETURN_FILLING: (self._filled, self._nozzle, self._status),
            ta.RETURN_PRICES: (self._prices_now,),
        }.get(what)
        if told:
            self._asked.append(b"".join([part() for part in told]))
        elif what in EVENTS:
            self._happens(EVENTS[what])

    def _happens(self, event: str) -> None:
        becomes = BECOMES.get((self.status, event))
        if becomes is None:
            return
        self.status = becomes
        self._untold.add("status")
        if event == "reset":
            self.volume_raw = self.amount_raw = self.preset_volume_raw = self.preset_amount_raw = 0
            self.allowed = ()
        elif event == "authorise":
            self.authorisations += 1
            self._begin()
        elif becomes in (COMPLETED, LIMIT):
            self._untold.add("filled")

    def _begin(self) -> None:
        """The price is that of the hose in hand; an authorised fill begins with it."""
        if not self.out:
            return
        if self.status in (IS_RESET, AUTHORISED):
            self.price_raw = self.prices_raw[self.hose - 1]
        if self.status == AUTHORISED and (not self.allowed or self.hose in self.allowed):
            self.fills[self.hose - 1] += 1
            self._happens("out")

    def _preset(self, number: int, value_raw: int) -> None:
        if self.status != IS_RESET or value_raw < 0:
            return
        if number == ta.PRESET_VOLUME:
            self.preset_volume_raw = value_raw
        else:
            self.preset_amount_raw = value_raw

    def _prices(self, prices_raw) -> None:
        if self.status in (AUTHORISED, FILLING, SUSPENDED) or min(prices_raw) < 0:
            return
        for at, price_raw in enumerate(prices_raw[: len(self.prices_raw)]):
            self.prices_raw[at] = price_raw
        if self.status == IS_RESET and self.hose:
            self.price_raw = self.prices_raw[self.hose - 1]
        self._untold.add("nozzle")
        self._happens("prices")

    # what it says

    def _news(self) -> bytes:
        """Answers first, each in a block of its own; then what has changed."""
        if self._asked:
            return self._asked.pop(0)
        out = b""
        if self._alarm is not None:
            out, self._alarm = ta.pack(ta.ALARM, bytes((self._alarm,))), None
        for name, part in (("filled", self._filled), ("nozzle", self._nozzle), ("status", self._status)):
            if name in self._untold:
                out += part()
        self._untold.clear()
        return out

    def _status(self) -> bytes:
        return ta.pack(ta.STATUS, bytes((self.status,)))

    def _filled(self) -> bytes:
        return ta.pack(ta.FILLED, ta.bcd(self.volume_raw, 4) + ta.bcd(self.amount_raw, 4))

    def _nozzle(self) -> bytes:
        return ta.pack(ta.NOZZLE, ta.bcd(self.price_raw, 3) + bytes((self.hose | (ta.OUT if self.out else 0),)))

    def _parameters(self) -> bytes:
        grades = bytes(range(1, len(self.prices_raw) + 1))
        return ta.pack(ta.PARAMETERS, bytes(22) + bytes(self.decimals) + bytes(10) + grades + bytes(15 - len(grades)))

    def _identity(self) -> bytes:
        return ta.pack(ta.IDENTITY, ta.bcd(self.identity, 5))

    def _prices_now(self) -> bytes:
        return ta.pack(ta.UNIT_PRICES, b"".join([ta.bcd(price_raw, 3) for price_raw in self.prices_raw]))

    def _tell_totals(self, counter: int) -> None:
        """Counters of hoses it has not stay unanswered."""
        at = counter % 16 - 1
        if not 0 <= at < len(self.totals_raw) or counter >> 4 > 1:
            return
        money = counter >= ta.AMOUNTS
        total, second = (self.amounts_raw, self.fills) if money else (self.totals_raw, self.totals_raw)
        told = bytes((counter,)) + ta.bcd(total[at], 5) + ta.bcd(second[at], 5) + bytes(5)
        self._asked.append(ta.pack(ta.TOTALS, told))

    def _over(self) -> int:
        """Digits that volume x price has more than an amount."""
        volume, amount, price = self.decimals
        return volume + price - amount

    def _volume_of(self, amount_raw: int) -> int:
        """The most volume whose amount is not above this."""
        over = self._over()
        doubled = (2 * amount_raw + 1) * 10 ** max(over, 0)
        volume_raw = doubled // (2 * self.price_raw * 10 ** max(-over, 0))
        return volume_raw if self.amount_of(volume_raw) <= amount_raw else volume_raw - 1


class SmallBus:
    """Several pumps on one line."""

    def __init__(self, pumps):
        self.pumps = pumps
        self._decoder = Decoder()

    def received(self, data: bytes) -> bytes:
        """What the line brings -> what the pumps say to it."""
        out = b""
        for frame in self._decoder.feed(data):
            for pump in self.pumps:
                out += pump.received(frame)
        return out
