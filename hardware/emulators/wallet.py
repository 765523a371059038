"""A wallet: emulated cards kept in one JSON file between runs."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from hardware.emulators.desfire import Card


def save(path: Path, cards: Iterable[Card]) -> None:
    """Write all cards; the file is whole or as it was before."""
    written = path.with_suffix(".new")
    written.write_text(json.dumps([card.state() for card in cards]), "utf-8")
    os.replace(written, path)


def load(path: Path) -> dict[str, Card]:
    """Cards by UID (upper-case hex); no file, no cards."""
    if not path.exists():
        return {}
    cards = [Card.from_state(state) for state in json.loads(path.read_text("utf-8"))]
    return {card.uid.hex().upper(): card for card in cards}
