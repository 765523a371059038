"""The pump in words: event | state | effects | screen. A nozzle says: number, state, lifted, ml, cents, totaliser."""

from tests.firmware.desk import NOON_S, Desk

UP = """
        welcome                        | idle    |          | Pump & out of order
        nozzle 1 0 0 0 0 1000000       | idle    |          | 1 free
        nozzle 2 0 0 0 0 500000        | idle    |          | 2 free & Tap your card"""
BEGIN = (
    UP
    + """
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped ann                     | choose  | timer screen 30000 | Which nozzle? & 50.00
        key 1                          | amount  | ask units_ask, timer screen 30000 | Nozzle 1 & F2 to fill up
        answer                         | amount  |          | F3 coupons: 4+"""
)
HELD = """
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00 & one moment
        answer                         | fill    | pump 1 authorise | one moment & 0.760
        did 1 authorise ok             | fill    | timer n1 60000 | lift the nozzle"""
FLOWS = (
    HELD
    + """
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling & 5.000 & 3.80"""
)


def at_a_pump(*begins, nozzles=None) -> Desk:
    desk = Desk("pump", nozzles=nozzles) if nozzles else Desk("pump")
    for begin in begins:
        desk.begin(begin)
    return desk


def test_a_fill_from_the_tap_to_the_receipt():
    desk = Desk("pump")
    desk.run(
        BEGIN
        + FLOWS
        + """
        nozzle 1 2 1 5500 418 1000000  | fill    |          | filling & 5.500 & 4.18
        nozzle 1 3 0 26315 2000 1026315 | fill   | keep 1, request capture | being paid & 26.315 & 20.00
        approve                        | done    | keep 1, timer n1 15000, timer screen 20000 | PAID & Points earned
        timer screen                   | idle    |          | 1 free
        key 1                          | idle    |          | 1 free
    """
    )
    values = desk.gateway.request[2]
    assert (values["ml"], values["amount_cents"], values["why"]) == (26315, 2000, "hung_up")
    assert (values["total_before_ml"], values["total_after_ml"]) == (1000000, 1026315)


def test_the_next_customer_taps_while_one_fills():
    at_a_pump(BEGIN, HELD).run("""
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped bo                      | amount  | ask units_ask, timer screen 30000 | Nozzle 2
        nozzle 1 2 1 5000 380 1005000  | amount  |          | Nozzle 2
        key back                       | idle    |          | filling 3.80
        nozzle 1 3 0 6000 456 1006000  | idle    | keep 1, request capture | being paid
        approve                        | idle    | keep 1, timer n1 15000 | free 4.56
        key 1                          | done    | timer screen 20000 | PAID & 4.56
        key ok                         | idle    |          | 1 free
        key 1                          | idle    |          | 1 free
    """)


def test_a_hold_is_its_own_member_s_whoever_stands_at_the_screen():
    desk = at_a_pump(BEGIN)
    desk.run("key 2 0 ok | asking | request hold | One moment")
    asked = desk.gateway.request
    desk.flow.member = None  # whatever becomes of the screen
    desk.run("""
        approve                        | fill    | keep 1, ask pump_state | 20.00
    """)
    assert desk.flow.nozzles[0].record["account"] == asked[2]["account"]


def test_a_nozzle_lifted_first_is_the_one_that_is_meant():
    at_a_pump(UP).run("""
        nozzle 2 0 1 0 0 500000        | idle    |          | 2 lifted: tap a card
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped ann                     | amount  | ask units_ask, timer screen 30000 | Nozzle 2
        silence                        | amount  |          | !coupons
        key f2                         | asking  | request hold | One moment
        approve                        | fill    | keep 2, ask pump_state | 40.00
        answer                         | fill    | pump 2 authorise |
        did 2 authorise ok             | fill    | timer n2 60000 | pull the lever
        nozzle 2 2 1 0 0 500000        | fill    |          | filling
    """)


def test_nothing_flows_and_nothing_is_taken():
    desk = at_a_pump(BEGIN, HELD)
    desk.run("""
        timer n1                       | fill    | pump 1 stop | lift the nozzle
        nozzle 1 3 0 0 0 1000000       | fill    | keep 1, request release | being paid
        approve                        | error   | keep 1, timer n1 15000, timer screen 6000 | Nothing was filled
    """)
    at_a_pump(BEGIN, HELD).run("""
        key back                       | fill    | pump 1 stop | lift the nozzle
        nozzle 1 3 0 0 0 1000000       | fill    | keep 1, request release | being paid
    """)
    at_a_pump(BEGIN, HELD).run("""
        nozzle 1 2 1 0 0 1000000       | fill    |          | filling
        nozzle 1 3 0 0 0 1000000       | fill    | keep 1, request release | being paid
    """)
    at_a_pump(BEGIN, HELD).run("""
        nozzle 1 1 1 0 0 1000000       | fill    |          | pull the lever
        nozzle 1 1 0 0 0 1000000       | fill    | pump 1 stop | lift the nozzle
        did 1 stop ok                  | fill    | timer n1 60000 | lift the nozzle
        nozzle 1 0 0 0 0 1000000       | fill    | keep 1, request release | being paid
    """)


def test_too_little_at_this_store():
    at_a_pump(BEGIN).run("""
        key f2                         | asking  | request hold | One moment
        decline insufficient_float 1200 | short  | timer screen 30000 | 12.00 & 60.00 & insufficient_float
        key ok                         | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 12.00
    """)


def test_litres_are_the_pump_s_own_bound():
    desk = at_a_pump(BEGIN)
    desk.run("""
        key 0 f1                       | amount  |          | Type a number first
        key back f1                    | amount  |          | Type a number first
        key 1 0 . 5 f1                 | asking  | request hold | One moment
    """)
    assert desk.gateway.request[2]["ml"] == 10500
    desk.give(desk.events("approve")[0])
    effects = desk.flow.on(desk.events("answer")[0])
    assert ("pump", 1, "authorise", 76000, 0, 10500) in effects


def test_nothing_flows_before_the_gateway_has_noted_it():
    for word in ("silence", "refuse fenced"):
        at_a_pump(BEGIN).run(
            """
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
        %s                             | fill    | keep 1, request release | being paid
        approve                        | error   | keep 1, timer n1 15000, timer screen 6000 | Nothing was filled
    """
            % word
        )


def test_a_late_note_about_another_hold_authorises_nothing():
    desk = at_a_pump(BEGIN)
    desk.run("""
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
    """)
    effects = desk.flow.on(("answer", "n1", "pump_noted", {"hold": "0001-pump1/5f3a09c1/0/9", "state": "running"}))
    assert [effect for effect in effects if effect[0] == "pump"] == []


def test_authorise_is_said_once_and_a_pump_that_does_not_answer_to_it_is_stopped():
    noted = """
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
        answer                         | fill    | pump 1 authorise | one moment"""
    at_a_pump(BEGIN, noted).run("""
        nozzle 1 0 1 0 0 1000000       | fill    |          | one moment
        nozzle 1 3 0 0 0 1000000       | fill    |          | one moment
        nozzle 1 2 1 0 0 1000000       | fill    |          | one moment
        did 1 authorise ok             | fill    | timer n1 60000 | pull the lever
        did 1 authorise ok             | fill    |          | pull the lever
        nozzle 1 2 1 500 38 1000500    | fill    |          | filling
    """)
    desk = at_a_pump(BEGIN, noted)
    desk.run("""
        did 1 authorise no             | fill    | pump 1 stop | stopping
        nozzle 1 0 0 0 0 1000000       | fill    |          | stopping
        did 1 stop no                  | fill    | timer n1 2000 | stopping
        timer n1                       | fill    | pump 1 stop | stopping
        did 1 stop ok                  | fill    | timer n1 60000 | lift the nozzle
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling
        nozzle 1 3 1 5000 380 1005000  | fill    | keep 1, request capture | being paid
    """)
    assert desk.gateway.request[2]["why"] == "stopped"


def test_a_refused_capture_is_told_again_word_for_word_until_it_is_booked():
    desk = at_a_pump(BEGIN, FLOWS)
    desk.run("""
        nozzle 1 3 0 6000 456 1006000  | fill    | keep 1, request capture | being paid
        decline fenced                 | fill    | timer n1 15000 | being paid""")
    first = desk.gateway.request[2]
    desk.run("""
        nozzle 1 0 0 0 0 1006000       | fill    |          | being paid & 6.000
        timer n1                       | fill    | request capture | being paid""")
    assert desk.gateway.request[2] == first
    desk.run("""
        decline hold_closed            | error   | keep 1, timer n1 15000, timer screen 6000 | booked already
    """)


def test_what_flows_after_the_end_is_captured_too():
    desk = at_a_pump(BEGIN, FLOWS)
    desk.run("""
        nozzle 1 3 0 6000 456 1006000  | fill    | keep 1, request capture | being paid
        nozzle 1 3 0 6000 456 1006500  | fill    |          | being paid
        approve                        | fill    | keep 1, request capture | being paid
    """)
    values = desk.gateway.request[2]
    assert (values["total_before_ml"], values["total_after_ml"], values["ml"]) == (1006000, 1006500, 500)
    assert values["why"] == "recovered"
    desk.run("approve | done | keep 1, timer n1 15000, timer screen 20000 | PAID & 0.38")


def test_a_silent_pump_is_told_to_the_gateway_once():
    at_a_pump(BEGIN, FLOWS).run("""
        silent 1                       | fill    | ask pump_state | pump is silent
        silent 1                       | fill    |          | pump is silent
        nozzle 1 3 0 6000 456 1006000  | fill    | keep 1, request capture | being paid
        silent 2                       | fill    |          | being paid
        key ok                         | idle    |          | out of order
    """)


EVIDENCE = """
    the pump says at the end        | capture: ml, cents, before, after, why
    3 0 6000 456 1006000            | 6000 456 1000000 1006000 hung_up
    3 1 6000 456 1006000            | 6000 456 1000000 1006000 stopped
    3 0 6003 456 1006000            | 6003 456 1000000 1006000 hung_up
    3 0 6000 456 1012000            | 12000 912 1000000 1012000 differs
    3 0 6000 456 1005000            | 5000 380 1000000 1005000 differs
    3 0 6000 456 999000             | 6000 456 1000000 999000 differs
    0 0 0 0 1006000                 | 6000 456 1000000 1006000 differs
    0 0 0 0 1000010                 | 10 1 1000000 1000010 differs
    3 0 9000 456 1009000            | 9000 456 1000000 1009000 hung_up
"""


def test_what_the_totaliser_says_is_captured_and_why():
    for line in EVIDENCE.strip().split("\n")[1:]:
        said, expected = [part.strip() for part in line.split("|")]
        desk = at_a_pump(BEGIN, FLOWS)
        desk.give(desk.events("nozzle 1 " + said)[0])
        lane, message, values = desk.gateway.request
        names = ("ml", "amount_cents", "total_before_ml", "total_after_ml", "why")
        assert message == "capture" and " ".join([str(values[name]) for name in names]) == expected, line


def test_a_pump_that_ignores_its_preset_is_stopped_once():
    at_a_pump(BEGIN, FLOWS).run("""
        nozzle 1 2 1 26500 2014 1026500 | fill   |          | filling
        nozzle 1 2 1 27000 2052 1027000 | fill   | pump 1 stop | filling
        nozzle 1 2 1 27300 2075 1027300 | fill   |          | filling
        nozzle 1 3 1 27300 2075 1027300 | fill   | keep 1, request capture | being paid
    """)


def test_the_customer_does_not_wait():
    at_a_pump(BEGIN).run("""
        key 2 0 ok                     | asking  | request hold | One moment
        key back                       | idle    | give_up 0 | one moment
        undo voided                    | idle    |          | 1 free
    """)


def test_nobody_s_nozzle_gives_nothing():
    at_a_pump(UP).run("""
        nozzle 1 2 1 100 8 1000100     | idle    | pump 1 stop |
        nozzle 1 0 0 0 0 1000100       | idle    |          | 1 free
    """)


def test_one_nozzle_of_a_pump_at_a_time():
    two = (("305", 0x50, 1), ("306", 0x50, 2), ("305", 0x51, 1))
    desk = at_a_pump(nozzles=two)
    for line in ("welcome", "nozzle 1 0 0 0 0 1000", "nozzle 2 0 0 0 0 2000", "nozzle 3 0 0 0 0 3000"):
        desk.give(desk.events(line)[0])
    desk.run("""
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | choose  | timer screen 30000 | Which nozzle?
        key 1                          | amount  | ask units_ask, timer screen 30000 | Nozzle 1
        key 5 ok                       | asking  | request hold |
        silence                        | asking  |          |
        approve                        | fill    | keep 1, ask pump_state |
        key ok                         | idle    |          | 2 other nozzle used
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | amount  | ask units_ask, timer screen 30000 | Nozzle 3
        key back                       | idle    |          |
        nozzle 3 0 1 0 0 3000          | idle    |          | 3 lifted
        silent 3                       | idle    |          | 3 out of order
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | error   | timer screen 6000 | No nozzle is free now
    """)


def test_a_busy_nozzle_is_said():
    desk = at_a_pump(nozzles=(("305", 0x50, 1), ("306", 0x50, 2), ("305", 0x51, 1), ("306", 0x52, 1)))
    for line in ("welcome", "nozzle 1 0 0 0 0 1000", "nozzle 2 0 0 0 0 2000", "nozzle 3 0 0 0 0 3000",
                 "nozzle 4 0 0 0 0 4000"):  # fmt: skip
        desk.give(desk.events(line)[0])
    desk.run("""
        do start 1                     | idle    | keep 0, request start | 1 one moment
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | choose  | timer screen 30000 | Which nozzle?
        key 1                          | choose  |          | Nozzle 1 is in use.
        key 2                          | choose  |          | Nozzle 1 is in use.
        key 3                          | amount  | ask units_ask, timer screen 30000 | Nozzle 3
    """)
    desk.give(("timer", "report"))
    assert [one.get("busy", 0) for one in desk.nozzles] == [0, 1, 0, 0]


def test_the_emergency_key_stops_all_until_somebody_in_charge_says_so():
    desk = at_a_pump(BEGIN, FLOWS)
    desk.run("""
        key f4                         | fill    | pump 0 stop, keep 0 | EMERGENCY STOP
        did 1 stop ok                  | fill    |          | filling
        nozzle 1 3 1 6000 456 1006000  | fill    | keep 1, request capture | being paid
        approve                        | done    | keep 1, timer n1 15000, timer screen 20000 | PAID
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | error   | timer screen 6000 | EMERGENCY STOP
        do resume 0                    | error   | keep 0   |
        key ok                         | idle    |          | !EMERGENCY
    """)
    desk.give(("timer", "report"))
    assert "alarm" not in desk.nozzles[0]
    desk.run("do stop 0 | idle | pump 0 stop, keep 0 | EMERGENCY STOP")
    desk.give(("timer", "report"))
    assert [one["alarm"] for one in desk.nozzles] == ["stop_all"] * 2
    again = Desk("pump")
    again.give(("kept", 0, {"prices": [], "seen_s": 0, "halted": True, "starts": {}}))
    again.run("""
        welcome                        | idle    |          | EMERGENCY STOP
        nozzle 1 0 0 0 0 1000000       | idle    |          | 1 free
        do start 1                     | idle    | keep 0   | EMERGENCY STOP
    """)


def test_an_emergency_while_the_hold_is_on_its_way():
    at_a_pump(BEGIN).run("""
        key 2 0 ok                     | asking  | request hold | One moment
        do stop 0                      | asking  | pump 0 stop, keep 0 | EMERGENCY STOP
        approve                        | fill    | keep 1, ask pump_state |
        answer                         | fill    | keep 1, request release | being paid
    """)


def test_pause_and_go_on_from_afar():
    at_a_pump(BEGIN, FLOWS).run("""
        do suspend 1                   | fill    | pump 1 suspend | filling
        nozzle 1 4 1 6000 456 1006000  | fill    |          | paused
        do resume 1                    | fill    | pump 1 resume | paused
        nozzle 1 2 1 6500 494 1006500  | fill    |          | filling
        do stop 1                      | fill    | pump 1 stop | filling
    """)


def test_a_fill_from_afar_is_started_once_and_paid_inside():
    desk = at_a_pump(UP)
    desk.run("""
        do start 1                     | idle    | keep 0, request start | 1 one moment
        do start 1                     | idle    |          | 1 one moment
        approve                        | idle    | keep 1, ask pump_state |
        answer                         | idle    | pump 1 authorise |
        did 1 authorise ok             | idle    | timer n1 60000 | lift the nozzle
        nozzle 1 2 1 5000 380 1005000  | idle    |          | filling 3.80
        nozzle 1 3 0 6000 456 1006000  | idle    | keep 1, request capture | being paid
        approve                        | idle    | keep 1, timer n1 15000 | 1 unpaid: .12 4.56
        do start 1                     | idle    |          | 1 unpaid: .12 4.56
        key 1                          | unpaid  | timer screen 20000 | PAY INSIDE & fill .12 & 4.56
        key ok                         | idle    |          | 1 unpaid: .12 4.56
        do start 1 2                   | idle    | keep 0, request start | 1 one moment
    """)
    assert "account" not in desk.gateway.request[2]


def test_alarms():
    at_a_pump(UP).run("""
        alarm 1 E7                     | idle    |          | 1 alarm E7
        alarm 1                        | idle    |          | 1 free
    """)


def test_live_nozzles():
    desk = at_a_pump(BEGIN, HELD)
    desk.give(("timer", "report"))
    said = " ".join([str(desk.nozzles[0][name]) for name in ("n", "code", "state", "ml", "cents", "price_milli")])
    assert said == "1 305 ready 0 0 76000", said
    told = desk.nozzles
    for ml in (1000, 2000, 3000):
        desk.give(("nozzle", 1, 2, True, ml, ml * 76 // 1000, 1000000 + ml))
        assert desk.nozzles is told
    desk.give(("timer", "report"))
    assert (desk.nozzles[0]["state"], desk.nozzles[0]["ml"], desk.nozzles[0]["total_ml"]) == ("filling", 3000, 1003000)
    desk.give(("timer", "report"))
    told = desk.nozzles
    desk.give(("timer", "report"))
    assert desk.nozzles is told and told[1]["state"] == "free"


PRICES = """
        prices 305 78000 -60, 305 79000 600, 306 68000 -60, 99 1 -60 | idle | keep 0, pump 1 price, pump 2 price |"""


def milli(desk) -> list:
    """What the pumps were last told to show."""
    return [one.priced_milli for one in desk.flow.nozzles]


def test_list_prices_come_at_their_moment():
    desk = at_a_pump(UP)
    desk.run(
        PRICES
        + """
        timer prices                   | idle    |          |
        did 1 price no                 | idle    |          |
        timer prices                   | idle    | pump 1 price |"""
    )
    assert milli(desk) == [78000, 68000]
    desk.now_s = NOON_S + 600
    desk.run("""
        link down                      | idle    |          |
        nozzle 1 0 1 0 0 1000000       | idle    |          | lifted
        timer prices                   | idle    |          |
        nozzle 1 0 0 0 0 1000000       | idle    |          |
        timer prices                   | idle    | pump 1 price, keep 0 |""")
    assert milli(desk) == [79000, 68000]


def test_a_clock_that_is_not_trusted_sets_nothing_early():
    desk = at_a_pump(UP, PRICES)
    record = {"prices": desk.flow.prices, "seen_s": desk.flow.seen_s, "halted": False, "starts": {}}
    again = Desk("pump")
    again.now_s = NOON_S + 10**8  # whatever a board believes after its start
    again.give(("kept", 0, record))
    again.give(("nozzle", 1, 0, False, 0, 0, 1000000))
    again.give(("timer", "prices"))
    assert milli(again)[0] == 78000
    again.now_s = NOON_S + 601  # the gateway's word
    again.give(again.events("welcome")[0])
    again.give(("timer", "prices"))
    assert milli(again)[0] == 79000


def test_the_list_price_comes_back_after_a_fill():
    desk = at_a_pump(
        UP,
        PRICES,
        """
        card_placed                    | reading | identify, timer screen 8000 |
        tapped ann                     | choose  | timer screen 30000 |
        key 1                          | amount  | ask units_ask, timer screen 30000 |
        silence                        | amount  |          | """,
        FLOWS,
    )
    assert milli(desk) == [76000, 68000]
    desk.run("""
        nozzle 1 3 0 6000 456 1006000  | fill    | keep 1, request capture | being paid
        approve                        | done    | keep 1, timer n1 15000, timer screen 20000 | PAID
        timer prices                   | done    |          |
        timer n1                       | done    | pump 1 price |
    """)
    assert milli(desk) == [78000, 68000]


def test_a_pump_keeps_showing_a_fill_while_its_other_nozzle_waits_for_a_price():
    desk = at_a_pump(nozzles=(("305", 0x50, 1), ("306", 0x50, 2)))
    for line in ("welcome", "nozzle 1 0 0 0 0 1000000", "nozzle 2 0 0 0 0 2000"):
        desk.give(desk.events(line)[0])
    desk.run("""
        do start 1                     | idle    | keep 0, request start |
        prices 305 78000 -60, 306 68000 -60 | idle | keep 0 |
        approve                        | idle    | keep 1, ask pump_state |
        answer                         | idle    | pump 1 authorise |
        did 1 authorise ok             | idle    | timer n1 60000 |
        nozzle 1 3 0 6000 456 1006000  | idle    | keep 1, request capture | being paid
        timer prices                   | idle    |          |
        approve                        | idle    | keep 1, timer n1 15000 |
        timer prices                   | idle    |          |
        timer n1                       | idle    | pump 1 price, pump 2 price |
    """)
