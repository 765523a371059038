"""Chooses the remote SAM of a store: with the chain's card keys, or without any."""

import logging
import os
from pathlib import Path

from gateway.cards import opening
from gateway.cards.vault import Vault
from gateway.shop import Cards, Clocks, Identity, Refusal, Script
from protocol import card

log = logging.getLogger("gateway.reader")

KEY_FILE = "cards.key"
SECRET_FILE = opening.SECRET_FILE


class NoKeys:
    """A store that has not been given card keys: no card can prove itself, cash is taken."""

    first_key = card.KEY_IDENTIFY

    def seen(self, terminal: str, uid: str, answer: str) -> Script | Refusal:
        return Refusal("card_not_genuine", "this store holds no card keys")

    def answers(self, terminal: str, script: int, answers: list[str]) -> Script | Identity | Refusal:
        return Refusal("card_not_genuine", "this store holds no card keys")


def forget(directory: Path) -> None:
    """The store is closed for good: nobody finds the chain's card keys on its disk."""
    for path in (directory / KEY_FILE, directory / SECRET_FILE, opening.said_file(directory)):
        path.unlink(missing_ok=True)


def of(directory: Path, clock: Clocks) -> Cards:
    """The SAM of a gateway's directory: cards.key, opened as the file says."""
    if not (directory / KEY_FILE).exists():
        log.warning("no %s in %s: cards cannot be proved here", KEY_FILE, directory)
        return NoKeys()
    return Vault(directory / KEY_FILE, clock.now_ms, os.urandom)
