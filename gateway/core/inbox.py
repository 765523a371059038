"""What the line brings: head office's messages in order, how far events are booked and backed up, whether it answers.

Signatures are checked outside; here are the rules that the order of messages, the head and the fence depend on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.core import fuel_day, moves
from gateway.core.books import Rejected
from gateway.core.trade import Trade
from protocol.errors import ProtocolError, Theirs

HEARD_EVERY_S = 60
BARRED_AT_ONCE = 200  # accounts and cards in one event
FIRST_LIFE = "0" * 32  # of a head office that was never restored from a backup
CANNOT = (KeyError, TypeError, ValueError, ProtocolError, Rejected, moves.Conflict)  # the message's fault, not ours


@dataclass
class Heard:
    """Whom it concerns: accounts (and sales) that were spoken of, wishes answered, the kind of a message taken."""

    accounts: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    kind: str = ""


Kinds = Mapping[str, Callable[[Trade, dict], None]]


def from_hq(trade: Trade, number: int, opened: Callable[[], dict], kinds: Kinds = moves.KINDS) -> Heard:
    """The next message of head office; repeats are ignored, a gap waits until the missing one has come.

    opened: gives the body of a message that is new, or raises Theirs.
    """
    cursor = trade.number("hq_cursor")
    if number <= cursor or trade.fenced():
        return Heard()  # a fenced gateway answers nothing more: what it holds is settled as a case
    if number != cursor + 1:
        raise Theirs("malformed", f"message {number} after {cursor}")
    body = opened()
    if body.get("n") != number or body.get("gateway") not in (trade.store, trade.store + "-gateway"):
        raise Theirs("malformed", "a message for somebody else")
    if not _of_this_life(trade, body.get("incarnation") or ""):
        raise Theirs("malformed", "a message for the life before")  # its number is not one of ours
    another = _another_head_office(trade, body)
    trade.books.keep("hq_cursor", str(number))
    if another:
        _meet(trade, body, number)
    else:
        _obey(trade, body, kinds)
    about = {str(body.get(name) or "") for name in ("account", "sale")}
    return Heard(about - {""}, set(), body["kind"])


def booked(trade: Trade, upto: int, life: str = "", again: bool = False) -> Heard:
    """Head office has booked this far.

    again: no further than that, whatever it said before: it was restored, and is told the rest once more.
    """
    if not _of_this_life(trade, life):
        return Heard()
    before, upto = trade.number("booked_seq"), min(upto, trade.head().seq)
    if upto > before or again:
        trade.books.keep("booked_seq", str(upto))
    _let_forget(trade)
    return Heard()


def safe(trade: Trade, upto: int, life: str = "", unbacked: bool = False) -> Heard:
    """Head office's verified backups hold this life's events up to here; unbacked: it has never made one."""
    if not _of_this_life(trade, life):
        return Heard()
    for name, value in (("safe_seq", str(upto)), ("unbacked", "1" if unbacked else "")):
        if trade.books.value(name) != value:
            trade.books.keep(name, value)
    _let_forget(trade)
    return Heard()


def _let_forget(trade: Trade) -> None:
    """Per lane, the last request whose testimony a terminal may drop: what outlives head office's disk as well as ours.

    A head office that makes no backups cannot be restored: there is nobody whom a journal could tell it once more.
    """
    booked_seq, before = trade.number("booked_seq"), trade.books.value("lasting_seq")
    upto = booked_seq if trade.books.value("unbacked") else min(booked_seq, trade.number("safe_seq"))
    if upto > int(before or 0):
        trade.books.note_booked(int(before or 0), upto)
    if upto > int(before or 0) or not before:
        trade.books.keep("lasting_seq", str(upto))


def line(trade: Trade, up: bool, fenced: str = "", at_s: int = 0, life: str = "") -> Heard:
    """Head office answers or does not; a refusal to book (fenced, chain broken) ends this gateway's approvals.

    at_s: head office's clock, where it was told; on its word lots expire here.
    """
    trade.line.told(up, trade.clock.now_ms())
    if up:
        _note_heard(trade)
    if at_s:
        trade.agree(at_s)
    if fenced and _of_this_life(trade, life):
        trade.fence("head office: " + fenced)
    return Heard()


def _note_heard(trade: Trade) -> None:
    """Kept over a restart, and written once a minute."""
    if abs(trade.clock.now_s() - trade.number("heard_at_s")) >= HEARD_EVERY_S:
        trade.books.keep("heard_at_s", str(trade.clock.now_s()))


def _another_head_office(trade: Trade, body: dict) -> bool:
    """Whether this says that head office was restored from a backup. Raises Theirs for any word of another one.

    What a head office that is gone said last may still be on its way: after hq_met nothing of it is taken.
    """
    known, says = trade.books.value("hq_life") or FIRST_LIFE, body.get("hq") or FIRST_LIFE
    if body.get("kind") == "restored" and body.get("was") == known != says:
        return True
    if says != known:
        raise Theirs("malformed", f"a message of head office's life {says}, not {known}")
    return False


def _meet(trade: Trade, body: dict, number: int) -> None:
    """The event is this store's report: all it took from the old life stands before it in the chain.

    So does what it knows to be frozen or blocked, and what its pumps were promised: the backup may be older than that.
    """
    was, hq = body["was"], body["hq"]
    trade.books.keep("hq_life", hq)
    accounts, cards = trade.books.barred()
    for at in range(0, max(len(accounts), len(cards)), BARRED_AT_ONCE):
        part = slice(at, at + BARRED_AT_ONCE)
        trade.write_event("barred", accounts=accounts[part], cards=cards[part])
    fuel_day.tell_kept(trade)
    trade.write_event("hq_met", hq=hq, was=was, n=number)


def _of_this_life(trade: Trade, life: str) -> bool:
    """The broker keeps what was said to the life before; an uplink of an earlier version does not say to whom."""
    return life in ("", trade.incarnation)


def want_answer(wish: str) -> Heard:
    """A wish was answered: what waits for it is decided now with what is here."""
    return Heard(set(), {wish})


def _obey(trade: Trade, body: dict, kinds: Kinds) -> None:
    """One message: one that cannot be followed is taken back, told to head office and stops no other.

    What a grant carried then stays in transit in the books, for people to see and to cancel.
    """
    try:
        with trade.books.part():
            kinds.get(body["kind"], moves.unknown)(trade, body)
    except CANNOT as wrong:
        trade.forget()
        trade.write_event("alarm", reason="hq_message", n=body["n"], about=str(body["kind"]), detail=repr(wrong)[:200])
