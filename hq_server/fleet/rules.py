"""Pure rules of the fleet: names, one-time codes, the letter, what a certificate may do, life signs."""

import hashlib
import secrets

from protocol.ids import is_store, is_terminal
from protocol.mac import hmac_sha256

APPS = ("reader", "pos", "pump")
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I: codes are read out over the telephone
CODE_LENGTH = 20  # 100 bits
CODE_LIFE_S = 7 * 86400
KEY_BYTES = 32
HEARTBEAT_S = 10
LATE_AFTER_S = 60
RETIRING = "retiring"  # on its way out: still heard and told, and granted nothing any more
RETIRED = "retired"
HEARD = ("enrolled", RETIRING)


def new_code() -> str:
    """A one-time code: 'ABCDE-FGHJK-...'."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(letters[at : at + 5] for at in range(0, CODE_LENGTH, 5))


def code_hash(code: str) -> str:
    """What is kept of a code; case and dashes do not matter."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(b"tapwell code" + plain.encode()).hexdigest()


def letter(witness_key: bytes, store: str, terminal: str, incarnation: str) -> str:
    """Head office's word to a terminal that this incarnation is its store's enrolled gateway: 32 hex digits."""
    text = f"incarnation\n{store}\n{terminal}\n{incarnation}"
    return hmac_sha256(witness_key, text.encode())[:16].hex()


def genesis(incarnation: str) -> str:
    """h(0) of a gateway's hash chain, hex."""
    return hashlib.sha256(b"tapwell" + incarnation.encode()).hexdigest()


def gateway_names(store: str) -> list[str]:
    """Client ids that a gateway has certificates for."""
    return [store + "-gateway", store + "-uplink", store + "-broker"]


def store_of_gateway(name: str) -> str | None:
    """The store whose gateway or uplink carries that common name, or None for any other."""
    store, _, part = name.partition("-")
    return store if part in ("gateway", "uplink") and is_store(store) else None


def terminal_problem(store: str, terminal: str, app: str) -> str | None:
    """Why that terminal cannot be, or None."""
    if not is_terminal(terminal) or terminal.partition("-")[0] != store:
        return f"want '{store}-' and a lower-case name of at most 12 letters or digits, not {terminal}"
    if terminal in gateway_names(store):
        return "that name belongs to the gateway"
    return None if app in APPS else "app is one of " + ", ".join(APPS)


def twin_problem(before, told, incarnation: str) -> str:
    """Why a heartbeat cannot come from the one machine that is enrolled, '' if it can.

    before: the gateway's row. Two machines with one disk's content tell heads that go up and down.
    """
    if told.incarnation and told.incarnation != incarnation:
        return f"a machine of incarnation {told.incarnation}"
    if before is not None and before.incarnation == incarnation and told.head_seq < before.head_seq:
        return f"head {told.head_seq} after head {before.head_seq}"
    return ""


def gateway_state(status: str, heartbeat_at_s: int, now_s: int) -> str:
    """waiting, fenced, late or up. By head office's clock: for people, never for money."""
    if status != "enrolled":
        return status
    return "up" if abs(now_s - heartbeat_at_s) <= LATE_AFTER_S else "late"
