"""The engine of every flow: a table (state, event) -> handler, and the effects that a handler asks for.

The table is a sorted file in flash, <app>.txt, one line 'state.event handler'. Events are the names of keys ('ok',
'f1'; 'digit' for 0..9 and the point; '*' for any key) and the first word of any other event. The state 'any' stands
behind all others for what is no key. What the table does not list changes nothing.
"""

from firmware.room import tried
from firmware.text.lines import Lines
from protocol.money import money_text, parse_money

DIR = __file__.rpartition("/")[0] or "."
RESTING = ("boot", "idle", "sign_on")
TYPED_MAX = 24  # letters on the input line; more are not taken


class Flow:
    """on(event) -> effects. A subclass has the handlers that its table names; see_<state>() -> values of the view."""

    APP = ""

    def __init__(self, terminal: str, texts, now_s):
        self.terminal = terminal
        self.texts = texts
        self.now_s = now_s
        self.table = Lines(DIR + "/" + self.APP + ".txt")
        self.state = "boot"
        self.note = ""
        self.typed = ""
        self.link = False
        self.reads = True
        self.selling = True
        self.exponent = 2
        self.utc_offset_min = 0
        self.store_name = ""
        self.effects = []

    def on(self, event: tuple) -> list:
        """Takes one event; the effects in the order in which they are to be carried out."""
        self.effects = []
        handler, values = self._handler(event)
        if handler:
            self.call(handler, *values)
            self.show()
        effects, self.effects = self.effects, []
        return effects

    def _handler(self, event: tuple) -> tuple:
        name, values = event[0], event[1:]
        row = self.state + "."
        if name != "key":
            return self.table.get(row + name) or self.table.get("any." + name), values
        key = values[0]
        digit = self.table.get(row + "digit") if key == "." or key.isdigit() else None
        if digit:
            return digit, values
        return self.table.get(row + key) or self.table.get(row + "*"), ()

    def call(self, name: str, *values):
        """Runs what the table or a view names."""
        return getattr(self, name)(*values)

    def resting(self) -> bool:
        """Whether nobody is served, so that the board may start again."""
        return self.state in RESTING

    def do(self, *effect):
        """Asks for one effect."""
        self.effects.append(effect)

    def go(self, state: str, note: str = ""):
        """Changes the state; typed letters go, the note is what the new picture says."""
        self.state = state
        self.typed = ""
        self.note = note

    def say(self, key: str, *values):
        """A line of text on the screen until the next key, with the sound of something wrong."""
        self.note = self.texts(key, *values)
        self.do("beep", "error")

    def show(self):
        """One picture of the state as it is now."""
        params = {
            "link": self.link,
            "clock": self.clock(self.now_s()),
            "note": self.note or self.standing(),
            "typed": self.typed + "_",
        }
        params.update(tried(self.call, "see_" + self.state))
        if not (self.reads or params["note"] or params.get("waiting")):
            params["note"] = self.texts("card.silent")
        self.do("show", params.pop("view", self.APP + "." + self.state), params)

    def standing(self) -> str:
        """What the screen says in this state as long as there is no note."""
        return ""

    def reason(self, values: dict) -> str:
        """What to tell people about a refusal."""
        key = "reason." + values.get("reason", "")
        return self.texts(key) if key in self.texts else self.texts("reason.other", values.get("reason", "?"))

    # typing

    def type_digit(self, key: str):
        """A digit or the point onto the input line."""
        self.note = ""
        if len(self.typed) < TYPED_MAX and not (key == "." and "." in self.typed):
            self.typed += key

    def money(self, cents: int) -> str:
        """An amount for people."""
        return money_text(cents, self.exponent)

    def typed_cents(self) -> int:
        """The amount on the input line; -1 if it is none."""
        try:
            return parse_money(self.typed, self.exponent)
        except ValueError:
            return -1

    # what any state knows

    def clock(self, at_s: int) -> str:
        """Hours and minutes at the store."""
        minutes = at_s // 60 + self.utc_offset_min
        return "%02d:%02d" % (minutes // 60 % 24, minutes % 60)

    def since(self, at_s: int) -> str:
        """From when a figure is: '14:03', or with the days that have passed; '' when never."""
        if not at_s:
            return ""
        offset_s = self.utc_offset_min * 60
        days = (self.now_s() + offset_s) // 86400 - (at_s + offset_s) // 86400
        return self.clock(at_s) if days <= 0 else self.texts("days_ago", days)

    def on_link(self, word: str):
        """The line to the gateway came or went."""
        self.link = word == "up"

    def on_welcome(self, values: dict):
        """The gateway has taken this terminal in."""
        self.link = True
        self.store_name = values["store_name"]
        self.exponent = values["exponent"]
        self.utc_offset_min = values.get("utc_offset_min", 0)
        self.on_head(values)

    def on_gateway(self, word: str):
        """A gateway answered without head office's word for it."""
        self.note = self.texts("gateway.unknown")

    def on_head(self, values: dict):
        """The gateway's word from time to time; draws the clock too."""
        self.selling = values["selling"]

    def identify(self):
        """A card lies on the reader: who is it?"""
        self.note = self.texts("card.reading")
        self.do("identify")

    def card_error(self, reason: str):
        """The card could not be read or is not ours."""
        self.note = self.reason({"reason": reason})
        self.do("beep", "error")

    def on_chip(self, word: str):
        """The card reader answers, or it does not: unplugged, dead, babbling."""
        self.reads = word == "ok"

    def switch_language(self):
        """The other language, remembered."""
        self.texts.use(self.texts.other())
        self.note = ""
        self.do("remember_language", self.texts.language)

    def give_back(self):
        """The heap is full: lets go of what nobody needs to go on. Nothing here."""

    def redraw(self, *values):
        """Nothing but a fresh picture."""
