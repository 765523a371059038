"""Files inside an application. So far: standard data files; other kinds join the table at the end."""

from dataclasses import dataclass

from hardware.emulators.desfire.session import ENCIPHERED, MACED, PLAIN
from hardware.emulators.desfire.status import BOUNDARY_ERROR, PARAMETER_ERROR, require

FREE, NEVER = 0xE, 0xF
STANDARD = 0x00


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


def decode_rights(two: bytes) -> Rights:
    return Rights(read=two[1] >> 4, write=two[1] & 0xF, read_write=two[0] >> 4, change=two[0] & 0xF)


class StandardFile:
    """Bytes that change at once when written (no transaction)."""

    kind = STANDARD

    def __init__(self, mode: int, rights: Rights, content: bytearray) -> None:
        self.mode, self.rights, self.content = mode, rights, content

    @property
    def memory_bytes(self) -> int:
        return -(-len(self.content) // 32) * 32

    def settings(self) -> bytes:
        return bytes([self.kind, self.mode]) + self.rights.encode() + len(self.content).to_bytes(3, "little")

    def read(self, offset: int, length: int) -> bytes:
        """Length 0 reads to the end."""
        end = offset + length if length else len(self.content)
        require(offset < len(self.content) and end <= len(self.content), BOUNDARY_ERROR)
        return bytes(self.content[offset:end])

    def check_write(self, offset: int, length: int) -> None:
        require(length > 0 and offset + length <= len(self.content), BOUNDARY_ERROR)

    def write(self, offset: int, data: bytes) -> None:
        self.content[offset : offset + len(data)] = data

    def state(self) -> dict:
        rights = self.rights.encode().hex()
        return {"kind": self.kind, "mode": self.mode, "rights": rights, "content": self.content.hex()}


File = StandardFile


def create_standard(mode: int, rights: Rights, tail: bytes) -> StandardFile:
    """`tail` = size, 3 bytes low first."""
    size = int.from_bytes(tail, "little")
    require(size > 0, PARAMETER_ERROR)
    return StandardFile(mode, rights, bytearray(size))


def decode_mode(byte: int) -> int:
    require(byte in (PLAIN, MACED, ENCIPHERED, 2), PARAMETER_ERROR)  # 2 is another spelling of plain
    return PLAIN if byte == 2 else byte


def from_state(state: dict) -> File:
    rights = decode_rights(bytes.fromhex(state["rights"]))
    return FROM_STATE[state["kind"]](state["mode"], rights, bytearray.fromhex(state["content"]))


FROM_STATE = {STANDARD: StandardFile}
