"""What a controller knows of one pump, as it says it. Numbers in the pump's own units, until its decimals are known."""

from protocol.dart import transactions as ta
from protocol.dart.transactions import AUTHORISED, COMPLETED, FILLING, LIMIT, SUSPENDED, shifted

RUNNING = (AUTHORISED, FILLING, SUSPENDED)
ENDED = (COMPLETED, LIMIT)


class Side:
    """One address. `how`: what is not settled and comes from configuration.

    decimals          of volume, amount and price where the pump does not tell them
    parameters_at     where it tells them (22)
    total_decimals    of a totaliser (absent: those of a volume)
    suspend_by        "command" or "hose"
    suspended_status  the status that means it (8)
    """

    decimals: tuple = ()  # digits behind the point of volume, amount, price; empty: not told yet

    def __init__(self, address: int, hoses: int, how: dict):
        self.address = address
        self.how = how
        self.status = None
        self.awaited, self.answered = 0, False
        self.hose, self.out = 0, False
        self.price_raw = self.volume_raw = self.amount_raw = 0
        self.fill_hose = 0
        self.from_ml = -1
        self.ends = 0
        self.prices_raw = [-1] * hoses
        self.totals_raw = [-1] * hoses
        self.uncounted = False
        self.moved = 0
        self.alarm = 0
        self.silent = True
        self.gone = False
        self.lacks = ""

    # awaited: the transaction that was asked for, TOTALS + 256 for hose 1; answered: it came.
    # uncounted: a fill is over, its figures and totaliser are still to be asked for.
    # moved: a bit for each hose that was lifted or hung up: their totalisers are to be asked for.
    # silent: nothing here is sure. gone: it does not answer. lacks: what it must tell before it can be used.

    def said(self, number: int, data: bytes) -> None:
        """A transaction of the pump; one that cannot be read is passed over."""
        size = len(data)
        if number == ta.STATUS and size:
            self._status(data[0])
        elif number == ta.FILLED and size >= 8:
            self._filled(ta.number(data[:4]), ta.number(data[4:8]))
        elif number == ta.NOZZLE and size >= 4:
            self._nozzle(ta.number(data[:3]), data[3] & 15, data[3] & ta.OUT > 0)
        elif number == ta.TOTALS and size >= 6 and 0 < data[0] <= len(self.totals_raw) and ta.number(data[1:6]) >= 0:
            self.totals_raw[data[0] - 1] = ta.number(data[1:6])
            number |= data[0] << 8
        elif number == ta.PARAMETERS:
            self.decimals = ta.decimals(data, self.how.get("parameters_at", 22)) or self.decimals
        elif number == ta.ALARM and size:
            self.alarm = data[0]
        elif number == ta.UNIT_PRICES:
            self._prices(data)
        else:
            return
        self.answered = self.answered or number == self.awaited

    def _status(self, status: int) -> None:
        if status == self.how.get("suspended_status", SUSPENDED):
            status = SUSPENDED
        if status in ENDED and self.status not in ENDED:
            self.uncounted = True
            self.ends += 1
        self.status = status
        self._whose()

    def _nozzle(self, price_raw: int, hose: int, out: bool) -> None:
        if (hose, out) != (self.hose, self.out):
            self.moved |= 1 << self.hose | 1 << hose  # one hung up and another lifted may be told as one
        self.price_raw, self.hose, self.out = price_raw, hose, out
        self._whose()

    def _whose(self) -> None:
        """Whose fill it is: that of the hose that was authorised; without such, that of the hose it flows from.

        After a start nobody knows which hose an authorised pump was let go at: 0, it may be any. Another hose that is
        lifted as the fill ends is told before the end is: where we have let a hose go (from_ml), that one stays.
        """
        unknown = self.status in (None, AUTHORISED, SUSPENDED)
        flows = self.from_ml < 0 and self.out and self.status == FILLING
        if self.hose and ((not self.fill_hose and not unknown) or flows):
            self.fill_hose = self.hose

    def _filled(self, volume_raw: int, amount_raw: int) -> None:
        """A reset clears the display; what the last fill was is known here until the next one begins."""
        cleared = volume_raw == 0 and self.status in ENDED
        if min(volume_raw, amount_raw) >= 0 and self.status != ta.IS_RESET and not cleared:
            self.volume_raw, self.amount_raw = volume_raw, amount_raw

    def begin(self, hose: int) -> None:
        """A fill may begin at this hose."""
        self.fill_hose, self.volume_raw, self.amount_raw = hose, 0, 0
        self.from_ml = self.total_ml(hose)

    def fits(self, hose: int) -> bool:
        """Whether the totaliser of the hose that was let go has counted what the display shows."""
        known = hose == self.fill_hose and self.from_ml >= 0
        return known and self.total_ml(hose) - self.from_ml == self.ml(self.volume_raw)

    def _prices(self, data: bytes) -> None:
        """What we have set counts more than what comes later: that may have been said before it."""
        for at in range(min(len(self.prices_raw), len(data) // 3)):
            if self.prices_raw[at] < 0:
                self.prices_raw[at] = ta.number(data[3 * at : 3 * at + 3])

    def ml(self, volume_raw: int) -> int:
        return shifted(volume_raw, self.decimals[0], 3)

    def total_ml(self, hose: int) -> int:
        """-1: it has not said it."""
        total_raw = self.totals_raw[hose - 1]
        return total_raw if total_raw < 0 else shifted(total_raw, self.how.get("total_decimals", self.decimals[0]), 3)

    def cents(self, exponent: int) -> int:
        """The amount on its display."""
        return shifted(self.amount_raw, self.decimals[1], exponent)
