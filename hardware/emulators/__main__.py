"""The emulated chips on pseudo terminals, for any program that opens a serial port.

    python -m hardware.emulators                      a reader with a fresh card on it
    python -m hardware.emulators --wallet cards.json --uid 04A1B2C3D4E5F6
    python -m hardware.emulators --empty              a reader with no card

Runs until Ctrl-C; then the card, as it has become, goes back into the wallet.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path

from hardware.emulators import wallet
from hardware.emulators.bench import Bench
from hardware.emulators.desfire import Card

FRESH_UID = "04A1B2C3D4E5F6"


async def serve(card: Card | None) -> None:
    """Open the pseudo terminals, say where they are, wait for ever."""
    bench = Bench()
    if card is not None:
        bench.tap(card)
    print(f"PN532      {bench.pn532.open_pty()}   {'card ' + card.uid.hex().upper() if card else 'no card'}")
    print(f"scanner    {bench.scanner.open_pty()}")
    print(f"printer    {bench.printer.open_pty()}")
    print(f"\n    LIBNFC_DEFAULT_DEVICE=pn532_uart:{bench.pn532.open_pty()} nfc-list -v\n", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m hardware.emulators", description="Emulated chips on pseudo terminals."
    )
    options.add_argument("--wallet", type=Path, help="JSON file of cards")
    options.add_argument("--uid", default=FRESH_UID, help="which card (made when the wallet lacks it)")
    options.add_argument("--empty", action="store_true", help="no card on the reader")
    chosen = options.parse_args()
    cards = wallet.load(chosen.wallet) if chosen.wallet else {}
    card = None if chosen.empty else cards.setdefault(chosen.uid.upper(), Card(bytes.fromhex(chosen.uid)))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(card))
    if chosen.wallet:
        wallet.save(chosen.wallet, cards.values())


if __name__ == "__main__":
    main()
