"""Makes the chain's card keys, and hands a store what it may hold of them.

    python -m tools.card_keys new --keys cards.key --secret cards.secret --issuer 1
    python -m tools.card_keys rotate --keys cards.key --secret cards.secret --region 2
    python -m tools.card_keys withdraw --keys cards.key --secret cards.secret --region 2 --number 1
    python -m tools.card_keys hand-out --keys cards.key --secret cards.secret --gateway DIR --opens passphrase
    python -m tools.card_keys open --gateway DIR

The issuing desk's file holds every master key: back it up apart from its secret. Without it no card can be changed.
How a store's file opens after a power cut (--opens): gateway/cards/README.md says what each choice is worth.
"""

import argparse
import getpass
import os
import sys
from pathlib import Path

from gateway.cards import opening
from gateway.cards.keyfile import (
    FILE,
    PASSPHRASE,
    WAYS,
    KeyFileError,
    how_it_opens,
    local_secret,
    read_keys,
    write_keys,
)
from gateway.cards.keys import REGIONS, ChainKeys, make_chain_keys
from protocol.errors import ProtocolError

KEY_FILE = "cards.key"  # as a gateway looks for it in its directory
PASSPHRASE_BYTES_MIN = 12


def new(path: Path, secret: bytes, issuer: int) -> ChainKeys:
    """The first key sets of an issuer, in a file that must not exist yet. issuer: 0..65535."""
    if path.exists():
        raise KeyFileError(f"{path} exists: making new keys over it would orphan every card that is out")
    if not 0 <= issuer <= 0xFFFF:
        raise KeyFileError(f"issuer {issuer}: a number from 0 to 65535")
    keys = make_chain_keys(issuer, os.urandom)
    write_keys(path, keys, secret)
    return keys


def rotate(path: Path, secret: bytes, purpose: int = 1) -> ChainKeys:
    """Adds a key set of a region for cards made from now on; cards of the older ones go on working."""
    keys = read_keys(path, secret).rolled(purpose, os.urandom)
    write_keys(path, keys, secret)
    return keys


def withdraw(path: Path, secret: bytes, purpose: int, number: int) -> ChainKeys:
    """Drops an old key set: stores that are handed their keys anew no longer know its cards."""
    keys = read_keys(path, secret).without(purpose, number)
    write_keys(path, keys, secret)
    return keys


def hand_out(keys: ChainKeys, gateway: Path, region: int = 1, opens: str = FILE, where: str = "") -> bytes:
    """Writes a store's key file into its gateway's directory. Gives the secret that opens it, for whoever keeps it."""
    secret = _secret(gateway, opens, where)
    write_keys(gateway / KEY_FILE, keys.for_store(region), secret, opens, where)
    return secret


def _secret(gateway: Path, opens: str, where: str) -> bytes:
    """A new secret in its place; a passphrase or a credential is there already, or comes from a human."""
    if opens == FILE:
        return local_secret(gateway / opening.SECRET_FILE)
    if opens == PASSPHRASE:
        return asked_passphrase()
    if where:
        return local_secret(Path(where))
    raise KeyFileError("--where: the file to hand to systemd-creds, or the token's path")


def asked_passphrase() -> bytes:
    """From the keyboard, or the first line of what is piped in. Raises KeyFileError for a short one."""
    said = getpass.getpass("passphrase of the card keys: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(said.encode()) < PASSPHRASE_BYTES_MIN:
        raise KeyFileError(f"a passphrase has at least {PASSPHRASE_BYTES_MIN} letters")
    return said.encode()


def open_store(gateway: Path) -> ChainKeys:
    """A manager's word after a power cut: the gateway finds it in memory within seconds."""
    opens, _ = how_it_opens(gateway / KEY_FILE)
    if opens != PASSPHRASE:
        raise KeyFileError(f"this store's keys open by {opens}, not by a passphrase")
    said = asked_passphrase()
    keys = read_keys(gateway / KEY_FILE, said)
    opening.say(gateway, said)
    return keys


def main() -> int:
    asked = _arguments()
    try:
        keys = _do(asked)
    except (KeyFileError, ProtocolError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    sets = " ".join("%d/%d" % (one.purpose, one.number) for one in keys.sets)
    print("issuer %04x, key sets (purpose/number) %s" % (keys.issuer, sets))
    return 0


def _do(asked: argparse.Namespace) -> ChainKeys:
    if asked.do == "open":
        return open_store(asked.gateway)
    secret = local_secret(asked.secret) if asked.do == "new" else asked.secret.read_bytes()
    if asked.do == "new":
        return new(asked.keys, secret, asked.issuer)
    if asked.do == "rotate":
        return rotate(asked.keys, secret, asked.region)
    if asked.do == "withdraw":
        return withdraw(asked.keys, secret, asked.region, asked.number)
    keys = read_keys(asked.keys, secret)
    hand_out(keys, asked.gateway, asked.region, asked.opens, asked.where)
    return keys.for_store(asked.region)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    todo = parser.add_subparsers(dest="do", required=True)
    parts = {name: todo.add_parser(name) for name in ("new", "rotate", "withdraw", "hand-out", "open")}
    for name, part in parts.items():
        if name != "open":
            part.add_argument("--keys", type=Path, required=True, help="the issuing desk's sealed key file")
            part.add_argument("--secret", type=Path, required=True, help="file with the secret that opens it")
        if name in ("rotate", "withdraw", "hand-out"):
            part.add_argument("--region", type=int, choices=REGIONS, default=1, help="whose keys")
        if name in ("hand-out", "open"):
            part.add_argument("--gateway", type=Path, required=True, help="directory of the store's gateway")
    parts["new"].add_argument("--issuer", type=int, default=1, help="issuer number of the chain")
    parts["withdraw"].add_argument("--number", type=int, required=True, help="number of the set to drop")
    parts["hand-out"].add_argument("--opens", choices=WAYS, default=FILE, help="how it opens after a power cut")
    parts["hand-out"].add_argument("--where", default="", help="path of the token, or of the credential to seal")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
