"""A store's card keys behind their lock: opens once the secret is there, and sells for cash until then."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from gateway.cards import opening
from gateway.cards.keyfile import KeyFileError, how_it_opens, read_keys
from gateway.cards.sam import Sam
from gateway.shop import Identity, Refusal, Script
from protocol import card

log = logging.getLogger("gateway.cards")

LOOK_MS = 2_000  # how often a tap looks whether the secret has come; a wrong one costs its scrypt each time
LOCKED = Refusal("card_not_genuine", "the card keys of this store are locked")


class Vault:
    """The remote SAM of a store whose key file is at `path`. Raises KeyFileError for a file that is none."""

    def __init__(self, path: Path, now_ms: Callable[[], int], random: Callable[[int], bytes] = os.urandom):
        self._path = path
        self._now_ms = now_ms
        self._random = random
        self._opens, self._where = how_it_opens(path)
        self._sam: Sam | None = None
        self._next_look_ms = now_ms()
        if not self._opened():
            log.warning("card keys are locked: waiting for the %s", self._opens)

    @property
    def first_key(self) -> int:
        """Terminals hear it in their welcome; while the keys are locked they begin with the first region's."""
        return self._sam.first_key if self._sam else card.KEY_IDENTIFY

    def seen(self, terminal: str, uid: str, answer: str) -> Script | Refusal:
        sam = self._opened()
        return sam.seen(terminal, uid, answer) if sam else LOCKED

    def answers(self, terminal: str, script: int, answers: list[str]) -> Script | Identity | Refusal:
        sam = self._opened()
        return sam.answers(terminal, script, answers) if sam else LOCKED

    def _opened(self) -> Sam | None:
        if self._sam is None and self._now_ms() >= self._next_look_ms:
            self._next_look_ms = self._now_ms() + LOOK_MS
            self._look()
        return self._sam

    def _look(self) -> None:
        secret = opening.secret_of(self._path.parent, self._opens, self._where)
        if secret is None:
            return
        try:
            self._sam = Sam(read_keys(self._path, secret), self._now_ms, self._random)
        except KeyFileError as wrong:
            log.error("%s", wrong)
