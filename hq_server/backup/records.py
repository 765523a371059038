"""What stands in a backup, the same for every database: rows as values, table by table, and files.

    manifest  {id, made_at_s, revision, engine, life, chain, ca_fingerprint, rows, cursors, outbox}
    file      name, bytes                 hq.toml and the secret that opens the sealed keys
    table     name, columns
    rows      name, rows                  many times
    end       {table: [rows, sha256]}     of the rows' records, so that what was written is what is read
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from hq_server.errors import HqError

ROWS_AT_ONCE = 1000
RECORD_MAX_BYTES = 1 << 28


def packed(*record: Any) -> bytes:
    """One record with its length before it."""
    raw = msgspec.msgpack.encode(record)
    return struct.pack(">I", len(raw)) + raw


def unpacked(pieces: Iterable[bytes]) -> Iterator[tuple[list, bytes]]:
    """Records and their bytes. Raises HqError('backup_damaged')."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= 4:
            length = struct.unpack_from(">I", waiting)[0]
            if length > RECORD_MAX_BYTES:
                raise HqError("backup_damaged", "a record without an end")
            if len(waiting) < 4 + length:
                break
            raw = bytes(waiting[4 : 4 + length])
            del waiting[: 4 + length]
            yield msgspec.msgpack.decode(raw), raw
    if waiting:
        raise HqError("backup_damaged", "ends within a record")


class Sums:
    """How many rows of each table have passed, and the hash over their records."""

    def __init__(self) -> None:
        self._hashes: dict[str, Any] = {}
        self._rows: dict[str, int] = {}

    def add(self, table: str, rows: int, raw: bytes) -> None:
        self._hashes.setdefault(table, hashlib.sha256()).update(raw)
        self._rows[table] = self._rows.get(table, 0) + rows

    def told(self) -> dict[str, list]:
        return {table: [self._rows[table], one.hexdigest()] for table, one in self._hashes.items()}
