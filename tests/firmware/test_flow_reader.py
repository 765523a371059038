"""The reader in words: event | state | effects | screen."""

from tests.firmware.desk import Desk


def test_a_tap_shows_the_balances_here_and_in_all():
    Desk("reader").run("""
        start            | boot    |                             | Connecting & 0001-reader1
        link up          | boot    |                             | Tapwell
        welcome          | idle    |                             | Tapwell 0001 & Tap your card & 12:00
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped ann       | member  | timer reader 12000          | Ann & gold & 50.00 & 120 & 11:58 & 60.00 & 150
        timer reader     | idle    |                             | Tap your card
    """)


def test_another_card_or_any_key_ends_a_view():
    Desk("reader").run("""
        welcome          | idle    |                             | Tap your card
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped ann       | member  | timer reader 12000          | Ann
        card_placed      | reading | identify, timer reader 8000 | Hold it still
        tapped bo        | member  | timer reader 12000          | Bo & The total over all stores
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
