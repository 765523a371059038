"""What a DART block says: transactions of number, length, data; the same numbers mean other things in each direction.

[table.py](table.py) has every field with its meaning and what nobody has settled; here is what code needs of it.
Numbers are packed BCD; where their point lies the pump says in PARAMETERS, nobody may assume it.
"""

# from the controller (CD)
COMMAND, NOZZLES, PRESET_VOLUME, PRESET_AMOUNT, PRICES = 1, 2, 3, 4, 5
SUSPEND_HOSE, RESUME_HOSE, TOTALS = 14, 15, 101
# what COMMAND may ask for
RETURN_STATUS, RETURN_PARAMETERS, RETURN_IDENTITY, RETURN_FILLING = 0, 2, 3, 4
RESET, AUTHORISE, STOP, SWITCH_OFF, SUSPEND, RESUME, RETURN_PRICES = 5, 6, 8, 10, 13, 14, 15
# from the pump (DC); TOTALS again
STATUS, FILLED, NOZZLE, ALARM, PARAMETERS, IDENTITY, UNIT_PRICES = 1, 2, 3, 5, 7, 9, 103
# what STATUS says
NOT_PROGRAMMED, IS_RESET, AUTHORISED, FILLING, COMPLETED, LIMIT, OFF, SUSPENDED = 0, 1, 2, 4, 5, 6, 7, 8
OUT = 0x10  # in the last byte of NOZZLE: it is out of its holder
AMOUNTS = 0x10  # added to a hose's number in TOTALS: money instead of volume


def pack(number: int, data: bytes) -> bytes:
    """One transaction."""
    return bytes((number, len(data))) + data


def command(what: int) -> bytes:
    return pack(COMMAND, bytes((what,)))


def split(body: bytes):
    """((number, data), ...) of a block, None where the lengths do not add up."""
    found = []
    while body:
        if len(body) < 2 or len(body) < 2 + body[1]:
            return None
        found.append((body[0], body[2 : 2 + body[1]]))
        body = body[2 + body[1] :]
    return found


def bcd(value: int, size: int) -> bytes:
    """Packed BCD of `size` bytes. Raises ValueError where it does not fit."""
    if not 0 <= value < 100**size:
        raise ValueError("%d does not fit into %d digits" % (value, 2 * size))
    out = bytearray(size)
    for at in range(size - 1, -1, -1):
        out[at] = value // 10 % 10 << 4 | value % 10
        value //= 100
    return bytes(out)


def number(data: bytes) -> int:
    """Of packed BCD; -1 where a digit is none."""
    value = 0
    for byte in data:
        if byte >> 4 > 9 or byte & 15 > 9:
            return -1
        value = value * 100 + (byte >> 4) * 10 + (byte & 15)
    return value


def filled(data: bytes) -> tuple:
    """FILLED -> (volume, amount) in the pump's units; -1 for what is no number."""
    return number(data[:4]), number(data[4:8])


def nozzle(data: bytes) -> tuple:
    """NOZZLE -> (price in the pump's units, hose, out): hose 0 where none is chosen."""
    return number(data[:3]), data[3] & 15, bool(data[3] & OUT)


def totals(data: bytes) -> tuple:
    """TOTALS -> (counter, total, second, third)."""
    return data[0], number(data[1:6]), number(data[6:11]), number(data[11:16])


def decimals(data: bytes, at: int = 22):
    """PARAMETERS -> digits behind the point of (volume, amount, price); None where they cannot be."""
    told = tuple(data[at : at + 3])
    return told if len(told) == 3 and max(told) <= 8 else None


def shifted(value: int, places: int, wanted: int) -> int:
    """A number with `places` digits behind its point as one with `wanted`; digits that fall away are cut off."""
    return value * 10 ** (wanted - places) if wanted >= places else value // 10 ** (places - wanted)
