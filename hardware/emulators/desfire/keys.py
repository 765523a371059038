"""Keys of the card and of its applications."""

from dataclasses import dataclass

from hardware.emulators.desfire import crypto

TYPE_BITS = {crypto.DES: 0x00, crypto.DES3K: 0x40, crypto.AES: 0x80}
KIND_OF_BITS = {bits: kind for kind, bits in TYPE_BITS.items()}


@dataclass(frozen=True)
class Key:
    """One key: `value` 16 or 24 bytes; the version of a DES key hides in its parity bits."""

    kind: str
    value: bytes
    version: int = 0

    @property
    def shown_version(self) -> int:
        if self.kind == crypto.AES:
            return self.version
        return sum((byte & 1) << 7 - i for i, byte in enumerate(self.value[:8]))

    def state(self) -> dict:
        return {"kind": self.kind, "value": self.value.hex(), "version": self.version}


def blank(kind: str) -> Key:
    """The key of a factory-fresh card or application: all zeros."""
    return Key(kind, bytes(crypto.KEY_BYTES[kind]))


def from_state(state: dict) -> Key:
    return Key(state["kind"], bytes.fromhex(state["value"]), state["version"])


def session_key(kind: str, single_des: bool, a: bytes, b: bytes) -> bytes:
    """Session key from the two challenges (host's a, card's b)."""
    if kind == crypto.AES:
        return a[:4] + b[:4] + a[12:16] + b[12:16]
    if kind == crypto.DES3K:
        return a[:4] + b[:4] + a[6:10] + b[6:10] + a[12:16] + b[12:16]
    return (a[:4] + b[:4]) * 2 if single_des else a[:4] + b[:4] + a[4:8] + b[4:8]


def is_single_des(key: Key) -> bool:
    """A 16-byte DES key of two equal halves (parity aside) is worked as single DES."""
    plain = bytes(byte & 0xFE for byte in key.value)
    return key.kind == crypto.DES and plain[:8] == plain[8:]
