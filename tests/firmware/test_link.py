"""The conversation with the gateway: welcome and letters, questions, the life of a request through every trouble."""

from firmware.net.journal import ANSWER, REQUEST, VOID, records
from protocol.codec import check_witness
from tests.firmware.till import ACCOUNT, LIFE, LINK_KEY, PAY, Till, receipt, void_answer

OTHER = "fedcba9876543210" * 2


def ready() -> Till:
    till = Till()
    till.welcome()
    till.told()
    return till


def paying() -> tuple:
    till = ready()
    till.lanes.request(0, "pay", dict(PAY), till.now_ms)
    message, values = till.take()[0]
    assert message == "pay"
    return till, values


def names(events: list) -> list:
    return [" ".join([str(word) for word in event[:4] if not isinstance(word, dict)]) for event in events]


def test_hello_and_welcome():
    till = Till()
    till.link.up(till.now_ms)
    message, hello = till.take()[0]
    assert message == "hello" and hello["witness_seq"] == 0 and "witness_incarnation" not in hello
    assert hello["j"] == till.journal.number and hello["boots"] == 1
    till.welcome()
    assert names(till.told()) == ["link up", "welcome"] and till.times == [1700000000]
    assert (till.witness.incarnation, till.witness.seq) == (LIFE, 7)
    till.close()


def test_hello_is_repeated_until_somebody_answers():
    till = Till()
    till.link.up(till.now_ms)
    for _ in range(3):
        till.pass_ms(3100)
    assert [message for message, _ in till.take()] == ["hello"] * 4
    till.close()


def test_unknown_life_without_a_right_letter_is_refused():
    till = Till()
    till.welcome(letter="0" * 32)
    assert names(till.told()) == ["gateway unknown"] and not till.link.ready and not till.witness.incarnation
    till.link.ask("who", "sign_off", {"operator": "7", "shift": 1}, till.now_ms)
    assert names(till.told()) == ["answer who no_answer"]
    till.close()


def test_known_life_needs_no_letter_and_a_new_one_does():
    till = ready()
    till.restart()
    till.welcome(letter="0" * 32)
    assert till.link.ready
    till.welcome(life=OTHER, letter=till.seal.letter(LIFE))
    assert not till.link.ready and till.witness.incarnation == LIFE
    till.welcome(life=OTHER, seq=1)
    assert till.link.ready and (till.witness.incarnation, till.witness.seq) == (OTHER, 1)
    till.close()


def test_witness_never_goes_back():
    till = ready()
    till.gateway("head", {"incarnation": LIFE, "seq": 9, "at_s": 1, "booked": [], "selling": True})
    till.gateway("head", {"incarnation": LIFE, "seq": 5, "at_s": 1, "booked": [], "selling": True})
    assert till.witness.seq == 9
    till.close()


def test_a_refusal_that_was_long_on_its_way_is_no_head_of_the_next_life():
    till, request = paying()
    till.welcome(life=OTHER, seq=1)
    till.gateway("refused", {"j": request["j"], "l": 0, "n": request["n"], "reason": "frozen", "seq": 214})
    assert names(till.told())[-1] == "outcome 0 refused"
    assert (till.witness.incarnation, till.witness.seq) == (OTHER, 1)
    till.close()


def test_a_lower_head_hears_our_testimony():
    till = ready()
    till.pass_ms(4000)
    till.take()
    till.gateway("head", {"incarnation": LIFE, "seq": 3, "at_s": 1, "booked": [], "selling": True})
    assert [(message, values["witness_seq"]) for message, values in till.take()] == [("hello", 7)]
    till.close()


def test_question_and_answer():
    till = ready()
    till.link.ask("off", "sign_off", {"operator": "7", "shift": 1}, till.now_ms)
    r = till.take()[0][1]["r"]
    till.gateway("signed_off", {"r": r + 1, "sales": 1, "cash_cents": 0})  # somebody else's
    till.gateway("receipt", receipt({"j": till.journal.number, "l": 0, "n": 1}))  # nothing was asked
    assert not till.told() and till.link.foreign == 2
    till.gateway("signed_off", {"r": r, "sales": 1, "cash_cents": 0})
    assert names(till.told()) == ["answer off signed_off"]
    till.gateway("signed_off", {"r": r, "sales": 1, "cash_cents": 0})  # once more
    assert not till.told()
    till.close()


def test_question_without_an_answer():
    till = ready()
    till.link.ask("off", "sign_off", {"operator": "7", "shift": 1}, till.now_ms)
    till.pass_ms(5100)
    assert names(till.told()) == ["answer off no_answer"]
    till.close()


def test_line_of_a_basket_bears_the_journal_number():
    till = ready()
    line = {"l": 0, "basket": 1, "line": 1, "code": "1", "qty_milli": 1000, "operator": "7", "shift": 1}
    till.link.ask("line", "set_line", line, till.now_ms)
    assert till.take()[0][1]["j"] == till.journal.number
    till.close()


def test_bad_frames_are_counted_and_change_nothing():
    till, request = paying()
    till.gateway("receipt", receipt(request), link_key=bytes(32))
    till.link.frame("tapwell/0001-pos2/down/receipt", b"{}", till.now_ms)
    till.link.frame("tapwell/0001-pos1/up/receipt", b"{}", till.now_ms)
    till.link.frame("tapwell/0001-pos1/down/receipt", b"{", till.now_ms)
    till.link.frame("tapwell/0001-pos1/down/nonsense", b"{}", till.now_ms)
    assert till.link.bad_frames == 5 and not till.told()
    till.close()


def test_approved():
    till, request = paying()
    assert request["n"] == 1 and till.journal.open[0][0] == 1
    assert check_witness("tapwell/0001-pos1/up/pay", till.journal.open[0][2], bytes(range(32, 64)))
    frame = till.gateway("receipt", receipt(request))
    assert names(till.told()) == ["outcome 0 receipt"] and not till.journal.open
    kept = [(record[0], record[2], record[4]) for record in records(till.folder + "/journal")]
    assert (ANSWER, 1, frame) in kept and till.witness.seq == 8
    till.gateway("receipt", receipt(request))  # late repeat
    assert not till.told()
    till.close()


def test_refused_then_paid_under_a_new_id():
    till, request = paying()
    till.gateway("refused", {"j": request["j"], "l": 0, "n": 1, "reason": "insufficient_float", "approve_cents": 3})
    assert names(till.told()) == ["outcome 0 refused"]
    till.lanes.request(0, "pay", dict(PAY), till.now_ms)
    assert till.take()[0][1]["n"] == 2
    till.close()


def test_same_bytes_are_sent_again_until_answered():
    till, request = paying()
    first = till.journal.open[0][2]
    till.pass_ms(2100)
    till.link.down()
    till.pass_ms(60000)
    assert [frame for message, _, frame in till.sent if message == "pay"] == [first]
    till.take()
    till.welcome()
    assert [frame for message, _, frame in till.sent if message == "pay"] == [first]
    till.gateway("refused", {"j": request["j"], "l": 0, "n": 1, "reason": "busy"})
    assert 0 in till.lanes.open
    till.gateway("receipt", receipt(request))
    assert names(till.told())[-1] == "outcome 0 receipt"
    till.close()


def test_given_up_is_voided_and_a_late_approval_counts_as_undone():
    till, request = paying()
    till.lanes.give_up(0, till.now_ms)
    assert [message for message, _ in till.take()] == ["void"]
    till.gateway("receipt", receipt(request))
    assert not till.told() and 0 in till.journal.open
    till.lanes.request(0, "pay", dict(PAY), till.now_ms)
    assert names(till.told()) == ["outcome 0 refused"] and not till.take()
    till.gateway("void_answer", void_answer(request))
    assert names(till.told()) == ["outcome 0 void_answer"] and not till.journal.open
    kinds = [record[0] for record in records(till.folder + "/journal")][1:]
    assert kinds == [REQUEST, VOID, ANSWER]
    till.close()


def test_restart_voids_what_was_open():
    till, request = paying()
    till.restart()
    assert names(till.told()) == ["pending 0 pay"]
    till.welcome()
    assert [(message, values["n"]) for message, values in till.take()] == [("void", 1)]
    till.restart()  # once more, before the answer
    till.welcome()
    assert [(message, values["n"]) for message, values in till.take()] == [("void", 1)]
    till.gateway("void_answer", void_answer(request))
    assert names(till.told())[-1] == "outcome 0 void_answer"
    till.lanes.request(0, "pay", dict(PAY), till.now_ms)
    assert till.take()[0][1]["n"] == 2
    till.close()


def test_answer_of_another_life_is_not_ours():
    till, request = paying()
    till.gateway("receipt", receipt(request, life=OTHER))
    assert names(till.told()) == ["link down"] and 0 in till.journal.open
    till.close()


def test_full_flash_stops_selling():
    till = ready()
    till.journal._record = no_room
    till.lanes.request(0, "pay", dict(PAY), till.now_ms)
    assert names(till.told()) == ["journal full", "outcome 0 refused"] and not till.take()
    till.close()


def no_room(*record):
    from firmware.net.journal import Full

    raise Full("flash")


def test_top_up():
    till = ready()
    values = {"operator": "7", "shift": 1, "account": ACCOUNT, "tap": "0" * 16, "amount_cents": 500, "tender": "cash"}
    till.lanes.request(0, "top_up", values, till.now_ms)
    request = till.take()[0][1]
    till.gateway("receipt", receipt(request))  # not an answer to a top-up
    assert not till.told() and LINK_KEY
    till.close()


def test_a_cut_between_answer_and_witness_record_forgets_no_head():
    till = Till()
    till.welcome()
    till.link.lanes.request(0, "pay", dict(PAY), till.now_ms)
    _, request, _ = till.sent[-1]
    till.gateway("receipt", receipt(request, seq=31))
    till.restart()  # no tick came in between
    till.link.up(till.now_ms)
    assert till.take()[-1][1]["witness_seq"] == 31
    till.pass_ms(1)
    till.restart()
    assert till.witness.seq == 31
    till.close()


def test_the_key_to_ask_cards_with_is_the_welcome_s():
    till = Till()
    till.welcome(card_key=3)
    assert till.link.card_key == 3
    till.welcome()
    assert till.link.card_key == 1
    till.close()


def test_a_pump_is_told_prices_and_what_to_do_and_tells_its_nozzles_without_an_answer():
    till = ready()
    till.gateway("prices", {"prices": [{"code": "305", "price_milli": 76000, "from_s": 0}]})
    till.gateway("pump_do", {"ask": "00ff00ff", "nozzle": 0, "do": "stop"})
    assert names(till.told()) == ["prices", "pump_do"]
    till.link.tell("nozzles", {"nozzles": []})
    assert [message for message, _ in till.take()] == ["nozzles"]
    till.link.down()
    till.told()
    till.link.tell("nozzles", {"nozzles": []})
    till.gateway("pump_do", {"ask": "00ff00ff", "nozzle": 0, "do": "stop"})
    assert till.take() == [] and till.told() == []
    till.close()
