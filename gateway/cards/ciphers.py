"""Block ciphers of a DESFire card as its secure messaging uses them: CBC, and CMAC that starts from a chained IV.

Sources: RFC 4493 and NIST SP 800-38B (CMAC), NXP AN10922 (what is diversified with it), libfreefare (EV1 messaging).
"""

import binascii
import warnings

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

warnings.filterwarnings("ignore", message=".*TripleDES.*")  # a factory-fresh card knows nothing else


class BlockCipher:
    """One key of AES-128 (16-byte blocks) or of DES in its two-key triple form (8-byte blocks)."""

    def __init__(self, key: bytes, des: bool = False):
        self.block = 8 if des else 16
        self._algorithm = TripleDES(key + key[:8]) if des else algorithms.AES(key)
        self._subkeys = self._make_subkeys()

    def encrypt(self, iv: bytes, data: bytes) -> bytes:
        """CBC over whole blocks."""
        run = Cipher(self._algorithm, modes.CBC(iv)).encryptor()
        return run.update(data) + run.finalize()

    def decrypt(self, iv: bytes, data: bytes) -> bytes:
        """CBC over whole blocks."""
        run = Cipher(self._algorithm, modes.CBC(iv)).decryptor()
        return run.update(data) + run.finalize()

    def cmac(self, data: bytes, iv: bytes = b"", width: int = 0) -> bytes:
        """The whole CMAC block. `iv`: a session's chained one; `width`: pad at least to so many bytes (AN10922)."""
        width = max(width, self.block * max(1, -(-len(data) // self.block)))
        padded = data if len(data) == width else (data + b"\x80").ljust(width, b"\x00")
        last = xor(padded[-self.block :], self._subkeys[0 if len(data) == width else 1])
        return self.encrypt(iv or bytes(self.block), padded[: -self.block] + last)[-self.block :]

    def _make_subkeys(self) -> tuple[bytes, bytes]:
        first = _doubled(self.encrypt(bytes(self.block), bytes(self.block)))
        return first, _doubled(first)


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if block[0] & 0x80:
        number ^= 0x87 if len(block) == 16 else 0x1B
    return (number & ((1 << 8 * len(block)) - 1)).to_bytes(len(block), "big")


def crc32(data: bytes) -> bytes:
    """The card's CRC-32: without the final inversion, least significant byte first."""
    return (binascii.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def rotated(data: bytes) -> bytes:
    """One byte to the left, as the handshake proves that a random number was read."""
    return data[1:] + data[:1]
