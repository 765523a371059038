"""The pos in words: event | state | effects | screen. Milk (690) is 5.50, apples (12) 7.98, bread (77) 12.25."""

from tests.firmware.desk import Desk

SIGN_ON = """
    start                  | boot       |              | Connecting
    welcome                | sign_on    |              | Sign on & Tapwell 0001
    key 4 2 ok             | pin        |              | Operator 42
    key 1 2 3 4            | pin        |              | ****_
    key ok                 | signing_on | ask sign_on  | Signing on
    answer                 | basket     |              | Ready to sell & Scan the goods & Li Lei
"""
ONE_MILK = """
    scan 690               | basket     | ask set_line | Sale & Pricing
    answer                 | basket     |              | Whole milk & 5.50
"""


def signed_on() -> Desk:
    desk = Desk("pos")
    desk.begin(SIGN_ON)
    return desk


def selling() -> Desk:
    desk = signed_on()
    desk.begin(ONE_MILK)
    return desk


def with_ann() -> Desk:
    desk = selling()
    desk.begin("tap ann | basket | identify | Ann & gold & Here 50.00 & 120 points & In all 60.00 11:58")
    return desk


def test_a_card_reader_that_is_silent_is_said_until_it_answers():
    signed_on().run("""
        chip silent            | basket     |              | Ready to sell & The card reader does not answer
        scan 690               | basket     | ask set_line | Pricing
        answer                 | basket     |              | 5.50 & The card reader does not answer
        chip ok                | basket     |              | 5.50 & !The card reader does not answer
    """)


# sign-on


def test_sign_on_by_staff_card():
    Desk("pos").run("""
        welcome                | sign_on    |                       | Sign on & or tap your staff card
        tap staff              | signing_on | identify, ask sign_on | One moment
        answer                 | basket     |                       | Ready to sell
    """)


def test_wrong_pin_and_locked():
    Desk("pos").run("""
        welcome                | sign_on    |              | Sign on
        key 4 2 ok 9 9 9 ok    | signing_on | ask sign_on  | Signing on
        answer                 | sign_on    |              | Operator number or PIN is wrong
        key 4 2 ok 9 ok        | signing_on | ask sign_on  | Signing on
        refuse pin_locked      | sign_on    |              | Too many wrong PINs
        key 4                  | sign_on    |              | 4_
        key back 4 2 ok 9 back | pin        |              | PIN, then OK: & Operator 42
        key back               | sign_on    |              | Operator number, then OK:
        tap ann                | sign_on    | identify     | That is a member's card
        key 4 2 ok 9 ok        | signing_on | ask sign_on  | Signing on
        silence                | sign_on    |              | did not answer in time
    """)


# basket


def test_scans_are_priced_one_after_the_other():
    signed_on().run("""
        scan 690               | basket     | ask set_line | Sale & Pricing
        scan 12                | basket     |              | Pricing
        answer                 | basket     | ask set_line | Whole milk 1 l & 5.50
        answer                 | basket     |              | 苹果 & 7.98 & 13.48 & 2 lines & 2 items
        scan 4711              | basket     | ask set_line | Pricing
        answer                 | basket     |              | No goods with the code 4711 & 2 lines & 13.48
    """)


def test_quantities():
    signed_on().run("""
        key 3 f1               | basket     |              | Times 3:
        scan 690               | basket     | ask set_line | Pricing
        answer                 | basket     |              | 16.50 & 1 lines & 3 items
        key 0 . 5 f1 1 2       | basket     |              | Times 0.5: & 12_
        key ok                 | basket     | ask set_line | Pricing
        answer                 | basket     |              | 3.99 & 20.49 & 3.5 items
        key 2 f2               | basket     | ask set_line | Pricing
        answer                 | basket     |              | 15.96 & 32.46 & 5 items
        key up f3              | basket     | ask set_line | Pricing
        answer                 | basket     |              | 15.96 & 1 lines & 2 items
        key f1                 | basket     |              | Type a number first
        key f3                 | basket     | ask set_line | Pricing
        answer                 | basket     |              | Ready to sell
    """)


def test_cancel_needs_a_second_key():
    selling().run("""
        key f4                 | cancel     |              | Cancel the sale? & 1 lines & 5.50
        key back               | basket     |              | Sale & 5.50
        key f4 ok              | basket     |              | Ready to sell & Nothing was taken
        scan 77                | basket     | ask set_line | Pricing
        answer                 | basket     |              | 12.25 & 1 lines
    """)


def test_an_answer_of_a_cancelled_basket_changes_nothing():
    desk = selling()
    desk.run("""
        scan 77                | basket     | ask set_line | Pricing
        key f4 ok              | basket     |              | Ready to sell
        scan 9                 | basket     | ask set_line | Pricing
        answer                 | basket     |              | Pricing
        answer                 | basket     |              | Pen & 0.10 & 1 lines
    """)


def test_a_lost_answer_is_asked_for_again():
    selling().run("""
        scan 77                | basket     | ask set_line | Pricing
        silence                | basket     | ask set_line | Pricing
        silence                | basket     | ask set_line | Pricing
        silence                | basket     |              | No answer from the store: scan 77 again
        scan 77                | basket     | ask set_line | Pricing
        answer                 | basket     |              | 17.75 & 2 lines
    """)


def test_a_gateway_that_lost_the_basket_is_told_all_lines_again():
    desk = selling()
    desk.run("""
        scan 77                | basket     | ask set_line | Pricing
        answer                 | basket     |              | 17.75
    """)
    desk.gateway.baskets.clear()
    desk.run("""
        scan 9                 | basket     | ask set_line | Pricing
        answer                 | basket     | ask set_line | Sale
        answer                 | basket     | ask set_line | Sale
        answer                 | basket     | ask set_line | Sale
        answer                 | basket     |              | 17.85 & 3 lines
    """)


def test_two_hundred_lines_and_not_one_more():
    desk = signed_on()
    for _ in range(200):
        desk.give(("scan", "9"), False)
        desk.give(desk.gateway.answer("answer", ""), False)
    desk.run("""
        scan 9                 | basket     |              | A basket holds 200 lines & 20.00 & 200 lines
        key up up up up up up  | basket     |              | 194 Pen
        key cash cash          | paying     | request pay  | One moment
        approve                | approved   | print        | APPROVED & 20.00
    """)
    assert len(desk.printed) > 200


def test_a_long_receipt_is_whole_until_the_heap_is_full():
    desk = signed_on()
    for _ in range(100):
        desk.give(("scan", "9"), False)
        desk.give(desk.gateway.answer("answer", ""), False)
    desk.run("""
        key cash cash          | paying     | request pay  | One moment
        approve                | approved   | print        | APPROVED
        key ok                 | basket     |              | Ready to sell
    """)
    for _ in range(100):
        desk.give(("scan", "690"), False)
        desk.give(desk.gateway.answer("answer", ""), False)
    paper = list(desk.flow.receipt)
    assert len([line for line in paper if line.startswith("Pen ")]) == 100
    desk.flow.give_back()
    shorter = list(desk.flow.receipt)
    assert len(paper) - len(shorter) == 99 and "... and 100 more lines" in shorter
    desk.run("""
        key up up up           | basket     |              | 97 Whole milk & 550.00
    """)


def test_too_many_scans_at_once():
    signed_on().run("""
        scan 9                 | basket     | ask set_line | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Pricing
        scan 9                 | basket     |              | Too fast
        key ok                 | basket     |              | Pricing
    """)


# paying


def test_the_card_key_pays_all_from_stored_value():
    desk = with_ann()
    desk.run("""
        key card               | paying     | request pay  | Paying & 5.50
        approve                | approved   | print        | APPROVED & Paid & 5.50 & Receipt 101
        scan 77                | basket     | ask set_line | Sale & Pricing
        answer                 | basket     |              | 12.25 & 1 lines & No card
    """)
    paper = "\n".join(desk.printed)
    for words in ("Tapwell 0001", "Receipt 101", "2025-11-24 12:00", "Whole milk 1 l", "Tax 13% of 11.00", "11:58"):
        assert words in paper, paper
    assert "0001-pos1/5f3a09c1/0/17" in paper


def test_card_first_then_the_tap():
    selling().run("""
        key card               | tender     |              | Payment & Tap the member's card to pay
        tap ann                | paying     | identify, request pay | Paying
        approve                | approved   | print        | APPROVED
        key ok                 | basket     |              | Ready to sell
    """)


def test_cash_with_change():
    selling().run("""
        key ok                 | tender     |              | Payment & To pay & 5.50
        key 2 0 cash           | paying     | request pay  | Paying
        approve                | approved   | print        | APPROVED & Change & 14.50
        key 3                  | basket     |              | Ready to sell & 3_
    """)


def test_points_stored_value_and_cash_in_one_sale():
    desk = with_ann()
    desk.run("""
        key ok                 | tender     |              | To pay & 5.50 & CARD
        key 1 5 points         | tender     |              | 15 points & -1.50 & 4.00 & There is a rest
        key 2 card             | tender     |              | -2.00
        key 5 cash             | paying     | request pay  | Paying
        approve                | approved   | print        | APPROVED & 3.00
    """)
    values = desk.gateway.request[2]
    parts = [values[name] for name in ("stored_cents", "points", "points_cents", "cash_cents")]
    assert parts == [200, 15, 150, 200], parts


def test_points_pay_what_they_can():
    with_ann().run("""
        key points             | paying     | request pay  | Paying
        approve                | approved   | print        | 55 points
    """)


def test_back_takes_tenders_down_then_leaves():
    with_ann().run("""
        key ok 1 card          | tender     |              | -1.00 & 4.50
        key back               | tender     |              | To pay & 5.50
        key back               | basket     |              | Sale
    """)


def test_no_stored_value_no_points():
    selling().run("""
        tap bo                 | basket     | identify     | Bo
        key card               | tender     |              | No stored value on this card
        key points             | tender     |              | Points cannot pay
        key 0 cash             | tender     |              | not an amount
        key ok                 | tender     |              | not an amount
        key back ok            | tender     |              | CARD, POINTS or CASH
    """)


def test_the_store_holds_too_little():
    desk = with_ann()
    desk.run("""
        key card                          | paying   | request pay | Paying
        decline insufficient_float 300    | refused  |             | NOT APPROVED & 3.00 & 60.00 & insufficient_float
        key card                          | tender   |             | -3.00 & 2.50 & There is a rest
        key cash                          | paying   | request pay | Paying
        approve                           | approved | print       | APPROVED
    """)
    assert desk.gateway.request[2]["stored_cents"] == 300


def test_a_refusal_paid_in_cash_and_one_left_for_the_basket():
    with_ann().run("""
        key card                          | paying   | request pay | Paying
        decline card_blocked              | refused  |             | This card is blocked
        key ok                            | tender   |             | To pay & 5.50
        key back                          | basket   |             | Sale & 5.50
        key cash 1 0 cash                 | paying   | request pay | Paying
        decline frozen                    | refused  |             | account is frozen
        key back                          | tender   |             | To pay
    """)


def test_tap_again_pays_the_same_once_more():
    with_ann().run("""
        key card                          | paying   | request pay           | Paying
        decline tap_again                 | refused  |                       | Tap the card again to pay
        tap ann                           | paying   | identify, request pay | Paying
        approve                           | approved | print                 | APPROVED
    """)


def test_basket_changed_is_read_again():
    desk = with_ann()
    desk.run("""
        key card                          | paying   | request pay  | Paying
        decline basket_changed            | basket   | ask set_line | Sale
        answer                            | basket   |              | 5.50 & 1 lines
        key card                          | paying   | request pay  | Paying
        approve                           | approved | print        | APPROVED
    """)


def test_a_closed_shift_keeps_the_basket():
    with_ann().run("""
        key card                          | paying     | request pay           | Paying
        decline no_shift                  | sign_on    |                       | Your shift is not open
        tap staff                         | signing_on | identify, ask sign_on | Signing on
        answer                            | basket     |                       | Sale & Whole milk & 5.50
    """)


# giving up and starting again


def test_giving_up_undoes_whatever_came_of_it():
    with_ann().run("""
        key card               | paying     | request pay  | Paying & BACK give up
        link down              | paying     |              | No link: it is sent again
        key back               | voiding    | give_up 0    | Undoing & UNDOING
        approve                | voiding    |              | UNDOING
        scan 9                 | voiding    |              | UNDOING
        link up                | voiding    |              | UNDOING
        undo reversed          | voided     |              | UNDONE & taken back & Receipt 101
        key ok                 | basket     |              | Ready to sell
    """)


def test_a_request_of_before_the_restart_is_undone_first():
    Desk("pos").run("""
        start                  | boot       |              | Connecting
        pending 0 pay {}       | voiding    | give_up 0    | UNDOING
        welcome                | voiding    |              | UNDOING
        undo voided            | voided     |              | Nothing was taken
        key ok                 | sign_on    |              | Sign on
    """)


# top-up, menu, sign-off


def test_top_up():
    desk = signed_on()
    desk.run("""
        key menu               | menu       |                 | Menu & 1 Top up a card & 5 Sign off
        key 1                  | top_up_tap |                 | Top up: card
        tap ann                | top_up     | identify        | Ann & Amount paid in
        key 5 0 ok             | top_up_sure |                | Top up: sure? & 50.00
        key ok                 | topping_up | request top_up  | Topping up & 50.00
        approve                | topped_up  | print           | TOPPED UP & 50.00 & Gift & 5.00
        key menu               | menu       |                 | Menu
        key 2                  | last       |                 | Last receipt & Paid in
        key f1                 | last       |                 | Printing
        printer good           | last       |                 | Last receipt
        key f1                 | last       | print           | Printing
        key back               | basket     |                 | Ready to sell
    """)


def test_top_up_refused_and_left():
    signed_on().run("""
        tap ann                | basket     | identify        | Ready to sell & Ann
        key menu 1             | top_up     |                 | Ann
        key 5 0 cash           | top_up_sure |                | 50.00
        key cash               | topping_up | request top_up  | Topping up
        decline issue_limit    | top_up_refused |             | TOP-UP REFUSED & may not credit more
        key ok                 | top_up     |                 | Amount paid in
        key back               | basket     |                 | Ready to sell & No card
    """)


def test_sign_off_shows_the_drawer():
    signed_on().run("""
        key menu 2             | menu        |              | There is no receipt yet
        key 5                  | signing_off | ask sign_off | Signing off
        answer                 | signed_off  |              | Signed off & Sales & 3 & Cash due & 123.45
        key ok                 | sign_on     |              | Sign on
    """)


def test_the_menu_waits_for_the_basket():
    selling().run("""
        key menu               | basket      |              | Finish or cancel this sale first
        key cash cash          | paying      | request pay  | Paying
        approve                | approved    | print        | APPROVED
        key menu 4             | menu        | remember_language zh | 菜单 & 会员卡充值
        key back               | basket      |              | 可以收银 & 请扫描商品
    """)


# what stops selling


def test_no_money_request_without_link_or_room_or_leave():
    with_ann().run("""
        link down              | basket      |              | NO LINK & No link to the store
        scan 9                 | basket      |              | No link to the store & 1 lines
        key card               | tender      |              | No link to the store
        link up                | tender      |              | Payment
        journal full           | tender      |              | Payment
        key cash               | tender      |              | Too many unanswered requests
        journal ok             | tender      |              | Payment
        head closed            | tender      |              | Payment
        key cash               | tender      |              | takes no payments now
        head selling           | tender      |              | Payment
        key cash               | paying      | request pay  | Paying
    """)


def test_reading_errors_and_a_dead_printer_are_told():
    selling().run("""
        card card_not_genuine  | basket      |              | not genuine
        tap staff              | basket      | identify     | That is a staff card
        key cash cash          | paying      | request pay  | Paying
        approve                | approved    | print        | APPROVED
    """)
