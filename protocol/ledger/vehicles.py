"""What a car is called where no plate may be written: in events, at stores, in facts."""

from hashlib import sha256

PLATE_MAX = 12


def plain(plate: str) -> str:
    """As it is compared: upper case, without spaces and dashes."""
    return "".join(sign for sign in plate.upper() if sign.isalnum())


def vehicle(account: str, plate: str) -> str:
    """A car's number, 16 hex digits, other for every account; '' without a plate.

    A label, no secret: who knows account and plate can work it out. Head office alone keeps which plate it stands for.
    """
    letters = plain(plate)
    return sha256(f"{account}/{letters}".encode()).hexdigest()[:16] if letters else ""
