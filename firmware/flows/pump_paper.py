"""Part of the pump: a receipt as lines of 32 columns, made one by one while they are printed."""

from firmware.ui.cells import apart, centred, wrap

COLUMNS = 32
RULE = "-" * COLUMNS


def lines(texts, head: dict, values: dict):
    """All lines. head: store, terminal, nozzle, clock, since, money(), price(); values: of `captured` or `filled`."""
    unpaid = "fill" in values
    yield centred(head["store"], COLUMNS)
    number = texts("pump.fill_number", values["fill"]) if unpaid else texts("receipt.number", values["receipt"])
    yield apart(number, values["business_date"] + " " + head["clock"], COLUMNS)
    yield apart(head["terminal"], texts("pump.nozzle", head["nozzle"]), COLUMNS)
    yield RULE
    yield apart(values["name"], texts("pump.litres", "%d.%03d" % divmod(values["ml"], 1000)), COLUMNS)
    yield apart(texts("pump.price"), head["price"](values["price_milli"]), COLUMNS)
    if values.get("list_milli"):
        yield apart(texts("pump.list"), head["price"](values["list_milli"]), COLUMNS)
    yield apart(texts("pump.amount_is"), head["money"](values["total_cents"]), COLUMNS)
    for key, name, sign in ROWS:
        if values.get(name):
            yield apart(texts(key), sign + head["money"](values[name]), COLUMNS)
    for tax in values.get("taxes", ()):
        rate = ("%d.%02d" % divmod(tax["bp"], 100)).rstrip("0").rstrip(".") + "%"
        yield apart(
            texts("receipt.tax", rate, head["money"](tax["gross_cents"])), head["money"](tax["tax_cents"]), COLUMNS
        )
    yield RULE
    yield from wrap(texts("pump.pay_inside", values["fill"]), COLUMNS) if unpaid else _member(texts, head, values)
    if values["offline"]:
        yield from wrap(texts("receipt.offline"), COLUMNS)
    request = "%s/%s/%d/%d" % (head["terminal"], values["j"], values["l"], values["n"])
    for at in range(0, len(request), COLUMNS):
        yield request[at : at + COLUMNS]
    yield centred(texts("receipt.thanks"), COLUMNS)


ROWS = (
    ("pump.saved", "saved_cents", ""),
    ("pump.coupon_off", "off_cents", "-"),
    ("receipt.principal", "principal_cents", "-"),
    ("receipt.bonus", "bonus_cents", "-"),
    ("pump.over", "over_cents", ""),
    ("pump.owed", "owed_cents", ""),
)


def _member(texts, head, values):
    money, here, in_all = head["money"], values["here"], values["in_all"]
    yield apart(texts("receipt.earned"), "+%d" % values["earned"], COLUMNS)
    yield apart(texts("receipt.here"), money(here["principal"] + here["bonus"]), COLUMNS)
    yield apart(texts("receipt.here_points"), str(here["points"]), COLUMNS)
    if head["since"]:
        yield apart(texts("receipt.in_all", head["since"]), money(in_all["principal"] + in_all["bonus"]), COLUMNS)

