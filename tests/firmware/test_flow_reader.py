"""The reader in words: event | state | effects | screen."""

from tests.firmware.desk import Desk


def test_a_tap_shows_the_balances_here_and_in_all():
    Desk("reader").run("""
        start            | boot    |                             | Connecting & 0001-reader1
        link up          | boot    |                             | Tapwell
        welcome          | idle    |                             | Tapwell 0001 & Tap your card & 12:00
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped ann       | member  | timer reader 12000, ask units_ask | Ann & gold & 50.00 & 120 & 11:58 & 60.00 & 150
        timer reader     | idle    |                             | Tap your card
    """)


def test_another_card_or_any_key_ends_a_view():
    Desk("reader").run("""
        welcome          | idle    |                             | Tap your card
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped ann       | member  | timer reader 12000, ask units_ask | Ann
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped bo        | member  | timer reader 12000, ask units_ask | Bo & The total over all stores
        key ok           | idle    |                             | Tap your card
    """)


def test_errors_tell_what_to_do():
    Desk("reader").run("""
        welcome               | idle    |                             | Tap your card
        card_placed           | reading | identify, timer reader 8000 | Hold it still
        card card_unreadable  | error   | timer reader 6000           | Sorry & The card was not read
        card_placed           | reading | identify, timer reader 8000 | Hold it still
        timer reader          | error   | timer reader 6000           | did not answer in time
        timer reader          | idle    |                             | Tap your card
        link down             | idle    |                             | NO LINK & No link to the store
        card_placed           | error   | timer reader 6000           | No link to the store
        key back              | idle    |                             | NO LINK
        link up               | idle    |                             | Tap your card
        card_placed           | reading | identify, timer reader 8000 | Hold it still
        tapped staff     | staff   | timer reader 6000           | Li Lei & operator 42
    """)


def test_the_language_key():
    Desk("reader").run("""
        welcome          | idle    |                             | Tap your card & MENU 中文
        key menu         | idle    | remember_language zh        | 请刷会员卡 & MENU English
        key menu         | idle    | remember_language en        | Tap your card
    """)


def test_coupons_and_punch_cards_are_shown_in_pages():
    desk = Desk("reader")
    desk.run("""
        welcome          | idle    |                                  | Tap your card
        card_placed      | reading | identify, timer reader 8000      | Hold it still
        tapped ann       | member  | timer reader 12000, ask units_ask | Ann & 50.00 & Tap again
        answer           | member  |                                  | Coupons, punch cards: 6+
        key ok           | offers  | timer reader 12000               | Ann & tea 2025-12-31 -3.00 & autumn Coupon -1.50
        key up           | member  |                                  | Ann & 50.00
        key down         | offers  | timer reader 12000               | coffee 10/10 -2.50 & wash 3/5 -9.00 & More
        key down         | offers  | ask units_ask, timer reader 12000 | More: DOWN
        answer           | offers  |                                  | bread Coupon -1.00
        key down         | offers  |                                  | bread
        key up           | offers  | ask units_ask, timer reader 12000 | bread
        answer           | offers  |                                  | tea 2025-12-31
        timer reader     | idle    |                                  | Tap your card
    """)
    assert "tea" not in desk.words()


def test_what_comes_late_is_not_shown_on_another_members_screen():
    desk = Desk("reader")
    desk.run("""
        welcome          | idle    |                                  | Tap your card
        card_placed      | reading | identify, timer reader 8000      | Hold it still
        tapped ann       | member  | timer reader 12000, ask units_ask | Ann
        key ok           | idle    |                                  | Tap your card
        card_placed      | reading | identify, timer reader 8000      | Hold it still
        tapped bo        | member  | timer reader 12000, ask units_ask | Bo
        answer           | member  |                                  | Bo
    """)
    assert desk.flow.offers == [], "that was about Ann"
    desk.run("answer | member | | Bo")


def test_who_has_none_sees_none():
    Desk("reader").run("""
        welcome          | idle    |                                  | Tap your card
        card_placed      | reading | identify, timer reader 8000      | Hold it still
        tapped bo        | member  | timer reader 12000, ask units_ask | Bo
        answer           | member  |                                  | Bo
        key ok           | idle    |                                  | Tap your card
    """)
