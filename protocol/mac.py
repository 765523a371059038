"""HMAC-SHA256 (RFC 2104, FIPS 180-4) on both interpreters; MicroPython has no hmac module."""

try:
    from hmac import digest as _digest  # pyright: ignore  (CPython)

    def hmac_sha256(key: bytes, text: bytes) -> bytes:
        """32 bytes."""
        return _digest(key, text, "sha256")
except ImportError:
    from hashlib import sha256

    def hmac_sha256(key: bytes, text: bytes) -> bytes:
        """32 bytes."""
        if len(key) > 64:
            key = sha256(key).digest()
        key = key + bytes(64 - len(key))
        inner = sha256(bytes([b ^ 0x36 for b in key]))
        inner.update(text)
        outer = sha256(bytes([b ^ 0x5C for b in key]))
        outer.update(inner.digest())
        return outer.digest()


def same(left: bytes, right: bytes) -> bool:
    """Equal, in time that does not depend on where they differ."""
    if len(left) != len(right):
        return False
    difference = 0
    for a, b in zip(left, right):
        difference |= a ^ b
    return difference == 0
