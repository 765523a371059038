"""The pump in words: event | state | effects | screen. A nozzle says: number, state, lifted, ml, cents, totaliser."""

from tests.firmware.desk import Desk

BEGIN = """
        welcome                        | idle    |          | Pump & out of order
        nozzle 1 0 0 0 0 1000000       | idle    |          | 1 free
        nozzle 2 0 0 0 0 500000        | idle    |          | 2 free & Tap your card
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped ann                     | choose  | timer screen 30000 | Which nozzle? & 50.00
        key 1                          | amount  | timer screen 30000 | Nozzle 1 & F2 to fill up"""
HELD = """
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
        answer                         | fill    | pump 1 authorise, timer n1 60000 | lift the nozzle & 0.760"""


def test_a_fill_from_the_tap_to_the_receipt():
    Desk("pump").run(BEGIN + HELD + """
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling & 5.000 & 3.80
        nozzle 1 3 0 26315 2000 1026315 | fill   | request capture | being paid & 26.315 & 20.00
        approve                        | done    | keep 1, timer screen 20000 | PAID & 26.315 & 20.00 & Points earned
        timer screen                   | idle    |          | 1 free
        key 1                          | idle    |          | 1 free
    """)


def test_the_next_customer_taps_while_one_fills():
    desk = Desk("pump")
    desk.run(BEGIN + HELD + """
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped bo                      | amount  | timer screen 30000 | Nozzle 2
        nozzle 1 2 1 5000 380 1005000  | amount  |          | Nozzle 2
        key back                       | idle    |          | filling 3.80
        nozzle 1 3 0 6000 456 1006000  | idle    | request capture | being paid
        approve                        | idle    | keep 1   | free 4.56
        key 1                          | done    | timer screen 20000 | PAID & 4.56
        key ok                         | idle    |          | 1 free
        key 1                          | idle    |          | 1 free
    """)


def test_a_nozzle_lifted_first_is_the_one_that_is_meant():
    Desk("pump").run("""
        welcome                        | idle    |          | Pump
        nozzle 1 0 0 0 0 1000000       | idle    |          | 1 free
        nozzle 2 0 1 0 0 500000        | idle    |          | 2 lifted: tap a card
        card_placed                    | reading | identify, timer screen 8000 | Hold it still
        tapped ann                     | amount  | timer screen 30000 | Nozzle 2
    """)


def test_nothing_flows_and_nothing_is_taken():
    Desk("pump").run(BEGIN + HELD + """
        timer n1                       | fill    | pump 1 stop | lift the nozzle
        nozzle 1 3 0 0 0 1000000       | fill    | request release | being paid
        approve                        | error   | keep 1, timer screen 6000 | Nothing was filled
    """)
    Desk("pump").run(BEGIN + HELD + """
        key back                       | fill    | pump 1 stop | lift the nozzle
        nozzle 1 3 0 0 0 1000000       | fill    | request release | being paid
    """)


def test_too_little_at_this_store():
    Desk("pump").run(BEGIN + """
        key f2                         | asking  | request hold | One moment
        decline insufficient_float 1200 | short  | timer screen 30000 | 12.00 & 60.00 & insufficient_float
        key ok                         | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 12.00
    """)


def test_litres():
    desk = Desk("pump")
    desk.run(BEGIN + """
        key f1                         | amount  |          | Type a number first
        key 1 0 . 5 f1                 | asking  | request hold | One moment
    """)
    assert desk.gateway.request[2]["ml"] == 10500


def test_nothing_flows_before_the_gateway_has_noted_it():
    Desk("pump").run(BEGIN + """
        key 2 0 ok                     | asking  | request hold | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
        silence                        | fill    | request release | being paid
        approve                        | error   | keep 1, timer screen 6000 | Nothing was filled
    """)


def test_after_a_cut_of_power_the_totals_say_what_flowed():
    desk = Desk("pump")
    desk.run("""
        start                          | boot    |          | Connecting
        kept 1                         | boot    |          | Connecting
        nozzle 1 3 0 12000 912 1012000 | boot    | request capture | Connecting
        welcome                        | idle    |          | being paid
        approve                        | idle    | keep 1   | free 9.12
    """)
    desk = Desk("pump")
    desk.run("""
        kept 1                         | boot    |          | Connecting
        nozzle 1 2 1 12000 912 1012000 | boot    |          | Connecting
        nozzle 1 3 0 13000 988 1013000 | boot    | request capture | Connecting
    """)
    assert desk.gateway.request[2]["amount_cents"] == 988
    desk = Desk("pump")
    desk.run("""
        kept 1                         | boot    |          | Connecting
        nozzle 1 0 0 0 0 1000000       | boot    | request release | Connecting
    """)


def test_another_fill_on_the_pump_is_worked_out_from_the_totals():
    desk = Desk("pump")
    desk.run("""
        kept 1                         | boot    |          | Connecting
        nozzle 1 3 0 500 38 1012000    | boot    | request capture | Connecting
    """)
    assert (desk.gateway.request[2]["ml"], desk.gateway.request[2]["amount_cents"]) == (12000, 912)


def test_a_refused_capture_is_told_again_until_it_is_booked():
    Desk("pump").run(BEGIN + HELD + """
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling
        nozzle 1 3 0 6000 456 1006000  | fill    | request capture | being paid
        decline fenced                 | fill    | timer n1 15000 | being paid
        timer n1                       | fill    | request capture | being paid
        decline hold_closed            | error   | keep 1, timer screen 6000 | booked already
    """)


def test_a_silent_pump_is_told_to_the_gateway_once():
    Desk("pump").run(BEGIN + HELD + """
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling
        silent 1                       | fill    | ask pump_state | filling
        silent 1                       | fill    |          | filling
        nozzle 1 3 0 6000 456 1006000  | fill    | request capture | being paid
        silent 2                       | fill    |          | being paid
        key ok                         | idle    |          | out of order
    """)


def test_the_customer_does_not_wait():
    Desk("pump").run(BEGIN + """
        key 2 0 ok                     | asking  | request hold | One moment
        key back                       | idle    | give_up 0 | one moment
        undo voided                    | idle    |          | 1 free
    """)
