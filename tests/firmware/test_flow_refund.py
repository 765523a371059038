"""Refunds at the pos in words: event | state | effects | screen. Receipt 41 has goods 1, 2, 3 for 1.50, 3.00, 4.50."""

from tests.firmware.desk import Desk
from tests.firmware.test_flow_pos import signed_on


def refunding() -> Desk:
    """At the goods of receipt 41."""
    desk = signed_on()
    desk.begin("""
        key menu 6             | refund_number |              | Refund: receipt & Receipt number
        key 4 1 ok             | refund_asking | ask sale_ask | Refund: looking & One moment
        answer                 | refund_lines  |              | Can still come back 9.00 & 3 Goods 3 3 4.50
    """)
    return desk


def test_chosen_goods_come_back():
    desk = refunding()
    desk.run("""
        key ok                 | refund_lines  |                | Choose goods with F1
        key f1                 | refund_lines  |                | 1 Goods 1 -1 -1.50 & 1 chosen & -1.50
        key down down 2 f2     | refund_lines  |                | 3 Goods 3 -2 -3.00 & 2 chosen & -4.50
        key up f1 f1           | refund_lines  |                | 2 Goods 2 2 3.00 & 2 chosen
        key ok                 | refund_why    |                | Refund: why & To give back & 4.50 & Faulty
        key 9                  | refund_why    |                | Refund: why
        key 2                  | refund_sure   |                | Refund: sure? & The chosen goods & Faulty
        key back 1             | refund_sure   |                | Returned
        key ok                 | refunding     | request refund | Refunding & 4.50
    """)
    _, _, values = desk.gateway.request
    assert values["lines"] == [{"line": 1, "qty_milli": 1000}, {"line": 3, "qty_milli": 2000}]
    assert (values["sale"], values["why"]) == ("0001-pos1/5f3a09c1/0/16", "returned") and "second" not in values
    desk.run("""
        approve                | refunded      | print          | REFUNDED & 13.50 & Pay out & 4.50 & Refund of
        key ok                 | basket        |                | Ready to sell
    """)
    paper = desk.printed
    assert "REFUND                     13.50" in paper and "0001-pos1/5f3a09c1/0/16" in paper
    assert "Paid out in cash            4.50" in paper and "Points taken back              9" in paper


def test_everything_that_is_left():
    desk = refunding()
    desk.run("""
        key f1 f4              | refund_why    |                | 9.00
        key 4 ok               | refunding     | request refund | 9.00
        approve                | refunded      | print          | REFUNDED
        scan 690               | basket        | ask set_line   | Pricing
    """)
    assert "lines" not in desk.gateway.request[2] and desk.gateway.request[2]["why"] == "goodwill"


def test_which_receipt():
    # typed or scanned -> what is asked for; '' where nothing is
    cases = (
        ("key 4 1 ok", {"receipt": 41}),
        ("key 0 0 0 2 . 4 1 ok", {"receipt": 41, "store": "0002"}),
        ("scan 0002-pos1/5f3a09c1/0/17", {"sale": "0002-pos1/5f3a09c1/0/17"}),
        ("scan 42", {"receipt": 42}),
        ("key 0 ok", None),
        ("key ok", None),
        ("key 1 2 . 4 1 ok", None),
        ("scan 6901234567892", None),
        ("scan x/" + "y" * 50, None),
    )
    for event, sought in cases:
        desk = signed_on()
        desk.run("key menu 6 | refund_number | | or scan it")
        for one in desk.events(event):
            desk.give(one)
        asked = [values for _, _, values in desk.gateway.asks]
        wanted = [] if sought is None else [dict(sought, after=0, operator="42", shift=7)]
        assert asked == wanted, (event, asked)


def test_a_long_sale_is_read_page_by_page():
    desk = signed_on()
    desk.run("""
        key menu 6 4 2 ok      | refund_asking | ask sale_ask | Refund: looking
        answer                 | refund_lines  |              | 1 Goods 1 & More lines
        key f1 down down down down down down down down | refund_lines | | 9 Goods 9
        key down down down down down down down | refund_lines |     | 16 Goods 16 & More lines
        key down               | refund_asking | ask sale_ask | One moment
        answer                 | refund_lines  |              | 17 Goods 17 & 1 chosen
        key f1 down down down down | refund_lines |           | 20 Goods 20 & 2 chosen
        key up up up up        | refund_asking | ask sale_ask | One moment
        answer                 | refund_lines  |              | 1 Goods 1 -1 & 2 chosen
        key ok 1 ok            | refunding     | request refund | 27.00
    """)
    assert [line["line"] for line in desk.gateway.request[2]["lines"]] == [1, 17]


def test_a_sale_of_another_store_is_waited_for():
    desk = signed_on()
    desk.run("""
        key menu 6 4 4 ok      | refund_asking | ask sale_ask | Refund: looking
        answer                 | refund_asking | timer refund 2000 | fetched from there
        timer refund           | refund_asking | ask sale_ask | fetched from there
        key back               | refund_number |              | Receipt number
        answer                 | refund_number |              | Receipt number
        timer refund           | refund_number |              | Receipt number
        key 4 3 ok             | refund_asking | ask sale_ask | Refund: looking
        answer                 | refund_lines  |              | Can still come back 0.00
        key f1 f4              | refund_lines  |              | Nothing of this sale is left
        key back 9 9 ok        | refund_asking | ask sale_ask | Refund: looking
        answer                 | refund_number |              | Receipt number & No such sale
    """)


def test_somebody_else_has_to_agree():
    desk = refunding()
    desk.run("""
        key f4 3 ok            | refunding     | request refund | Refunding
        decline second_person  | refund_second |                | Somebody else has to agree
        key 7 ok 1 ok          | refund_pin    | ask vouch      | One moment
        answer                 | refund_second |                | number or PIN is wrong
        key 7 ok 4 3 2 1 ok    | refund_pin    | ask vouch      | One moment
        answer                 | refunding     | request refund | Refunding
    """)
    assert desk.gateway.request[2]["second"] == "aa" * 8
    desk.run("""
        decline second_person  | refund_second |                | agree
        tap staff              | refunding     | identify, request refund | Refunding
        decline more_than_sold | refund_refused |               | REFUND REFUSED & more_than_sold
        key ok                 | refund_asking | ask sale_ask   | Refund: looking
        answer                 | refund_lines  |                | Can still come back
        key back back          | basket        |                | Ready to sell
    """)


def test_a_refund_given_up_is_undone():
    refunding().run("""
        key f4 3 ok            | refunding     | request refund | Refunding
        key back               | voiding       | give_up 0      | Undoing
        undo voided            | voided        |                | UNDONE
        key ok                 | basket        |                | Ready to sell
    """)


def test_no_refund_without_the_line():
    refunding().run("""
        key f4 3               | refund_sure   |                | Refund: sure?
        link down              | refund_sure   |                | NO LINK
        key ok                 | refund_sure   |                | No link to the store
    """)
