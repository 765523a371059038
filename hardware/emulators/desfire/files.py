"""Files inside an application: what each kind holds, what waits for CommitTransaction, and how it is kept.

Provenance: kinds, limits and transactions as libfreefare's hardware tests find them on real cards, and as NXP's public
MF2DL(H)x0 data sheet has them for DESFire Light (8.2.3 file types, 11.9 value, 11.10 records).
"""

from dataclasses import dataclass

from hardware.emulators.desfire.session import ENCIPHERED, MACED, PLAIN
from hardware.emulators.desfire.status import BOUNDARY_ERROR, PARAMETER_ERROR, PERMISSION_DENIED, require

FREE, NEVER = 0xE, 0xF
STANDARD, BACKUP, VALUE, LINEAR, CYCLIC = range(5)
VALUE_MIN, VALUE_MAX = -(1 << 31), (1 << 31) - 1


@dataclass(frozen=True)
class Rights:
    """Who may: key numbers 0-13, 14 = anybody, 15 = nobody."""

    read: int
    write: int
    read_write: int
    change: int

    def encode(self) -> bytes:
        """Two bytes, low byte first."""
        return bytes([self.read_write << 4 | self.change, self.read << 4 | self.write])

    @property
    def readers(self) -> tuple[int, ...]:
        return (self.read, self.read_write)

    @property
    def writers(self) -> tuple[int, ...]:
        return (self.write, self.read_write)

    @property
    def anyone(self) -> tuple[int, ...]:
        """Whoever may do anything with the data: see or debit a value."""
        return (self.read, self.write, self.read_write)


def decode_rights(two: bytes) -> Rights:
    return Rights(read=two[1] >> 4, write=two[1] & 0xF, read_write=two[0] >> 4, change=two[0] & 0xF)


class File:
    """What every file has. `pending`: something waits for CommitTransaction."""

    kind = STANDARD

    def __init__(self, mode: int, rights: Rights, iso_id: bytes = b"") -> None:
        self.mode, self.rights, self.iso_id = mode, rights, iso_id

    @property
    def pending(self) -> bool:
        return False

    @property
    def memory_bytes(self) -> int:
        return -(-self._size() // 32) * 32

    def commit(self) -> None:
        """What waited becomes true."""

    def abort(self) -> None:
        """What waited is forgotten."""

    def settings(self) -> bytes:
        return bytes([self.kind, self.mode]) + self.rights.encode() + self._described()

    def state(self) -> dict:
        head = {"kind": self.kind, "mode": self.mode, "rights": self.rights.encode().hex(), "iso_id": self.iso_id.hex()}
        return head | self._kept()

    def _size(self) -> int:
        raise NotImplementedError

    def _described(self) -> bytes:
        raise NotImplementedError

    def _kept(self) -> dict:
        raise NotImplementedError


class StandardFile(File):
    """Bytes that change at once when written (no transaction)."""

    kind = STANDARD

    def __init__(self, mode: int, rights: Rights, content: bytearray, iso_id: bytes = b"") -> None:
        super().__init__(mode, rights, iso_id)
        self.content = content

    def read(self, offset: int, length: int) -> bytes:
        """Length 0 reads to the end."""
        end = offset + length if length else len(self.content)
        require(offset < len(self.content) and end <= len(self.content), BOUNDARY_ERROR)
        return bytes(self.content[offset:end])

    def check_write(self, offset: int, length: int) -> None:
        require(length > 0 and offset + length <= len(self.content), BOUNDARY_ERROR)

    def write(self, offset: int, data: bytes) -> None:
        self.content[offset : offset + len(data)] = data

    def _size(self) -> int:
        return len(self.content)

    def _described(self) -> bytes:
        return len(self.content).to_bytes(3, "little")

    def _kept(self) -> dict:
        return {"content": self.content.hex()}


class BackupFile(StandardFile):
    """Bytes with a shadow: writes wait in it for CommitTransaction, reads see what is committed."""

    kind = BACKUP

    def __init__(self, mode: int, rights: Rights, content: bytearray, iso_id: bytes = b"") -> None:
        super().__init__(mode, rights, content, iso_id)
        self._shadow: bytearray | None = None

    @property
    def pending(self) -> bool:
        return self._shadow is not None

    def write(self, offset: int, data: bytes) -> None:
        if self._shadow is None:
            self._shadow = bytearray(self.content)
        self._shadow[offset : offset + len(data)] = data

    def commit(self) -> None:
        if self._shadow is not None:
            self.content, self._shadow = self._shadow, None

    def abort(self) -> None:
        self._shadow = None

    def _size(self) -> int:
        return 2 * len(self.content)


@dataclass
class Limits:
    """Bounds of a value file; `limited`: what LimitedCredit may still give back, `enabled`: whether it may at all."""

    lower: int
    upper: int
    limited: int = 0
    enabled: int = 0  # bit 0 LimitedCredit, bit 1 free GetValue


class ValueFile(File):
    """A signed 32-bit figure between two limits; changes wait for CommitTransaction.

    A debit may use what the same transaction has credited (libfreefare's tests).
    """

    kind = VALUE

    def __init__(self, mode: int, rights: Rights, value: int, limits: Limits, iso_id: bytes = b"") -> None:
        super().__init__(mode, rights, iso_id)
        self.value, self.limits = value, limits
        self._forget()

    @property
    def pending(self) -> bool:
        return self._changed

    def credit(self, amount: int) -> None:
        require(amount >= 0, PARAMETER_ERROR)
        require(self.value + self._more - self._less + amount <= self.limits.upper, BOUNDARY_ERROR)
        self._more += amount
        self._changed = True

    def debit(self, amount: int) -> None:
        require(amount >= 0, PARAMETER_ERROR)
        require(self.value + self._more - self._less - amount >= self.limits.lower, BOUNDARY_ERROR)
        self._less += amount
        self._changed = True

    def limited_credit(self, amount: int) -> None:
        """At most what the last transaction with a debit took, once."""
        require(bool(self.limits.enabled & 1), PERMISSION_DENIED)
        require(0 <= amount <= self.limits.limited and not self._given_back, BOUNDARY_ERROR)
        self.credit(amount)
        self._given_back = True

    def commit(self) -> None:
        if self._less or self._given_back:
            self.limits.limited = self._less
        self.value += self._more - self._less
        self._forget()

    def abort(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._more = self._less = 0
        self._changed = self._given_back = False

    def _size(self) -> int:
        return 32

    def _described(self) -> bytes:
        figures = (self.limits.lower, self.limits.upper, self.limits.limited)
        return b"".join(encode_value(one) for one in figures) + bytes([self.limits.enabled])

    def _kept(self) -> dict:
        return {"value": self.value, "limits": vars(self.limits)}


class RecordFile(File):
    """Records of one size, the oldest first. One new record waits for CommitTransaction, or the clearing of all."""

    def __init__(
        self, mode: int, rights: Rights, size: int, most: int, records: list[bytes] | None = None, iso_id: bytes = b""
    ) -> None:
        super().__init__(mode, rights, iso_id)
        self.size, self.most, self.records = size, most, records or []
        self._new: bytearray | None = None
        self._cleared = False

    @property
    def pending(self) -> bool:
        return self._new is not None or self._cleared

    def read_records(self, newest: int, count: int) -> bytes:
        """`count` records (0 = all older ones too) back from the `newest`-th newest; the oldest of them first."""
        have = len(self.records)
        require(newest < have and newest + count <= have, BOUNDARY_ERROR)
        end = have - newest
        return b"".join(self.records[end - count if count else 0 : end])

    def check_write(self, offset: int, length: int) -> None:
        require(length > 0 and offset + length <= self.size, BOUNDARY_ERROR)
        require(not self._cleared, PERMISSION_DENIED)  # as libfreefare's tests expect of a real card
        require(self._has_room(), BOUNDARY_ERROR)

    def write(self, offset: int, data: bytes) -> None:
        if self._new is None:
            self._new = bytearray(self.size)
        self._new[offset : offset + len(data)] = data

    def clear(self) -> None:
        self._cleared, self._new = True, None

    def commit(self) -> None:
        if self._cleared:
            self.records = []
        if self._new is not None:
            self.records.append(bytes(self._new))
            self._drop_oldest()
        self.abort()

    def abort(self) -> None:
        self._new, self._cleared = None, False

    def _has_room(self) -> bool:
        raise NotImplementedError

    def _drop_oldest(self) -> None:
        """What a full file does after a new record."""

    def _size(self) -> int:
        return self.size * self.most

    def _described(self) -> bytes:
        return b"".join(number.to_bytes(3, "little") for number in (self.size, self.most, len(self.records)))

    def _kept(self) -> dict:
        return {"size": self.size, "most": self.most, "records": [record.hex() for record in self.records]}


class LinearFile(RecordFile):
    """Full is full until it is cleared."""

    kind = LINEAR

    def _has_room(self) -> bool:
        return len(self.records) < self.most


class CyclicFile(RecordFile):
    """The newest replaces the oldest; one place is kept for the record that waits."""

    kind = CYCLIC

    def _has_room(self) -> bool:
        return True

    def _drop_oldest(self) -> None:
        self.records = self.records[-(self.most - 1) :]


def create_data(kind: int, mode: int, rights: Rights, tail: bytes, iso_id: bytes) -> StandardFile:
    """`tail` = size, 3 bytes low first."""
    size = int.from_bytes(tail, "little")
    require(size > 0, PARAMETER_ERROR)
    return (BackupFile if kind == BACKUP else StandardFile)(mode, rights, bytearray(size), iso_id)


def create_value(mode: int, rights: Rights, tail: bytes) -> ValueFile:
    """`tail` = lower, upper, value (4 bytes each), enabled."""
    lower, upper, value = (decode_value(tail[i : i + 4]) for i in (0, 4, 8))
    require(lower <= value <= upper, PARAMETER_ERROR)
    return ValueFile(mode, rights, value, Limits(lower, upper, 0, tail[12]))


def create_records(kind: int, mode: int, rights: Rights, tail: bytes, iso_id: bytes) -> RecordFile:
    """`tail` = size of a record, most records, 3 bytes each."""
    size, most = int.from_bytes(tail[:3], "little"), int.from_bytes(tail[3:6], "little")
    require(size > 0 and most > (1 if kind == CYCLIC else 0), PARAMETER_ERROR)
    return (CyclicFile if kind == CYCLIC else LinearFile)(mode, rights, size, most, None, iso_id)


def decode_mode(byte: int) -> int:
    require(byte in (PLAIN, MACED, ENCIPHERED, 2), PARAMETER_ERROR)  # 2 is another spelling of plain
    return PLAIN if byte == 2 else byte


def encode_value(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def decode_value(four: bytes) -> int:
    return int.from_bytes(four, "little", signed=True)


def from_state(state: dict) -> File:
    kind, mode = state["kind"], state["mode"]
    rights, iso_id = decode_rights(bytes.fromhex(state["rights"])), bytes.fromhex(state.get("iso_id", ""))
    if kind == VALUE:
        return ValueFile(mode, rights, state["value"], Limits(**state["limits"]), iso_id)
    if kind in (LINEAR, CYCLIC):
        records = [bytes.fromhex(record) for record in state["records"]]
        made = CyclicFile if kind == CYCLIC else LinearFile
        return made(mode, rights, state["size"], state["most"], records, iso_id)
    made = BackupFile if kind == BACKUP else StandardFile
    return made(mode, rights, bytearray.fromhex(state["content"]), iso_id)
