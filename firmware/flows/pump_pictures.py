"""What the pump's screen shows: the values of its views."""

from firmware.flows.flow import Flow
from protocol.money import money_text


class Pictures(Flow):
    """Of a flow with `nozzles`, the nozzle `at` that the screen is about, its `member` and the last `refusal`."""

    APP = "pump"
    nozzles = ()
    at = member = None
    refusal = {}

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
        key = "pump.is_" + ("lifted" if one.state == "free" and one.lifted else one.state)
        flows = one.state in ("filling", "telling") and one.record
        amount = self.money(one.delivered_cents()) if flows else ""
        if one.receipt and one.state == "free":
            amount = self.money(one.receipt["total_cents"])
        return {"number": str(one.number), "does": self.texts(key), "amount": amount}

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
        values["number"] = str(self.at.number)
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

    def see_fill(self) -> dict:
        """The fill as it goes."""
        one = self.at
        record = one.record or {"name": "", "cents": 0, "price_milli": 0, "before_ml": one.total_ml}
        begun = one.state in ("filling", "telling") and one.record
        return {
            "number": str(one.number),
            "does": self.texts("pump.is_" + one.state),
            "grade": record["name"],
            "price": money_text(record["price_milli"] // 100, self.exponent + 1),
            "most": self.money(record["cents"]),
            "litres": self.litres(one.delivered_ml() if begun else 0),
            "amount": self.money(one.delivered_cents() if begun else 0),
        }

    def see_done(self) -> dict:
        """The receipt."""
        told = self.at.receipt
        here, in_all = told["here"], told["in_all"]
        return {
            "number": str(told["receipt"]),
            "grade": told["name"],
            "litres": self.litres(told["ml"]),
            "amount": self.money(told["total_cents"]),
            "principal": self.money(told["principal_cents"]),
            "bonus": self.money(told["bonus_cents"]) if told["bonus_cents"] else "",
            "owed": self.money(told["owed_cents"]) if "owed_cents" in told else "",
            "earned": str(told["earned"]),
            "here": self.money(here["principal"] + here["bonus"]),
            "in_all": self.money(in_all["principal"] + in_all["bonus"]),
            "points": str(here["points"]),
            "since": self.since(told["in_all_at_s"]),
            "offline": told["offline"],
        }
