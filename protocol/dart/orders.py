"""What a controller has a pump do, step by step. An order is a generator over what the pump is known to be (Side):

    it yields a block to send              and is told True (taken) or False (not heard, or refused)
    it yields None                         and goes on when the pump has nothing more to say, or after a while
    it returns "" or why not: busy, prices, not_programmed, refused, silent

MAY says in which states an order begins. After an authorise nobody acknowledged, only the pump's status counts: it is
asked, never told again.
"""

from protocol.dart import transactions as ta
from protocol.dart.side import ENDED, RUNNING
from protocol.dart.transactions import (
    AUTHORISED,
    COMPLETED,
    FILLING,
    IS_RESET,
    LIMIT,
    NOT_PROGRAMMED,
    SUSPENDED,
    command,
    pack,
)

ROUNDS = 4  # questions until it is believed that it will not become so
LOOKS = 4  # times it may have nothing to say before the answer to a question comes

# order -> states in which it may begin; a pump in another is busy, or switched off
MAY = {
    "authorise": (NOT_PROGRAMMED, IS_RESET, COMPLETED, LIMIT),
    "price": (NOT_PROGRAMMED, IS_RESET, COMPLETED, LIMIT),
    "suspend": (AUTHORISED, FILLING, SUSPENDED),
    "resume": (AUTHORISED, FILLING, SUSPENDED),
}


def meet(side):
    """All that is to be known of a pump that has come up, or back."""
    if not (yield from _status(side)):
        return "silent"
    yield from _ask(side, command(ta.RETURN_PARAMETERS), ta.PARAMETERS)
    yield from _ask(side, command(ta.RETURN_FILLING), 0)
    side.decimals = side.decimals or side.how.get("decimals")
    side.totals_raw = [-1] * len(side.totals_raw)  # what it had counted before it was gone says nothing now
    side.uncounted = False  # what ends from here on is counted after it
    for hose in range(1, len(side.totals_raw) + 1):
        yield from count(side, hose)
    yield command(ta.RETURN_PRICES)
    side.lacks = "decimals" if not side.decimals else "totals" if min(side.totals_raw) < 0 else ""
    side.silent = bool(side.lacks)
    return side.lacks


def count(side, hose: int):
    """The totaliser of a hose."""
    answered = yield from _ask(side, pack(ta.TOTALS, bytes((hose,))), ta.TOTALS | hose << 8)
    return "" if answered else "silent"


def moved(side):
    """Nozzles were lifted or hung up: what each of them has counted."""
    hoses, side.moved = side.moved, 0
    for hose in range(1, len(side.totals_raw) + 1):
        if hoses >> hose & 1 and (yield from count(side, hose)):
            return "silent"
    return ""


def ended(side):
    """A fill is over: its last figures, then the totaliser it stopped at."""
    ends = side.ends
    yield from _ask(side, command(ta.RETURN_FILLING), 0)
    for hose in range(1, len(side.totals_raw) + 1):
        if hose == side.fill_hose or not side.fill_hose:
            if not (yield from _at_rest(side, hose)):
                return "silent"  # uncounted still: what was read before is not where it stopped
    side.uncounted = side.ends != ends  # it has ended once more meanwhile: what was read may be of before
    return ""


def _at_rest(side, hose: int):
    """The totaliser after a fill: it fits the display, or it is read until it is said twice.

    What was asked while it flowed may be answered only now: such a block was lost on its first way.
    """
    last_raw = -1
    for _ in range(ROUNDS):
        if (yield from count(side, hose)):
            return False
        total_raw = side.totals_raw[hose - 1]
        if total_raw == last_raw or side.fits(hose):
            break
        last_raw = total_raw
    return True


def authorise(side, hose: int, price_raw: int, volume_raw: int, amount_raw: int):
    """One fill at one hose, bounded by a volume or an amount; 0: no such bound. price_raw -1: as it stands."""
    why = yield from _ready(side, "authorise")
    why = why or (yield from _price(side, hose, price_raw))
    why = why or (yield from count(side, hose))
    if why:
        return why
    side.begin(hose)
    preset = _preset(volume_raw, amount_raw)
    for body in (pack(ta.NOZZLES, bytes((hose,))),) + preset:
        if not (yield body):
            return "refused"
    return (yield from _authorise(side))


def _authorise(side):
    """Said once. Whatever became of it, the pump's own word decides; RESET it must say in every round.

    That it is over already it must say twice: once may be a late word of the fill before.
    """
    yield command(ta.AUTHORISE)
    heard = over = False
    for _ in range(ROUNDS):
        if (yield from _status(side)):
            heard = True
            if side.status in RUNNING or over and side.status in ENDED:
                return ""
            over = side.status in ENDED
        if side.gone:
            return "silent"
    return "refused" if heard else "silent"


def _preset(volume_raw: int, amount_raw: int) -> tuple:
    """Pumps keep one bound, the newest; so only one is sent: the amount, where there is one."""
    if amount_raw:
        return (pack(ta.PRESET_AMOUNT, ta.bcd(amount_raw, 4)),)
    return (pack(ta.PRESET_VOLUME, ta.bcd(volume_raw, 4)),) if volume_raw else ()


def price(side, hose: int, price_raw: int):
    """The price of a hose that nobody uses."""
    why = yield from _ready(side, "price")
    return why or (yield from _price(side, hose, price_raw))


def prices(side, *prices_raw: int):
    """Those of all hoses at once."""
    why = yield from _ready(side, "price")
    return why or (yield from _prices(side, list(prices_raw)))


def stop(side):
    """No more fuel. Said in every state: an authorise may have come through late."""
    return (yield from _until(side, ta.STOP, (NOT_PROGRAMMED, IS_RESET, COMPLETED, LIMIT, ta.OFF)))


def suspend(side):
    return (yield from _hold(side, "suspend", ta.SUSPEND, ta.SUSPEND_HOSE, (SUSPENDED,)))


def resume(side):
    return (yield from _hold(side, "resume", ta.RESUME, ta.RESUME_HOSE, (AUTHORISED, FILLING, COMPLETED, LIMIT)))


def _hold(side, name: str, what: int, number: int, wanted: tuple):
    if not (yield from _status(side)):
        return "silent"
    if side.status not in MAY[name]:
        return "refused"
    body = pack(number, b"\0") if side.how.get("suspend_by") == "hose" else command(what)
    return (yield from _until(side, what, wanted, body))


def _ready(side, name: str):
    """In RESET, where prices and bounds are taken; a fill that is over leaves it first."""
    if not (yield from _status(side)):
        return "silent"
    if side.status not in MAY[name]:
        return "busy"
    if side.status in ENDED:
        return (yield from _until(side, ta.RESET, (IS_RESET,)))
    return ""


def _price(side, hose: int, price_raw: int):
    """All hoses of the pump have their prices in one block: those of the others must be known."""
    if price_raw < 0:
        return "not_programmed" if side.status == NOT_PROGRAMMED else ""
    prices_raw = list(side.prices_raw)
    prices_raw[hose - 1] = price_raw
    return "prices" if min(prices_raw) < 0 else (yield from _prices(side, prices_raw))


def _prices(side, prices_raw: list):
    """Said before each fill, also where they are thought to stand so: the display shall be right."""
    if not (yield pack(ta.PRICES, b"".join([ta.bcd(one, 3) for one in prices_raw]))):
        return "refused"
    side.prices_raw = prices_raw
    return (yield from _ready(side, "price")) if side.status == NOT_PROGRAMMED else ""


def _until(side, what: int, wanted: tuple, body: bytes = b""):
    """A command that may be said twice, until the pump is what it shall be."""
    heard = False
    for _ in range(ROUNDS):
        yield body or command(what)
        if (yield from _status(side)):
            heard = True
            if side.status in wanted:
                return ""
        if side.gone:
            return "silent"
    return "refused" if heard else "silent"


def _status(side):
    """Whether it has said its status, after it was asked."""
    return (yield from _ask(side, command(ta.RETURN_STATUS), ta.STATUS))


def _ask(side, body: bytes, awaited: int):
    """A question, asked again where no answer comes. `awaited`: see Side; 0: it need not answer."""
    side.awaited, side.answered = awaited, not awaited
    for _ in range(ROUNDS):
        if side.gone:
            return False
        if not (yield body):
            continue
        for _ in range(LOOKS):
            yield None
            if side.answered:
                return True
    return False
