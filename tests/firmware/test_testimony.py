"""What a journal tells a new life of the gateway: each answered request once, byte for byte, none that is booked."""

from firmware.net import testimony
from protocol import codec, topics
from protocol.messages import FRAME_MAX
from tests.firmware.till import LIFE, ME, PAY, WITNESS_KEY, Till, receipt

NEW_LIFE = "fedcba9876543210" * 2


def sale(till, answered: bool = True) -> tuple:
    """Frames of a sale and its receipt."""
    till.link.lanes.request(0, "pay", dict(PAY), till.now_ms)
    _, request, frame = till.sent[-1]
    answer = till.gateway("receipt", receipt(request)) if answered else b""
    return frame, answer


def all_of(till, life: str = LIFE) -> list:
    """Every testimony that the gateway gets by asking on and on."""
    told, at = [], 0
    for _ in range(1000):
        till.take()
        till.gateway("testify", {"life": life, "at": at})
        message, values = till.take()[-1]
        assert message == "testimony" and values["life"] == life
        told += [values] if "request" in values else []
        at = values["at"]
        if not at:
            return told
    raise AssertionError("it never ends")


def signed_on(*sales) -> tuple:
    till = Till()
    till.welcome()
    return till, [sale(till, answered) for answered in sales or (True,) * 3]


def frames(told: list) -> list:
    return [(one["request"].encode(), one["answer"].encode()) for one in told]


def test_every_answered_request_is_told_in_its_own_bytes():
    till, sales = signed_on()
    told = all_of(till)
    assert frames(told) == sales
    for one in told:
        assert (one["name"], one["told"]) == ("pay", "receipt")
        assert codec.check_witness(topics.up(ME, "pay"), one["request"].encode(), WITNESS_KEY)
    till.close()


def test_what_head_office_has_booked_is_not_told_and_what_has_no_answer_neither():
    till, sales = signed_on(True, True, True, False)
    till.gateway("head", {"incarnation": LIFE, "seq": 20, "at_s": 1, "booked": [1], "selling": True})
    assert frames(all_of(till)) == sales[1:3]
    till.close()


def test_after_a_restart_and_over_many_segments():
    till, sales = signed_on(*(True,) * 60)
    assert len(till.journal.segments) > 2
    till.now_ms += 100000
    till.restart()
    till.welcome()
    assert frames(all_of(till)) == sales
    till.close()


def test_a_void_is_told_with_its_own_frame():
    till, sales = signed_on(True, False)
    till.link.lanes.give_up(0, till.now_ms)
    _, void, frame = till.sent[-1]
    answer = {"j": void["j"], "l": 0, "n": 2, "outcome": "voided", "incarnation": LIFE, "seq": 9}
    undone = till.gateway("void_answer", answer)
    told = all_of(till)
    assert frames(told) == [sales[0], (frame, undone)] and told[1]["name"] == "void"
    till.close()


def test_a_gateway_without_head_offices_word_hears_nothing():
    till, _ = signed_on()
    till.restart()
    till.welcome(NEW_LIFE, letter="0" * 32)
    till.take()
    till.gateway("testify", {"life": LIFE, "at": 0})
    assert [message for message, _ in till.take() if message == "testimony"] == []
    till.close()


def test_a_new_life_with_its_letter_hears_what_the_old_one_approved():
    till, sales = signed_on()
    till.restart()
    till.welcome(NEW_LIFE)
    assert frames(all_of(till, LIFE)) == sales
    till.close()


def test_a_place_that_is_gone_or_was_never_there():
    till, sales = signed_on()
    # place -> how many are still told from there
    for at, left in ((1, 3), (1 << 15, 3), (2147483647, 0), ((1 << 15) + 20000, 0)):
        told = testimony.said(till.journal, {"life": LIFE, "at": at})
        assert ("request" in told) == (left > 0), at
    till.close()


def test_the_longest_pair_fits_one_frame():
    till, _ = signed_on()
    said = testimony.said(till.journal, {"life": LIFE, "at": 0})
    assert len(till.seal.make("testimony", said)[1]) < FRAME_MAX * 3 // 4
    till.close()


def test_a_start_of_the_gateway_that_asks_is_answered_at_once_and_only_once():
    till = Till()
    till.welcome(asks="00" * 8)
    hellos = [values for message, values in till.take() if message == "hello"]
    assert [values["answers"] for values in hellos] == ["00" * 8]
    head = {"incarnation": LIFE, "seq": 20, "at_s": 1, "booked": [0], "selling": True, "asks": "00" * 8}
    till.gateway("head", head)
    assert till.take() == []
    head["asks"] = "11" * 8
    till.gateway("head", head)
    assert [values["answers"] for message, values in till.take()] == ["11" * 8]
    till.close()
