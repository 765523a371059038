"""The remote SAM of a store: card keys stay here, terminals only play what it scripts."""

import sqlite3
from pathlib import Path

from gateway.shop import Identity, Refusal, Script

KEY_FILE = "cards.key"


class Reader:
    """Open card dialogues, by terminal; at most one each."""

    @classmethod
    def of(cls, directory: Path, db: sqlite3.Connection) -> "Reader":
        return cls()

    def seen(self, terminal: str, uid: str, answer: str) -> Script | Identity | Refusal:
        return Refusal("card_not_genuine")

    def answers(self, terminal: str, script: int, answers: list[str]) -> Script | Identity | Refusal:
        return Refusal("card_not_genuine")
