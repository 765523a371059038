"""A code at a real terminal: typed at the till, worth what the gateway says, in the payment and on the paper."""

from tests.end_to_end.test_firmware_link_cpython import scan, signed_on


def units_ask(terminal: str, values: dict) -> tuple[str, dict]:
    """A gateway whose one offer takes 0.40 off."""
    if values.get("code") != "2025":
        return "refused", {"r": values["r"], "reason": "coupon_unknown"}
    offer = {"asset": "code:2025", "have": 1, "of": 0, "off_cents": 40}
    return "units_told", {"r": values["r"], "offers": [offer], "more": False}


def test_a_code_that_is_typed_lowers_the_total(store):
    store.gateway._units_ask = units_ask
    terminal = signed_on(store, tls_memory=True)
    scan(store, "690", 1)
    store.shows("1.00")
    store.press("cash", "f1")
    store.shows("Code:")
    store.press("1", "9", "ok")
    store.shows("does not have that coupon")
    store.press("2", "0", "2", "5", "ok")
    store.shows("0.60")
    store.press("ok")
    store.shows("Coupons, codes")
    store.press("cash")
    paid = store.gateway.wait("pay")
    assert (paid["total_cents"], paid["cash_cents"], paid["units"]) == (60, 60, [{"asset": "code:2025"}])
    store.shows("Paid")
    assert terminal.resets == 0
