"""Re-keying: an issued card gets the newest key sets of the regions, at the desk, by the application's master key.

Region by region, and only those with an older set: the identity is written anew with its stamp, then the key changes.
A card taken away in between is simply put again: what it says of its keys tells where to go on. The master key of the
application and the card's own stay as they are.
"""

import os
from collections.abc import Callable

from gateway.cards import apdu, ev1, identity, keys
from gateway.cards.ciphers import crc32, xor
from gateway.cards.identification import Identification
from gateway.cards.identity import OnCard
from gateway.cards.keys import MASTER, REGIONS, ChainKeys, KeySet
from gateway.cards.personalise import CHANGE_KEY, FILE_SIZE, WRITE_DATA, CardRefused, Desk, Session, Transceive
from protocol import card
from protocol.errors import Theirs

GET_KEY_VERSION = 0x64


def rekey(
    transceive: Transceive, uid: bytes, chain: ChainKeys, random: Callable[[int], bytes] = os.urandom
) -> tuple[OnCard, list[int]]:
    """What the card says of itself, and the regions that got a new key. Raises CardRefused, Theirs."""
    here = Rekeying(transceive, uid, chain, random)
    old = {region: here.key_set(region) for region in REGIONS}
    on_card = here.identity(old)
    late = [region for region in REGIONS if old[region] != chain.newest(region)]
    if late:
        session = here.enter()
        for region in late:
            here.change(session, old[region], chain.newest(region), identity.encode(on_card))
        for region in late:
            here.desk.prove(chain.newest(region), uid, on_card)
    return on_card, late


class Rekeying:
    """One card that is given new keys."""

    def __init__(self, transceive: Transceive, uid: bytes, chain: ChainKeys, random: Callable[[int], bytes]):
        self._transceive, self._uid, self._chain, self._random = transceive, uid, chain, random
        self.desk = Desk(transceive, random)

    def key_set(self, purpose: int) -> KeySet:
        """The set that the card says it has of a purpose. Raises CardRefused for one that is not here."""
        self._transceive(card.SELECT)
        data, status = apdu.split(self._transceive(apdu.wrap(GET_KEY_VERSION, bytes([purpose]))))
        found = [one for one in self._chain.of(purpose) if status == apdu.OK and data == bytes([one.number])]
        if not found:
            raise CardRefused(f"key set of purpose {purpose} is not here", status)
        return found[0]

    def identity(self, sets: dict[int, KeySet]) -> OnCard:
        """By the first region that proves it: one may be half-way. Raises Theirs."""
        wrong: Theirs | None = None
        for key_set in sets.values():
            try:
                return self._identified(key_set)
            except Theirs as refused:
                wrong = refused
        assert wrong is not None
        raise wrong

    def enter(self) -> Session:
        """Our application, by its master key."""
        return self.desk.enter_application(card.KEY_MASTER, keys.key_on_card(self.key_set(MASTER), self._uid))

    def change(self, session: Session, old: KeySet, new: KeySet, said: bytes) -> None:
        """The stamp first, then the key."""
        file, size = bytes([new.purpose]), FILE_SIZE.to_bytes(3, "little")
        content = said + keys.stamp(new, self._uid, said)
        written = self._transceive(session.unprotected(WRITE_DATA, file + bytes(3) + size + content))
        (session.opened if isinstance(session, ev1.Session) else session.unsealed)(_ok("write identity", written))
        key = keys.key_on_card(new, self._uid)
        sealed = xor(key, keys.key_on_card(old, self._uid)) + bytes([new.number])
        changed = session.enciphered(CHANGE_KEY, bytes([new.purpose]), sealed, crc32(key))
        self.desk.do("change key %d" % new.purpose, session, changed)

    def _identified(self, key_set: KeySet) -> OnCard:
        self._transceive(card.SELECT)
        answer, status = apdu.split(self._transceive(apdu.first_step(apdu.AUTHENTICATE_EV2, key_set.purpose)))
        in_ev2 = status == apdu.ADDITIONAL_FRAME
        if not in_ev2:
            self._transceive(card.SELECT)
            answer, _ = apdu.split(self._transceive(apdu.first_step(apdu.AUTHENTICATE_AES, key_set.purpose)))
        identification = Identification(key_set, self._uid, answer, self._random(16), in_ev2)
        return identification.identify([self._transceive(one) for one in identification.script])


def _ok(step: str, answer: bytes) -> bytes:
    _, status = apdu.split(answer)
    if status != apdu.OK:
        raise CardRefused(step, status)
    return answer
