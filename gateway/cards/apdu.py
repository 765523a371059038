"""Native DESFire commands as ISO 7816-4 APDUs, and the numbers that both kinds of session use."""

from protocol import card
from protocol.errors import Theirs

AUTHENTICATE_EV2, AUTHENTICATE_AES, AUTHENTICATE_ISO, MORE = 0x71, 0xAA, 0x1A, 0xAF
READ_DATA = 0xBD
OK, ADDITIONAL_FRAME, AUTHENTICATION_ERROR, ILLEGAL_COMMAND = 0x00, 0xAF, 0xAE, 0x1C


def wrap(code: int, data: bytes = b"") -> bytes:
    """90 code 00 00 [length data] 00."""
    return bytes([0x90, code, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00"


def split(answer: bytes) -> tuple[bytes, int]:
    """Data and status of a wrapped answer. Raises Theirs('card_unreadable')."""
    if len(answer) < 2 or answer[-2] != 0x91:
        raise Theirs("card_unreadable", "answer " + answer[-2:].hex())
    return answer[:-2], answer[-1]


def first_step(code: int, key_number: int) -> bytes:
    """The command with which a card is asked for its random number."""
    return wrap(code, bytes([key_number, 0]) if code == AUTHENTICATE_EV2 else bytes([key_number]))


def read_identity(region: int) -> bytes:
    """File, offset 3, length 3 of a region's identity file."""
    return bytes([region, 0, 0, 0, card.IDENTITY_SIZE + card.STAMP_SIZE, 0, 0])
