"""A receipt as lines of 32 columns, made one by one while they are read: 200 goods would not fit in memory as text."""

from firmware.flows.basket import quantity
from firmware.ui.cells import apart, cells, centred, clip, wrap

COLUMNS = 32
RULE = "-" * COLUMNS


def lines(texts, head: dict, values: dict):
    """All lines. head and values as in paper.py."""
    for part in (_top, _goods, _tenders, _taxes, _member, _bottom):
        for line in part(texts, head, values):
            yield line


def _top(texts, head, values):
    yield centred(head["store"], COLUMNS)
    when = values["business_date"] + " " + head["clock"]
    yield apart(texts("receipt.number", values["receipt"]), when, COLUMNS)
    yield apart(head["terminal"], texts("receipt.operator", head["operator"]), COLUMNS)
    yield RULE


def _goods(texts, head, values):
    basket = head.get("basket")
    if not basket:
        return
    number = basket.after(0)
    while number:
        line = basket.line(number)
        amount = head["money"](line.amount_cents)
        if line.qty_milli == 1000 and cells(line.name) + 1 + len(amount) <= COLUMNS:
            yield apart(line.name, amount, COLUMNS)
        else:
            yield clip(line.name, COLUMNS)
            yield apart("  " + quantity(line.qty_milli) + " x " + _price(head, line.price_milli), amount, COLUMNS)
        number = basket.after(number)
    if basket.dropped:
        yield texts("receipt.dropped", basket.dropped)
    yield RULE


def _tenders(texts, head, values):
    if "left_cents" in values:
        yield from _given(texts, head, values)
        return
    if "earned" not in values:
        yield _pair(texts, head, "receipt.top_up", values["principal_cents"])
        if values["bonus_cents"]:
            yield _pair(texts, head, "receipt.gift", values["bonus_cents"])
        yield _pair(texts, head, "receipt.cash", values["principal_cents"])
        return
    if values.get("off_cents"):
        yield from _redeemed(texts, head, values)
    yield _pair(texts, head, "receipt.total", values["total_cents"])
    if values["principal_cents"]:
        yield _pair(texts, head, "receipt.principal", values["principal_cents"], "-")
    if values["bonus_cents"]:
        yield _pair(texts, head, "receipt.bonus", values["bonus_cents"], "-")
    if values["points"]:
        value = "-" + head["money"](values["points_cents"])
        yield apart(texts("receipt.points", values["points"]), value, COLUMNS)
    if values["cash_cents"]:
        yield _pair(texts, head, "receipt.cash", values["cash_cents"], "-")
    if head["change_cents"]:
        yield _pair(texts, head, "receipt.handed", head["handed_cents"])
        yield _pair(texts, head, "receipt.change", head["change_cents"])


def _redeemed(texts, head, values):
    rest_cents = values["total_cents"] + values["off_cents"]
    for unit in head.get("units", ()):
        kind, _, name = unit["asset"].partition(":")
        off_cents = min(unit["off_cents"], rest_cents)
        rest_cents -= off_cents
        yield apart(texts("unit." + kind) + " " + name, head["money"](-off_cents), COLUMNS)


def _given(texts, head, values):
    yield texts("receipt.given_of")
    yield from wrap_id(values["sale"])
    yield _pair(texts, head, "receipt.given", values["total_cents"])
    rows = (("principal", "principal_cents"), ("bonus", "bonus_cents"), ("given_cash", "cash_cents"))
    for key, name in rows + (("kept", "kept_cents"), ("owed", "owed_cents")):
        if values[name]:
            yield _pair(texts, head, "receipt." + key, values[name])
    for key, name in (("points_back", "points"), ("points_taken", "points_taken"), ("owed_points", "owed_points")):
        if values[name]:
            yield apart(texts("receipt." + key), str(values[name]), COLUMNS)


def _taxes(texts, head, values):
    for tax in values.get("taxes", ()):
        rate = ("%d.%02d" % divmod(tax["bp"], 100)).rstrip("0").rstrip(".") + "%"
        gross = head["money"](tax["gross_cents"])
        yield apart(texts("receipt.tax", rate, gross), head["money"](tax["tax_cents"]), COLUMNS)


def _member(texts, head, values):
    money = head["money"]
    if values.get("here") is None:
        return
    yield RULE
    if values.get("earned"):
        yield apart(texts("receipt.earned"), "+%d" % values["earned"], COLUMNS)
    here, in_all = values["here"], values.get("in_all")
    yield apart(texts("receipt.here"), money(here["principal"] + here["bonus"]), COLUMNS)
    yield apart(texts("receipt.here_points"), str(here["points"]), COLUMNS)
    if in_all and head["since"]:
        label = texts("receipt.in_all", head["since"])
        yield apart(label, money(in_all["principal"] + in_all["bonus"]), COLUMNS)
        yield apart(texts("receipt.in_all_points"), str(in_all["points"]), COLUMNS)


def _bottom(texts, head, values):
    yield RULE
    if values["offline"]:
        for line in wrap(texts("receipt.offline"), COLUMNS):
            yield line
    yield from wrap_id("%s/%s/%d/%d" % (head["terminal"], values["j"], values["l"], values["n"]))
    yield centred(texts("receipt.thanks"), COLUMNS)


def _pair(texts, head: dict, key: str, cents: int, sign: str = "") -> str:
    return apart(texts(key), sign + head["money"](cents), COLUMNS)


def _price(head: dict, price_milli: int) -> str:
    if price_milli % 1000 == 0:
        return head["money"](price_milli // 1000)
    return head["money"](price_milli // 1000) + ("%03d" % (price_milli % 1000)).rstrip("0")


def wrap_id(text: str) -> list:
    """A request id in as many whole lines as it needs; it has no spaces to break at."""
    return [text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)]
