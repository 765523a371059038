"""The sealed key file: AES-256-GCM under a key made by scrypt from a passphrase, or from the bytes of a secret file.

One JSON object: {"format":1,"salt","nonce","box"} in hex; the box holds issuer and key sets. The scrypt cost is fixed
per format, so a changed file cannot ask for more or less work.
"""

import json
import os
from hashlib import scrypt
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.cards.keys import ChainKeys, KeySet

FORMAT = 1
COST = {"n": 1 << 14, "r": 8, "p": 1}  # 16 MB and some tens of milliseconds, once per start
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
SETS_MAX = 4  # a store tries them in turn while a card is in the field


class KeyFileError(Exception):
    """The key file cannot be opened: wrong secret, or not (or no longer) a key file. Restore it, or enrol again."""


def write_keys(path: Path, keys: ChainKeys, secret: bytes) -> None:
    """Seals keys into a file that only its owner may read; written beside it first, then moved into place."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    box = AESGCM(_key(secret, salt)).encrypt(nonce, json.dumps(_plain(keys)).encode(), _bound(salt))
    sealed = {"format": FORMAT, "salt": salt.hex(), "nonce": nonce.hex(), "box": box.hex()}
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(sealed, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read_keys(path: Path, secret: bytes) -> ChainKeys:
    """The keys of a file. Raises KeyFileError."""
    try:
        sealed = json.loads(path.read_text())
        if sealed["format"] != FORMAT:
            raise KeyFileError(f"{path} has format {sealed['format']}; this gateway reads {FORMAT}")
        salt, nonce, box = (bytes.fromhex(sealed[name]) for name in ("salt", "nonce", "box"))
        return _keys(json.loads(AESGCM(_key(secret, salt)).decrypt(nonce, box, _bound(salt))))
    except InvalidTag:
        raise KeyFileError(f"{path} does not open with this secret") from None
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise KeyFileError(f"{path} is no key file: {type(wrong).__name__}") from None


def local_secret(path: Path) -> bytes:
    """The secret kept in a file of its own on this machine, made when it is not there."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return path.read_bytes()


def _key(secret: bytes, salt: bytes) -> bytes:
    return scrypt(secret, salt=salt, dklen=KEY_BYTES, **COST)


def _bound(salt: bytes) -> bytes:
    return b"tapwell card keys %d " % FORMAT + salt


def _plain(keys: ChainKeys) -> dict:
    sets = [{"number": one.number, **{name: getattr(one, name).hex() for name in _NAMES}} for one in keys.sets]
    return {"issuer": keys.issuer, "sets": sets}


def _keys(plain: dict) -> ChainKeys:
    sets = tuple(KeySet(one["number"], *(bytes.fromhex(one[name]) for name in _NAMES)) for one in plain["sets"])
    if not 1 <= len(sets) <= SETS_MAX:
        raise ValueError("number of key sets")
    return ChainKeys(plain["issuer"], sets)


_NAMES = ("identify", "master", "picc")
