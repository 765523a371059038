"""The reader: tap a card, see what is on it. It never moves money. Its table is reader.txt."""

from firmware.flows import offered
from firmware.flows.flow import Flow

SHOWN_MS = 12000  # a member's figures stay that long, unless a key or another card comes
ERROR_MS = 6000
READ_MS = 8000  # a card dance that has not ended by then is over


class Reader(Flow):
    """States boot, idle, reading, member, offers, staff, error."""

    APP = "reader"

    def __init__(self, terminal: str, texts, now_s):
        super().__init__(terminal, texts, now_s)
        self.member = {}
        self.offers = []
        self.more = False
        self.after = 0
        self.asks = 0

    def welcomed(self, values: dict):
        """The first word of the gateway: ready."""
        self.on_welcome(values)
        self.go("idle")

    def idle(self, *values):
        """Back to the invitation."""
        self.member = {}
        self.go("idle")

    def standing(self) -> str:
        """Without a note."""
        return "" if self.link or self.state == "boot" else self.texts("link.down")

    def read(self):
        """A card came."""
        if not self.link:
            self._error(self.texts("link.down"))
            return
        self.go("reading")
        self.identify()
        self.do("timer", "reader", READ_MS)

    def timed_out(self, name: str):
        """The card dance did not end."""
        self._error(self.reason({"reason": "busy"}))

    def tapped(self, values: dict):
        """A member's figures."""
        self.member = values
        self.offers, self.more = [], False
        self.go("member")
        self.do("beep", "ok")
        self.do("timer", "reader", SHOWN_MS)
        self._ask_offers(0)

    def _ask_offers(self, after: int):
        self.after = after
        self.asks += 1
        values = {"account": self.member["account"], "tap": self.member["tap"], "after": after}
        self.do("ask", "offers %d" % self.asks, "units_ask", values)

    def told_offers(self, tag: str, message: str, values: dict):
        """A page of coupons and punch cards; a gateway that knows none of them shows none."""
        if tag == "offers %d" % self.asks and message == "units_told":
            self.offers, self.more = values["offers"], values["more"]

    def to_offers(self):
        """What the member may use here."""
        if not self.offers:
            self.idle()
            return
        self.go("offers")
        self.do("timer", "reader", SHOWN_MS)

    def next_offers(self):
        """The page after this one."""
        if self.more:
            self._page(self.after + offered.SHOWN)

    def offers_before(self):
        """The page before this one, then the figures."""
        if self.after:
            self._page(self.after - offered.SHOWN)
        else:
            self.go("member")

    def _page(self, after: int):
        self._ask_offers(after)
        self.do("timer", "reader", SHOWN_MS)

    def staff_tapped(self, values: dict):
        """A staff card is known, and that is all a reader says."""
        self.member = values
        self.go("staff")
        self.do("beep", "ok")
        self.do("timer", "reader", ERROR_MS)

    def failed(self, reason: str):
        """No figures: why, and what to do."""
        self._error(self.reason({"reason": reason}))

    def _error(self, text: str):
        self.go("error", text)
        self.do("beep", "error")
        self.do("timer", "reader", ERROR_MS)

    def see_boot(self) -> dict:
        """Values of the view."""
        return {"terminal": self.terminal}

    def see_idle(self) -> dict:
        """Values of the view."""
        return {"store": self.store_name}

    see_reading = see_idle
    see_error = see_idle

    def see_staff(self) -> dict:
        """Values of the view."""
        return {"name": self.member["name"], "operator": self.member["operator"]}

    def see_offers(self) -> dict:
        """Values of the view."""
        rows = [offered.row(self, offer) for offer in self.offers]
        return {"name": self.member["display"], "window": rows, "more": self.more}

    def see_member(self) -> dict:
        """Values of the view."""
        here, in_all = self.member["here"], self.member["in_all"]
        return {
            "name": self.member["display"],
            "level": self.member["level"],
            "here": self.money(here["principal"] + here["bonus"]),
            "here_bonus": self.money(here["bonus"]) if here["bonus"] else "",
            "here_points": str(here["points"]),
            "in_all": self.money(in_all["principal"] + in_all["bonus"]),
            "in_all_points": str(in_all["points"]),
            "since": self.since(self.member["in_all_at_s"]),
            "offers": "%d%s" % (len(self.offers), "+" if self.more else "") if self.offers else "",
        }
