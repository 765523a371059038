"""A receipt as lines of 32 columns, made one by one when they are read: 200 goods would not fit in memory as text."""

from firmware.flows.basket import quantity
from firmware.ui.cells import apart, cells, centred, clip, wrap

COLUMNS = 32
RULE = "-" * COLUMNS


class Receipt:
    """Iterate for the lines. `head` is what the flow knew: store, terminal, operator, clock, money(), cash, basket."""

    def __init__(self, texts, head: dict, values: dict):
        self.texts = texts
        self.head = head
        self.values = values

    def __iter__(self):
        for part in (self._top, self._goods, self._tenders, self._taxes, self._member, self._bottom):
            for line in part():
                yield line

    def window(self, first: int, count: int) -> list:
        """That many lines from one on; fewer at the end."""
        lines = []
        for at, line in enumerate(self):
            if at >= first + count:
                break
            if at >= first:
                lines.append(line)
        return lines

    def _pair(self, key: str, cents: int, sign: str = "") -> str:
        return apart(self.texts(key), sign + self.head["money"](cents), COLUMNS)

    def _top(self):
        head, values = self.head, self.values
        yield centred(head["store"], COLUMNS)
        when = values["business_date"] + " " + head["clock"]
        yield apart(self.texts("receipt.number", values["receipt"]), when, COLUMNS)
        yield apart(head["terminal"], self.texts("receipt.operator", head["operator"]), COLUMNS)
        yield RULE

    def _goods(self):
        basket = self.head.get("basket")
        if not basket:
            return
        number = basket.after(0)
        while number:
            line = basket.line(number)
            amount = self.head["money"](line.amount_cents)
            if line.qty_milli == 1000 and cells(line.name) + 1 + len(amount) <= COLUMNS:
                yield apart(line.name, amount, COLUMNS)
            else:
                yield clip(line.name, COLUMNS)
                yield apart("  " + quantity(line.qty_milli) + " x " + self._price(line.price_milli), amount, COLUMNS)
            number = basket.after(number)
        if basket.dropped:
            yield self.texts("receipt.dropped", basket.dropped)
        yield RULE

    def _price(self, price_milli: int) -> str:
        if price_milli % 1000 == 0:
            return self.head["money"](price_milli // 1000)
        return self.head["money"](price_milli // 1000) + ("%03d" % (price_milli % 1000)).rstrip("0")

    def _tenders(self):
        values = self.values
        if "earned" not in values:
            yield self._pair("receipt.top_up", values["principal_cents"])
            if values["bonus_cents"]:
                yield self._pair("receipt.gift", values["bonus_cents"])
            yield self._pair("receipt.cash", values["principal_cents"])
            return
        yield self._pair("receipt.total", values["total_cents"])
        if values["principal_cents"]:
            yield self._pair("receipt.principal", values["principal_cents"], "-")
        if values["bonus_cents"]:
            yield self._pair("receipt.bonus", values["bonus_cents"], "-")
        if values["points"]:
            value = "-" + self.head["money"](values["points_cents"])
            yield apart(self.texts("receipt.points", values["points"]), value, COLUMNS)
        if values["cash_cents"]:
            yield self._pair("receipt.cash", values["cash_cents"], "-")
        if self.head["change_cents"]:
            yield self._pair("receipt.handed", self.head["handed_cents"])
            yield self._pair("receipt.change", self.head["change_cents"])

    def _taxes(self):
        for tax in self.values.get("taxes", ()):
            rate = ("%d.%02d" % divmod(tax["bp"], 100)).rstrip("0").rstrip(".") + "%"
            gross = self.head["money"](tax["gross_cents"])
            yield apart(self.texts("receipt.tax", rate, gross), self.head["money"](tax["tax_cents"]), COLUMNS)

    def _member(self):
        values, money = self.values, self.head["money"]
        if values.get("here") is None:
            return
        yield RULE
        if values.get("earned"):
            yield apart(self.texts("receipt.earned"), "+%d" % values["earned"], COLUMNS)
        here, in_all = values["here"], values.get("in_all")
        yield apart(self.texts("receipt.here"), money(here["principal"] + here["bonus"]), COLUMNS)
        yield apart(self.texts("receipt.here_points"), str(here["points"]), COLUMNS)
        if in_all and self.head["since"]:
            label = self.texts("receipt.in_all", self.head["since"])
            yield apart(label, money(in_all["principal"] + in_all["bonus"]), COLUMNS)
            yield apart(self.texts("receipt.in_all_points"), str(in_all["points"]), COLUMNS)

    def _bottom(self):
        yield RULE
        if self.values["offline"]:
            for line in wrap(self.texts("receipt.offline"), COLUMNS):
                yield line
        head, values = self.head, self.values
        yield from wrap_id("%s/%s/%d/%d" % (head["terminal"], values["j"], values["l"], values["n"]))
        yield centred(self.texts("receipt.thanks"), COLUMNS)


def wrap_id(text: str) -> list:
    """A request id in as many whole lines as it needs; it has no spaces to break at."""
    return [text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)]
