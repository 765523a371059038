"""Cases: what a store that is gone, or cannot be reached, had of one account, and what comes to light of it later.

A gone life's value waits in suspense; that of a store which is merely cut waits on its own line. What head office has
advanced of it (advances.py) is the loss book's claim from then on. Whatever comes to light is booked from the first of
these that has it:

    1. the member's line, where the slice still waits
    2. loss/<store>, which took the slice over: the advance was spent, and the chain has paid twice
    3. loss/<store> beyond what was advanced: the dead disk knew of value that nobody else does (told as `beyond`)

What comes home of 2 is the claim made good and moves nothing. Evidence is never refused; a case is closed by evidence,
or by two people where there is none.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Entry, Line, member_line
from protocol.ledger.lots import Booking, Holding, Part, Refusal, Slice, credited, draw
from protocol.ledger.spending import spent_to


class Case(NamedTuple):
    """Of one account at one life of a store. holder: where `waiting` lies, SUSPENSE or the store itself.

    advanced: what loss took over and nobody has yet seen spent or come home. By asset, paid: what loss has paid
    of that; unknown: what it has paid of value that head office has not heard of yet.
    At any time the disk has waiting + advanced - unknown of each asset, as far as its events have come to light.
    """

    account: str
    store: str
    holder: str = SUSPENSE
    waiting: tuple[Slice, ...] = ()
    advanced: tuple[Slice, ...] = ()
    paid: tuple[Part, ...] = ()
    unknown: tuple[Part, ...] = ()


class Found(NamedTuple):
    """What to book of evidence, the case after it, and what of each asset nobody knew of (asset, amount)."""

    entries: tuple[Entry, ...]
    case: Case
    beyond: tuple[tuple[str, int], ...] = ()


def came_to_light(case: Case, entries: Iterable[Entry], takes_back: bool, opened: Iterable[Slice] = ()) -> Found:
    """An event of that store's that names lots, as it is to be booked; the entries are numbered anew from 1.

    takes_back: it undoes an earlier one (void, refund), so that what loss had paid for comes back to loss.
    opened: terms of lots that the event opened. Raises Ours for a credit to a lot whose terms nobody knows.
    """
    told = _Told(takes_back, {one.lot: one._replace(amount=0) for one in (*case.waiting, *case.advanced, *opened)})
    found = Found((), case)
    for told_so in entries:
        entry = _at_home(case, told_so)
        if entry.debit != entry.credit:
            found = _rule(case, entry)(found, entry, told)
    return found


def testified(case: Case, transfer: str, asset: str, amount: int, first_n: int = 1) -> Found:
    """A spend that names no lots (a terminal's journal, a paper receipt): drawn from what waits, in draw order."""
    found, to, left = Found((), case), spent_to(asset, case.store), amount
    for slices in (case.waiting, case.advanced):
        here = min(left, sum(one.amount for one in slices if one.asset == asset))
        for one, part in draw(slices, asset, here):
            line = member_line(case.account, asset, case.store, one.lot)
            found = _spend(found, Entry(transfer, 0, line, to, part), _NOTHING)
        left -= here
    if left:
        found = _beyond(found, Entry(transfer, 0, Line("loss", case.store, asset), to, left))
    numbered = (one._replace(n=first_n + at) for at, one in enumerate(found.entries))
    return found._replace(entries=tuple(numbered))


def release(
    case: Case, pool: Holding, transfer: str, operator: str, second: str, first_n: int = 1
) -> tuple[Booking, Case] | Refusal:
    """Closes a case without evidence of a spend: what waits in suspense goes home to the pool, with its terms.

    Refused with second_person, and with nothing_open where nothing waits. Raises Ours for a store that may still have
    it: only its own answer brings that home, never time.
    """
    if case.holder != SUSPENSE or pool.holder != HQ:
        raise Ours("malformed", f"what lies at {case.holder} is not released to {pool.holder}")
    if not operator or not second or operator == second:
        return Refusal("second_person")
    if not case.waiting:
        return Refusal("nothing_open", case.store)
    entries, after = [], pool
    for at, one in enumerate(case.waiting):
        home = member_line(pool.account, one.asset, HQ, one.lot)
        entries.append(Entry(transfer, first_n + at, home._replace(holder=SUSPENSE), home, one.amount))
        after = credited(after, one)
    return Booking(tuple(entries), after), case._replace(waiting=())


class _Told(NamedTuple):
    """What an event says of itself, and the terms of every lot that is known."""

    takes_back: bool
    terms: dict[str, Slice]


_NOTHING = _Told(False, {})
Rule = Callable[[Found, Entry, _Told], Found]


def _at_home(case: Case, entry: Entry) -> Entry:
    """Of a life that is gone, what its holds had put into suspense waits with all else: it is the store's own again."""
    if case.holder != SUSPENSE:
        return entry
    lines = (entry.debit, entry.credit)
    debit, credit = (
        line._replace(holder=case.store)
        if (line.book, line.party, line.holder) == ("member", case.account, SUSPENSE)
        else line
        for line in lines
    )
    return entry._replace(debit=debit, credit=credit)


def _rule(case: Case, entry: Entry) -> Rule:
    """Which of the rules below an entry is for."""
    mine = (case.account, case.store)
    from_here = entry.debit.book == "member" and (entry.debit.party, entry.debit.holder) == mine
    to_here = entry.credit.book == "member" and (entry.credit.party, entry.credit.holder) == mine
    if from_here:
        return _go_home if entry.credit.holder == TRANSIT else _spend
    if to_here:
        return _arrive if entry.debit.holder == TRANSIT else _credit
    return _right if "right" in (entry.debit.book, entry.credit.book) else _as_told


def _spend(found: Found, entry: Entry, told: _Told) -> Found:
    """From where it waits, then from loss."""
    case, lot = found.case, entry.debit.lot
    waited, claimed = _cover(case, lot, entry.amount)
    if waited:
        found = _write(found, entry, entry.debit._replace(holder=case.holder), entry.credit, waited)
    if claimed:
        loss = Line("loss", case.store, entry.debit.asset)
        found = _write(found, entry, loss, entry.credit, claimed)
        paid = _more(found.case.paid, Part(entry.debit.asset, "", claimed))
        found = found._replace(case=found.case._replace(paid=paid))
    found = found._replace(case=_less(found.case, lot, waited, claimed))
    rest = entry.amount - waited - claimed
    return _beyond(found, entry._replace(amount=rest)) if rest else found


def _beyond(found: Found, entry: Entry) -> Found:
    asset = entry.debit.asset
    found = _write(found, entry, Line("loss", found.case.store, asset), entry.credit, entry.amount)
    case = found.case._replace(unknown=_more(found.case.unknown, Part(asset, "", entry.amount)))
    return found._replace(case=case, beyond=(*found.beyond, (asset, entry.amount)))


def _go_home(found: Found, entry: Entry, told: _Told) -> Found:
    """What waited goes home for the member; what loss had taken over is made good; value nobody knew of does not go."""
    case, lot = found.case, entry.debit.lot
    waited, claimed = _cover(case, lot, entry.amount)
    if waited:
        found = _write(found, entry, entry.debit._replace(holder=case.holder), entry.credit, waited)
    found = found._replace(case=_less(found.case, lot, waited, claimed))
    rest = entry.amount - waited - claimed
    return found._replace(beyond=(*found.beyond, (entry.debit.asset, rest))) if rest else found


def _arrive(found: Found, entry: Entry, told: _Told) -> Found:
    """A grant: on its way to a gone life it went into suspense, so nothing is left to move."""
    if found.case.holder == SUSPENSE:
        return found
    return _wait(_as_told(found, entry, told), _terms(told, entry.credit.lot)._replace(amount=entry.amount))


def _credit(found: Found, entry: Entry, told: _Told) -> Found:
    """A top-up, or something taken back: loss gets what it had paid, the rest waits for the member."""
    case, line, terms = found.case, entry.credit, _terms(told, entry.credit.lot)
    known = min(entry.amount, _sum(case.unknown, line.asset))
    undone = min(entry.amount - known, _sum(case.paid, line.asset)) if told.takes_back else 0
    if known + undone:
        found = _write(found, entry, entry.debit, Line("loss", case.store, line.asset), known + undone)
        unknown = _more(case.unknown, Part(line.asset, "", -known))
        paid = _more(case.paid, Part(line.asset, "", -undone))
        advanced = _plus(case.advanced, terms._replace(amount=undone))
        found = found._replace(case=case._replace(unknown=unknown, paid=paid, advanced=advanced))
    rest = entry.amount - known - undone
    if not rest:
        return found
    found = _write(found, entry, entry.debit, line._replace(holder=case.holder), rest)
    return _wait(found, terms._replace(amount=rest))


def _right(found: Found, entry: Entry, told: _Told) -> Found:
    """A gone life's rights lie in suspense and go back from there whole; what it used of them head office gives it."""
    if found.case.holder != SUSPENSE:
        return _as_told(found, entry, told)
    sides = [line._replace(holder=HQ) if line.book == "right" else line for line in (entry.debit, entry.credit)]
    return found if sides[0] == sides[1] else _write(found, entry, sides[0], sides[1], entry.amount)


def _as_told(found: Found, entry: Entry, told: _Told) -> Found:
    return _write(found, entry, entry.debit, entry.credit, entry.amount)


def _write(found: Found, entry: Entry, debit: Line, credit: Line, amount: int) -> Found:
    written = Entry(entry.transfer, len(found.entries) + 1, debit, credit, amount)
    return found._replace(entries=(*found.entries, written))


def _wait(found: Found, one: Slice) -> Found:
    return found._replace(case=found.case._replace(waiting=_plus(found.case.waiting, one)))


def _cover(case: Case, lot: str, amount: int) -> tuple[int, int]:
    """How much of an amount still waits, and how much of the rest was advanced."""
    waited = min(amount, sum(one.amount for one in case.waiting if one.lot == lot))
    return waited, min(amount - waited, sum(one.amount for one in case.advanced if one.lot == lot))


def _less(case: Case, lot: str, waited: int, claimed: int) -> Case:
    return case._replace(waiting=_minus(case.waiting, lot, waited), advanced=_minus(case.advanced, lot, claimed))


def _minus(slices: tuple[Slice, ...], lot: str, amount: int) -> tuple[Slice, ...]:
    left = (one._replace(amount=one.amount - amount) if one.lot == lot else one for one in slices)
    return tuple(one for one in left if one.amount)


def _plus(slices: tuple[Slice, ...], added: Slice) -> tuple[Slice, ...]:
    there = sum(one.amount for one in slices if one.lot == added.lot)
    both = added._replace(amount=there + added.amount)
    return (*_minus(slices, added.lot, there), both) if both.amount else slices


def _more(parts: tuple[Part, ...], change: Part) -> tuple[Part, ...]:
    """Parts with that of one asset changed by an amount."""
    others = tuple(part for part in parts if part.asset != change.asset)
    both = change._replace(amount=change.amount + _sum(parts, change.asset))
    return (*others, both) if both.amount else others


def _sum(parts: tuple[Part, ...], asset: str) -> int:
    return sum(part.amount for part in parts if part.asset == asset)


def _terms(told: _Told, lot: str) -> Slice:
    if lot not in told.terms:
        raise Ours("malformed", f"the terms of lot {lot} are not known")
    return told.terms[lot]
