"""Names of things on the wire, and the ids made before anything is sent.

A request id is (terminal, journal, lane, sequence). The journal number is random and made with the terminal's
journal file, so a wiped or replaced flash never uses an id twice; a lane is one basket, one nozzle or the reader
itself.
"""

from binascii import hexlify
from collections import namedtuple
from hashlib import sha256

from protocol.errors import Theirs

LANES = 16
STORE_DIGITS = (4, 6)
NAME_MAX = 12
SEQUENCE_MAX = 2147483647

RequestId = namedtuple("RequestId", ("terminal", "journal", "lane", "sequence"))


def request_text(request: RequestId) -> str:
    """'0001-pos1/5f3a09c1/0/17': the transfer id of what the request books, for ever."""
    return "%s/%s/%d/%d" % request


def parse_request(text: str) -> RequestId:
    """The inverse of request_text. Raises Theirs('malformed') for anything else."""
    parts = text.split("/")
    if len(parts) != 4 or not is_terminal(parts[0]) or not is_hex(parts[1], 8):
        raise Theirs("malformed", "request id " + text)
    if not (is_digits(parts[2]) and is_digits(parts[3])):
        raise Theirs("malformed", "request id " + text)
    request = RequestId(parts[0], parts[1], int(parts[2]), int(parts[3]))
    if request.lane >= LANES or not 1 <= request.sequence <= SEQUENCE_MAX or request_text(request) != text:
        raise Theirs("malformed", "request id " + text)
    return request


_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def is_digits(text: str) -> bool:
    """ASCII digits alone, at least one: str.isdigit takes those of other scripts too on the host, not on a board."""
    return text != "" and _only(text, b"0123456789")


def is_hex(text: str, digits: int) -> bool:
    """Lower-case hex of exactly that many digits."""
    return len(text) == digits and _only(text, b"0123456789abcdef")


def is_store(text: str) -> bool:
    """A store code: 4 to 6 decimal digits."""
    return STORE_DIGITS[0] <= len(text) <= STORE_DIGITS[1] and is_digits(text)


def is_terminal(text: str) -> bool:
    """'<store>-<name>', the name a lower-case letter and up to eleven letters or digits: '0001-pos1'."""
    store, dash, name = text.partition("-")
    if not dash or not is_store(store) or not 1 <= len(name) <= NAME_MAX:
        return False
    return _only(name[:1], _LETTERS) and _only(name, _LETTERS + b"0123456789")


def is_account(text: str) -> bool:
    """A member's account id: 128 random bits in hex."""
    return is_hex(text, 32)


def is_card(text: str) -> bool:
    """'<issuer, 4 hex>:<uid, 8 or 14 or 20 upper-case hex>': a bare UID is never an identity."""
    issuer, colon, uid = text.partition(":")
    if not colon or not is_hex(issuer, 4) or len(uid) not in (8, 14, 20):
        return False
    return _only(uid, b"0123456789ABCDEF")


def _only(text: str, letters: bytes) -> bool:
    """Whether a text has no other letters. As bytes: MicroPython keeps each letter looked at as a name for ever."""
    return not text.encode().strip(letters)  # nothing is left between its two ends


def store_of(terminal: str) -> str:
    """The store that a terminal belongs to."""
    return terminal.partition("-")[0]


def lot_id(transfer: str, n: int) -> str:
    """The lot opened by entry n of a transfer: 16 hex digits, unique within an account."""
    return hex_of(sha256(("%s#%d" % (transfer, n)).encode()).digest()[:8])


def hex_of(raw: bytes) -> str:
    """Lower-case hex as text, on both interpreters."""
    return hexlify(raw).decode()
