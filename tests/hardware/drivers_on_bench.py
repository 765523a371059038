"""Runs in MicroPython: the firmware's drivers on the chips that TAPWELL_BUS names. Prints what they saw."""

import asyncio

from firmware.drivers.display import Display
from firmware.drivers.keypad import Keypad
from firmware.drivers.pn532_bus import Pn532
from firmware.drivers.printer import Printer
from firmware.hal import Hal, lend
from firmware.ui.font import open_font
from firmware.ui.screen import Screen

PINS = {
    "pn532": {"uart": "pn532"},
    "printer": {"uart": "printer"},
    "keypad": {"i2c": "keypad"},
    "display": {"spi": "display", "dc": "display.dc"},
}


async def card(hal):
    reader = Pn532(hal.uart("pn532", 115200))
    await reader.start()
    for _ in range(3):
        uid, iso_dep = await reader.find()
        version = await reader.exchange(b"\x90\x60\x00\x00\x00")
        print("card", uid.hex(), iso_dep, version.hex(), await reader.present())
        await reader.release()
    print("after release", await reader.find() is not None)


async def screen(hal):
    shown = Screen(open_font("firmware/text/font16.bin"))
    display = Display(hal.spi("display", 40000000), hal.out("display", "dc", 1), None, None, None, shown, lend)
    shown.begin()
    shown.bar(0)
    shown.put(0, 0, 40, "Tapwell 加油")
    shown.put(4, 2, 30, "12.50", big=True)
    shown.put(14, 0, 40, "余额 88.00", ">")
    shown.end()
    await display.start()
    keys = Keypad(hal.i2c("keypad"), None)
    keys.start()
    print("ready for keys")
    names = []
    while len(names) < 3:
        names += keys.read()
        await asyncio.sleep_ms(5)
    print("keys", names)
    printer = Printer(hal.uart("printer", 9600), open_font("firmware/text/font16.bin"), lend)
    print("printed", await printer.print(["Tapwell", "合计        8.00"]))


async def main():
    hal = Hal(PINS)
    await card(hal)
    await screen(hal)


asyncio.run(main())
