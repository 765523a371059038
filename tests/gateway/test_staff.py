"""Attendants sign on with limited tries, with head office cut off too."""

from gateway.store import staff
from tests.gateway.stage import ready


def sign_on(till, pin: str) -> str:
    message, told = till.ask("sign_on", operator="7", pin=pin)
    return told.get("reason", message)


def test_five_wrong_pins_lock_the_number_and_a_restart_forgives_none():
    stage, till = ready()
    assert [sign_on(till, "0000") for _ in range(6)] == ["wrong_pin"] * 5 + ["pin_locked"]
    stage.start()
    assert sign_on(till, "1234") == "pin_locked"
    stage.clock.at_ms += staff.LOCK_MS
    assert sign_on(till, "1234") == "signed_on"


def test_a_right_pin_forgives_the_wrong_ones():
    _, till = ready()
    for _ in range(3):
        assert [sign_on(till, "0000") for _ in range(4)] == ["wrong_pin"] * 4
        assert sign_on(till, "1234") == "signed_on"


def test_an_unknown_number_is_answered_like_a_wrong_pin():
    _, till = ready()
    assert till.ask("sign_on", operator="99", pin="1234")[1]["reason"] == "wrong_pin"


def test_signing_on_again_goes_on_with_the_open_shift():
    stage, till = ready()
    assert till.sign_on() == 1
    assert till.ask("sign_off", operator="7", shift=1)[0] == "signed_off"
    assert till.sign_on() == 2
    assert [kind for kind in stage.kinds() if "shift" in kind] == ["shift_opened", "shift_closed", "shift_opened"]


def test_an_attendant_who_was_blocked_can_sell_no_more():
    stage, till = ready()
    till.scan(1, ["100"])
    body = {"operator": "7", "name": "Kim", "role": "attendant", "pin_salt": "", "pin_hash": "", "cards": []}
    stage.tell("staff", **body, status="blocked")
    assert till.request("pay", **till.pay(1, cash_cents=1000))[1]["reason"] == "not_allowed"
