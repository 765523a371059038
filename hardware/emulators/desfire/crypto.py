"""Ciphers of the card: block chaining in both historic directions, CMAC (SP 800-38B), the two CRCs."""

import binascii

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DES, DES3K, AES = "des", "3k3des", "aes"
KEY_BYTES = {DES: 16, DES3K: 24, AES: 16}
BLOCK_BYTES = {DES: 8, DES3K: 8, AES: 16}
CHALLENGE_BYTES = {DES: 8, DES3K: 16, AES: 16}


def _algorithm(kind: str, key: bytes) -> algorithms.AES | TripleDES:
    if kind == AES:
        return algorithms.AES(key)
    return TripleDES(key if len(key) == 24 else key + key[:8])


def encrypt(kind: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC encryption of whole blocks."""
    run = Cipher(_algorithm(kind, key), modes.CBC(iv)).encryptor()
    return run.update(data) + run.finalize()


def decrypt(kind: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC decryption of whole blocks."""
    run = Cipher(_algorithm(kind, key), modes.CBC(iv)).decryptor()
    return run.update(data) + run.finalize()


def receive_legacy(key: bytes, data: bytes) -> bytes:
    """Undo what a host "deciphers" before sending: a legacy card only ever runs its DES forwards."""
    out, previous = b"", bytes(8)
    for i in range(0, len(data), 8):
        block = data[i : i + 8]
        out += xor(encrypt(DES, key, bytes(8), block), previous)
        previous = block
    return out


def cmac(kind: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """The whole CMAC block over data, started from iv (the chained IV of an EV1 session; zeros = SP 800-38B)."""
    size = BLOCK_BYTES[kind]
    first, second = _subkeys(kind, key)
    head, tail = data[: max(0, (len(data) - 1) // size) * size], data[max(0, (len(data) - 1) // size) * size :]
    if len(tail) == size:
        tail = xor(tail, first)
    else:
        tail = xor((tail + b"\x80").ljust(size, b"\x00"), second)
    return encrypt(kind, key, iv, head + tail)[-size:]


def _subkeys(kind: str, key: bytes) -> tuple[bytes, bytes]:
    size = BLOCK_BYTES[kind]
    first = _double(encrypt(kind, key, bytes(size), bytes(size)))
    return first, _double(first)


def _double(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if block[0] & 0x80:
        number ^= 0x87 if len(block) == 16 else 0x1B
    return (number & ((1 << 8 * len(block)) - 1)).to_bytes(len(block), "big")


def mac_legacy(key: bytes, data: bytes) -> bytes:
    """Four bytes of a DES CBC MAC, zero padded."""
    return encrypt(DES, key, bytes(8), pad(data, 8))[-8:-4]


def crc32(data: bytes) -> bytes:
    """CRC-32 without the final inversion, low byte first."""
    return (binascii.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


def crc16(data: bytes) -> bytes:
    """CRC_A of ISO 14443-3 (start 0x6363), low byte first."""
    crc = 0x6363
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def pad(data: bytes, size: int) -> bytes:
    """Zeros up to a whole number of blocks."""
    return data + bytes(-len(data) % size)


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def rotate(data: bytes) -> bytes:
    return data[1:] + data[:1]
