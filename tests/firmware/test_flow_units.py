"""Coupons, punch cards and codes at the pos in words: event | state | effects | screen. Milk is 5.50, bread 12.25."""

from tests.firmware.desk import ANN, Desk
from tests.firmware.test_flow_pos import selling, with_ann

AT_THE_LIST = """
    key cash               | tender       |                | To pay 5.50
    key f1                 | units_asking | ask units_ask  | Looking for coupons
    answer                 | units        |                | tea 2025-12-31 -3.00 & coffee 10/10 & To pay 5.50
"""


def at_the_list() -> Desk:
    desk = with_ann()
    desk.run(AT_THE_LIST)
    return desk


def test_a_coupon_lowers_the_total_and_stands_on_the_receipt():
    desk = at_the_list()
    desk.run("""
        key f1                 | units        |                | * tea & To pay 2.50
        key down f1            | units        |                | * autumn & To pay 1.00
        key f1                 | units        |                | To pay 2.50
        key ok                 | tender       |                | Coupons, codes -3.00 & To pay 2.50
        key card               | paying       | request pay    | TOTAL 2.50
    """)
    asked = desk.gateway.request[2]
    assert asked["units"] == [{"asset": "coupon:tea", "lot": "c1" * 8}] and asked["total_cents"] == 250
    desk.run("approve               | approved     | print          | Paid 2.50 & Coupon tea")
    assert [line for line in desk.printed if "tea" in line] == ["Coupon tea                 -3.00"]
    desk.run("key ok                | basket       |                | Ready to sell")
    assert desk.flow.units == []


def test_what_takes_everything_off_is_paid_by_any_key():
    desk = at_the_list()
    desk.run("""
        key f1 down down f1    | units        |                | * tea & * coffee & To pay 0.00
        key ok                 | tender       |                | Coupons, codes -5.50 & To pay 0.00
        key ok                 | paying       | request pay    | TOTAL 0.00
        approve                | approved     | print          | 0.00
    """)
    assert "Punches coffee             -2.50" in desk.printed


def test_a_punch_card_that_is_not_full_takes_nothing_off():
    at_the_list().run("""
        key down down down f1  | units        |                | wash 3/5 & This punch card is not full & To pay 5.50
        key down down          | units        |                | bread & More: DOWN
        key down               | units_asking | ask units_ask  | Looking for coupons
        answer                 | units        |                | bread Coupon -1.00
        key up                 | units_asking | ask units_ask  | Looking
        answer                 | units        |                | tea
        key back               | tender       |                | To pay 5.50
    """)


def test_a_code_is_typed_or_scanned_also_without_a_card():
    desk = selling()
    desk.run("""
        key cash f1            | units        |                | Tap the member's card, or type or scan a code
        key f1                 | units        |                | No coupon
        key 1 9                | units        |                | Code: 19_
        key ok                 | units_asking | ask units_ask  | Looking
        refuse coupon_unknown  | units        |                | This store does not have that coupon now
        key 2 0 back 0 2 5 ok  | units_asking | ask units_ask  | Looking
        answer                 | units        |                | * 2025 Code -2.00 & To pay 3.50
        tap ann                | units_asking | identify, ask units_ask | Looking
        answer                 | units        |                | tea & To pay 3.50
        scan 2025              | units_asking | ask units_ask  | Looking
        silence                | units        |                | did not answer in time
        key ok cash            | paying       | request pay    | TOTAL 3.50
    """)
    asked = desk.gateway.request[2]
    assert asked["units"] == [{"asset": "code:2025"}] and asked["cash_cents"] == 350


def test_a_code_is_scanned_while_paying():
    selling().run("""
        key cash               | tender       |                | To pay 5.50
        scan 2025              | units_asking | ask units_ask  | Looking
        answer                 | units        |                | * 2025 Code -2.00 & To pay 3.50
        key f1                 | units        |                | To pay 5.50
        key ok                 | tender       |                | To pay 5.50
        scan 12345678901234567890123 | tender |                | This store does not have that coupon now
    """)


def test_no_more_units_than_one_payment_carries():
    desk = at_the_list()
    desk.flow.units = [{"asset": "code:%d" % n, "off_cents": 1, "of": 0, "have": 1} for n in range(8)]
    desk.run("key f1                 | units        |                | At most 8 for one basket")
    assert len(desk.flow.units) == 8


def test_an_answer_to_an_earlier_question_changes_nothing():
    desk = at_the_list()
    before = list(desk.flow.offers)
    desk.give(("answer", "units 0", "units_told", {"offers": [], "more": False}))
    assert desk.flow.offers == before and desk.flow.state == "units"


def test_another_members_card_takes_the_first_ones_coupons_away():
    desk = at_the_list()
    desk.run("""
        key f1 ok              | tender       |                | To pay 2.50
        tap bo                 | tender       | identify       | Bo & To pay 5.50
    """)
    assert desk.flow.member["account"] != ANN["account"] and desk.flow.units == []


def test_a_coupon_that_is_refused_can_be_left_out():
    desk = at_the_list()
    desk.run("""
        key f1 ok card         | paying       | request pay    | TOTAL 2.50
        decline coupon_unknown | refused      |                | This store does not have that coupon now
        key f1                 | units_asking | ask units_ask  | Looking
        answer                 | units        |                | * tea
        key f1 ok              | tender       |                | To pay 5.50
    """)
