"""A store's card keys after a power cut, head office away: each way of opening, and what sells until then."""

import os
from pathlib import Path

import pytest

from gateway import reader
from gateway.cards import opening
from gateway.cards.keyfile import CREDENTIAL, FILE, PASSPHRASE, TOKEN, KeyFileError
from gateway.cards.keys import make_chain_keys
from gateway.shop import Identity, Refusal
from tests.gateway.cards.test_cards import identify, issued
from tools import card_keys

KEYS = make_chain_keys(1, os.urandom)
WORDS = "a manager's long word"


class Clock:
    ms = 0

    def now_ms(self) -> int:
        self.ms += 3_000  # every look is a new one
        return self.ms


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


def power_cut(store: Path) -> None:
    """What lies in memory is gone; the gateway is started anew, with nobody at head office to ask."""
    for file in (store.parent / "memory").iterdir():
        file.unlink()


def knows(cards) -> bool:
    step, _ = identify(cards, issued(KEYS))
    assert isinstance(step, Identity) or step == Refusal("card_not_genuine", "the card keys of this store are locked")
    return isinstance(step, Identity)


def test_a_file_beside_opens_by_itself(store):
    card_keys.hand_out(KEYS, store)
    power_cut(store)
    assert knows(reader.of(store, Clock()))


def test_a_token_opens_while_it_is_there(store):
    stick = store.parent / "stick.secret"
    card_keys.hand_out(KEYS, store, opens=TOKEN, where=str(stick))
    taken = stick.rename(store.parent / "in a pocket")
    cards = reader.of(store, Clock())
    assert not knows(cards)
    taken.rename(stick)
    assert knows(cards), "without a restart"
    stick.unlink()
    assert knows(cards), "until the next start"
    assert not knows(reader.of(store, Clock()))


def test_a_passphrase_is_said_once_per_start(store, monkeypatch):
    monkeypatch.setattr(card_keys, "asked_passphrase", lambda: WORDS.encode())
    card_keys.hand_out(KEYS, store, opens=PASSPHRASE)
    cards = reader.of(store, Clock())
    assert not knows(cards)
    card_keys.open_store(store)
    assert knows(cards) and WORDS not in "".join(file.read_text() for file in store.iterdir())
    assert knows(reader.of(store, Clock())), "a restart without a power cut"
    power_cut(store)
    assert not knows(reader.of(store, Clock()))
    monkeypatch.setattr(card_keys, "asked_passphrase", lambda: b"something else altogether")
    with pytest.raises(KeyFileError, match="does not open"):
        card_keys.open_store(store)
    assert not knows(reader.of(store, Clock()))


def test_a_word_that_somebody_else_laid_there_is_not_believed(store, monkeypatch):
    """A RAM disk is everybody's: a link is not followed, a file that others can read is not taken."""
    monkeypatch.setattr(card_keys, "asked_passphrase", lambda: WORDS.encode())
    card_keys.hand_out(KEYS, store, opens=PASSPHRASE)
    said = opening.said_file(store)
    elsewhere = store.parent / "elsewhere"
    elsewhere.write_text(WORDS)
    said.symlink_to(elsewhere)
    assert opening.secret_of(store, PASSPHRASE, "") is None
    opening.say(store, WORDS.encode())
    assert not said.is_symlink() and elsewhere.read_text() == WORDS
    assert opening.secret_of(store, PASSPHRASE, "") == WORDS.encode()
    said.chmod(0o644)
    assert opening.secret_of(store, PASSPHRASE, "") is None


def test_a_wrong_secret_locks_and_is_looked_at_seldom(store):
    card_keys.hand_out(KEYS, store)
    (store / opening.SECRET_FILE).write_bytes(b"not this one")
    assert not knows(reader.of(store, Clock()))
    with pytest.raises(KeyFileError, match="not by a passphrase"):
        card_keys.open_store(store)


def test_each_way_is_known_and_a_store_without_keys_takes_cash(store):
    assert set(opening.WAYS) == {FILE, CREDENTIAL, TOKEN, PASSPHRASE}
    assert isinstance(reader.of(store, Clock()), reader.NoKeys)
    with pytest.raises(KeyFileError, match="--where"):
        card_keys.hand_out(KEYS, store, opens=TOKEN)


def test_a_closed_store_keeps_no_key_anywhere(store, monkeypatch):
    monkeypatch.setattr(card_keys, "asked_passphrase", lambda: WORDS.encode())
    card_keys.hand_out(KEYS, store, opens=PASSPHRASE)
    card_keys.open_store(store)
    reader.forget(store)
    assert list(store.iterdir()) == [] and list((store.parent / "memory").iterdir()) == []
