"""The file that a backup is: bytes compressed and enciphered in chunks whose order and end are vouched for.

    tapwell backup 1\n
    {"id": ..., "made_at_s": ..., "kdf": "scrypt", "salt": ..., "n": ..., "r": ..., "p": ..., "check": ...}\\n
    chunk*          4 bytes: length, with the highest bit set for the last one; then AES-256-GCM of it

A chunk's nonce is its number and whether it is the last (RFC 5116 allows a counter: the key is this file's own), and
the header is the additional data of each: nothing can be changed, left out, moved or cut off unseen.
"""

import hashlib
import json
import secrets
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hq_server.errors import HqError

MAGIC = b"tapwell backup 1\n"
CHUNK_BYTES = 1 << 18
HEADER_MAX_BYTES = 4096
COST = {"n": 1 << 15, "r": 8, "p": 1}  # 32 MB and about 0.1 s for each guess
MEMORY_MAX_BYTES = 1 << 28  # what a header may ask for
LAST = 1 << 31


class Sealed:
    """Writes a backup's bytes; finish() makes it whole."""

    def __init__(self, file: BinaryIO, passphrase: str, **about: object):
        salt = secrets.token_bytes(16)
        key, check = _keys(passphrase, salt, COST)
        head = {**about, "kdf": "scrypt", "salt": salt.hex(), **COST, "check": check}
        header = MAGIC + json.dumps(head).encode() + b"\n"
        file.write(header)
        self._file, self._cipher, self._header = file, AESGCM(key), hashlib.sha256(header).digest()
        self._squeezed, self._waiting, self._number = zlib.compressobj(6), bytearray(), 0

    def write(self, raw: bytes) -> None:
        self._waiting += self._squeezed.compress(raw)
        while len(self._waiting) > CHUNK_BYTES:
            self._chunk(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        self._waiting += self._squeezed.flush()
        while len(self._waiting) > CHUNK_BYTES:
            self._chunk(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, raw: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), raw, self._header)
        self._file.write(struct.pack(">I", len(sealed) | (LAST if last else 0)) + sealed)
        self._number += 1


def header_of(file: BinaryIO) -> dict:
    """What a backup says of itself without its passphrase. Raises HqError('not_a_backup')."""
    return _header(file)[1]


def opened(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """The bytes of a backup, piece by piece. Raises HqError: not_a_backup, wrong_passphrase, backup_damaged.

    What has come is genuine even where a later piece is not; whether it is all of it shows only at the end.
    """
    header, head = _header(file)
    cost = {name: int(head[name]) for name in COST}
    if 128 * cost["n"] * cost["r"] > MEMORY_MAX_BYTES:
        raise HqError("not_a_backup", "its header asks for too much memory")
    key, check = _keys(passphrase, bytes.fromhex(head["salt"]), cost)
    if not secrets.compare_digest(check, head["check"]):
        raise HqError("wrong_passphrase", "this backup was made with another one")
    pieces, whole = zlib.decompressobj(), hashlib.sha256(header).digest()
    for raw in _chunks(file, AESGCM(key), whole):
        yield pieces.decompress(raw)
    yield pieces.flush()


def _chunks(file: BinaryIO, cipher: AESGCM, header: bytes) -> Iterator[bytes]:
    number, last = 0, False
    while not last:
        size = file.read(4)
        if len(size) < 4:
            raise HqError("backup_damaged", f"torn off after chunk {number}")
        told = struct.unpack(">I", size)[0]
        last, length = bool(told & LAST), told & ~LAST
        sealed = file.read(length) if length <= CHUNK_BYTES + 16 else b""
        if len(sealed) < length or not sealed:
            raise HqError("backup_damaged", f"torn off in chunk {number + 1}")
        try:
            yield cipher.decrypt(_nonce(number, last), sealed, header)
        except InvalidTag:
            raise HqError("backup_damaged", f"chunk {number + 1} was changed") from None
        number += 1
    if file.read(1):
        raise HqError("backup_damaged", "something follows its end")


def _header(file: BinaryIO) -> tuple[bytes, dict]:
    magic, line = file.read(len(MAGIC)), file.readline(HEADER_MAX_BYTES)
    try:
        head = json.loads(line)
        fits = magic == MAGIC and {"id", "made_at_s", "salt", "check", *COST} <= head.keys()
    except (ValueError, AttributeError):
        fits = False
    if not fits:
        raise HqError("not_a_backup", "this file does not begin as one")
    return magic + line, head


def _keys(passphrase: str, salt: bytes, cost: dict[str, int]) -> tuple[bytes, str]:
    """The key, and a token by which a wrong passphrase is told from a damaged file."""
    if not passphrase:
        raise HqError("no_passphrase", "a backup holds the chain's keys: it needs one")
    raw = hashlib.scrypt(passphrase.encode(), salt=salt, **cost, maxmem=2 * MEMORY_MAX_BYTES, dklen=64)
    return raw[:32], hashlib.sha256(raw[32:]).hexdigest()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
