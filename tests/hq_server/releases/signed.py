"""Releases signed as tools.release signs them, of a few bytes each."""

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from protocol.release import EXPONENT, MODULUS_BYTES, signed, unsigned


@cache
def key() -> rsa.RSAPrivateKey:
    """The chain's release key of this run."""
    return rsa.generate_private_key(EXPONENT, MODULUS_BYTES * 8)


def modulus() -> bytes:
    """What boards and head office check by."""
    return key().public_key().public_numbers().n.to_bytes(MODULUS_BYTES, "big")


def image(number: int, size: int = 150_000) -> bytes:
    """Bytes that no other number has."""
    return (b"image %d " % number * size)[:size]


def manifest(number: int, app: str = "reader", least: int = 0, body: bytes | None = None, by=None) -> bytes:
    """A manifest of one file; `by` another key."""
    body = image(number) if body is None else body
    rows = [(len(body), sha256(body).hexdigest(), "image.romfs")]
    raw = unsigned(app, "rom", ["pico2w", "host"], "0.%d" % number, number, least, rows)
    return signed(raw, (by or key()).sign(raw, padding.PKCS1v15(), hashes.SHA256()).hex())
