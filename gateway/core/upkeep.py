"""What a day brings without anybody asking: value whose last day has passed expires here, what lies above head office's
targets goes home, emptied slices go.

Only the holder of a slice expires it, when its own business date has passed the lot's date by the chain's grace, and
only while its clock is sure: head office has agreed with it within this start of the machine. A store whose clock is in
doubt, or whose start is not witnessed yet, expires nothing; what it holds expires later, or when it comes home.
"""

from gateway.core import money, moves, witness
from gateway.core.trade import Trade
from protocol.ledger import expiry

AT_ONCE = 100  # accounts in one transaction; the rest follows at the next look
EMPTIED_S = 62 * 86400  # an emptied slice of a lot opened so long ago goes: events keep the terms


def due(trade: Trade) -> bool:
    """Whether today's work is still to be done and may be."""
    today = trade.sure_today()
    return bool(today) and trade.books.value("kept_up") != today and not trade.fenced() and not witness.opening(trade)


def keep_up(trade: Trade) -> int:
    """Expires what is over, some accounts at a time; returns how many. Within a transaction; repeats change nothing."""
    today = trade.sure_today()
    if not due(trade):
        return 0
    accounts = [one for one in trade.books.with_expiry_before(today) if not _done(trade, one, today)]
    for account in accounts[:AT_ONCE]:
        _expire(trade, account, today)
    if len(accounts) <= AT_ONCE:
        for account, targets in trade.books.targets().items():
            moves.return_above(trade, account, targets)
        trade.books.drop_emptied(trade.clock.now_s() - EMPTIED_S)
        trade.books.keep("kept_up", today)
    return min(len(accounts), AT_ONCE)


def _done(trade: Trade, account: str, today: str) -> bool:
    """What comes here after its account has been seen to today waits for tomorrow."""
    held = trade.books.holding(account)
    if not expiry.expired(held, today, trade.rules.grace_days):
        return True
    return trade.books.event_of(expiry.expiry_id(trade.store, account, today)) is not None


def _expire(trade: Trade, account: str, today: str) -> None:
    held = trade.books.holding(account)
    transfer = expiry.expiry_id(trade.store, account, today)
    booking = expiry.expire(held, transfer, today, trade.rules.grace_days)
    trade.write_event("expired", booking.entries, transfer=transfer, account=account)
    money.write(trade, held, booking)
