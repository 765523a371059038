"""The card without a reader: published vectors, personalising by hand, refusals, what survives power loss."""

import json

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hardware.emulators import wallet
from hardware.emulators.desfire import Card, crypto

UID = bytes.fromhex("04a1b2c3d4e5f6")
ZERO = bytes(16)
RFC4493_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
RFC4493_TEXT = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
    "ad2b417be66c3710"
)
RFC4493 = {  # length of the message -> CMAC
    0: "bb1d6929e95937287fa37d129b756746",
    16: "070a16b46b4d4144f79bdd9dd04a287c",
    40: "dfa66747de9ae63030ca32611497c827",
    64: "51f0bebf7e3b9d92fc49741779363cfe",
}


def test_cmac_vectors_of_rfc_4493():
    for size, wanted in RFC4493.items():
        assert crypto.cmac(crypto.AES, RFC4493_KEY, ZERO, RFC4493_TEXT[:size]).hex() == wanted


def test_crc_vectors():
    assert crypto.crc16(bytes.fromhex("04440f32763180")).hex() == "2798"
    assert crypto.crc32(bytes.fromhex("04440f3276318000")).hex() == "99ce1ad4"


def aes(key: bytes, iv: bytes, data: bytes, forwards: bool = True) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    run = cipher.encryptor() if forwards else cipher.decryptor()
    return run.update(data) + run.finalize()


def authenticate(card: Card, number: int, key: bytes) -> bytes:
    """AES authentication as a host does it; the session key."""
    answer = card.transceive(bytes([0xAA, number]))
    assert answer[0] == 0xAF
    theirs = aes(key, ZERO, answer[1:], False)
    ours = bytes(range(100, 116))
    proof = aes(key, answer[1:], ours + theirs[1:] + theirs[:1])
    answer = card.transceive(b"\xaf" + proof)
    assert answer[0] == 0, answer.hex()
    assert aes(key, proof[-16:], answer[1:], False) == ours[1:] + ours[:1]
    return ours[:4] + theirs[:4] + ours[12:] + theirs[12:]


def card_with_file() -> Card:
    """Application 0x505754 with one AES key (blank) and a free standard file of 100 bytes."""
    card = Card(UID)
    for apdu in ("ca 545750 0f 81", "5a 545750", "cd 02 00 eeee 640000"):
        assert card.transceive(bytes.fromhex(apdu)) == b"\x00", apdu
    return card


# what is asked of card_with_file(), one after the other, and the answer
REFUSALS = """
99 01                 1c      no such command
6c 01                 f0      no value file
5a 010203             a0      no such application
60 00                 7e      GetVersion takes nothing
aa 05                 40      no such key
0a 00                 ae      a DES authentication with an AES key
64 07                 40      version of a key that is not there
bd 09 000000 000000   f0      no such file
bd 02 000000 c80000   be      beyond the end
3d 02 600000 080000 0102030405060708   be   beyond the end
cd 02 00 eeee 100000  de      this file is there
cd 03 07 eeee 100000  9e      no such communication mode
cd 28 00 eeee 100000  9e      no such file number
cd 03 00 eeee 000000  9e      an empty file
cd 03 00 eeee ffff00  0e      more than there is
ca 010203 0f 81       9d      applications are made on the card's own level
51                    ae      UID without authentication
c4 00 %(key)s         ae      change of key without authentication
54 %(short)s          ae      change of settings without authentication
fc                    ae      format without authentication
af                    1c      nothing to go on with
""" % {"key": "00" * 32, "short": "00" * 16}


def test_refusals():
    card = card_with_file()
    for line in REFUSALS.strip().splitlines():
        words = line.split()
        at = next(i for i, word in enumerate(words) if i and len(word) == 2 and _status(words, i))
        apdu, wanted = bytes.fromhex("".join(words[:at])), words[at]
        assert card.transceive(apdu).hex() == wanted, line
        assert card.transceive(bytes.fromhex("bd 02 000000 020000")) == b"\x00\x00\x00", "the card goes on"


def _status(words: list[str], at: int) -> bool:
    """The answer is the last hexadecimal word before the reason begins."""
    rest = words[at + 1]
    return not (all(c in "0123456789abcdef" for c in rest) and len(rest) % 2 == 0)


def test_a_command_between_the_frames_of_another_is_aborted():
    card = card_with_file()
    assert card.transceive(b"\x60")[0] == 0xAF
    assert card.transceive(bytes.fromhex("bd02000000020000")) == b"\xca"
    assert card.transceive(bytes.fromhex("bd02000000020000")) == b"\x00\x00\x00"


def test_long_data_goes_in_frames_both_ways():
    card, text = card_with_file(), bytes(range(100))
    assert card.transceive(bytes.fromhex("3d02000000640000") + text[:50]) == b"\xaf"
    assert card.transceive(b"\xaf" + text[50:]) == b"\x00"
    first = card.transceive(bytes.fromhex("bd02000000640000"))
    assert first == b"\xaf" + text[:59]
    assert card.transceive(b"\xaf") == b"\x00" + text[59:]


def test_wrapped_and_native_say_the_same():
    card = card_with_file()
    assert card.transceive(bytes.fromhex("90bd00000702000000040000" + "00")).hex() == "000000009100"
    assert card.transceive(bytes.fromhex("905a000003ffffff00")).hex() == "91a0"
    assert card.transceive(bytes.fromhex("9060000003aa00")).hex() == "917e"
    assert card.transceive(bytes.fromhex("00a4040007d276000085010000")).hex() == "9000"
    assert card.selected_aid == 0


def test_authentication_needs_the_key_and_dies_with_the_field():
    card = card_with_file()
    answer = card.transceive(b"\xaa\x00")
    assert card.transceive(b"\xaf" + aes(b"\x01" * 16, answer[1:], bytes(32))) == b"\xae"
    authenticate(card, 0, ZERO)
    assert card.session.key_no == 0
    card.power_lost()
    assert card.session.key_no is None and card.selected_aid == 0


def test_a_maced_answer_is_the_chained_cmac():
    card = card_with_file()
    session = authenticate(card, 0, ZERO)
    iv = crypto.cmac(crypto.AES, session, ZERO, bytes.fromhex("bd02000000040000"))
    answer = card.transceive(bytes.fromhex("bd02000000040000"))
    assert answer[5:] == crypto.cmac(crypto.AES, session, iv, answer[1:5] + b"\x00")[:8]


def test_a_changed_byte_in_a_maced_write_is_refused():
    card = card_with_file()
    card.transceive(bytes.fromhex("cd 04 01 0000 200000"))
    session = authenticate(card, 0, ZERO)
    head = bytes.fromhex("3d04000000040000") + b"tap!"
    mac = crypto.cmac(crypto.AES, session, ZERO, head)[:8]
    assert card.transceive(head[:-1] + b"?" + mac) == b"\x1e"
    session = authenticate(card, 0, ZERO)
    assert card.transceive(head + mac_of(session, head))[0] == 0
    assert bytes(card.here.files[4].content[:4]) == b"tap!"


def mac_of(session: bytes, head: bytes) -> bytes:
    return crypto.cmac(crypto.AES, session, ZERO, head)[:8]


def test_state_goes_through_json():
    card = card_with_file()
    card.transceive(bytes.fromhex("3d02000000040000") + b"kept")
    copy = Card.from_state(json.loads(json.dumps(card.state())))
    assert copy.state() == card.state() and copy.uid == UID
    copy.transceive(bytes.fromhex("5a545750"))
    assert copy.transceive(bytes.fromhex("bd02000000040000")) == b"\x00kept"


def test_a_wallet_keeps_cards(tmp_path):
    path = tmp_path / "cards.json"
    assert wallet.load(path) == {}
    wallet.save(path, [card_with_file(), Card(bytes.fromhex("04000000000001"))])
    cards = wallet.load(path)
    assert list(cards) == ["04A1B2C3D4E5F6", "04000000000001"]
    assert cards["04A1B2C3D4E5F6"].state() == card_with_file().state()
