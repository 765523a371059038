"""Part of the pump: what a fleet's card asks for is typed at the keypad. State entry.

The keypad has no letters: UP and DOWN turn the last place through them, F1 adds a place. `entered` goes with the hold.
"""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_BYTES = 12
ODOMETER_DIGITS = 7
SHOWN_MS = 30000


def entry_digit(pump, key: str):
    """One more place."""
    pump.note = ""
    plate = pump.asks[0] == "plate"
    longest = PLATE_BYTES if plate else ODOMETER_DIGITS
    if key != "." and len((pump.typed + key).encode()) <= longest:
        pump.typed += key
    pump.wait(SHOWN_MS)


def entry_add(pump):
    """A letter."""
    if pump.asks[0] == "plate" and len(pump.typed.encode()) < PLATE_BYTES:
        pump.typed += LETTERS[0]
    pump.wait(SHOWN_MS)


def entry_up(pump):
    """The letter after this one."""
    _turn(pump, 1)


def entry_down(pump):
    """The letter before."""
    _turn(pump, -1)


def _turn(pump, by: int):
    pump.wait(SHOWN_MS)
    if pump.asks[0] != "plate":
        return
    first = len(pump.typed) <= 1 and pump.texts.language == "zh"
    letters = PROVINCES + LETTERS if first else LETTERS
    last = pump.typed[-1:]
    at = letters.find(last) + by if last and last in letters else 0
    typed = pump.typed[:-1] + letters[at % len(letters)]
    if len(typed.encode()) <= PLATE_BYTES:
        pump.typed = typed


def entry_done(pump):
    """The next question, or how much."""
    if not pump.typed:
        pump.say("pump.type_first")
        return
    asked = pump.asks.pop(0)
    pump.entered[asked] = pump.typed if asked == "plate" else int(pump.typed)
    pump.to_amount()


def see_entry(pump) -> dict:
    """Values of the view."""
    params = pump.see_member()
    plate = pump.asks[0] == "plate"
    params["what"] = pump.texts("pump.plate" if plate else "pump.odometer")
    params["plate"] = plate
    return params
