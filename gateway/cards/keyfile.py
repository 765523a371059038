"""The sealed key file: AES-256-GCM under a key made by scrypt from a secret that is kept elsewhere.

One JSON object: {"format":2,"opens","where","salt","nonce","box"}, the last three in hex; the box holds issuer and key
sets, and is bound to all that stands beside it. `opens` says how the secret comes back after a power cut (opening.py).
The scrypt cost is fixed per way of opening, so a changed file cannot ask for more or less work.
"""

import json
import os
from hashlib import scrypt
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.cards.keys import NUMBER_MAX, PURPOSES, SETS_MAX, ChainKeys, KeySet

FORMAT = 2
FILE, CREDENTIAL, TOKEN, PASSPHRASE = "file", "credential", "token", "passphrase"
WAYS = (FILE, CREDENTIAL, TOKEN, PASSPHRASE)
# A passphrase can be guessed at, the random bytes of the others cannot: 64 MB against 16 MB, once per opening.
COSTS = {way: 1 << (16 if way == PASSPHRASE else 14) for way in WAYS}
SCRYPT_MEMORY_BYTES = 128 << 20
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32


class KeyFileError(Exception):
    """The key file cannot be opened: wrong secret, or not (or no longer) a key file. Restore it, or enrol again."""


def write_keys(path: Path, keys: ChainKeys, secret: bytes, opens: str = FILE, where: str = "") -> None:
    """Seals keys into a file that only its owner may read; written beside it first, then moved into place."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    plain = json.dumps(_plain(keys)).encode()
    box = AESGCM(_key(secret, salt, opens)).encrypt(nonce, plain, _bound(salt, opens, where))
    sealed = {"format": FORMAT, "opens": opens, "where": where}
    sealed |= {"salt": salt.hex(), "nonce": nonce.hex(), "box": box.hex()}
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(sealed, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read_keys(path: Path, secret: bytes) -> ChainKeys:
    """The keys of a file. Raises KeyFileError."""
    sealed = _sealed(path)
    opens, where = sealed["opens"], sealed["where"]
    try:
        salt, nonce, box = (bytes.fromhex(sealed[name]) for name in ("salt", "nonce", "box"))
        return _keys(json.loads(AESGCM(_key(secret, salt, opens)).decrypt(nonce, box, _bound(salt, opens, where))))
    except InvalidTag:
        raise KeyFileError(f"{path} does not open with this secret") from None
    except (ValueError, KeyError, TypeError) as wrong:
        raise KeyFileError(f"{path} is no key file: {type(wrong).__name__}") from None


def how_it_opens(path: Path) -> tuple[str, str]:
    """(way, where) as the file says; nothing vouches for it before the file is open. Raises KeyFileError."""
    sealed = _sealed(path)
    return sealed["opens"], sealed["where"]


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


def _sealed(path: Path) -> dict:
    try:
        sealed = json.loads(path.read_text())
        if sealed["format"] != FORMAT:
            raise KeyFileError(f"{path} has format {sealed['format']}; this gateway reads {FORMAT}")
        if sealed["opens"] not in WAYS or not isinstance(sealed["where"], str):
            raise KeyFileError(f"{path} opens in a way that this gateway does not know")
        return sealed
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise KeyFileError(f"{path} is no key file: {type(wrong).__name__}") from None


def _key(secret: bytes, salt: bytes, opens: str) -> bytes:
    return scrypt(secret, salt=salt, dklen=KEY_BYTES, n=COSTS[opens], r=8, p=1, maxmem=SCRYPT_MEMORY_BYTES)


def _bound(salt: bytes, opens: str, where: str) -> bytes:
    return b"tapwell card keys %d " % FORMAT + salt + json.dumps([opens, where]).encode()


def _plain(keys: ChainKeys) -> dict:
    sets = [{"purpose": one.purpose, "number": one.number, "key": one.key.hex()} for one in keys.sets]
    return {"issuer": keys.issuer, "sets": sets}


def _keys(plain: dict) -> ChainKeys:
    sets = tuple(KeySet(one["purpose"], one["number"], bytes.fromhex(one["key"])) for one in plain["sets"])
    found = ChainKeys(plain["issuer"], sets)
    most = max((len(found.of(purpose)) for purpose in PURPOSES), default=0)
    if not sets or most > SETS_MAX or any(not 1 <= one.number <= NUMBER_MAX for one in sets):
        raise ValueError("key sets")
    return found
