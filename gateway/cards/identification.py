"""One card proving who it is: a batch of two commands, computed before the card has proven anything.

An EV1 session's key and IV chain are known from both random numbers on. An EV2 session's identifier comes with the
card's proof, so no MAC can be made before it: the identity file is plain and carries a stamp of its own instead. In
both the proof shows a key that is made from the UID, and the stamp binds what the card says to that UID.
"""

import hmac
from collections.abc import Sequence

from gateway.cards import ev1, ev2, identity, keys
from gateway.cards.apdu import AUTHENTICATION_ERROR, MORE, OK, READ_DATA, read_identity, split, wrap
from gateway.cards.identity import OnCard
from gateway.cards.keys import Diversifier
from protocol import card
from protocol.errors import Theirs


class WrongKey(Theirs):
    """The card refuses the proof: it has another key."""


class Identification:
    """`script` goes to the card in one batch, `identify` reads its answers. answer: the card's first step, 16 bytes."""

    def __init__(self, key_set: Diversifier, uid: bytes, answer: bytes, nonce: bytes, in_ev2: bool):
        self._key_set, self._uid = key_set, uid
        handshake = ev2.Handshake if in_ev2 else ev1.Handshake
        self._handshake = handshake(keys.key_on_card(key_set, uid), answer, nonce)
        self._session = None if in_ev2 else self._handshake.session()
        self.script = (wrap(MORE, self._handshake.proof), self._reading(read_identity(key_set.purpose)))

    def _reading(self, place: bytes) -> bytes:
        if isinstance(self._session, ev1.Session):
            return self._session.plain(READ_DATA, place)
        return wrap(READ_DATA, place)

    def identify(self, answers: Sequence[bytes]) -> OnCard:
        """What the card says of itself, proven by its key. Raises WrongKey or Theirs."""
        if not answers:
            raise Theirs("card_unreadable", "no answer")
        proof, status = split(answers[0])
        if status == AUTHENTICATION_ERROR:
            raise WrongKey("card_not_genuine", "it does not know the key")
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        if not self._handshake.proven_by(proof):
            raise Theirs("card_not_genuine", "wrong proof")
        if len(answers) != len(self.script):
            raise Theirs("card_unreadable", f"{len(answers)} answers")
        return self._believed(self._read(answers[1]))

    def _read(self, answer: bytes) -> bytes:
        if isinstance(self._session, ev1.Session):
            return self._session.opened(answer)
        data, status = split(answer)
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        return data

    def _believed(self, data: bytes) -> OnCard:
        """The identity, if its stamp is this card's."""
        if len(data) != card.IDENTITY_SIZE + card.STAMP_SIZE:
            raise Theirs("card_unreadable", f"identity of {len(data)} bytes")
        said, stamp = data[: card.IDENTITY_SIZE], data[card.IDENTITY_SIZE :]
        if not hmac.compare_digest(stamp, keys.stamp(self._key_set, self._uid, said)):
            raise Theirs("card_not_genuine", "identity with a wrong stamp")
        return identity.decode(said)
