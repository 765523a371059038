"""The key matrix of a terminal: row by row as the keys lie, wired to ROW0-3 and COL0-5 of a TCA8418.

The chip reports key number row * 10 + column + 1 (TI SCPS215, table 1). An empty name is a place without a key.
"""

ADDRESS = 0x34

KEYS = (
    ("1", "2", "3", "f1", "up", "cash"),
    ("4", "5", "6", "f2", "down", "card"),
    ("7", "8", "9", "f3", "menu", "points"),
    (".", "0", "back", "f4", "", "ok"),
)
