"""Part of the pos: goods come back: which sale, which of its lines, why, whose word, the request and its outcome.

States refund_number, refund_asking, refund_lines, refund_why, refund_sure, refunding, refund_second, refund_pin,
refund_refused. The request has the life of a sale: requested, approved, or voided. What can come back, and for how
much, the gateway says; here is `told`, one page of lines at a time, and `chosen`: line -> (quantity, about how much).
"""

from firmware.flows.basket import parse_quantity, quantity
from protocol.ids import is_digits, is_store
from protocol.sale import step

WHYS = ("returned", "faulty", "mistake", "goodwill")
SEEK_TIMES = 5  # a sale of another store has to be fetched from there: asked again after SEEK_MS
SEEK_MS = 2000
CHOSEN_MAX = 32  # lines of one request
SHOWN = 7  # lines on the screen
NUMBER_DIGITS = 10
SALE_BYTES = 48


def begin_refund(pos):
    """From the menu."""
    pos.told = None
    pos.chosen = {}
    pos.pages = [0]
    pos.second = ""
    pos.go("refund_number")


def enter_receipt(pos):
    """The typed number; one of another store with that store's code before it: 0002.41."""
    store, point, number = pos.typed.rpartition(".")
    good = is_digits(number) and len(number) <= NUMBER_DIGITS and int(number) > 0
    if not good or (point and not is_store(store)):
        pos.say("refund.no_number")
        return
    _seek(pos, {"receipt": int(number), "store": store} if point else {"receipt": int(number)})


def refund_number_back(pos):
    """One digit back, then out."""
    if pos.typed:
        pos.erase()
    else:
        pos.to_basket()


def scan_receipt(pos, code: str):
    """The code of a receipt: the sale's request id, or its number."""
    if "/" in code and len(code.encode()) <= SALE_BYTES:
        _seek(pos, {"sale": code})
    else:
        pos.typed = code
        enter_receipt(pos)


def _seek(pos, sought: dict):
    pos.sought = sought
    pos.tries = 0
    pos.note = ""
    _ask(pos)


def _ask(pos):
    values = {"after": pos.pages[-1], "operator": pos.operator, "shift": pos.shift}
    values.update(pos.sought)
    pos.seeks += 1
    pos.asked = "refund %d" % pos.seeks
    pos.do("ask", pos.asked, "sale_ask", values)
    pos.go("refund_asking", pos.note)


def sale_answered(pos, tag: str, message: str, values: dict):
    """The gateway's word about the sale."""
    if tag != pos.asked:
        return
    if message == "sale_told":
        pos.told = values
        pos.sought = {"sale": values["sale"]}
        pos.selected = pos.top = 0
        pos.go("refund_lines")
    elif message == "refused" and values["reason"] == "refund_right_away" and pos.tries < SEEK_TIMES:
        pos.tries += 1
        pos.note = pos.texts("refund.away")
        pos.do("timer", "refund", SEEK_MS)
    else:
        pos.go("refund_number", pos.reason(values if message == "refused" else {"reason": "busy"}))
        pos.do("beep", "error")


def ask_again(pos, name: str):
    """The other store may have answered by now."""
    if name == "refund" and not pos.told:
        _ask(pos)


def to_number(pos):
    """Another receipt."""
    begin_refund(pos)


def line_up(pos):
    """The line above; above the first one, the page before."""
    if pos.selected:
        pos.selected -= 1
        pos.top = min(pos.top, pos.selected)
    elif len(pos.pages) > 1:
        pos.pages.pop()
        _ask(pos)


def line_down(pos):
    """The line below; below the last one, the next page."""
    lines = pos.told["lines"]
    if pos.selected + 1 < len(lines):
        pos.selected += 1
        pos.top = max(pos.top, pos.selected - SHOWN + 1)
    elif pos.told["more"]:
        pos.pages.append(lines[-1]["line"])
        _ask(pos)


def mark(pos):
    """The dark line comes back whole, or after all not."""
    line = _line(pos)
    if line and line["line"] in pos.chosen:
        del pos.chosen[line["line"]]
    elif line:
        _choose(pos, line, line["qty_milli"])


def mark_some(pos):
    """The typed number is how many of the dark line come back."""
    line, qty_milli = _line(pos), parse_quantity(pos.typed)
    if not line or not 0 < qty_milli <= line["qty_milli"]:
        pos.say("refund.type_quantity")
        return
    pos.typed = ""
    _choose(pos, line, qty_milli)


def _line(pos) -> dict | None:
    pos.note = ""
    lines = pos.told["lines"]
    return lines[pos.selected] if lines else None


def _choose(pos, line: dict, qty_milli: int):
    if len(pos.chosen) >= CHOSEN_MAX and line["line"] not in pos.chosen:
        pos.say("refund.too_many")
        return
    pos.chosen[line["line"]] = qty_milli, line["paid_cents"] * qty_milli // line["qty_milli"]


def lines_back(pos):
    """One digit back, then another receipt."""
    if pos.typed:
        pos.erase()
    else:
        begin_refund(pos)


def take_chosen(pos):
    """On with what was chosen."""
    if pos.chosen:
        pos.go("refund_why")
    else:
        pos.say("refund.choose")


def take_all(pos):
    """All that is left of the sale."""
    pos.chosen = {}
    if pos.told["left_cents"]:
        pos.go("refund_why")
    else:
        pos.say("reason.nothing_left_to_refund")


def choose_why(pos, key: str):
    """1 to 4."""
    if key in "1234":
        pos.why = WHYS[int(key) - 1]
        pos.go("refund_sure")


def to_lines(pos):
    """Choose again."""
    pos.go("refund_lines")


def to_why(pos):
    """Another reason."""
    pos.go("refund_why")


def ask_refund(pos):
    """The request: journalled and sent by the link until it is answered."""
    if not pos.may_ask():
        return
    values = {"operator": pos.operator, "shift": pos.shift, "sale": pos.told["sale"], "why": pos.why}
    if pos.chosen:
        values["lines"] = [{"line": line, "qty_milli": pos.chosen[line][0]} for line in sorted(pos.chosen)]
    if pos.second:
        values["second"] = pos.second
    pos.life = step(pos.life, "pay")[0]
    pos.do("request", pos.LANE, "refund", values)
    pos.go("refunding")


def given_back(pos, lane: int, message: str, values: dict):
    """The sealed answer to the request."""
    if message == "refunded":
        pos.life = step(pos.life, "approve")[0]
        pos.told = None
        pos.part("after").sold(pos, values, 0, 0, None)
        pos.go("refunded")
    elif message == "refused":
        pos.life = step(pos.life, "refuse")[0]
        pos.refusal = values
        pos.second = ""
        pos.do("beep", "error")
        pos.go("refund_second" if values["reason"] == "second_person" else "refund_refused")


def second_back(pos):
    """One digit back, then the question whether to refund."""
    if pos.typed:
        pos.erase()
    else:
        pos.go("refund_sure")


def second_tapped(pos, values: dict):
    """Another person's staff card: that is their word."""
    pos.second = values["tap"]
    ask_refund(pos)


def refund_not_staff(pos, values: dict):
    """A member's card where another person's staff card is wanted."""
    pos.say("sign_on.not_staff")


def enter_second(pos):
    """Another person's number is typed; the PIN comes next."""
    if pos.typed:
        number = pos.typed[:16]
        pos.go("refund_pin")
        pos.entered = number


def pin_back(pos):
    """One digit back; from an empty PIN to the number."""
    if not pos.typed:
        pos.go("refund_second")
    pos.erase()


def vouch(pos):
    """Number and PIN to the gateway."""
    if pos.typed:
        pos.seeks += 1
        pos.asked = "vouch %d" % pos.seeks
        pos.do("ask", pos.asked, "vouch", {"operator": pos.entered, "pin": pos.typed[:12]})
        pos.typed = ""
        pos.note = pos.texts("wait")


def vouched(pos, tag: str, message: str, values: dict):
    """The gateway's word about the other person."""
    if tag != pos.asked:
        return
    if message == "staff_tapped":
        second_tapped(pos, values)
        return
    pos.go("refund_second", pos.reason(values if message == "refused" else {"reason": "busy"}))
    pos.do("beep", "error")


def look_again(pos):
    """After a refusal: the sale as it is now."""
    pos.chosen = {}
    pos.pages = [0]
    pos.told = None
    _seek(pos, pos.sought)


class Lines:
    """The lines on the screen, each made when it is drawn."""

    def __init__(self, pos):
        self.pos = pos

    def __iter__(self):
        pos = self.pos
        for at, line in enumerate(pos.told["lines"][pos.top : pos.top + SHOWN]):
            chosen = pos.chosen.get(line["line"])
            values = {"number": line["line"], "name": line["name"], "chosen": pos.top + at == pos.selected}
            values["qty"] = quantity(line["qty_milli"]) if chosen is None else "-" + quantity(chosen[0])
            values["amount"] = pos.money(line["paid_cents"] if chosen is None else -chosen[1])
            yield values


def _about_cents(pos) -> int:
    """What comes back, as far as it is known here."""
    if not pos.chosen:
        return pos.told["left_cents"]
    return sum([chosen[1] for chosen in pos.chosen.values()])


def see_refund_number(pos) -> dict:
    """Values of the view."""
    return {}


see_refund_asking = see_refund_number
see_refund_second = see_refund_number


def see_refund_lines(pos) -> dict:
    """Values of the view."""
    chosen = _about_cents(pos) if pos.chosen else 0
    return {
        "window": Lines(pos),
        "left": pos.money(pos.told["left_cents"]),
        "count": len(pos.chosen),
        "total": pos.money(-chosen),
        "more": pos.told["more"],
    }


def see_refund_why(pos) -> dict:
    """Values of the view."""
    return {"total": pos.money(_about_cents(pos))}


def see_refund_sure(pos) -> dict:
    """Values of the view."""
    return {"total": pos.money(_about_cents(pos)), "all": not pos.chosen, "why": pos.texts("refund." + pos.why)}


def see_refunding(pos) -> dict:
    """Values of the view."""
    return {"total": pos.money(_about_cents(pos))}


def see_refund_pin(pos) -> dict:
    """Values of the view."""
    return {"operator": pos.entered, "typed": "*" * len(pos.typed) + "_"}


def see_refund_refused(pos) -> dict:
    """Values of the view."""
    return {"reason": pos.reason(pos.refusal), "code": pos.refusal["reason"]}
