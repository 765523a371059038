"""The sealed key file: round trip, wrong secret, changed bytes, and who may read it."""

import json
import os
import stat

import pytest

from gateway.cards.keyfile import KeyFileError, local_secret, read_keys, write_keys
from gateway.cards.keys import REGIONS, make_chain_keys

MAGIC = '{"format":2,"opens":"magic","where":""}'
KEYS = make_chain_keys(7, os.urandom).rolled(1, os.urandom)


def test_keys_come_back(tmp_path):
    path = tmp_path / "cards.key"
    write_keys(path, KEYS, b"secret")
    assert read_keys(path, b"secret") == KEYS
    write_keys(path, KEYS.for_store(), b"other")
    assert read_keys(path, b"other") == KEYS.for_store()
    assert {one.purpose for one in KEYS.for_store().sets} == {1} and len(KEYS.sets) == len(REGIONS) + 3


def test_the_file_shows_no_key_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "cards.key"
    write_keys(path, KEYS, b"secret")
    assert KEYS.sets[0].key.hex() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["cards.key"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format":1}', '{"format":2}', MAGIC])
def test_a_file_that_is_none(tmp_path, text):
    path = tmp_path / "cards.key"
    path.write_text(text)
    with pytest.raises(KeyFileError):
        read_keys(path, b"secret")


def test_wrong_secret_changed_bytes_and_missing_file(tmp_path):
    path = tmp_path / "cards.key"
    with pytest.raises(KeyFileError):
        read_keys(path, b"secret")
    write_keys(path, KEYS, b"secret")
    with pytest.raises(KeyFileError, match="does not open"):
        read_keys(path, b"secret ")
    sealed = json.loads(path.read_text())
    for name in ("salt", "nonce", "box"):
        changed = sealed | {name: f"{int(sealed[name][:2], 16) ^ 1:02x}" + sealed[name][2:]}
        path.write_text(json.dumps(changed))
        with pytest.raises(KeyFileError, match="does not open"):
            read_keys(path, b"secret")
    for name, value in (("where", "/elsewhere"), ("opens", "token")):
        path.write_text(json.dumps(sealed | {name: value}))
        with pytest.raises(KeyFileError, match="does not open"):
            read_keys(path, b"secret")


def test_the_local_secret_is_made_once(tmp_path):
    path = tmp_path / "cards.secret"
    made = local_secret(path)
    assert len(made) == 32 and local_secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
