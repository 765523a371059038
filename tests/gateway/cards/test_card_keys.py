"""The chain's card keys: made once, added to, handed out to stores."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cards.keyfile import KeyFileError, local_secret, read_keys
from gateway.cards.keys import SETS_MAX
from gateway.cards.vault import Vault
from gateway.reader import of
from hardware.emulators.desfire import Card
from protocol.errors import Ours
from tests.gateway.cards.test_cards import identify
from tools import card_keys
from tools.issue_card import issue

ROOT = Path(__file__).resolve().parents[3]
UID = bytes.fromhex("04A1B2C3D4E5F6")
SETS = "issuer 0102, key sets (purpose/number) %s\n"


class Clock:
    boot = "b"

    def now_s(self) -> int:
        return 0

    def now_ms(self) -> int:
        return 0


def test_a_store_that_was_handed_its_keys_knows_cards_of_every_set(tmp_path):
    desk, secret = tmp_path / "desk.key", b"secret"
    keys = card_keys.new(desk, secret, 1)
    old, new = Card(UID), Card(UID[:-1] + b"\x01")
    issue(old.transceive, old.uid, "0a" * 16, keys)
    keys = card_keys.rotate(desk, secret)
    issue(new.transceive, new.uid, "0b" * 16, keys)
    card_keys.hand_out(read_keys(desk, secret), tmp_path)
    sam = of(tmp_path, Clock())
    assert isinstance(sam, Vault)
    assert [identify(sam, card)[0].party for card in (new, old)] == ["0b" * 16, "0a" * 16]
    held = read_keys(tmp_path / "cards.key", local_secret(tmp_path / "cards.secret"))
    assert held == keys.for_store() and {one.purpose for one in held.sets} == {1}


def test_a_set_that_was_withdrawn_is_unknown(tmp_path):
    desk, secret = tmp_path / "desk.key", b"secret"
    old = Card(UID)
    issue(old.transceive, old.uid, "0a" * 16, card_keys.new(desk, secret, 1))
    card_keys.rotate(desk, secret)
    with pytest.raises(Ours):
        card_keys.withdraw(desk, secret, 1, 2)
    card_keys.hand_out(card_keys.withdraw(desk, secret, 1, 1), tmp_path)
    assert identify(of(tmp_path, Clock()), old)[0].reason == "card_not_genuine"


def test_keys_are_never_made_over_others(tmp_path):
    card_keys.new(tmp_path / "cards.key", b"secret", 1)
    with pytest.raises(KeyFileError, match="orphan"):
        card_keys.new(tmp_path / "cards.key", b"secret", 1)
    with pytest.raises(KeyFileError):
        card_keys.new(tmp_path / "other.key", b"secret", 65536)


def test_key_sets_are_bounded(tmp_path):
    card_keys.new(tmp_path / "cards.key", b"secret", 1)
    for _ in range(SETS_MAX - 1):
        card_keys.rotate(tmp_path / "cards.key", b"secret")
    with pytest.raises(Ours):
        card_keys.rotate(tmp_path / "cards.key", b"secret")


def test_the_command_line(tmp_path):
    (tmp_path / "store").mkdir()
    where = ["--keys", str(tmp_path / "desk.key"), "--secret", str(tmp_path / "desk.secret")]
    for words, code, told in (
        (["rotate"], 1, ""),
        (["new", "--issuer", "258"], 0, SETS % "0/1 1/1 2/1 3/1 4/1 255/1"),
        (["new"], 1, ""),
        (["rotate", "--region", "2"], 0, SETS % "2/2 0/1 1/1 2/1 3/1 4/1 255/1"),
        (["hand-out", "--gateway", str(tmp_path / "store"), "--region", "2"], 0, SETS % "2/2 2/1"),
    ):
        command = [sys.executable, "-m", "tools.card_keys", words[0], *where, *words[1:]]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
        assert (run.returncode, run.stdout) == (code, told), words
    assert {file.name for file in (tmp_path / "store").iterdir()} == {"cards.key", "cards.secret"}
