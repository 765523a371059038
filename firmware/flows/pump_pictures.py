"""What the pump's screen shows: the values of its views."""

from firmware.flows.flow import Flow
from firmware.flows.pump_nozzle import SUSPENDED
from protocol.money import money_text


class Pictures(Flow):
    """Of a flow with `nozzles`, the nozzle `at` that the screen is about, its `member` and the last `refusal`."""

    APP = "pump"
    nozzles = ()
    at = member = None
    refusal = {}
    coupon = None
    offers = ()
    more_offers = False

    def litres(self, ml: int) -> str:
        """41337 -> '41.337'."""
        return "%d.%03d" % (ml // 1000, ml % 1000)

    def see_boot(self) -> dict:
        """Values of the view."""
        return {"terminal": self.terminal}

    def see_idle(self) -> dict:
        """Values of the view."""
        return {"store": self.store_name, "lines": [self.see_nozzle(one) for one in self.nozzles]}

    def see_nozzle(self, one) -> dict:
        """One line of the overview."""
        ml, cents = one.shown()
        amount = self.money(cents) if ml else ""
        if one.receipt and one.state == "free":
            amount = self.money(one.receipt["total_cents"])
        return {"number": str(one.number), "does": self.does(one), "amount": amount}

    def does(self, one) -> str:
        """What a nozzle does, in a few words."""
        key = one.state
        if one.alarm:
            return self.texts("pump.is_alarm", one.alarm.rpartition(" ")[2])
        if one.state == "free":
            if self.neighbour(one):
                key = "beside"
            elif one.lifted:
                key = "lifted"
            elif one.receipt and "fill" in one.receipt:
                return self.texts("pump.is_unpaid", one.receipt["fill"])
        elif one.silent and one.record:
            key = "silent"
        elif one.state == "ready" and one.lifted:
            key = "lever"
        elif one.pump_state == SUSPENDED and one.state == "filling":
            key = "paused"
        return self.texts("pump.is_" + key)

    def see_reading(self) -> dict:
        """Values of the view."""
        return {"store": self.store_name}

    see_error = see_reading

    def see_member(self) -> dict:
        """The customer's figures."""
        here, in_all = self.member["here"], self.member["in_all"]
        return {
            "name": self.member["display"],
            "here": self.money(here["principal"] + here["bonus"]),
            "points": str(here["points"]),
            "in_all": self.money(in_all["principal"] + in_all["bonus"]),
            "since": self.since(self.member["in_all_at_s"]),
        }

    def see_choose(self) -> dict:
        """Values of the view."""
        values = self.see_member()
        values["lines"] = [self.see_nozzle(one) for one in self.nozzles]
        return values

    def see_amount(self) -> dict:
        """Values of the view."""
        values = self.see_member()
        member: dict = self.member or {}
        left = [self.litres(member["day_left_ml"]) + " l"] if "day_left_ml" in member else []
        left += [self.money(member["day_left_cents"])] if "day_left_cents" in member else []
        values["number"] = str(self.at.number)
        values["left"] = ", ".join(left)
        values["coupon"] = (self.coupon or "").partition(":")[2]
        values["offers"] = "%d%s" % (len(self.offers), "+" if self.more_offers else "") if self.offers else ""
        return values

    def see_asking(self) -> dict:
        """Values of the view."""
        return {"number": str(self.at.number)}

    def see_short(self) -> dict:
        """Why not, and what would be."""
        can = self.refusal.get("approve_cents", 0)
        short = self.refusal["reason"] == "insufficient_float"
        return {
            "reason": self.texts("pump.too_little") if short else self.reason(self.refusal),
            "can": self.money(can) if can else "",
            "known": self.money(self.refusal["in_all_cents"]) if "in_all_cents" in self.refusal else "",
            "code": self.refusal["reason"],
        }

    def price(self, price_milli: int) -> str:
        """A price of a litre has one digit more than money."""
        return money_text(price_milli // 100, self.exponent + 1)

    def see_fill(self) -> dict:
        """The fill as it goes."""
        one = self.at
        record = one.record or {"name": "", "cents": 0, "price_milli": 0}
        list_milli = record.get("list_milli", 0)
        ml, cents = one.shown()
        return {
            "number": str(one.number),
            "does": self.does(one),
            "grade": record["name"],
            "price": self.price(record["price_milli"]),
            "list": self.price(list_milli) if list_milli > record["price_milli"] else "",
            "litres": self.litres(ml),
            "amount": self.money(cents),
            "most": self.money(record["cents"]),
        }

    def see_done(self) -> dict:
        """The receipt."""
        told = self.at.receipt
        here, in_all = told["here"], told["in_all"]
        values = self.see_unpaid()
        values.update({
            "number": str(told["receipt"]),
            "list": self.price(told["list_milli"]) if "list_milli" in told else "",
            "principal": self.money(told["principal_cents"]),
            "earned": "%d (%d)" % (told["earned"], here["points"]),
            "here": self.money(here["principal"] + here["bonus"]),
            "in_all": self.money(in_all["principal"] + in_all["bonus"]),
            "since": self.since(told["in_all_at_s"]),
        })  # fmt: skip
        for name in ("bonus", "saved", "off", "over", "owed"):
            values[name] = self.money(told[name + "_cents"]) if told.get(name + "_cents") else ""
        return values

    def see_unpaid(self) -> dict:
        """A fill without a member: its number, to be paid inside."""
        told = self.at.receipt
        return {
            "number": str(told.get("fill", "")),
            "grade": told["name"],
            "litres": self.litres(told["ml"]),
            "price": self.price(told["price_milli"]),
            "amount": self.money(told["total_cents"]),
            "offline": told["offline"],
        }
