"""The modules around a board: what their pins are called, what feeds them, what to buy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Module:
    """`pins`: our signal -> the print on the module; `supply`: "3V3" or "5V"."""

    title: str
    pins: dict[str, str]
    supply: str
    supply_pin: str
    buy: str
    note: str


MODULES = {
    "pn532": Module(
        "PN532 card reader", {"tx": "RXD", "rx": "TXD"}, "5V", "VCC",
        "PN532 NFC module with HSU (UART) pins, 13.56 MHz", "switches to HSU (0 0); its logic is 3.3 V",
    ),
    "display": Module(
        "ST7789 display",
        {"sck": "SCL", "mosi": "SDA", "cs": "CS", "dc": "DC", "reset": "RES", "light": "BLK"}, "3V3", "VCC",
        "ST7789 IPS display, 2.0 to 2.8 inch, 240x320, SPI", "mounted in landscape",
    ),
    "keypad": Module(
        "TCA8418 keypad", {"scl": "SCL", "sda": "SDA", "int": "INT"}, "3V3", "VIN",
        "TCA8418 keypad controller breakout, I2C 0x34, with a 4x6 key matrix on ROW0-3, COL0-5",
        "needs pull-ups on SCL, SDA, INT",
    ),
    "buzzer": Module(
        "Buzzer", {"pin": "IN"}, "3V3", "VCC",
        "Passive piezo buzzer module with a transistor", "driven by PWM",
    ),
    "scanner": Module(
        "Barcode scanner", {"tx": "RXD", "rx": "TXD"}, "5V", "VCC",
        "Barcode scanner engine, TTL UART 3.3 V, sends CR after each code", "",
    ),
    "printer": Module(
        "Receipt printer", {"tx": "RX", "rx": "TX"}, "3V3", "VCC",
        "58 mm ESC/POS thermal printer; MAX3232 adapter if its port is RS-232", "own 9 V supply; VCC feeds its adapter",
    ),
    "pump": Module(
        "RS-485 line to the pump", {"tx": "RXD", "rx": "TXD"}, "3V3", "VCC",
        "RS-485 adapter, TTL 3.3 V, switches direction by itself, isolated", "A and B to the pump, 120 Ohm at the end",
    ),
}  # fmt: skip
