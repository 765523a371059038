"""What is known of a life of this store that is gone, told to head office by the next one, as events of its own chain.

    salvaged    a line of the old disk, word by word, that head office had not booked
    testified   a sale, top-up or fill that a terminal's journal holds with the old gateway's sealed answer

Head office books each once, whatever comes twice; nothing here moves value.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.core import fuel_day
from gateway.core.trade import Trade
from protocol.ids import RequestId, request_text

AT_ONCE = 200  # events in one transaction
PAIRS_MAX = 20_000  # requests of one terminal; what is above is not asked for
TENDERS = (
    ("principal", "principal_cents"),
    ("bonus", "bonus_cents"),
    ("points", "points"),
    ("points_value", "points_cents"),
    ("cash", "cash_cents"),
)
APPROVALS = ("receipt", "topped_up", "refunded", "captured", "filled")
PUMPED = ("ml", "amount_cents", "total_before_ml", "total_after_ml", "why", "last")


class Testimony(NamedTuple):
    """A request of a terminal's journal with its answer, both seals checked; asked, answer: their values."""

    request: RequestId
    message: str
    frame: str
    asked: dict
    told: str
    answer: dict


def told_upto(value: Callable[[str], str]) -> int:
    """Which of an old disk's lines need not be told: a head office that is restored may forget what it had booked.

    value: reads the single values of that disk; one that an earlier version wrote says only what was booked.
    """
    return int(value("lasting_seq") or value("booked_seq") or 0)


def tell_old_lines(trade: Trade, life: str, lines: Iterable[bytes]) -> int:
    """Tells lines of the disk of a life that is gone; returns how many. Within a transaction."""
    count = 0
    for line in lines:
        trade.write_event("salvaged", life=life, line=line.decode())
        count += 1
    return count


class Hearing:
    """Asks one terminal after the other position for what lives that are gone have approved there.

    A void comes after what it voids, so nothing is told before the terminal has said that this was all. What was heard
    until then is only here: after a crash the terminal is asked from the beginning.
    """

    def __init__(self, trade: Trade, life: str, earlier: Iterable[str] = ()):
        self._trade, self.life = trade, life
        # The life before may have ended before it had heard all about the ones before it.
        self._lives = {life, *earlier} - {""}
        self._heard: dict[str, dict[RequestId, Testimony | None]] = {}

    def wanted(self, terminal: str) -> bool:
        """Whether this terminal has not said all yet."""
        return bool(self.life) and terminal not in self._trade.books.value("testified").split(",")

    def heard(self, terminal: str, one: Testimony | None, at: int) -> int:
        """Takes one testimony (None: a pair that proves nothing); returns where to go on, 0 when this was all."""
        pairs = self._heard.setdefault(terminal, {})
        if one is not None and one.told == "void_answer":
            pairs[one.request] = None
        elif one is not None and one.told in APPROVALS and one.answer.get("incarnation") in self._lives:
            pairs.setdefault(one.request, one)
        if at and len(pairs) < PAIRS_MAX:
            return at
        self._tell(terminal, [one for one in pairs.values() if one is not None])
        del self._heard[terminal]
        return 0

    def _tell(self, terminal: str, pairs: list[Testimony]) -> None:
        for one in pairs:
            request, told = one.request, one.answer
            if one.told == "refunded":
                self._alarm(one, "refund_testified", f"gave back {told.get('total_cents', 0)} of {told.get('sale')}")
                continue
            if one.told == "filled":
                self._alarm(one, "fill_testified", f"fill {told.get('fill')} of {told.get('total_cents')}: paid?")
            pumped = _pumped(one)
            if pumped:
                fuel_day.testified(self._trade, pumped["hold"], pumped["fuel"])
            self._trade.write_event(
                "testified",
                life=told["incarnation"],
                message=one.message,
                request=request._asdict(),
                frame=one.frame,
                transfer=request_text(request),
                account=one.asked.get("account"),
                receipt_told=told.get("receipt"),
                tenders={asset: told.get(name, 0) for asset, name in TENDERS},
                earned_points=told.get("earned", 0),
                punches=[[one["asset"], one["earned"]] for one in told.get("punches", ())],
                **pumped,
            )
        done = [name for name in self._trade.books.value("testified").split(",") if name]
        self._trade.books.keep("testified", ",".join(sorted({*done, terminal})))

    def _alarm(self, one: Testimony, reason: str, detail: str) -> None:
        """People look at what no answer tells: what of its right a refund used; whether a fill has been paid for."""
        transfer = request_text(one.request)
        self._trade.write_event("alarm", reason=reason, about=transfer, detail=f"{transfer} {detail}")


def _pumped(one: Testimony) -> dict:
    """The litres of a fill with the pump's totals, whose day they count to, its coupon, what the member owes."""
    if one.message != "capture":
        return {}
    asked = one.asked
    line = {"code": asked["code"], "qty_milli": asked["ml"], "price_milli": asked["price_milli"]}
    fuel = {name: asked[name] for name in PUMPED} | {"nozzle": one.request.lane + 1}
    fuel |= {name: one.answer[name] for name in ("card", "day") if name in one.answer}
    told = {"hold": asked["hold"], "fill": one.answer.get("fill"), "owed_cents": one.answer.get("owed_cents", 0)}
    coupon, off_cents = one.answer.get("coupon", ""), one.answer.get("off_cents", 0)
    lines = [line | {"amount_cents": asked["amount_cents"]}]
    if off_cents:
        off = {"qty_milli": -1000, "price_milli": off_cents * 1000, "amount_cents": -off_cents}
        lines.append({"code": coupon[:24], **off})
    return told | {"lines": lines, "fuel": fuel, "coupons": [coupon] if coupon else []}
