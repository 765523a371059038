"""This terminal's name and keys: makes frames for its own topics and opens what the gateway sends to them."""

from binascii import hexlify

from protocol import codec, ids, topics
from protocol.errors import Theirs
from protocol.mac import hmac_sha256, same
from protocol.messages import DOWN, MESSAGES, MONEY


class Seal:
    """Keys are 32 bytes; `key_number` is the one in use."""

    def __init__(self, me: str, key_number: int, link_key: bytes, witness_key: bytes):
        self.me = me
        self.key_number = key_number
        self._link_key = link_key
        self._witness_key = witness_key

    def make(self, message: str, values: dict) -> tuple:
        """(topic, frame); money requests carry the witness seal too. Raises Ours."""
        topic = topics.up(self.me, message)
        witness_key = self._witness_key if message in MONEY else b""
        return topic, codec.seal(topic, message, values, self.key_number, self._link_key, witness_key)

    def open(self, topic: str, frame: bytes) -> tuple:
        """(message, values) of a frame from the gateway to this terminal. Raises Theirs."""
        client, direction, message = topics.parse(topic)
        if client != self.me or direction != topics.DOWN or message not in MESSAGES or MESSAGES[message][0] != DOWN:
            raise Theirs("unknown_message", topic)
        return message, codec.open_sealed(topic, message, frame, self._key)

    def letter(self, incarnation: str) -> str:
        """Head office's word that this incarnation of the store's gateway is the enrolled one; 32 hex."""
        text = "incarnation\n%s\n%s\n%s" % (ids.store_of(self.me), self.me, incarnation)
        return hexlify(hmac_sha256(self._witness_key, text.encode())[:16]).decode()

    def letter_is_right(self, values: dict) -> bool:
        """Whether a welcome proves its incarnation."""
        return same(self.letter(values["incarnation"]).encode(), values["letter"].encode())

    def _key(self, number: int) -> bytes | None:
        return self._link_key if number == self.key_number else None
