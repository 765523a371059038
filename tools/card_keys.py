"""Makes the chain's card keys, and hands a store what it may hold of them.

    python -m tools.card_keys new --keys cards.key --secret cards.secret --issuer 1
    python -m tools.card_keys rotate --keys cards.key --secret cards.secret
    python -m tools.card_keys hand-out --keys cards.key --secret cards.secret --gateway DIR

The issuing desk's file holds every master key: back it up apart from its secret. Without it no card can be changed.
"""

import argparse
import os
import sys
from pathlib import Path

from gateway.cards.keyfile import SETS_MAX, KeyFileError, local_secret, read_keys, write_keys
from gateway.cards.keys import ChainKeys, make_key_set

KEY_FILE, SECRET_FILE = "cards.key", "cards.secret"  # as a gateway looks for them in its directory


def new(path: Path, secret: bytes, issuer: int) -> ChainKeys:
    """Key set 1 of an issuer, in a file that must not exist yet. issuer: 0..65535."""
    if path.exists():
        raise KeyFileError(f"{path} exists: making new keys over it would orphan every card that is out")
    if not 0 <= issuer <= 0xFFFF:
        raise KeyFileError(f"issuer {issuer}: a number from 0 to 65535")
    keys = ChainKeys(issuer, (make_key_set(1, os.urandom),))
    write_keys(path, keys, secret)
    return keys


def rotate(path: Path, secret: bytes) -> ChainKeys:
    """Adds a key set for cards issued from now on; cards of the older ones go on working."""
    keys = read_keys(path, secret)
    if len(keys.sets) >= SETS_MAX:
        raise KeyFileError(f"{SETS_MAX} key sets are the most a store tries at a tap: withdraw the oldest cards first")
    keys = keys._replace(sets=(make_key_set(keys.sets[0].number + 1, os.urandom), *keys.sets))
    write_keys(path, keys, secret)
    return keys


def hand_out(keys: ChainKeys, gateway: Path) -> None:
    """Writes a store's key file into its gateway's directory, sealed with a secret of that machine's own."""
    write_keys(gateway / KEY_FILE, keys.for_store(), local_secret(gateway / SECRET_FILE))


def main() -> int:
    asked = _arguments()
    try:
        secret = local_secret(asked.secret) if asked.do == "new" else asked.secret.read_bytes()
        if asked.do == "new":
            keys = new(asked.keys, secret, asked.issuer)
        elif asked.do == "rotate":
            keys = rotate(asked.keys, secret)
        else:
            keys = read_keys(asked.keys, secret)
            hand_out(keys, asked.gateway)
    except (KeyFileError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print("issuer %04x, key sets %s" % (keys.issuer, ", ".join(str(one.number) for one in keys.sets)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    todo = parser.add_subparsers(dest="do", required=True)
    parts = {name: todo.add_parser(name) for name in ("new", "rotate", "hand-out")}
    for part in parts.values():
        part.add_argument("--keys", type=Path, required=True, help="the issuing desk's sealed key file")
        part.add_argument("--secret", type=Path, required=True, help="file with the secret that opens it")
    parts["new"].add_argument("--issuer", type=int, default=1, help="issuer number of the chain")
    parts["hand-out"].add_argument("--gateway", type=Path, required=True, help="directory of the store's gateway")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
