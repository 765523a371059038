"""Espressif ESP32-S3-DevKitC-1 with an N8 module (8 MB flash, no PSRAM)."""

from hardware.boards.model import ANY, Board

LEFT = (4, 5, 6, 7, 15, 16, 17, 18, 8, 3, 46, 9, 10, 11, 12, 13, 14)  # J1 from pin 4 on
RIGHT = (43, 44, 1, 2, 42, 41, 40, 39, 38, 37, 36, 35, 0, 45, 48, 47, 21, 20, 19)  # J3 from pin 2 on

BOARD = Board(
    name="esp32s3",
    title="ESP32-S3-DevKitC-1 (N8)",
    chip="ESP32-S3",
    heap_bytes=144 * 1024,  # without PSRAM; TLS takes its memory from the IDF heap beside it
    flash_bytes=0x4F0000,
    headers={gpio: f"J1-{i + 4}" for i, gpio in enumerate(LEFT)}
    | {gpio: f"J3-{i + 2}" for i, gpio in enumerate(RIGHT)},
    reserved={
        0: "strapping pin (boot mode)",
        3: "strapping pin (JTAG)",
        45: "strapping pin (flash voltage)",
        46: "strapping pin (boot mode)",
        19: "native USB D-",
        20: "native USB D+",
        35: "octal PSRAM on R8 modules",
        36: "octal PSRAM on R8 modules",
        37: "octal PSRAM on R8 modules",
        38: "RGB LED of board version 1.1",
        48: "RGB LED of board version 1.0",
        43: "UART0 of the USB-UART plug (boot messages)",
        44: "UART0 of the USB-UART plug (boot messages)",
    },
    signals={
        f"{bus}.{signal}": ANY
        for bus, signal in (
            ("uart0", "tx"),
            ("uart0", "rx"),
            ("uart1", "tx"),
            ("uart1", "rx"),
            ("uart2", "tx"),
            ("uart2", "rx"),
            ("spi1", "sck"),
            ("spi1", "mosi"),
            ("spi2", "sck"),
            ("spi2", "mosi"),
            ("i2c0", "sda"),
            ("i2c0", "scl"),
            ("i2c1", "sda"),
            ("i2c1", "scl"),
        )
    },
    pins={
        "pn532": {"uart": 1, "tx": 17, "rx": 18},
        "display": {"spi": 1, "sck": 12, "mosi": 11, "cs": 10, "dc": 9, "reset": 14, "light": 13},
        "keypad": {"i2c": 0, "scl": 42, "sda": 41, "int": 40},
        "buzzer": {"pin": 39},
        "scanner": {"uart": 2, "tx": 15, "rx": 16},
        "printer": {"uart": 0, "tx": 6, "rx": 7},
    },
    power={"3V3": "J1-1", "5V": "J1-21", "GND": "J1-22"},
    sources=(
        "ESP32-S3 Series Datasheet (GPIO matrix, strapping pins, UART, SPI, I2C)",
        "ESP32-S3-DevKitC-1 v1.1 user guide, header block",
        "MicroPython ports/esp32/partitions-8MiB.csv (file system 0x4F0000)",
    ),
    notes=(
        "The printer has UART0, which the stock image also uses as a console: work over the native USB plug.",
        "SPI1 of MicroPython is SPI2 (FSPI) of the data sheet; 11 and 12 are its direct pins.",
    ),
)
