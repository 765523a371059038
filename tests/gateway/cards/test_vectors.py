"""Public vectors: RFC 4493 (AES-CMAC), NXP AN10922 (diversified key), the card's CRC-32; and our own keys, frozen."""

import pytest

from gateway.cards import keys
from gateway.cards.ciphers import BlockCipher, crc32
from gateway.cards.keys import MASTER, PICC, KeySet
from protocol.errors import Ours

RFC_KEY = "2b7e151628aed2a6abf7158809cf4f3c"
RFC_TEXT = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


@pytest.mark.parametrize(
    ("length", "mac"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_aes_cmac_of_rfc_4493(length, mac):
    assert BlockCipher(bytes.fromhex(RFC_KEY)).cmac(bytes.fromhex(RFC_TEXT)[:length]).hex() == mac


def test_diversified_key_of_an10922():
    message = bytes.fromhex("04782E21801D80" + "3042F5" + "4E585020416275")
    made = keys.diversify(bytes.fromhex("00112233445566778899AABBCCDDEEFF"), message)
    assert made.hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


def test_crc_of_the_card():
    # data and status byte as a DESFire EV1 computes it; value known from libfreefare
    assert crc32(bytes.fromhex("04440f32763180") + b"\x00").hex().upper() == "99CE1AD4"


def test_a_message_fills_at_most_two_blocks():
    master = bytes(16)
    keys.diversify(master, bytes(31))
    for message in (b"", bytes(32)):
        with pytest.raises(Ours):
            keys.diversify(master, message)


def test_keys_of_a_card_stay_what_they_are():
    """A change here would turn every card that is out into a stranger."""
    uid = bytes.fromhex("04A1B2C3D4E5F6")
    sets = [KeySet(purpose, 1, bytes(range(at, at + 16))) for purpose, at in ((1, 0), (MASTER, 16), (PICC, 32), (2, 0))]
    assert [keys.key_on_card(one, uid).hex() for one in sets] == IDENTIFY_MASTER_PICC
    message = uid + bytes.fromhex("505754") + b"TAPWELL" + b"\x01"
    assert keys.key_on_card(sets[0], uid) == keys.diversify(sets[0].key, message)
    assert keys.stamp(sets[0], uid, bytes(32)).hex() == "5bc0eb6e619852a1"


IDENTIFY_MASTER_PICC = [
    "71db77377306f4b422e365f257bad3ce",
    "2e03a6f49eaa4ffbe84a330175b14114",
    "929d6747507deeb53b2854319a3583a0",
    "3da3e8f2aca9c0f94d2cad630a743944",
]


def test_keys_do_not_show_in_logs():
    assert "00" * 4 not in repr(KeySet(1, 1, bytes(16))) and "\\x00" not in repr(KeySet(1, 1, bytes(16)))
