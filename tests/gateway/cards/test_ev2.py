"""EV2 secure messaging against NXP's public figures, host and card emulator alike, and against each other.

Sources: AN12343 (DESFire Light, features and hints), AN12196 (NTAG 424 DNA, the same); page numbers are theirs.
"""

import pytest

from gateway.cards import apdu, ev2
from hardware.emulators.desfire import EV1, Card, crypto
from hardware.emulators.desfire.authentication import Challenge, Ev2Challenge
from hardware.emulators.desfire.ev2 import Ev2Session, session_keys
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.session import ENCIPHERED, MACED
from protocol.errors import Theirs

ZERO = bytes(16)
UID = bytes.fromhex("04A1B2C3D4E5F6")


def h(text: str) -> bytes:
    return bytes.fromhex(text)


# source, key, the host's random number, the card's answer (enciphered), host's proof, card's proof, identifier, keys
HANDSHAKES = [
    ("AN12196 p28", ZERO, "13C5DB8A5930439FC3DEF9A4C675360F", "A04C124213C186F22399D33AC2A30215",
     "35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D",
     "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663",
     "9D00C4DF", "1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7"),
    ("AN12196 p34", ZERO, "B98F4C50CF1C2E084FD150E33992B048", "B875CEB0E66A6C5CD00898DC371F92D1",
     "FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B1",
     "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A",
     "7614281A", "7A93D6571E4B180FCA6AC90C9A7488D4", "FC4AF159B62E549B5812394CAB1918CC"),
]  # fmt: skip


@pytest.mark.parametrize("row", HANDSHAKES, ids=lambda row: row[0])
def test_the_handshake_of_the_host(row):
    _, key, ours, answer, proof, card_proof, identifier, encryption, mac = row
    handshake = ev2.Handshake(key, h(answer), h(ours))
    assert handshake.proof == h(proof) and handshake.proven_by(h(card_proof))
    session = handshake.session()
    assert session._identifier == h(identifier)
    same = ev2.Session(h(encryption), h(mac), h(identifier))
    assert session.enciphered(0x8D, b"\x01", b"text") == same.enciphered(0x8D, b"\x01", b"text")


@pytest.mark.parametrize("row", HANDSHAKES, ids=lambda row: row[0])
def test_the_handshake_of_the_card(row):
    _, key, ours, answer, proof, card_proof, identifier, encryption, mac = row
    secret = crypto.decrypt(crypto.AES, key, ZERO, h(answer))
    begun = Ev2Challenge(Challenge(0x71, 0, Key(crypto.AES, key), secret), None, bytes(6), h(identifier))
    assert begun.first == h(answer)
    told, session = begun.finish(h(proof))
    assert told == h(card_proof)
    assert session_keys(key, h(ours), secret) == (h(encryption), h(mac))
    assert isinstance(session, Ev2Session) and session.identifier == h(identifier)


def test_session_keys_of_an12343_page_33():
    made = session_keys(ZERO, h("B04D0787C93EE0CC8CACC8E86F16C6FE"), h("FA659AD0DCA738DD65DC7DC38612AD81"))
    assert made == (h("63DC07286289A7A6C0334CA31C314A04"), h("774F26743ECE6AF5033B6AE8522946F6"))


def test_mac_of_an12343_page_16():
    session = ev2.Session(ZERO, h("FD9E26C9766F07C1D07106C0F8F3671F"), h("569D4B24"))
    assert session.maced(0x51, b"")[5:-1] == h("ED5CB7A932EF8D7C2E91B42A1139F11B")[1::2]


def test_mac_mode_of_an12196_page_21():
    mac, identifier = h("8248134A386E86EB7FAF54A52E536CB6"), h("7A21085E")
    host, card = ev2.Session(ZERO, mac, identifier), Ev2Session(0, (ZERO, mac), identifier)
    said = host.maced(0xF5, b"\x02")
    assert said == h("90F5000009026597A457C8CD442C00")
    assert card.taken(b"\xf5" + said[5:-1], MACED) == b"\xf5\x02"
    settings = h("0040EEEE000100D1FE001F00004400004400002000006A0000")
    assert card.answer(settings, MACED) == settings + h("2A474282E7A47986")
    assert host.opened(settings + h("2A474282E7A47986") + b"\x91\x00") == settings


def test_full_mode_of_an12196_page_36():
    keys = h("7A93D6571E4B180FCA6AC90C9A7488D4"), h("FC4AF159B62E549B5812394CAB1918CC")
    host, card = ev2.Session(*keys, h("7614281A")), Ev2Session(0, keys, h("7614281A"))
    head, data = h("030000000A0000"), h("0102030405060708090A")
    said = host.enciphered(0x8D, head, data)
    assert said == h("908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00")
    assert card.opened(b"\x8d" + head, said[12:-1], 10) == (data, b"")
    assert card.answer(b"", MACED) == h("C26D236E4A7C046D")
    assert host.opened(h("C26D236E4A7C046D9100")) == b""


def test_full_mode_of_an12196_page_43():
    keys = h("2B4D963C014DC36F24F69A50A394F875"), h("379D32130CE61705DD5FD8C36B95D764")
    host, card = ev2.Session(*keys, h("DF055522")), Ev2Session(0, keys, h("DF055522"))
    said = host.maced(0x51, b"")
    assert said == h("90510000088E2C155ADDA99BE300")
    assert card.taken(b"\x51" + said[5:-1], ENCIPHERED) == b"\x51"
    answer = h("70756055688505B52A5E26E59E329CD6595F672298EA41B7")
    assert card.answer(h("04958CAA5C5E80"), ENCIPHERED) == answer
    assert host.deciphered(host.opened(answer + b"\x91\x00")) == h("04958CAA5C5E80")


# ---- host and card together


def card_with_value() -> Card:
    """Application 0x505754 with two blank AES keys; value file 7 enciphered, log 8 of 4 records MACed."""
    card = Card(UID)
    for said in ("ca 545750 0f 82", "5a 545750"):
        assert card.transceive(h(said)) == b"\x00"
    session = authenticated(card, 0)
    assert session.opened(card.transceive(session.plain(0xCC, h("07 03 0000 00000000 10270000 88130000 00")))) == b""
    assert session.opened(card.transceive(session.plain(0xC0, h("08 01 0000 080000 040000")))) == b""
    return card


def authenticated(card: Card, number: int, key: bytes = ZERO) -> ev2.Session:
    answer, status = apdu.split(card.transceive(apdu.first_step(apdu.AUTHENTICATE_EV2, number)))
    assert status == apdu.ADDITIONAL_FRAME
    handshake = ev2.Handshake(key, answer, bytes(range(16)))
    proof, status = apdu.split(card.transceive(apdu.wrap(apdu.MORE, handshake.proof)))
    assert status == apdu.OK and handshake.proven_by(proof)
    return handshake.session()


def value(card: Card, session: ev2.Session) -> int:
    return int.from_bytes(session.deciphered(session.opened(card.transceive(session.plain(0x6C, b"\x07")))), "little")


def test_a_debit_with_its_record_is_one_transaction():
    card = card_with_value()
    session = authenticated(card, 0)
    assert value(card, session) == 5000
    session.opened(card.transceive(session.enciphered(0xDC, b"\x07", (1234).to_bytes(4, "little"))))
    session.opened(card.transceive(session.maced(0x3B, h("08 000000 080000") + b"receipt1")))
    assert value(card, session) == 5000, "not before it is committed"
    session.opened(card.transceive(session.plain(0xC7)))
    assert value(card, session) == 3766
    assert session.opened(card.transceive(session.plain(0xBB, h("08 000000 000000")))) == b"receipt1"


def test_a_debit_that_is_not_committed_is_gone_with_the_field():
    card = card_with_value()
    session = authenticated(card, 0)
    session.opened(card.transceive(session.enciphered(0xDC, b"\x07", (1234).to_bytes(4, "little"))))
    card.power_lost()
    card.transceive(h("5a545750"))
    assert value(card, authenticated(card, 0)) == 5000


@pytest.mark.parametrize("change", ["replayed", "bit", "counter"])
def test_a_command_is_taken_once_and_as_it_was(change):
    card = card_with_value()
    session = authenticated(card, 0)
    debit = session.enciphered(0xDC, b"\x07", (1000).to_bytes(4, "little"))
    if change == "bit":
        debit = debit[:10] + bytes([debit[10] ^ 1]) + debit[11:]
    elif change == "counter":
        card.transceive(session.plain(0x6C, b"\x07"))
    else:
        assert card.transceive(debit)[-2:] == b"\x91\x00"
    assert card.transceive(debit) == b"\x91\x1e"
    assert card.session.key_no is None, "and the session is over"


def test_an_answer_that_was_changed_or_replayed_is_not_believed():
    card = card_with_value()
    session = authenticated(card, 0)
    answer = card.transceive(session.plain(0x6C, b"\x07"))
    changed = bytes([answer[0] ^ 1]) + answer[1:]
    with pytest.raises(Theirs, match="wrong MAC"):
        session.opened(changed)
    with pytest.raises(Theirs, match="wrong MAC"):
        session.opened(answer)


def test_a_second_authentication_keeps_identifier_and_counter():
    card = card_with_value()
    session = authenticated(card, 0)
    assert value(card, session) == 5000
    before = card.session
    assert isinstance(before, Ev2Session)
    answer, status = apdu.split(card.transceive(apdu.wrap(0x77, b"\x01")))
    assert status == apdu.ADDITIONAL_FRAME
    theirs = crypto.decrypt(crypto.AES, ZERO, ZERO, answer)
    proof = crypto.encrypt(crypto.AES, ZERO, ZERO, bytes(range(16)) + crypto.rotate(theirs))
    told, status = apdu.split(card.transceive(apdu.wrap(apdu.MORE, proof)))
    assert status == apdu.OK
    assert crypto.decrypt(crypto.AES, ZERO, ZERO, told) == crypto.rotate(bytes(range(16)))
    after = card.session
    assert isinstance(after, Ev2Session) and after.key_no == 1
    assert (after.identifier, after.counter) == (before.identifier, before.counter) == (before.identifier, 1)


def test_what_an_ev1_card_and_a_card_without_session_refuse():
    assert Card(UID, generation=EV1).transceive(h("71 00 00")) == b"\x1c"
    card = card_with_value()
    card.power_lost()
    card.transceive(h("5a545750"))
    assert card.transceive(h("77 00")) == b"\x9d"
    assert card.transceive(h("71 00 07")) == b"\x7e"
