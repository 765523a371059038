"""Which nozzles a pump terminal has, and where they hang on its line: what is typed, and what its flash keeps.

"305@50/1, 306@50/2"    goods number of the grade @ address of the dispenser (hexadecimal) / number of the hose there
"305, 306"              the same for a dispenser of one hose each, from address 50 on
"""

import re

FIRST_ADDRESS, LAST_ADDRESS = 0x50, 0x6F
HOSES_MAX = 15
SHAPE = re.compile(r"([^@/,\s]+)(?:@([0-9A-Fa-f]{2})/([0-9]{1,2}))?")

Nozzles = list[dict[str, str | int]]


def parsed(text: str) -> Nozzles:
    """Raises ValueError in words: of another shape, an address that no dispenser can have, the same hose twice."""
    found: Nozzles = []
    for at, one in enumerate(part.strip() for part in text.split(",") if part.strip()):
        shape = SHAPE.fullmatch(one)
        if shape is None:
            raise ValueError("%r is no nozzle: write GRADE@ADDRESS/HOSE, as 305@50/1" % one)
        code, address, hose = shape[1], int(shape[2] or "%x" % (FIRST_ADDRESS + at), 16), int(shape[3] or 1)
        if not FIRST_ADDRESS <= address <= LAST_ADDRESS or not 1 <= hose <= HOSES_MAX:
            raise ValueError("%r: addresses are 50 to 6F, hoses 1 to %d" % (one, HOSES_MAX))
        found.append({"code": code, "address": address, "hose": hose})
    if len({(one["address"], one["hose"]) for one in found}) < len(found):
        raise ValueError("two nozzles at one hose: " + text)
    return found


def laid_out(grades: tuple[str, ...], dispensers: int) -> Nozzles:
    """Each dispenser with a hose for each grade, in order."""
    return [
        {"code": code, "address": FIRST_ADDRESS + at, "hose": hose}
        for at in range(dispensers)
        for hose, code in enumerate(grades, 1)
    ]
