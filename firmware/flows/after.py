"""Part of the pos: when it is over. States approved, topped_up, refunded, voiding, voided, last; any key: next sale."""

from firmware.flows.paper import Paper
from protocol.sale import OPEN, step


def sold(pos, values: dict, handed_cents: int, change_cents: int, basket):
    head = {
        "store": pos.store_name,
        "terminal": pos.terminal,
        "operator": pos.operator,
        "clock": pos.clock(pos.now_s()),
        "since": pos.since(values.get("in_all_at_s", 0)),
        "money": pos.money,
        "handed_cents": handed_cents,
        "change_cents": change_cents,
        "basket": basket,
        "units": pos.units,
    }
    before = pos.receipt
    pos.receipt = Paper(pos.texts, head, values)
    pos.receipt.code = before and before.code
    pos.first = 0
    pos.printing = True
    pos.do("beep", "ok")
    pos.do("print", pos.receipt)


def voided(pos, lane: int, message: str, values: dict):
    """The gateway has acknowledged that the request counts for nothing."""
    if message == "void_answer":
        pos.life = step(pos.life, "voided")[0]
        pos.undone = values
        pos.do("beep", "ok")
        pos.go("voided")
    elif message == "receipt":
        pos.life = step(pos.life, "approve")[0]
    elif message == "refused":
        pos.life = step(pos.life, "refuse")[0]
        pos.note = pos.reason(values)


def next_sale(pos):
    """Any key: a new basket."""
    if pos.life != OPEN:
        pos.life = step(pos.life, "done")[0]
    pos.new_basket()
    pos.to_basket()
    if pos.operator is None and not pos.store_name:
        pos.go("boot")


def next_scan(pos, code: str):
    """A scan is the first line of the next basket."""
    next_sale(pos)
    if pos.state == "basket":
        pos.part("selling").scan(pos, code)


def next_digit(pos, key: str):
    """A digit begins the next basket too."""
    next_sale(pos)
    if pos.state != "boot":
        pos.type_digit(key)


def next_card(pos):
    """A card is the next member's."""
    next_sale(pos)
    if pos.state != "boot":
        pos.identify()


def next_menu(pos):
    """The menu between two sales."""
    next_sale(pos)
    pos.open_menu()


def scroll_up(pos):
    """Receipt on the screen."""
    pos.first = max(0, pos.first - 4)


def scroll_down(pos):
    """Receipt on the screen; stops when its last line shows."""
    if len(pos.receipt.window(pos.first + 4, 5)) == 5:
        pos.first += 4


def see_last(pos) -> dict:
    """Values of the view."""
    return {"lines": pos.receipt.window(pos.first, 12)}


def see_approved(pos) -> dict:
    """Values of the view."""
    head, values = pos.receipt.head, pos.receipt.values
    return {
        "total": pos.money(values["total_cents"] if "total_cents" in values else values["principal_cents"]),
        "change": pos.money(head["change_cents"]) if head["change_cents"] else "",
        "number": str(values["receipt"]),
        "offline": values["offline"],
        "lines": pos.receipt.window(pos.first, 8),
    }


def see_refunded(pos) -> dict:
    """Values of the view."""
    params = see_approved(pos)
    params["cash"] = pos.money(pos.receipt.values["cash_cents"]) if pos.receipt.values["cash_cents"] else ""
    return params


def see_topped_up(pos) -> dict:
    """Values of the view."""
    params = see_approved(pos)
    params["bonus"] = pos.money(pos.receipt.values["bonus_cents"]) if pos.receipt.values["bonus_cents"] else ""
    return params


def see_voiding(pos) -> dict:
    """Values of the view."""
    return {}


def see_voided(pos) -> dict:
    """Values of the view."""
    return {"reversed": pos.undone["outcome"] == "reversed", "number": str(pos.undone.get("receipt", ""))}
