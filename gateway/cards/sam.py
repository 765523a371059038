"""The remote SAM of a store: it answers a card's first step with a script, and the played script with who the card is.

One dialogue per terminal; a new card at a terminal ends the old one. No key, nonce or answer of a card is ever logged.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from gateway.cards.ev1 import Identification, split
from gateway.cards.identity import card_id
from gateway.cards.keys import ChainKeys, identify_key
from gateway.shop import Identity, Refusal, Script
from protocol import card
from protocol.errors import Theirs

DIALOGUES_MAX = 256  # more terminals than a store may have; beyond that the oldest dialogue is forgotten
DIALOGUE_MS = 10_000  # the card has long gone by then
UID_BYTES = (4, 7, 10)
BLOCK = 16


@dataclass
class Dialogue:
    """A card at a terminal: which key set is being tried, and what script is out."""

    uid: bytes
    set_at: int
    script: int
    until_ms: int
    identification: Identification | None  # None: the card has been asked for another first step


class Sam:
    """Card keys of a store in memory, and the dialogues that are open. `now_ms`: the monotonic clock."""

    def __init__(self, keys: ChainKeys, now_ms: Callable[[], int], random: Callable[[int], bytes] = os.urandom):
        self._keys = keys
        self._now_ms = now_ms
        self._random = random
        self._dialogues: dict[str, Dialogue] = {}
        self._scripts = 0

    def seen(self, terminal: str, uid: str, answer: str) -> Script | Refusal:
        """The card's first step (hex of 16 bytes) at a terminal: what to play next."""
        self._dialogues.pop(terminal, None)
        try:
            raw_uid, raw_answer = bytes.fromhex(uid), bytes.fromhex(answer)
        except ValueError:
            return Refusal("card_unreadable", "not hex")
        if len(raw_uid) not in UID_BYTES or len(raw_answer) != BLOCK:
            return Refusal("card_unreadable", "length of UID or answer")
        return self._prove(terminal, raw_uid, 0, raw_answer)

    def answers(self, terminal: str, script: int, answers: list[str]) -> Script | Identity | Refusal:
        """What the card answered to a script: who it is, another script, or why not."""
        dialogue = self._dialogues.pop(terminal, None)
        if dialogue is None or dialogue.script != script or self._now_ms() >= dialogue.until_ms:
            return Refusal("card_unreadable", "no such script is open")
        try:
            return self._continue(terminal, dialogue, [bytes.fromhex(one) for one in answers])
        except Theirs as wrong:
            return self._other_set(terminal, dialogue) or Refusal(wrong.reason, wrong.detail)
        except ValueError:
            return Refusal("card_unreadable", "not hex")

    def _continue(self, terminal: str, dialogue: Dialogue, answers: list[bytes]) -> Script | Identity | Refusal:
        if dialogue.identification is None:
            return self._prove(terminal, dialogue.uid, dialogue.set_at, _first_step(answers))
        on_card = dialogue.identification.identify(answers)
        if on_card.issuer != self._keys.issuer:
            return Refusal("unknown_card", f"issued by {on_card.issuer:04x}")
        return Identity(on_card.kind, on_card.party, card_id(on_card.issuer, dialogue.uid))

    def _prove(self, terminal: str, uid: bytes, set_at: int, answer: bytes) -> Script:
        key = identify_key(self._keys.sets[set_at], uid)
        identification = Identification(key, answer, self._random(BLOCK))
        return self._open(terminal, uid, set_at, identification, identification.script)

    def _other_set(self, terminal: str, dialogue: Dialogue) -> Script | None:
        """A card of an older key set: it is asked for its first step again."""
        if dialogue.identification is None or dialogue.set_at + 1 >= len(self._keys.sets):
            return None
        return self._open(terminal, dialogue.uid, dialogue.set_at + 1, None, (card.SELECT, card.AUTHENTICATE))

    def _open(
        self, terminal: str, uid: bytes, set_at: int, identification: Identification | None, apdus: tuple[bytes, ...]
    ) -> Script:
        self._scripts += 1
        if len(self._dialogues) >= DIALOGUES_MAX:
            del self._dialogues[next(iter(self._dialogues))]
        until_ms = self._now_ms() + DIALOGUE_MS
        self._dialogues[terminal] = Dialogue(uid, set_at, self._scripts, until_ms, identification)
        return Script(self._scripts, tuple(apdu.hex() for apdu in apdus))


def _first_step(answers: list[bytes]) -> bytes:
    if len(answers) != 2:
        raise Theirs("card_unreadable", f"{len(answers)} answers")
    data, _ = split(answers[1])
    if len(data) != BLOCK:
        raise Theirs("card_unreadable", "no first step")
    return data
