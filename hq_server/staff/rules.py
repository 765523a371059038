"""Attendants: what a number, a role and a PIN may be, and how the PIN is kept."""

import hashlib

ROLES = ("attendant", "supervisor")
STATUSES = ("active", "closed")
PIN_DIGITS = (4, 12)
SCRYPT = {"n": 4096, "r": 8, "p": 1, "dklen": 32}  # as the gateways check it: about 10 ms on a small board


def pin_hash(pin: str, salt_hex: str) -> str:
    """scrypt of the PIN, hex."""
    return hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt_hex), **SCRYPT).hex()


def problem(number: str, role: str, pin: str | None) -> str | None:
    """Why that attendant cannot be, or None."""
    if not 1 <= len(number) <= 16 or not number.isalnum() or not number.isascii():
        return "a number has 1 to 16 letters or digits"
    if role not in ROLES:
        return "role is one of " + ", ".join(ROLES)
    if pin is not None and not (pin.isdigit() and PIN_DIGITS[0] <= len(pin) <= PIN_DIGITS[1]):
        return "a PIN has 4 to 12 digits"
    return None
