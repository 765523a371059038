"""Raspberry Pi Pico 2 W (RP2350) and Pico W (RP2040): one pinout, two sizes."""

from hardware.boards.model import Board

# The pins of the header in order, ground and supply left out.
POSITIONS = {
    0: 1, 1: 2, 2: 4, 3: 5, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12, 10: 14, 11: 15, 12: 16, 13: 17, 14: 19, 15: 20,
    16: 21, 17: 22, 18: 24, 19: 25, 20: 26, 21: 27, 22: 29, 26: 31, 27: 32, 28: 34,
}  # fmt: skip
# Function select table of both chips, the columns that MicroPython's rp2 port uses.
SIGNALS = {
    "uart0.tx": frozenset({0, 12, 16, 28}),
    "uart0.rx": frozenset({1, 13, 17, 29}),
    "uart1.tx": frozenset({4, 8, 20, 24}),
    "uart1.rx": frozenset({5, 9, 21, 25}),
    "spi0.sck": frozenset({2, 6, 18, 22}),
    "spi0.mosi": frozenset({3, 7, 19, 23}),
    "spi1.sck": frozenset({10, 14, 26}),
    "spi1.mosi": frozenset({11, 15, 27}),
    "i2c0.sda": frozenset({0, 4, 8, 12, 16, 20, 24, 28}),
    "i2c0.scl": frozenset({1, 5, 9, 13, 17, 21, 25, 29}),
    "i2c1.sda": frozenset({2, 6, 10, 14, 18, 22, 26}),
    "i2c1.scl": frozenset({3, 7, 11, 15, 19, 23, 27}),
} | {  # chip select, data/command and the rest are plain outputs and inputs
    f"{bus}.{signal}": frozenset(POSITIONS)
    for bus, signal in (("spi1", "cs"), ("spi1", "dc"), ("spi1", "reset"), ("spi1", "light"), ("i2c1", "int"))
}
RESERVED: dict[int, str] = dict.fromkeys((23, 24, 25, 29), "wired to the radio")
PINS = {
    "pn532": {"uart": 0, "tx": 0, "rx": 1},
    "display": {"spi": 1, "sck": 10, "mosi": 11, "cs": 9, "dc": 8, "reset": 12, "light": 13},
    "keypad": {"i2c": 1, "scl": 3, "sda": 2, "int": 6},
    "buzzer": {"pin": 15},
    "scanner": {"uart": 1, "tx": 4, "rx": 5},
}
POWER = {"3V3": "36", "5V": "40", "GND": "38"}
HEADERS = {gpio: f"pin {position}" for gpio, position in POSITIONS.items()}
NOTES = ("Both UARTs are taken by reader and scanner: no printer on this board, the receipt stays on the screen.",)

PICO2W = Board(
    name="pico2w",
    title="Raspberry Pi Pico 2 W",
    chip="RP2350",
    heap_bytes=256 * 1024,  # of 520 KB; TLS takes its memory from this heap
    flash_bytes=(4096 - 1536) * 1024,
    headers=HEADERS,
    reserved=RESERVED,
    signals=SIGNALS,
    pins=PINS,
    power=POWER,
    sources=(
        "RP2350 Datasheet, GPIO functions of bank 0",
        "Raspberry Pi Pico 2 W Datasheet (pinout; GPIO 23-25 and 29 to the radio)",
        "MicroPython ports/rp2/boards/RPI_PICO2_W (1,536 KB kept for the image)",
    ),
    notes=NOTES,
    tls_in_heap=True,
)

PICOW = Board(
    name="picow",
    title="Raspberry Pi Pico W",
    chip="RP2040",
    heap_bytes=128 * 1024,  # of about 180 KB, which Wi-Fi shares; the reader's gate with TLS in it is as large
    flash_bytes=848 * 1024,
    headers=HEADERS,
    reserved=RESERVED,
    signals=SIGNALS,
    pins=PINS,
    power=POWER,
    sources=(
        "RP2040 Datasheet, GPIO functions of bank 0",
        "Raspberry Pi Pico W Datasheet (pinout; GPIO 23-25 and 29 to the radio)",
        "MicroPython ports/rp2/boards/RPI_PICO_W (848 KB file system)",
    ),
    notes=NOTES,
    tls_in_heap=True,
)
