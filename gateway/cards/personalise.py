"""Issuing: from a factory-fresh DESFire card to a Tapwell card, over any `transceive(apdu) -> answer`.

The card's own master key is changed last, so a card taken away half-way is still fresh by its key: issuing it again
deletes what was begun and starts over. A card that is finished refuses with `already_issued`.
"""

import os
from collections.abc import Callable

from gateway.cards import apdu, ev1, ev2, identity, keys
from gateway.cards.ciphers import crc32, xor
from gateway.cards.identification import Identification
from gateway.cards.identity import OnCard
from gateway.cards.keys import MASTER, PICC, REGIONS, ChainKeys, KeySet
from protocol import card
from protocol.errors import Theirs

Transceive = Callable[[bytes], bytes]

SELECT, CREATE_APPLICATION, DELETE_APPLICATION = 0x5A, 0xCA, 0xDA
CREATE_FILE, WRITE_DATA, CHANGE_KEY = 0xCD, 0x3D, 0xC4
APPLICATION_NOT_FOUND = 0xA0
AES_KEYS, PLAIN = 0x80, 0x00
SETTINGS = 0x0B  # key 0 may change all keys and settings; listing is free; only key 0 makes files
FACTORY_DES, FACTORY_AES = bytes(16), bytes(16)
FILE_SIZE = card.IDENTITY_SIZE + card.STAMP_SIZE

Session = ev1.Session | ev2.Session


class CardRefused(Exception):
    """The card did not do a step. `step` names it, `status` is the card's byte; nothing usable is on the card yet."""

    def __init__(self, step: str, status: int):
        super().__init__(f"{step}: status {status:02X}")
        self.step = step
        self.status = status


def personalise(
    transceive: Transceive, uid: bytes, on_card: OnCard, chain: ChainKeys, random: Callable[[int], bytes] = os.urandom
) -> None:
    """Makes the application with its keys and identity on a fresh card, proves it, then locks the card.

    Raises CardRefused (with step `already_issued` for a card that is locked), or Theirs for nonsense from the card.
    """
    desk = Desk(transceive, random)
    session = desk.enter_fresh_card()
    desk.remove_what_was_begun(session)
    session = desk.enter_fresh_card()
    aid = card.AID.to_bytes(3, "little")
    made = aid + bytes([SETTINGS, AES_KEYS | (card.REGIONS + 1)])
    desk.do("create application", session, session.plain(CREATE_APPLICATION, made))
    session = desk.enter_application(card.KEY_MASTER, FACTORY_AES)
    for region in REGIONS:
        desk.write_identity(session, chain.newest(region), uid, identity.encode(on_card))
    desk.change_keys(session, chain, uid)
    for region in REGIONS:
        desk.prove(chain.newest(region), uid, on_card)
    desk.lock(chain.newest(PICC), uid)


class Desk:
    """The steps of issuing, each one sentence said to the card."""

    def __init__(self, transceive: Transceive, random: Callable[[int], bytes]):
        self._transceive = transceive
        self._random = random

    def enter_fresh_card(self) -> Session:
        """The card's own level, with the key that it left the factory with."""
        self._select(0)
        try:
            answer = self._begin(apdu.AUTHENTICATE_ISO, 0)
            return self._finish(ev1.Handshake(FACTORY_DES, answer, self._random(len(answer)), des=True))
        except CardRefused as refused:
            if refused.status == apdu.AUTHENTICATION_ERROR:
                raise CardRefused("already_issued", refused.status) from None
            raise

    def enter_application(self, number: int, key: bytes) -> Session:
        """Our application, with one of its keys: in EV2 where the card knows it."""
        answer, in_ev2 = self._first_step(number)
        handshake = (ev2 if in_ev2 else ev1).Handshake(key, answer, self._random(len(answer)))
        return self._finish(handshake)

    def remove_what_was_begun(self, session: Session) -> None:
        """Deletes an application of ours that was never finished; there is none on a fresh card."""
        answer = self._transceive(session.plain(DELETE_APPLICATION, card.AID.to_bytes(3, "little")))
        _, status = apdu.split(answer)
        if status not in (apdu.OK, APPLICATION_NOT_FOUND):
            raise CardRefused("remove what was begun", status)

    def write_identity(self, session: Session, key_set: KeySet, uid: bytes, said: bytes) -> None:
        """Makes a region's file and writes it: read with that region's key, all else with key 0."""
        file, size = bytes([key_set.purpose]), FILE_SIZE.to_bytes(3, "little")
        rights = bytes([0x00, key_set.purpose << 4])  # least significant first: both, change; read, write
        self.do("create file", session, session.plain(CREATE_FILE, file + bytes([PLAIN]) + rights + size))
        content = said + keys.stamp(key_set, uid, said)
        written = self._transceive(session.unprotected(WRITE_DATA, file + bytes(3) + size + content))
        (session.opened if isinstance(session, ev1.Session) else session.unsealed)(self._ok("write identity", written))

    def change_keys(self, session: Session, chain: ChainKeys, uid: bytes) -> None:
        """The regions' keys first, by key 0; then key 0 itself, which ends the session."""
        for region in REGIONS:
            key_set, number = chain.newest(region), bytes([region])
            key = keys.key_on_card(key_set, uid)
            sealed = xor(key, FACTORY_AES) + bytes([key_set.number])
            changed = session.enciphered(CHANGE_KEY, number, sealed, crc32(key))
            self.do("change key %d" % region, session, changed)
        master = chain.newest(MASTER)
        own = keys.key_on_card(master, uid) + bytes([master.number])
        self._say("change key 0", session.enciphered(CHANGE_KEY, bytes([card.KEY_MASTER]), own))

    def prove(self, key_set: KeySet, uid: bytes, on_card: OnCard) -> None:
        """Identifies the card just as a store of that region will."""
        answer, in_ev2 = self._first_step(key_set.purpose)
        identification = Identification(key_set, uid, answer, self._random(16), in_ev2)
        if identification.identify([self._transceive(one) for one in identification.script]) != on_card:
            raise Theirs("card_unreadable", "the card gives back another identity")

    def lock(self, key_set: KeySet, uid: bytes) -> None:
        """Changes the card's own master key to AES and ours: from now on the card is issued."""
        session = self.enter_fresh_card()
        own = keys.key_on_card(key_set, uid) + bytes([key_set.number])
        self._say("lock the card", session.enciphered(CHANGE_KEY, bytes([AES_KEYS]), own))

    def do(self, step: str, session: Session, command: bytes) -> bytes:
        """A command within a session; the answer's MAC is checked."""
        return session.opened(self._ok(step, self._transceive(command)))

    def _ok(self, step: str, answer: bytes) -> bytes:
        _, status = apdu.split(answer)
        if status != apdu.OK:
            raise CardRefused(step, status)
        return answer

    def _select(self, aid: int) -> None:
        self._say("select application", apdu.wrap(SELECT, aid.to_bytes(3, "little")))

    def _first_step(self, number: int) -> tuple[bytes, bool]:
        """The card's random number, enciphered, and whether it began an EV2 session."""
        self._select(card.AID)
        try:
            return self._begin(apdu.AUTHENTICATE_EV2, number), True
        except CardRefused as refused:
            if refused.status != apdu.ILLEGAL_COMMAND:
                raise
            return self._begin(apdu.AUTHENTICATE_AES, number), False

    def _begin(self, code: int, number: int) -> bytes:
        return self._say("authenticate", apdu.first_step(code, number), apdu.ADDITIONAL_FRAME)

    def _finish(self, handshake: "ev1.Handshake | ev2.Handshake") -> Session:
        if not handshake.proven_by(self._say("authenticate", apdu.wrap(apdu.MORE, handshake.proof))):
            raise Theirs("card_not_genuine", "wrong proof")
        return handshake.session()

    def _say(self, step: str, command: bytes, wanted: int = apdu.OK) -> bytes:
        data, status = apdu.split(self._transceive(command))
        if status != wanted:
            raise CardRefused(step, status)
        return data
