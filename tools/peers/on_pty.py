"""One program with the emulated reader as its only NFC device."""

import asyncio
import os
import shutil
from typing import NamedTuple

from hardware.emulators.desfire import Card
from hardware.emulators.reader import Reader

TIMEOUT_S = 60
YES = b"Y\n" * 8
PACKAGES = {"nfc": "libnfc-bin, libnfc-examples", "mifare": "libfreefare-bin", "pn53x": "libnfc-pn53x-examples"}


class Said(NamedTuple):
    """What a program did: its exit code and everything it wrote."""

    code: int
    text: str


def run(card: Card | None, *command: str, timeout_s: float = TIMEOUT_S, stays_s: float = 0) -> Said:
    """The program's last word. `{port}` in the command is the serial port; Code 127: it is not installed.

    stays_s: the card is taken away after so long; 0: it stays.
    """
    if shutil.which(command[0]) is None:
        package = PACKAGES.get(command[0].partition("-")[0], command[0])
        return Said(127, f"{command[0]} is not installed: apt-get install {package}")
    return asyncio.run(_run(card, command, timeout_s, stays_s))


async def _run(card: Card | None, command: tuple[str, ...], timeout_s: float, stays_s: float) -> Said:
    reader = Reader()
    port = reader.open_pty()
    if card is not None:
        reader.tap(card)
    if stays_s:
        asyncio.get_running_loop().call_later(stays_s, reader.remove)
    process = await asyncio.create_subprocess_exec(
        *(word.replace("{port}", port) for word in command),
        env=os.environ | {"LIBNFC_DEFAULT_DEVICE": "pn532_uart:" + port},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(YES), timeout_s)
    except TimeoutError:
        said = b"stopped: over %g s" % timeout_s
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reader.close()
    return Said(process.returncode or 0, said.decode(errors="replace"))
