"""Issues cards: a factory-fresh DESFire on a PN532 becomes a member's or an attendant's card.

    python -m tools.issue_card --port /dev/ttyUSB0 --keys cards.key --secret cards.secret --account <32 hex>
    python -m tools.issue_card --tcp 127.0.0.1:7001 --keys cards.key --secret cards.secret --operator 1001

Prints the card's id. A card that was issued before is left as it is.
"""

import argparse
import sys
import time
from pathlib import Path

from gateway.cards.identity import OnCard, card_id
from gateway.cards.keyfile import KeyFileError, read_keys
from gateway.cards.keys import ChainKeys
from gateway.cards.personalise import CardRefused, Transceive, personalise
from protocol.errors import ProtocolError
from tools.pn532_host import ReaderError, open_serial, open_tcp

CARD_WAIT_S = 30


def issue(
    transceive: Transceive,
    uid: bytes,
    party: str,
    keys: ChainKeys,
    kind: str = "member",
    issued_at_s: int | None = None,
) -> str:
    """Personalises the card in the field and gives its id, '<issuer>:<UID>'. party: account id or operator number.

    Raises CardRefused, Theirs (the card) or Ours (a party that does not fit).
    """
    at_s = int(time.time()) if issued_at_s is None else issued_at_s
    personalise(transceive, uid, OnCard(kind, keys.issuer, party, at_s), keys)
    return card_id(keys.issuer, uid)


def main() -> int:
    asked = _arguments()
    kind, party = ("member", asked.account) if asked.account else ("staff", asked.operator)
    try:
        keys = read_keys(asked.keys, asked.secret.read_bytes())
        reader = open_serial(asked.port) if asked.port else open_tcp(*_address(asked.tcp))
        reader.start()
        print("hold a fresh card on the reader", file=sys.stderr)
        listed = reader.wait_for_card(CARD_WAIT_S)
        print(issue(reader.transceive, listed.uid, party, keys, kind))
        reader.release()
    except (CardRefused, KeyFileError, ProtocolError, ReaderError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", help="serial port of the reader")
    where.add_argument("--tcp", help="host:port of the reader")
    parser.add_argument("--keys", type=Path, required=True, help="sealed key file with all three master keys")
    parser.add_argument("--secret", type=Path, required=True, help="file with the secret that opens it")
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--account", help="member's account id, 32 hex digits")
    whose.add_argument("--operator", help="attendant's number")
    return parser.parse_args()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main())
