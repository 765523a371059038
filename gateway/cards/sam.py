"""The remote SAM of a store: it answers a card's first step with a script, and the played script with who the card is.

One dialogue per terminal; a new card at a terminal ends the old one. No key, nonce or answer of a card is ever logged.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.cards.apdu import AUTHENTICATE_AES, AUTHENTICATE_EV2, ILLEGAL_COMMAND, first_step, split
from gateway.cards.identification import Identification, WrongKey
from gateway.cards.identity import card_id
from gateway.cards.keys import Diversifier, Held
from gateway.shop import Identity, Refusal, Script
from protocol import card
from protocol.errors import Theirs

DIALOGUES_MAX = 256  # more terminals than a store may have; beyond that the oldest dialogue is forgotten
DIALOGUE_MS = 10_000  # the card has long gone by then
KNOWN_MAX = 4096  # cards of older key sets seen here; beyond that the one known longest is tried anew
SCRIPTS_MAX = (1 << 31) - 1
UID_BYTES = (4, 7, 10)
BLOCK = 16
NO_EV2 = bytes(BLOCK)  # a terminal's word for "it refused the first step": an EV1 card


@dataclass
class Dialogue:
    """A card at a terminal: which key set is being tried in which session, and what script is out."""

    uid: bytes
    set_at: int
    in_ev2: bool
    script: int
    until_ms: int
    by_terminal: bool  # it asked by itself, perhaps not yet with this region's key
    identification: Identification | None  # None: the card has been asked for another first step


class Sam:
    """Card keys of a store in memory, and the dialogues that are open. `now_ms`: the monotonic clock."""

    def __init__(self, keys: Held, now_ms: Callable[[], int], random: Callable[[int], bytes] = os.urandom):
        self._issuer = keys.issuer
        self._sets: Sequence[Diversifier] = keys.sets
        self._now_ms = now_ms
        self._random = random
        self._dialogues: dict[str, Dialogue] = {}
        self._known: dict[bytes, int] = {}
        self._scripts = int.from_bytes(random(3), "big")  # numbers of before a restart mean nothing after it

    @property
    def first_key(self) -> int:
        """The region's key number: what terminals are told to ask a card with."""
        return self._sets[0].purpose

    def seen(self, terminal: str, uid: str, answer: str) -> Script | Refusal:
        """The card's first step (hex of 16 bytes) at a terminal: what to play next."""
        self._dialogues.pop(terminal, None)
        try:
            raw_uid, raw_answer = bytes.fromhex(uid), bytes.fromhex(answer)
        except ValueError:
            return Refusal("card_unreadable", "not hex")
        if len(raw_uid) not in UID_BYTES or len(raw_answer) != BLOCK:
            return Refusal("card_unreadable", "length of UID or answer")
        set_at, in_ev2 = self._known.get(raw_uid, 0), raw_answer != NO_EV2
        if not in_ev2:
            return self._ask(terminal, raw_uid, set_at, in_ev2)
        return self._prove(terminal, raw_uid, set_at, in_ev2, raw_answer, by_terminal=True)

    def answers(self, terminal: str, script: int, answers: list[str]) -> Script | Identity | Refusal:
        """What the card answered to a script: who it is, another script, or why not."""
        dialogue = self._dialogues.pop(terminal, None)
        if dialogue is None or dialogue.script != script or self._now_ms() >= dialogue.until_ms:
            return Refusal("card_unreadable", "no such script is open")
        try:
            return self._continue(terminal, dialogue, [bytes.fromhex(one) for one in answers])
        except WrongKey as wrong:
            return self._other_set(terminal, dialogue) or Refusal(wrong.reason, wrong.detail)
        except Theirs as wrong:
            return Refusal(wrong.reason, wrong.detail)
        except ValueError:
            return Refusal("card_unreadable", "not hex")

    def _continue(self, terminal: str, dialogue: Dialogue, answers: list[bytes]) -> Script | Identity | Refusal:
        if dialogue.identification is None:
            return self._begun(terminal, dialogue, answers)
        on_card = dialogue.identification.identify(answers)
        if on_card.issuer != self._issuer:
            return Refusal("unknown_card", f"issued by {on_card.issuer:04x}")
        self._remember(dialogue.uid, dialogue.set_at)
        return Identity(on_card.kind, on_card.party, card_id(on_card.issuer, dialogue.uid))

    def _begun(self, terminal: str, dialogue: Dialogue, answers: list[bytes]) -> Script:
        """The card's answer to a first step that we asked for."""
        if len(answers) != 2:
            raise Theirs("card_unreadable", f"{len(answers)} answers")
        data, status = split(answers[1])
        if dialogue.in_ev2 and status == ILLEGAL_COMMAND:
            return self._ask(terminal, dialogue.uid, dialogue.set_at, False)
        if len(data) != BLOCK:
            raise Theirs("card_unreadable", "no first step")
        return self._prove(terminal, dialogue.uid, dialogue.set_at, dialogue.in_ev2, data)

    def _prove(
        self, terminal: str, uid: bytes, set_at: int, in_ev2: bool, answer: bytes, by_terminal: bool = False
    ) -> Script:
        identification = Identification(self._sets[set_at], uid, answer, self._random(BLOCK), in_ev2)
        return self._open(terminal, uid, set_at, in_ev2, identification, identification.script, by_terminal)

    def _ask(self, terminal: str, uid: bytes, set_at: int, in_ev2: bool) -> Script:
        """The card is asked for a first step that the terminal could not know of."""
        code = AUTHENTICATE_EV2 if in_ev2 else AUTHENTICATE_AES
        steps = (card.SELECT, first_step(code, self._sets[set_at].purpose))
        return self._open(terminal, uid, set_at, in_ev2, None, steps)

    def _other_set(self, terminal: str, dialogue: Dialogue) -> Script | None:
        """A card of an older key set: it is asked again. A known one may have got new keys: from the newest on."""
        if dialogue.identification is None:
            return None
        if dialogue.by_terminal and self.first_key != card.KEY_IDENTIFY:
            return self._ask(terminal, dialogue.uid, dialogue.set_at, dialogue.in_ev2)
        if dialogue.uid in self._known:
            del self._known[dialogue.uid]
            return self._ask(terminal, dialogue.uid, 0, dialogue.in_ev2)
        if dialogue.set_at + 1 >= len(self._sets):
            return None
        return self._ask(terminal, dialogue.uid, dialogue.set_at + 1, dialogue.in_ev2)

    def _remember(self, uid: bytes, set_at: int) -> None:
        """A card of an older set costs two messages more at its first tap, none later."""
        self._known.pop(uid, None)
        if set_at:
            self._known[uid] = set_at
            if len(self._known) > KNOWN_MAX:
                del self._known[next(iter(self._known))]

    def _open(
        self, terminal: str, uid: bytes, set_at: int, in_ev2: bool,
        identification: Identification | None, apdus: tuple[bytes, ...], by_terminal: bool = False,
    ) -> Script:  # fmt: skip
        self._scripts = self._scripts % SCRIPTS_MAX + 1
        if len(self._dialogues) >= DIALOGUES_MAX:
            del self._dialogues[next(iter(self._dialogues))]
        until_ms = self._now_ms() + DIALOGUE_MS
        made = Dialogue(uid, set_at, in_ev2, self._scripts, until_ms, by_terminal, identification)
        self._dialogues[terminal] = made
        return Script(self._scripts, tuple(apdu.hex() for apdu in apdus))
