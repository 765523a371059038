"""A store that has everything happen to it: the small shop with offers, punches, fuel, shifts and expiry beside."""

import asyncio
import json
from typing import Any

from hq_server.floats.service import ask
from hq_server.vault.asking import Wanted
from hq_server.vault.refunds import Sought
from protocol.ledger import coupons, expiry, floats, holds, punches, spending
from protocol.ledger import credits as crediting
from protocol.ledger.lots import Booking, Slice
from protocol.ledger.refund_rights import RefundRight, decode, encode
from protocol.money import line_amount_cents
from tests.hq_server import small_chain
from tests.hq_server.small_shop import GOODS, SmallShop, _frame

BAG, DIESEL = "4900", "305"
PRICES = {code: row[2] for code, row in GOODS.items()} | {BAG: 0, DIESEL: 76_000}
OFF_CENTS = {"coupon:tea": 3_00, "punch:coffee": 1_29}
COFFEES = 2  # punches for one


class GoldenShop(SmallShop):
    """One store; `hq` is asked for what lies elsewhere, without a wire."""

    def __init__(self, hq: Any, shop: SmallShop):
        super().__init__(shop.store, shop.incarnation)
        self.__dict__.update(shop.__dict__)
        self.hq, self.operator, self.shift, self.wishes = hq, "11", 1, 0

    def write(self, kind: str, day: str, at_s: int, transfer: str, entries: tuple = (), **values: Any) -> None:
        if "shift" in values:
            values |= {"operator": self.operator, "shift": self.shift}
        super().write(kind, day, at_s, transfer, entries, **values)

    def deliver(self) -> None:
        small_chain.deliver(self.hq, self)

    def begin_shift(self, day: str, at_s: int, operator: str, shift: int) -> None:
        self.operator, self.shift = operator, shift
        told = {"operator": operator, "terminal": self.store + "-pos1", "shift": shift}
        self.write("shift_opened", day, at_s, "", **told)
        self.write("sign_on", day, at_s, "", **told)

    def end_shift(self, day: str, at_s: int, sales: int, cash_cents: int) -> None:
        told = {"operator": self.operator, "terminal": self.store + "-pos1", "shift": self.shift}
        self.write("shift_closed", day, at_s, "", **told, sales=sales, cash_cents=cash_cents)

    def top_up(
        self, day: str, at_s: int, account: str, cents: int, bonus_cents: int = 0, bonus_expires: str = ""
    ) -> str:
        request, transfer = self._request("pos1")
        done = crediting.top_up(self.holding(account), transfer, cents, bonus_cents, self.rights, at_s, bonus_expires)
        assert isinstance(done, Booking), done
        self._keep(account, done)
        self.receipt += 1
        self.booked[transfer] = done.entries
        told = {"request": request, "account": account, "operator": "", "shift": 0, "receipt": self.receipt}
        told |= {"tenders": {"principal": cents, "bonus": bonus_cents}, "bonus_expires": bonus_expires or None}
        frame = _frame(request, "top_up", amount_cents=cents, account=account)
        self.write("top_up", day, at_s, transfer, done.entries, **told, frame=frame)
        return transfer

    def sell(
        self, day: str, at_s: int, basket: dict[str, int], account: str = "", stored: int = 0, points: int = 0,
        units: tuple[tuple[str, str], ...] = (), card: str = "", offline: bool = False,
    ) -> str:  # fmt: skip
        """basket: code -> quantity in 1/1000; units: (asset, lot) redeemed; a point pays one cent; the rest is cash."""
        request, transfer = self._request("pos1")
        lines = [_line(code, quantity) for code, quantity in basket.items()]
        entries: tuple = ()
        for asset, lot in units:
            used = self._use(account, transfer, asset, lot, len(entries) + 1)
            entries += used.entries
            off = OFF_CENTS[asset]
            lines.append(_line(asset, -1000, off * 1000, -off))
        total = sum(line["amount_cents"] for line in lines)
        paid: dict[str, int] = {}
        if account and (stored or points):
            done = spending.debit(self.holding(account), transfer, stored, points, points, first_n=len(entries) + 1)
            assert isinstance(done, Booking), done
            self._keep(account, done)
            entries += done.entries
            paid = _drawn(done) | {"points_value": points}
        cash = total - stored - points
        entries += (spending.cash(transfer, self.store, cash, len(entries) + 1),) if cash else ()
        earned = (total - points) // 100 if account else 0
        entries += self._earn(account, transfer, earned, at_s, len(entries) + 1) if earned else ()
        self.receipt += 1
        self.booked[transfer] = entries
        told = {"request": request, "account": account or None, "operator": "", "shift": 0, "receipt": self.receipt}
        told |= {"lines": lines, "tenders": paid | {"cash": cash}, "earned_points": earned, "pending_points": 0}
        told |= {"offline": offline} | ({"card": card} if card else {})
        self.write("sale", day, at_s, transfer, entries, **told, frame=_frame(request, "pay", total_cents=total))
        return transfer

    def _use(self, account: str, transfer: str, asset: str, lot: str, first_n: int) -> Booking:
        holding = self.holding(account)
        if asset.startswith("punch:"):
            done = punches.redeem(holding, transfer, asset[6:], COFFEES, first_n)
        else:
            done = coupons.redeem(holding, transfer, [lot], first_n=first_n)
        assert isinstance(done, Booking), done
        self._keep(account, done)
        return done

    def fill(self, day: str, at_s: int, account: str, ml: int, gap_ml: int = 0, **fleet: object) -> str:
        """A fill that a member's value pays as far as it goes; what is beyond is owed. fleet: card, vehicle, saved."""
        request, transfer = self._request("pump1")
        cents = line_amount_cents(ml, PRICES[DIESEL])
        done = holds.overrun(self.holding(account), transfer, cents, "principal_first")
        self._keep(account, done)
        self.booked[transfer] = done.entries
        self.receipt += 1
        owed = holds.owed_cents(done.entries)
        evidence = {"ml": ml, "amount_cents": cents, "total_before_ml": 1_000_000, **fleet}
        evidence["total_after_ml"] = 1_000_000 + ml + gap_ml
        told = {"request": request, "account": account, "operator": "", "shift": 0, "receipt": self.receipt}
        told |= {"lines": [_line(DIESEL, ml)], "tenders": _drawn(done) | ({"receivable": owed} if owed else {})}
        self.write("sale", day, at_s, transfer, done.entries, **told, hold=transfer, fuel=evidence, over_cents=0)
        return transfer

    def fill_to_pay(self, day: str, at_s: int, number: int, ml: int, **evidence: object) -> None:
        """What an attendant let flow; nobody has paid for it yet."""
        request, transfer = self._request("pump1")
        line = _line(DIESEL, ml)
        told = {"request": request, "operator": "", "shift": 0, "terminal": self.store + "-pump1", "fill": number}
        told |= {"fuel": {"ml": ml, "amount_cents": line["amount_cents"], **evidence}, "lines": [line]}
        self.write("fill", day, at_s, transfer, **told, hold=transfer)

    def gap(self, day: str, at_s: int, nozzle: int, fuel_shift: int, ml: int) -> None:
        """The totaliser has moved and nobody was served."""
        told = {"terminal": self.store + "-pump1", "nozzle": nozzle, "code": DIESEL, "fuel_shift": fuel_shift}
        self.write("fuel_gap", day, at_s, "", **told, from_ml=0, to_ml=ml, ml=ml, why="flowed")

    def close_forecourt(self, day: str, at_s: int, fuel_shift: int, meters: dict[int, tuple[int, int, int]]) -> None:
        """meters: nozzle -> totals at the opening and at the close, litres tested."""
        rows = [
            {"terminal": self.store + "-pump1", "nozzle": nozzle, "code": DIESEL, "opening_ml": opening,
             "closing_ml": closing, "test_ml": test}
            for nozzle, (opening, closing, test) in meters.items()
        ]  # fmt: skip
        self.write("fuel_shift_closed", day, at_s, "", operator=self.operator, fuel_shift=fuel_shift, nozzles=rows)

    def refuse_top_up(self, day: str, at_s: int, account: str, cents: int, reason: str) -> None:
        request, transfer = self._request("pos1")
        told = {"request": request, "account": account, "operator": "", "shift": 0, "reason": reason}
        frame = _frame(request, "top_up", amount_cents=cents, account=account)
        self.write("refusal", day, at_s, transfer, **told, message="top_up", frame=frame)

    def expire(self, day: str, at_s: int, account: str) -> None:
        transfer = expiry.expiry_id(self.store, account, day)
        done = expiry.expire(self.holding(account), transfer, day, 0)
        assert done.entries
        self._keep(account, done)
        self.write("expired", day, at_s, transfer, done.entries, account=account)

    def wish(self, day: str, at_s: int, account: str, want: dict[str, int]) -> None:
        """Value that lies in head office's pool comes here."""
        for body in self._asked(Wanted(self._wish(), account, want)):
            slices = [Slice(**one) for one in body["slices"]]
            done = floats.take(self.holding(body["account"]), body["grant"], slices)
            self._keep(body["account"], done)
            told = {"grant": body["grant"], "account": body["account"], "order": body["order"]}
            self.write("grant_taken", day, at_s, body["grant"], done.entries, **told)

    def wish_refund(self, day: str, at_s: int, sale: str) -> RefundRight:
        """The right to refund another store's sale."""
        (body,) = self._asked(Wanted(self._wish(), "", {}, Sought(sale)))
        told = {"grant": body["grant"], "sale": sale, "account": body["account"] or None, "order": body["order"]}
        self.write("refund_right_taken", day, at_s, body["grant"], **told)
        return decode(body["right"])

    def send_right_home(self, day: str, at_s: int, sale: str, account: str) -> None:
        told = {"sale": sale, "account": account, "right": encode(self.right_of(sale, account))}
        self.write("refund_right_returned", day, at_s, sale[::-1], **told)

    def _wish(self) -> str:
        self.wishes += 1
        return f"{self.store}{self.wishes:028x}"

    def _asked(self, wanted: Wanted) -> list[dict]:
        told = asyncio.run(ask(self.hq, self.store, wanted))
        assert told["reason"] is None and told["messages"], told
        orders = [{"body": one.body, "sig": one.signature} for one in told["messages"]]
        return [json.loads(order["body"]) | {"order": order} for order in orders]


def _drawn(done: Booking) -> dict[str, int]:
    assets = ("principal", "bonus", "points")
    taken = [one for one in done.entries if one.debit.book == "member"]
    return {asset: sum(one.amount for one in taken if one.debit.asset == asset) for asset in assets}


def _line(code: str, quantity: int, price_milli: int | None = None, cents: int | None = None) -> dict:
    price = PRICES[code] if price_milli is None else price_milli
    amount = line_amount_cents(quantity, price) if cents is None else cents
    return {
        "code": code, "qty_milli": quantity, "price_milli": price, "tax_code": "S", "tax_bp": 800,
        "amount_cents": amount,
    }  # fmt: skip
