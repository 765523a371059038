"""What a dispenser says and hears on its line: DART transactions to commands, changes to transactions.

It speaks when polled: what changed since it last spoke, and what it was asked for. A block that cannot
be read changes nothing.
"""

from hardware.emulators.dispenser import Dispenser
from protocol.dart import transactions as dart

IDENTITY = "0099010100"  # maker, type, version: digits
ORDERS = {dart.RESET: "reset", dart.AUTHORISE: "authorise", dart.STOP: "stop", dart.SWITCH_OFF: "off",
          dart.SUSPEND: "suspend", dart.RESUME: "resume"}  # fmt: skip
NEWS = (dart.ALARM, dart.FILLED, dart.NOZZLE, dart.STATUS)
ASKED = {dart.RETURN_STATUS: (dart.STATUS, dart.NOZZLE), dart.RETURN_FILLING: (dart.FILLED, dart.NOZZLE),
         dart.RETURN_PARAMETERS: (dart.PARAMETERS,), dart.RETURN_IDENTITY: (dart.IDENTITY,),
         dart.RETURN_PRICES: (dart.UNIT_PRICES,)}  # fmt: skip
ASKED_MAX = 16  # answers that wait; a controller that asks for more without a poll loses the oldest
TOTAL_SIZE = 10**10  # a totaliser of ten digits begins again at 0
PARAMETERS_BYTES, DECIMALS_AT, GRADES_AT = 50, 22, 35


class Voice:
    """One dispenser's side of the conversation, above blocks and addresses."""

    def __init__(self, dispenser: Dispenser) -> None:
        self.dispenser = dispenser
        self._said: dict[int, bytes] = {dart.ALARM: _alarm(0)}
        self._asked: list[tuple[tuple[int, ...], bytes]] = []

    def wake(self) -> None:
        """After power-up everything is news."""
        self._said, self._asked = {dart.ALARM: _alarm(0)}, []

    def heard(self, body: bytes) -> None:
        """One block from the controller."""
        for number, data in dart.split(body) or ():
            self._hear(number, data)
        del self._asked[:-ASKED_MAX]

    def _hear(self, number: int, data: bytes) -> None:
        one = self.dispenser
        if number == dart.COMMAND and data:
            self._order(data[0])
        elif number == dart.NOZZLES:
            one.command("allow", tuple(data))
        elif number == dart.PRESET_VOLUME and dart.number(data) >= 0:
            one.command("preset_ml", self._ml(dart.number(data)))
        elif number == dart.PRESET_AMOUNT and dart.number(data) >= 0:
            one.command("preset_cents", self._cents(dart.number(data)))
        elif number == dart.PRICES:
            self._price([dart.number(data[at : at + 3]) for at in range(0, len(data) - 2, 3)])
        elif number == dart.TOTALS and data:
            self._asked.append(((number,), data))
        elif number in (dart.SUSPEND_HOSE, dart.RESUME_HOSE):
            one.command("suspend" if number == dart.SUSPEND_HOSE else "resume")
            self._asked.append(((number,), data))

    def _order(self, what: int) -> None:
        if what in ORDERS:
            self.dispenser.command(ORDERS[what])
        elif what in ASKED:
            self._asked.append((ASKED[what], b""))

    def _price(self, told: list[int]) -> None:
        if min(told, default=-1) >= 0:
            self.dispenser.command("price", tuple(self._price_milli(price) for price in told))

    def news(self) -> bytes:
        """The transactions of the next block, b"" for nothing new. What was asked for is a block of its own and first.

        Controllers are in use that look for an answer at the block's first byte only.
        """
        if not self.dispenser.powered:
            return b""
        if self._asked:
            topics, told = self._asked.pop(0)
            return b"".join(self._say(topic, told) for topic in topics)
        return b"".join(self._say(topic) for topic in self._changed())

    def has_news(self) -> bool:
        """Something has changed, or is asked for, that was not said yet."""
        return bool(self._asked or self._changed())

    def _changed(self) -> list[int]:
        return [topic for topic in NEWS if self._saying(topic) != self._said.get(topic)]

    def _say(self, topic: int, told: bytes = b"") -> bytes:
        saying = self._saying(topic, told)
        if topic in NEWS:
            self._said[topic] = saying
        return saying

    def _saying(self, topic: int, told: bytes = b"") -> bytes:
        """`told`: the counter that was asked for, or the hose that was named."""
        one = self.dispenser
        if topic == dart.STATUS:
            return dart.pack(topic, bytes((one.state,)))
        if topic == dart.FILLED:
            ml, cents = one.shown
            return dart.pack(topic, dart.bcd(self._volume(ml), 4) + dart.bcd(self._amount(cents), 4))
        if topic == dart.NOZZLE:
            price = dart.bcd(self._unit_price(one.prices[one.selected - 1]), 3)
            return dart.pack(topic, price + bytes((one.selected | (dart.OUT if one.lifted else 0),)))
        if topic == dart.ALARM:
            return _alarm(one.alarm)
        if topic == dart.PARAMETERS:
            return dart.pack(topic, self._parameters())
        if topic == dart.IDENTITY:
            return dart.pack(topic, bytes.fromhex(IDENTITY))
        if topic == dart.UNIT_PRICES:
            return dart.pack(topic, b"".join(dart.bcd(self._unit_price(price), 3) for price in one.prices))
        if topic == dart.TOTALS:
            return self._totals(told[0])
        return dart.pack(topic, told)

    def _parameters(self) -> bytes:
        told = bytearray(PARAMETERS_BYTES)
        told[DECIMALS_AT : DECIMALS_AT + 3] = bytes(self.dispenser.decimals[:3])
        told[GRADES_AT : GRADES_AT + self.dispenser.hoses] = bytes(range(1, self.dispenser.hoses + 1))
        return bytes(told)

    def _totals(self, counter: int) -> bytes:
        """01..0F volume of that hose, 11..1F its money; of hoses it has not nothing is said."""
        one, at = self.dispenser, (counter & 0x0F) - 1
        if not 0 <= at < one.hoses or counter > 0x1F:
            return b""
        money = counter >= dart.AMOUNTS
        total = self._amount(one.totals_cents[at]) if money else self._volume(one.totals_ml[at])
        second = one.fills[at] if money else total
        told = dart.bcd(total % TOTAL_SIZE, 5) + dart.bcd(second % TOTAL_SIZE, 5)
        return dart.pack(dart.TOTALS, bytes((counter,)) + told + bytes(5))

    def _volume(self, ml: int) -> int:
        return dart.shifted(ml, 3, self.dispenser.decimals.volume)

    def _amount(self, cents: int) -> int:
        return dart.shifted(cents, self.dispenser.decimals.money, self.dispenser.decimals.amount)

    def _unit_price(self, price_milli: int) -> int:
        return dart.shifted(price_milli, self.dispenser.decimals.money + 3, self.dispenser.decimals.price)

    def _ml(self, volume: int) -> int:
        return dart.shifted(volume, self.dispenser.decimals.volume, 3)

    def _cents(self, amount: int) -> int:
        return dart.shifted(amount, self.dispenser.decimals.amount, self.dispenser.decimals.money)

    def _price_milli(self, price: int) -> int:
        return dart.shifted(price, self.dispenser.decimals.price, self.dispenser.decimals.money + 3)


def _alarm(code: int) -> bytes:
    return dart.pack(dart.ALARM, bytes((code,)))
