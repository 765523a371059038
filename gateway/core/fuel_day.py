"""A card's day at this store: head office is asked before a hold, what is set aside counts, what was had stays.

    wish        the question to head office, sent with the wish for value and answered before it (fuel_allowed)
    set_aside   the hold counts with all that it may bring, in the transaction that makes it
    taken       what was pumped counts instead
    testified   what a life of this store that is gone had let the card have
    ended       nothing was pumped: the room is free again, and head office is told if it has kept room elsewhere
    tell_kept   head office was restored from a backup: the room that it keeps, and may have forgotten

    (hold asked of head office) -> fuel_allowed -> set_aside -> taken ... taken (last)
                                                            \\-> ended
"""

from datetime import date

from gateway.core.fuel_limits import CardLimits, DayHold
from gateway.core.trade import Trade

UNDECIDED_S = 60  # a hold waits for head office for seconds


def wish(trade: Trade, limits: CardLimits, hold: str, ml: int, cents: int) -> dict | None:
    """What is added to a wish as `fuel`; None where head office has spoken already, or has no say.

    ml, cents: the most that the hold may bring; head office sees also what this store has had of the day.
    """
    if not limits.asked_of_hq or trade.offline() or trade.books.fuel.hold(hold) is not None:
        return None
    day = trade.today()
    use = trade.books.fuel.use(limits.counts_as, day)
    here = {"here_ml": use.ml, "here_cents": use.cents}
    return {"hold": hold, "card": limits.card, "day": day, "ml": ml, "cents": cents, **here}


def set_aside(trade: Trade, limits: CardLimits, hold: str, ml: int, cents: int) -> None:
    """A hold was made for so much; does nothing for a card without a limit by the day."""
    if limits.by_day:
        asked = trade.books.fuel.hold(hold)
        known = asked or DayHold(hold, limits.counts_as, trade.today())
        trade.books.fuel.put_hold(known._replace(ml=ml, cents=cents, open=True))


def taken(trade: Trade, hold: str, ml: int, cents: int, last: bool) -> dict:
    """So much was pumped in all under this hold; what its sale tells of the card's day, {} for no limit.

    card: as which it counts; the sale names the one that was tapped, where that is known.
    """
    known = trade.books.fuel.hold(hold)
    if known is None:
        return {}
    had_ml, had_cents = (ml, cents) if last else (max(ml, known.ml), max(cents, known.cents))
    trade.books.fuel.put_hold(known._replace(ml=had_ml, cents=had_cents, open=not last))
    return {"card": known.card, "day": known.day}


def testified(trade: Trade, hold: str, fuel: dict) -> None:
    """A terminal's journal says what was pumped under a hold of a life that is gone: the card has had it here too."""
    if fuel.get("day") and fuel.get("card"):
        card = trade.books.fuel.limits(fuel["card"]).counts_as
        known = trade.books.fuel.hold(hold) or DayHold(hold, card, fuel["day"], open=False)
        had = {"ml": known.ml + fuel["ml"], "cents": known.cents + fuel["amount_cents"]}
        trade.books.fuel.put_hold(known._replace(**had))


def ended(trade: Trade, hold: str) -> None:
    """Nothing was pumped under a hold and nothing will be; head office hears it as an event where it waits for one."""
    known = trade.books.fuel.hold(hold)
    if known is None or not known.open:
        return
    trade.books.fuel.drop_hold(hold)
    if known.promised:
        trade.write_event("hold_ended", transfer=hold + "/ended", hold=hold, card=known.card, day=known.day)


def tell_kept(trade: Trade) -> None:
    """An event for each hold that may still have some of a day by head office's word."""
    for one in trade.books.fuel.promised_holds():
        ml, cents = max(one.ml, one.allowed_ml or 0), max(one.cents, one.allowed_cents or 0)
        trade.write_event("day_kept", hold=one.hold, card=one.card, day=one.day, ml=ml, cents=cents)


def sweep(trade: Trade) -> None:
    """Head office's word came too late for a hold that was refused or given up: it is told that nothing comes of it."""
    for one in trade.books.fuel.empty_holds():
        if abs(trade.clock.now_s() - one.at_s) > UNDECIDED_S:
            ended(trade, one.hold)


# ---- what head office says


def prices(trade: Trade, body: dict) -> None:
    """List prices, those in force and those to come."""
    trade.books.fuel.keep_prices(body)


def rules(trade: Trade, body: dict) -> None:
    """Member prices, points and coupons, in force and to come."""
    trade.books.fuel.keep_rules(body)


def limits(trade: Trade, body: dict) -> None:
    """What these cards may have."""
    for one in body["cards"]:
        trade.books.fuel.keep_limits(one)


def allowed(trade: Trade, body: dict) -> None:
    """What one hold may have of its card's day, and what of that day is had or kept elsewhere.

    Too late for a hold that was decided without it: then only the figures of elsewhere are taken over.
    """
    card, day, hold = str(body["card"]), str(body["day"]), str(body["hold"])
    date.fromisoformat(day)
    card = trade.books.fuel.limits(card).counts_as
    trade.books.fuel.put_elsewhere(card, day, int(body["elsewhere_ml"]), int(body["elsewhere_cents"]))
    known = trade.books.fuel.hold(hold)
    if known is not None:
        trade.books.fuel.put_hold(known._replace(promised=True))
        return
    ml, cents = body.get("ml"), body.get("cents")
    trade.books.fuel.put_hold(DayHold(hold, card, day, 0, 0, True, True, ml, cents, trade.clock.now_s()))


KINDS = {"fuel_prices": prices, "fuel_rules": rules, "fuel_limits": limits, "fuel_allowed": allowed}
