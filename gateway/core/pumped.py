"""What is kept of nozzles: holds, fills that nobody has paid yet, totals. The amounts themselves are in the ledger."""

from typing import NamedTuple


class PumpHold(NamedTuple):
    """What is known of a hold at a nozzle, beside the amounts that the holding has set aside under this id.

    account: '' for an attendant's, which sets nothing aside. state: as protocol/ledger/holds.py, since `since_ms` of
    the machine's start `boot`. upto_ml: the totaliser up to which deliveries under it are booked; got_*: how much they
    were. cents, ml: where the pump stops. coupon: what is locked for it; off_cents: what need not be set aside for its
    sake. vehicle: fuel_limits.vehicle(). said_ml: what two people have said that it gave, -1 while nobody has.
    at_s: when it was made, by the store's clock; 0: before that was kept.
    """

    hold: str
    account: str
    terminal: str
    lane: int
    state: str
    boot: str
    since_ms: int
    code: str
    name: str
    price_milli: int
    tax_code: str
    tax_bp: int
    credit_cents: int = 0
    upto_ml: int = 0
    operator: str = ""
    shift: int = 0
    cents: int = 0
    ml: int = 0
    list_milli: int = 0
    rule: str = ""
    off_cents: int = 0
    coupon: str = ""
    coupon_lot: str = ""
    card: str = ""
    vehicle: str = ""
    odometer: int = 0
    got_ml: int = 0
    got_cents: int = 0
    said_ml: int = -1
    at_s: int = 0

    @property
    def nozzle(self) -> int:
        """Its number for people: lanes count from 0."""
        return self.lane + 1


class Fill(NamedTuple):
    """What an attendant let flow without a member. state: unpaid, paid, drive_off.

    transfer and seq: of its event; settled_seq: of its end. lock_*: the open basket that has it, since lock_ms of the
    machine's start lock_boot.
    """

    fill: int
    transfer: str
    hold: str
    terminal: str
    nozzle: int
    code: str
    name: str
    ml: int
    price_milli: int
    total_cents: int
    tax_code: str
    tax_bp: int
    operator: str
    shift: int
    state: str
    lock_terminal: str = ""
    lock_journal: str = ""
    lock_lane: int = 0
    lock_basket: int = 0
    lock_boot: str = ""
    lock_ms: int = 0
    at_s: int = 0
    business_date: str = ""
    seq: int = 0
    settled_seq: int = 0

    @property
    def lock(self) -> tuple[str, str, int]:
        return self.lock_terminal, self.lock_journal, self.lock_lane


class NozzleTotal(NamedTuple):
    """The totaliser of a nozzle up to which all that flowed is in an event."""

    terminal: str
    nozzle: int
    code: str
    total_ml: int
    at_s: int
