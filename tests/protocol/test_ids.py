"""Names on the wire: what is one, and what only looks like one."""

from protocol import ids, topics
from protocol.errors import Theirs

# check, good, bad
NAMES = (
    (ids.is_store, ("0001", "12345", "999999"), ("", "001", "1234567", "00a1", "-001", "0001 ", "1.00", "٠٠٠١")),
    (
        ids.is_terminal,
        ("0001-pos1", "123456-a", "0001-abcdefghijkl", "0001-gateway"),
        (
            "0001-",
            "0001",
            "pos1",
            "-pos1",
            "0001-1pos",
            "0001-Pos",
            "0001-abcdefghijklm",
            "0001-po_s",
            "0001-a-b",
            "0001-po/s",
        ),
    ),
    (ids.is_account, ("0a" * 16,), ("0A" * 16, "0a" * 15, "0a" * 16 + "0", "", "0g" * 16)),
    (
        ids.is_card,
        ("0001:04A1B2C3D4E5F6", "ffff:04A1B2C3", "0001:" + "AB" * 10),
        (
            "04A1B2C3D4E5F6",
            "0001:04a1b2c3d4e5f6",
            "001:04A1B2C3",
            "0001:04A1B2C3D4",
            "0001:",
            "000G:04A1B2C3",
            "FFFF:04A1B2C3",
        ),
    ),
)


def test_names():
    for check, good, bad in NAMES:
        for text in good:
            assert check(text), text
        for text in bad:
            assert not check(text), text


def test_request_ids():
    request = ids.RequestId("0001-pos1", "5f3a09c1", 0, 17)
    assert ids.request_text(request) == "0001-pos1/5f3a09c1/0/17"
    assert ids.parse_request("0001-pos1/5f3a09c1/0/17") == request


BAD_REQUESTS = (
    "",
    "0001-pos1",
    "0001-pos1/5f3a09c1/0",
    "0001-pos1/5f3a09c1/0/17/1",
    "0001-pos1/5f3a09c1/16/17",
    "0001-pos1/5f3a09c1/-1/17",
    "0001-pos1/5f3a09c1/0/0",
    "0001-pos1/5f3a09c1/0/x",
    "0001-pos1/5F3A09C1/0/17",
    "0001-pos1/5f3a09c/0/17",
    "pos1/5f3a09c1/0/17",
    "0001-pos1/5f3a09c1/00/17",
    "0001-pos1/5f3a09c1/0/017",
    "0001-pos1/5f3a09c1/0/2147483648",
    "0001-pos1/5f3a09c1/0/²",
)


def test_texts_that_are_no_request_id():
    for text in BAD_REQUESTS:
        try:
            ids.parse_request(text)
        except Theirs as wrong:
            assert wrong.reason == "malformed"
        else:
            raise AssertionError(text)


def test_store_of_a_terminal():
    assert ids.store_of("0001-pos1") == "0001"


def test_topics():
    assert topics.up("0001-pos1", "pay") == "tapwell/0001-pos1/up/pay"
    assert topics.down("0001-pos1", "receipt") == "tapwell/0001-pos1/down/receipt"
    assert topics.parse("tapwell/0001-pos1/up/pay") == ("0001-pos1", "up", "pay")
    for text in (
        "",
        "tapwell/0001-pos1/up",
        "tapwell/0001-pos1/up/pay/x",
        "other/0001-pos1/up/pay",
        "tapwell/0001-pos1/in/pay",
    ):
        try:
            topics.parse(text)
        except Theirs as wrong:
            assert wrong.reason == "unknown_message"
        else:
            raise AssertionError(text)
