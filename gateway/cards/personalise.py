"""Issuing: from a factory-fresh DESFire card to a Tapwell card, over any `transceive(apdu) -> answer`.

The card's own master key is changed last, so a card taken away half-way is still fresh by its key: issuing it again
deletes what was begun and starts over. A card that is finished refuses with `already_issued`.
"""

import os
from collections.abc import Callable

from gateway.cards import ev1, identity, keys
from gateway.cards.ciphers import crc32, xor
from gateway.cards.ev1 import Handshake, Session
from gateway.cards.identity import OnCard
from gateway.cards.keys import KeySet
from protocol import card
from protocol.errors import Theirs

Transceive = Callable[[bytes], bytes]

SELECT, CREATE_APPLICATION, DELETE_APPLICATION = 0x5A, 0xCA, 0xDA
CREATE_FILE, WRITE_DATA, CHANGE_KEY = 0xCD, 0x3D, 0xC4
APPLICATION_NOT_FOUND = 0xA0
AES_KEYS, MACED = 0x80, 0x01
SETTINGS = 0x0B  # key 0 may change all keys and settings; listing is free; only key 0 makes files
RIGHTS = bytes([0x00, 0x10])  # least significant first: read key 1, write key 0, both key 0, change key 0
FACTORY_DES, FACTORY_AES = bytes(16), bytes(16)


class CardRefused(Exception):
    """The card did not do a step. `step` names it, `status` is the card's byte; nothing usable is on the card yet."""

    def __init__(self, step: str, status: int):
        super().__init__(f"{step}: status {status:02X}")
        self.step = step
        self.status = status


def personalise(
    transceive: Transceive, uid: bytes, on_card: OnCard, key_set: KeySet, random: Callable[[int], bytes] = os.urandom
) -> None:
    """Makes the application with its keys and identity on a fresh card, proves it, then locks the card.

    Raises CardRefused (with step `already_issued` for a card that is locked), or Theirs for nonsense from the card.
    """
    desk = Desk(transceive, random)
    session = desk.enter_fresh_card()
    desk.remove_what_was_begun(session)
    session = desk.enter_fresh_card()
    aid = card.AID.to_bytes(3, "little")
    desk.do("create application", session, session.plain(CREATE_APPLICATION, aid + bytes([SETTINGS, AES_KEYS | 2])))
    session = desk.enter_application(card.KEY_MASTER, FACTORY_AES)
    desk.write_identity(session, identity.encode(on_card))
    desk.change_keys(session, key_set, uid)
    desk.prove(keys.identify_key(key_set, uid), on_card)
    desk.lock(keys.picc_key(key_set, uid), key_set.number)


class Desk:
    """The steps of issuing, each one sentence said to the card."""

    def __init__(self, transceive: Transceive, random: Callable[[int], bytes]):
        self._transceive = transceive
        self._random = random

    def enter_fresh_card(self) -> Session:
        """The card's own level, with the key that it left the factory with."""
        self._select(0)
        try:
            return self._authenticate(ev1.AUTHENTICATE_ISO, 0, FACTORY_DES)
        except CardRefused as refused:
            if refused.status == ev1.AUTHENTICATION_ERROR:
                raise CardRefused("already_issued", refused.status) from None
            raise

    def enter_application(self, number: int, key: bytes) -> Session:
        """Our application, with one of its keys."""
        self._select(card.AID)
        return self._authenticate(ev1.AUTHENTICATE_AES, number, key)

    def remove_what_was_begun(self, session: Session) -> None:
        """Deletes an application of ours that was never finished; there is none on a fresh card."""
        answer = self._transceive(session.plain(DELETE_APPLICATION, card.AID.to_bytes(3, "little")))
        _, status = ev1.split(answer)
        if status not in (ev1.OK, APPLICATION_NOT_FOUND):
            raise CardRefused("remove what was begun", status)

    def write_identity(self, session: Session, data: bytes) -> None:
        """Makes file 1 and writes it."""
        size = card.IDENTITY_SIZE.to_bytes(3, "little")
        made = bytes([card.FILE_IDENTITY, MACED]) + RIGHTS + size
        self.do("create file", session, session.plain(CREATE_FILE, made))
        place = bytes([card.FILE_IDENTITY, 0, 0, 0]) + size
        self.do("write identity", session, session.maced(WRITE_DATA, place + data))

    def change_keys(self, session: Session, key_set: KeySet, uid: bytes) -> None:
        """Key 1 first, by key 0; then key 0 itself, which ends the session."""
        identify, version = keys.identify_key(key_set, uid), bytes([key_set.number])
        sealed = xor(identify, FACTORY_AES) + version
        number = bytes([card.KEY_IDENTIFY])
        self.do("change key 1", session, session.enciphered(CHANGE_KEY, number, sealed, crc32(identify)))
        own = session.enciphered(CHANGE_KEY, bytes([card.KEY_MASTER]), keys.master_key(key_set, uid) + version)
        self._say("change key 0", own)

    def prove(self, key: bytes, on_card: OnCard) -> None:
        """Identifies the card just as a store will."""
        self._select(card.AID)
        answer, _ = ev1.split(self._transceive(card.AUTHENTICATE))
        identification = ev1.Identification(key, answer, self._random(16))
        if identification.identify([self._transceive(apdu) for apdu in identification.script]) != on_card:
            raise Theirs("card_unreadable", "the card gives back another identity")

    def lock(self, key: bytes, version: int) -> None:
        """Changes the card's own master key to AES and ours: from now on the card is issued."""
        session = self.enter_fresh_card()
        own = session.enciphered(CHANGE_KEY, bytes([AES_KEYS]), key + bytes([version]))
        self._say("lock the card", own)

    def do(self, step: str, session: Session, apdu: bytes) -> bytes:
        """A command within a session; the answer's MAC is checked."""
        answer = self._transceive(apdu)
        _, status = ev1.split(answer)
        if status != ev1.OK:
            raise CardRefused(step, status)
        return session.opened(answer)

    def _select(self, aid: int) -> None:
        self._say("select application", ev1.wrap(SELECT, aid.to_bytes(3, "little")))

    def _authenticate(self, code: int, number: int, key: bytes) -> Session:
        des = code == ev1.AUTHENTICATE_ISO
        answer = self._say("authenticate", ev1.wrap(code, bytes([number])), ev1.ADDITIONAL_FRAME)
        handshake = Handshake(key, answer, self._random(len(answer)), des)
        if not handshake.proven_by(self._say("authenticate", ev1.wrap(ev1.MORE, handshake.proof))):
            raise Theirs("card_not_genuine", "wrong proof")
        return handshake.session()

    def _say(self, step: str, apdu: bytes, wanted: int = ev1.OK) -> bytes:
        data, status = ev1.split(self._transceive(apdu))
        if status != wanted:
            raise CardRefused(step, status)
        return data
