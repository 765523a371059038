"""The issuing desk at a reader of others' making: makes the card that lies there, reads it again.

    python tools/peers/desk_client.py libnfc:pn532_uart:/dev/pts/3
    python tools/peers/desk_client.py "pcsc:Virtual PCD"
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gateway.cards.keys import make_chain_keys
from tools.desk.readers import open_reader
from tools.desk.session import Desk

ACCOUNT = "0a" * 16
WAIT_S = 20


def main() -> None:
    reader = open_reader(sys.argv[1])
    desk = Desk(reader, make_chain_keys(1, os.urandom), print, wait_s=WAIT_S)
    print("made", desk.issue(ACCOUNT).card)
    found = desk.read()
    print("read", found.card, found.party)
    reader.close()


if __name__ == "__main__":
    main()
