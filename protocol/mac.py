"""HMAC-SHA256 (RFC 2104, FIPS 180-4) on both interpreters; MicroPython has no hmac module."""

import sys

if sys.implementation.name == "micropython":
    from hashlib import sha256

    _INNER = int.from_bytes(b"\x36" * 64, "big")
    _OUTER = int.from_bytes(b"\x5c" * 64, "big")

    def hmac_sha256(key: bytes, text: bytes) -> bytes:
        """32 bytes."""
        if len(key) > 64:
            key = sha256(key).digest()
        padded = int.from_bytes(key + bytes(64 - len(key)), "big")  # one long number: byte by byte takes a board longer
        inner = sha256((padded ^ _INNER).to_bytes(64, "big"))
        inner.update(text)
        outer = sha256((padded ^ _OUTER).to_bytes(64, "big"))
        outer.update(inner.digest())
        return outer.digest()

else:
    from hmac import digest as _digest  # pyright: ignore  (CPython)

    def hmac_sha256(key: bytes, text: bytes) -> bytes:
        """32 bytes."""
        return _digest(key, text, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Equal, in time that does not depend on where they differ."""
    if len(left) != len(right):
        return False
    difference = 0
    for a, b in zip(left, right):
        difference |= a ^ b
    return difference == 0
