"""`tapwell pump ...`: look at a pump, set its prices, sell from it, without terminal and gateway. Nothing is booked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from protocol.dart import orders
from protocol.dart import table as dart
from protocol.dart.line import FIRST_ADDRESS, LAST_ADDRESS
from protocol.dart.side import RUNNING, Side
from tools.pump_desk.line import PARITIES, PumpLine, Settings, Trouble, meet, open_port
from tools.pump_desk.line import scan as scan_line

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, markup=False, soft_wrap=True)
NAMES = {number: name for number, name, _, _ in dart.STATES}
ALARMS = dict(dart.ALARMS)
FILL_S = 3600.0  # nobody fills longer


@app.callback()
def line(
    context: typer.Context,
    port: Annotated[str, typer.Option(help="Serial port, as /dev/ttyUSB0.")],
    address: Annotated[str, typer.Option(help="Of the pump, hex 50 to 6F.")] = "50",
    baud: int = 9600,
    parity: Annotated[str, typer.Option(help="odd, even or none.")] = "odd",
    hoses: Annotated[int, typer.Option(help="Of the pump; 0: it is asked.")] = 0,
    decimals: Annotated[str, typer.Option(help="Volume, amount, price; only if the pump does not tell.")] = "",
    total_decimals: Annotated[int, typer.Option(help="Of the totalisers; -1: those of a volume.")] = -1,
    trace: Annotated[bool, typer.Option(help="Every byte on the line.")] = False,
) -> None:
    """A pump on this computer's serial line (DART), to look at, set and try. Nothing is booked."""
    if parity not in PARITIES:
        raise typer.BadParameter("odd, even or none", param_hint="--parity")
    if decimals and not re.fullmatch(r"\d,\d,\d", decimals):
        raise typer.BadParameter("three digits: 2,2,2", param_hint="--decimals")
    how: dict = {"decimals": tuple(int(one) for one in decimals.split(","))} if decimals else {}
    if total_decimals >= 0:
        how["total_decimals"] = total_decimals
    context.obj = Settings(port, at(address), baud, parity, hoses, how), trace


def at(address: str) -> int:
    if address.upper() not in [f"{one:02X}" for one in range(FIRST_ADDRESS, LAST_ADDRESS + 1)]:
        raise typer.BadParameter("50 to 6F, hex", param_hint="--address")
    return int(address, 16)


@app.command()
def scan(context: typer.Context) -> None:
    """The addresses that answer."""
    with faults(), open_port(context.obj[0]) as port:
        found = scan_line(port)
    console.print("\n".join(f"{address:02X}" for address in found) or "nobody answers")
    raise typer.Exit(0 if found else 1)


@app.command()
def status(context: typer.Context) -> None:
    """What the pump is, does and shows."""
    with met(context) as pump:
        console.print("\n".join(described(pump.side)))


@app.command()
def totals(context: typer.Context) -> None:
    """The totaliser of each hose."""
    with met(context) as pump:
        for at, total_raw in enumerate(pump.side.totals_raw):
            console.print(f"hose {at + 1}  {litres(pump.side, total_raw)} l")


@app.command()
def prices(
    context: typer.Context, new: Annotated[list[str] | None, typer.Argument(help="One for each hose.")] = None
) -> None:
    """Shows the prices, or sets them: one for each hose of the pump."""
    with met(context) as pump:
        side = pump.side
        pump.run(lambda: min(side.prices_raw) >= 0, 1.0)
        if new:
            set_prices(pump, new)
        for at, price_raw in enumerate(side.prices_raw):
            console.print(f"hose {at + 1}  {pointed(price_raw, places(side)[2]) if price_raw >= 0 else 'not told'}")


@app.command()
def stop(context: typer.Context) -> None:
    """No more fuel."""
    with met(context) as pump:
        pump.order(orders.stop)
        console.print("\n".join(described(pump.side)))


@app.command()
def sale(
    context: typer.Context,
    nozzle: Annotated[int, typer.Option(help="Hose of this pump.")] = 1,
    amount: Annotated[str, typer.Option(help="Money at which it stops.")] = "",
    volume: Annotated[str, typer.Option(help="Litres at which it stops.")] = "",
    price: Annotated[str, typer.Option(help="Empty: as it is set.")] = "",
) -> None:
    """One fill: authorised, followed on the screen, counted. Ctrl-C stops the pump."""
    with met(context) as pump:
        side = pump.side
        if not 1 <= nozzle <= len(side.totals_raw):
            raise Trouble(f"the pump has {len(side.totals_raw)} hoses")
        bounds = whole(volume, places(side)[0]) if not amount else 0, whole(amount, places(side)[1])
        pump.order(orders.authorise, nozzle, whole(price, places(side)[2]) if price else -1, *bounds)
        before_raw, before_ml = side.totals_raw[nozzle - 1], side.total_ml(nozzle)
        console.print(f"authorised: lift nozzle {nozzle}")
        try:
            follow(pump)
        except KeyboardInterrupt:
            pump.order(orders.stop)
        pump.run(lambda: not side.uncounted, 5.0)
        console.print(f"over: {shown(side)}")
        after_raw = side.totals_raw[nozzle - 1]
        console.print(f"totaliser {litres(side, before_raw)} -> {litres(side, after_raw)} l")
        if side.total_ml(nozzle) - before_ml != side.ml(side.volume_raw):
            raise Trouble("totaliser and display do not say the same (or --total-decimals)")


@app.command()
def watch(context: typer.Context, seconds: Annotated[float, typer.Option(help="0: until Ctrl-C.")] = 0) -> None:
    """A line for everything that changes."""
    with met(context) as pump:
        last = [""]
        pump.run(lambda: not told_anew(pump.side, last), seconds or 1e9)


@contextmanager
def met(context: typer.Context) -> Iterator[PumpLine]:
    """The pump, once it has told all that is to be known."""
    settings, trace = context.obj
    with faults(), open_port(settings) as port:
        yield meet(port, settings, told if trace else None)


@contextmanager
def faults() -> Iterator[None]:
    """What is wrong, in a sentence, and exit 1."""
    try:
        yield
    except (Trouble, OSError) as wrong:
        console.print(f"pump: {wrong}")
        raise typer.Exit(1) from wrong
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def told(direction: str, data: bytes) -> None:
    console.print(direction, data.hex(" "), style="dim")


def follow(pump: PumpLine) -> None:
    """Until the fill is over and hung up."""
    side, last = pump.side, [""]
    pump.run(lambda: told_anew(side, last) and side.status not in RUNNING and not side.out, FILL_S)


def told_anew(side: Side, last: list[str]) -> bool:
    """Prints the pump's line when it has changed; always true."""
    now = shown(side)
    if now != last[0]:
        console.print(now)
        last[0] = now
    return True


def set_prices(pump: PumpLine, new: list[str]) -> None:
    side = pump.side
    if len(new) != len(side.prices_raw):
        raise Trouble(f"the pump has {len(side.prices_raw)} hoses: give {len(side.prices_raw)} prices")
    pump.order(orders.prices, *[whole(one, places(side)[2]) for one in new])


def described(side: Side) -> list[str]:
    """What `status` prints."""
    volume, amount, price = places(side)
    return [
        f"address   {side.address:02X}, {len(side.totals_raw)} hoses",
        f"status    {state(side)}",
        f"nozzle    {side.hose or 'none'}{' out' if side.out else ''}",
        f"display   {shown(side)}",
        f"decimals  volume {volume}, amount {amount}, price {price}",
        f"alarm     {ALARMS.get(side.alarm, '%02X' % side.alarm) if side.alarm else 'none'}",
    ]


def state(side: Side) -> str:
    return NAMES.get(side.status or 0, str(side.status))


def shown(side: Side) -> str:
    """One line: state, litres, money, unit price, nozzle."""
    volume, amount, price = places(side)
    out = f", nozzle {side.hose} out" if side.out else ""
    figures = f"{pointed(side.volume_raw, volume)} l  {pointed(side.amount_raw, amount)}"
    return f"{state(side)}  {figures}  at {pointed(max(0, side.price_raw), price)}{out}"


def places(side: Side) -> tuple[int, int, int]:
    """Decimals of volume, amount and price; met() has made sure of them."""
    return side.decimals or (0, 0, 0)


def litres(side: Side, total_raw: int) -> str:
    return pointed(total_raw, side.how.get("total_decimals", places(side)[0]))


def pointed(value: int, decimals: int) -> str:
    """275, 2 -> '2.75'."""
    text = str(value).rjust(decimals + 1, "0")
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text


def whole(text: str, decimals: int) -> int:
    """'2.75', 2 -> 275. Raises Trouble where the pump cannot show it."""
    units, _, rest = text.partition(".")
    if not (units + rest).isdigit() and text or len(rest) > decimals:
        raise Trouble(f"{text} is no number with at most {decimals} decimals")
    return int((units + rest.ljust(decimals, "0")) or 0)
