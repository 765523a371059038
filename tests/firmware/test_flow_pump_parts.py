"""The pump's parts in words: attendants at the terminal, what a fleet card asks for, coupons, paper."""

from tests.firmware.desk import Desk

UP = """
        welcome                        | idle    |          | Pump
        nozzle 1 0 0 0 0 1000000       | idle    |          | 1 free
        nozzle 2 0 0 0 0 500000        | idle    |          | 2 free"""
TAPPED = """
        card_placed                    | reading | identify, timer screen 8000 | Hold it still"""
ON_DUTY = (
    TAPPED
    + """
        tapped staff                   | staff_asking | ask sign_on | One moment
        answer                         | staff   | timer screen 60000 | On duty: Li Lei"""
)


def at_a_pump(*begins) -> Desk:
    desk = Desk("pump")
    for begin in begins:
        desk.begin(begin)
    return desk


def test_an_attendant_starts_a_nozzle_that_is_paid_inside():
    desk = at_a_pump(UP, ON_DUTY)
    desk.run("""
        key 1                          | staff_nozzle | timer screen 60000 | Start without a card
        key 2 0 ok                     | asking  | request start | One moment
        approve                        | fill    | keep 1, ask pump_state | 20.00
        answer                         | fill    | pump 1 authorise | one moment
        did 1 authorise ok             | fill    | timer n1 60000 | lift the nozzle
        nozzle 1 2 1 5000 380 1005000  | fill    |          | filling
        nozzle 1 3 0 6000 456 1006000  | fill    | keep 1, request capture | being paid
        approve                        | unpaid  | keep 1, timer n1 15000, timer screen 20000 | PAY INSIDE & fill .12
        key ok                         | idle    |          | 1 unpaid: .12
    """)
    values = desk.gateway.request[2]
    assert "account" not in values and values["ml"] == 6000


def test_who_starts_it_goes_with_the_start():
    desk = at_a_pump(UP, ON_DUTY)
    desk.run("""
        key 2 f2                       | asking  | timer screen 60000, request start | One moment""")
    values = desk.gateway.request[2]
    assert [values[name] for name in ("operator", "shift", "nozzle", "cents", "ml")] == ["42", 7, 2, 0, 0]
    desk.run("""
        decline not_signed_on          | short   | timer screen 30000 | NOT APPROVED
        key back                       | idle    |          | 2 free""")


def test_number_and_pin_instead_of_a_card():
    at_a_pump(UP).run("""
        key menu                       | staff_number | timer screen 30000 | Operator number
        key ok                         | staff_number |     | Operator number
        key 4 2 ok                     | staff_pin | timer screen 60000 | Operator 42
        key 9 ok                       | staff_asking | ask sign_on |
        refuse wrong_pin               | error   | timer screen 6000 | wrong
        key menu                       | idle    |          |
        key menu                       | staff_number | timer screen 30000 |
        key 4 2 ok 1 2 3 4 ok          | staff_asking | timer screen 60000, ask sign_on |
        answer                         | staff   | timer screen 60000 | On duty: Li Lei
        key back                       | idle    |          |
        key menu                       | staff_number | timer screen 30000 | Operator number & _
        key 4 back back                | idle    |          |
    """)


def test_an_attendant_pauses_goes_on_and_stops():
    at_a_pump(
        UP,
        """
        do start 1                     | idle    | keep 0, request start |
        approve                        | idle    | keep 1, ask pump_state |
        answer                         | idle    | pump 1 authorise |
        did 1 authorise ok             | idle    | timer n1 60000 |
        nozzle 1 2 1 5000 380 1005000  | idle    |          | filling""",
        ON_DUTY,
    ).run("""
        key 1                          | staff_nozzle | timer screen 60000 | filling & F3 pause or go on
        key 5 ok                       | staff_nozzle |     | Nozzle 1 is in use
        key f3                         | staff_nozzle | pump 1 suspend, timer screen 60000 |
        nozzle 1 4 1 5000 380 1005000  | staff_nozzle |     | paused
        key f3                         | staff_nozzle | pump 1 resume, timer screen 60000 |
        key down                       | staff_nozzle | pump 1 stop |
        key back back                  | staff   | timer screen 60000 | On duty
    """)


def test_an_emergency_ends_with_an_attendant():
    at_a_pump(UP).run(
        """
        key f4                         | idle    | pump 0 stop, keep 0 | EMERGENCY STOP"""
        + ON_DUTY
        + """
        key 1 ok                       | staff_nozzle | timer screen 60000 | Type a number first
        key f2                         | staff_nozzle |     | EMERGENCY STOP
        key back                       | staff   | timer screen 60000 | F2: pumps may give again
        key f2                         | staff   | keep 0, timer screen 60000 | !EMERGENCY
        key f3                         | staff_asking | ask sign_off |
        answer                         | idle    |          | Signed off. Cash: 123.45
    """
    )


def test_a_word_about_a_nozzle_while_an_attendant_signs_on():
    at_a_pump(
        UP,
        """
        do start 1                     | idle    | keep 0, request start |
        approve                        | idle    | keep 1, ask pump_state |"""
        + TAPPED,
    ).run("""
        tapped staff                   | staff_asking | ask sign_on |
        answer                         | staff_asking | pump 1 authorise |
        answer                         | staff   | timer screen 60000 | On duty
    """)


def test_a_fleet_card_is_asked_for_plate_and_odometer():
    desk = at_a_pump(UP, TAPPED)
    desk.run(
        """
        tapped fleet                   | entry   | ask units_ask, timer screen 30000 | Number plate: & F1: one more
        silence                        | entry   |          | Number plate:
        key ok                         | entry   |          | Type a number first
        key up                         | entry   | timer screen 30000 | A_
        key up down down               | entry   | timer screen 30000, timer screen 30000, timer screen 30000 | -_
        key f1 up 1 2 3                | entry   | %s | -B123_
        key ok                         | entry   | timer screen 30000 | Odometer
        key . up 4 1 2 5 0             | entry   | %s | 41250_
        key ok                         | amount  | timer screen 30000 | Nozzle 2 & Left today: 40.000 l, 60.00
        key f3                         | amount  |          | No coupon here
        key f2                         | asking  | request hold |
    """
        % (", ".join(["timer screen 30000"] * 5), ", ".join(["timer screen 30000"] * 7))
    )
    values = desk.gateway.request[2]
    assert (values["plate"], values["odometer"], values["nozzle"]) == ("-B123", 41250, 2)
    desk.run("""
        decline plate_differs          | short   | timer screen 30000 | NOT APPROVED & plate_differs
        key back                       | idle    |          |""")
    assert desk.flow.entered == {} and desk.flow.member is None


def test_a_plate_of_letters_that_are_three_bytes_each_stays_within_its_frame():
    desk = Desk("pump", "zh")
    for line in UP.strip().split("\n") + ["card_placed", "tapped fleet"]:
        for event in desk.events(line.partition("|")[0].strip()):
            desk.give(event)
    for key in ["up"] * 20 + ["f1"] * 14 + ["1"] * 9 + ["ok"]:
        desk.give(("key", key))
    assert desk.flow.entered == {"plate": "晋" + "A" * 9}


def test_a_card_that_may_not_have_this_grade():
    at_a_pump(UP).run(
        """
        nozzle 1 0 1 0 0 1000000       | idle    |          | lifted"""
        + TAPPED
        + """
        tapped fleet                   | entry   | ask units_ask, timer screen 30000 | Number plate
        key back                       | idle    |          |
        silent 2                       | idle    |          |"""
        + TAPPED
        + """
        tapped fleet                   | error   | timer screen 6000 | grade"""
    )


def test_a_coupon_goes_with_the_hold():
    desk = at_a_pump(UP, TAPPED)
    desk.run("""
        tapped ann                     | choose  | timer screen 30000 |
        key 1                          | amount  | ask units_ask, timer screen 30000 |
        answer                         | amount  |          | F3 coupons: 4+
        key f3                         | coupons | timer screen 30000 | tea & autumn
        key up down                    | coupons | timer screen 30000, timer screen 30000 | autumn
        key down down                  | coupons | timer screen 30000, timer screen 30000 | bread
        key down                       | coupons_asking | timer screen 30000, ask units_ask | One moment
        answer                         | coupons |          | bread
        key up                         | coupons_asking | timer screen 30000, ask units_ask |
        answer                         | coupons |          | tea
        key ok                         | amount  | timer screen 30000 | Coupon tea
        key f3 ok                      | amount  | timer screen 30000, timer screen 30000 | !Coupon tea
        key f3 ok                      | amount  | timer screen 30000, timer screen 30000 | Coupon tea
        key 1 0 ok                     | asking  | request hold |
        approve                        | fill    | keep 1, ask pump_state | 0.760 & List price & 0.780
    """)
    assert desk.gateway.request[2]["coupon"] == "coupon:tea"


SLIP = """
          Tapwell 0001
Receipt 102     2025-11-24 12:00
0001-pump1              Nozzle 2
--------------------------------
SUPER                    5.000 l
Price a litre              0.760
List price                 0.780
Amount                      3.80
You save                    0.10
Coupon                     -1.50
Stored value               -3.80
Beyond your amount          0.30
"""
FILLS = """
        key f2                         | asking  | request hold |
        silence                        | asking  |          |
        approve                        | fill    | keep 2, ask pump_state |
        answer                         | fill    | pump 2 authorise |
        did 2 authorise ok             | fill    | timer n2 60000 |
        nozzle 2 3 0 5000 380 505000   | fill    | keep 2, request capture |"""


def test_a_receipt_is_printed_where_there_is_a_printer():
    desk = at_a_pump(UP, TAPPED)
    desk.flow.prints = True
    desk.run(
        """
        tapped ann                     | choose  | timer screen 30000 |
        key 2                          | amount  | ask units_ask, timer screen 30000 |"""
        + FILLS
        + """
        approve                        | done    | keep 2, timer n2 15000, print, timer screen 20000 | You save"""
    )
    printed = [line.rstrip() for line in desk.printed]
    assert printed[: len(SLIP.strip().split("\n"))] == SLIP.strip("\n").split("\n"), "\n".join(printed)
    assert "In all (11:58)             60.00" in printed and printed[-1].strip() == "Thank you"
    desk.give(("printer", True))
    assert desk.flow.slips == []


def test_slips_wait_for_one_another_and_a_printer_without_paper_is_said():
    desk = at_a_pump(UP)
    desk.flow.prints = True
    desk.run("""
        do start 1                     | idle    | keep 0, request start |
        approve                        | idle    | keep 1, ask pump_state |
        answer                         | idle    | pump 1 authorise |
        did 1 authorise ok             | idle    | timer n1 60000 |
        nozzle 1 3 0 5000 380 1005000  | idle    | keep 1, request capture |
        approve                        | idle    | keep 1, timer n1 15000, print | unpaid: .12
        do start 2                     | idle    | keep 0, request start |
        approve                        | idle    | keep 2, ask pump_state |
        answer                         | idle    | pump 2 authorise |
        did 2 authorise ok             | idle    | timer n2 60000 |
        nozzle 2 3 0 5000 380 505000   | idle    | keep 2, request capture |
        approve                        | idle    | keep 2, timer n2 15000 | unpaid: .12
    """)
    assert "Please pay inside: fill .12" in desk.printed and len(desk.flow.slips) == 2
    effects = desk.flow.on(("printer", False))
    assert "print" in [effect[0] for effect in effects]
    desk.flow.on(("printer", True))
    assert desk.flow.slips == []
