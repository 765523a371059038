"""What a board is, and the check that a pin map keeps to what its chip can do. The data lies beside this file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Part = Mapping[
    str, int
]  # {"uart": 1, "tx": 17, "rx": 18}: the peripheral's number and GPIO numbers, as firmware/hal.py reads

BUSES = ("uart", "spi", "i2c")
ANY = frozenset(range(64))  # a chip with a GPIO matrix: every signal goes to every pin


@dataclass(frozen=True)
class Board:
    """`pins`: terminal.json's pin map with all parts this board can hold; an app takes the parts it needs."""

    name: str
    title: str
    chip: str
    heap_bytes: int  # what MicroPython's heap holds at least, beside TLS; see the board's own file
    flash_bytes: int  # file system of the stock image
    headers: Mapping[int, str]  # GPIO -> where it comes out
    reserved: Mapping[int, str]  # GPIO -> why it is not free
    signals: Mapping[str, frozenset[int]]  # "uart1.tx" -> GPIOs it may use
    pins: Mapping[str, Part]
    power: Mapping[str, str]  # "3V3" -> header position
    sources: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    tls_in_heap: bool = False  # whether TLS takes its memory out of this very heap


def faults(board: Board) -> list[str]:
    """What is wrong with the board's pin map, in words; empty = nothing."""
    found, used = [], {}
    for name, part in board.pins.items():
        bus = bus_of(part)
        for signal, gpio in wires(part):
            where = f"{name}.{signal} on GPIO{gpio}"
            if gpio in used:
                found.append(f"{where}: already used by {used[gpio]}")
            used[gpio] = f"{name}.{signal}"
            if gpio not in board.headers:
                found.append(f"{where}: not on a header")
            if gpio in board.reserved:
                found.append(f"{where}: {board.reserved[gpio]}")
            allowed = board.signals.get(f"{bus}.{signal}", ANY) if bus else ANY
            if gpio not in allowed:
                found.append(f"{where}: {bus} has its {signal} on {sorted(allowed)}")
    return found + _shared_buses(board)


def _shared_buses(board: Board) -> list[str]:
    found, owners = [], {}
    for name, part in board.pins.items():
        bus = bus_of(part)
        if bus and bus in owners:
            found.append(f"{name}: {bus} already belongs to {owners[bus]}")
        if bus and not any(known.startswith(bus + ".") for known in board.signals):
            found.append(f"{name}: this chip has no {bus}")
        owners[bus] = name
    return found


def bus_of(part: Part) -> str:
    """ "uart1", "spi1", "i2c0", or "" for a part on a bare pin."""
    for bus in BUSES:
        if bus in part:
            return f"{bus}{part[bus]}"
    return ""


def wires(part: Part) -> list[tuple[str, int]]:
    """Signals and their GPIO numbers."""
    return [(signal, gpio) for signal, gpio in part.items() if signal not in BUSES]
